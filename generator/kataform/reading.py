"""Read many manifests on all processors: another one hands on what they say, and which no rule on text speaks of."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from kataform import ahead, cache, sources
from kataform.crds import Known
from kataform.kustomization import Graph
from kataform.text.resolve import Dialect

# How much longer a file takes another process, which looks at its text, too.
_LONGER = 1.8


def read(graph: Graph, manifests: Sequence[Path], clean: cache.Clean) -> frozenset[Path]:
    """Read them into the graph. Returns those whose text is right as long as no CRD says otherwise.

    A file that is no manifest or has a problem, and one of which a template or a link makes more than it says, is left.
    """
    paths = [path for path in manifests if not graph.is_known(path)]
    processes = ahead.processes(len(paths))
    if processes == 1:
        return frozenset()
    others = processes - 1
    own = round(len(paths) / (1 + others / _LONGER))

    def look(share: Sequence[Path]) -> object:
        clean.start()
        found = [_said(graph, path, clean) for path in share]
        return [(n, *said) for n, said in enumerate(found) if said is not None], clean.added()

    shares = [paths[part.start : part.stop] for part in ahead.shares(len(paths), others, own)]
    silent: set[Path] = set()
    with ahead.asked([partial(look, share) for share in shares]) as answers:
        for path in paths[:own]:
            graph.source(path)
        for share, answer in zip(shares, answers(), strict=True):
            for number, text, values, is_silent in answer[0] if answer is not None else ():
                path = share[number]
                graph.take(path, text, values)
                silent |= {path} if is_silent else set()
            clean.take(answer[1] if answer is not None else ())
    return frozenset(silent)


def _said(graph: Graph, path: Path, clean: cache.Clean) -> tuple[str, list[object], bool] | None:
    """The text of a manifest, what its documents are to kubectl, and whether no rule on text says anything."""
    source = graph.source(path)
    if source is None or source.problems or path.is_symlink() or "{{" in source.text:
        return None
    if not sources.is_wanted(graph, path, source) or any(document.is_empty for document in source.documents):
        return None
    values = [document.value(Dialect.KUBECTL) for document in source.documents]
    return source.text, values, sources.is_silent(graph, path, Known(), clean)

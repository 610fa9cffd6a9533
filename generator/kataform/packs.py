"""Which policies decide about which objects: those that travel with the tool, a project's own, and an overlay's."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import field
from pathlib import Path
from typing import TYPE_CHECKING

from kataform import cache, data, policies
from kataform.finding import Finding, Severity
from kataform.project import shown
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kataform.spec import Spec

FIELD = "policies"


@dataclass(frozen=True)
class Packs:
    """The policies that decide everywhere, and all that decide about the objects of an overlay that names some."""

    everywhere: policies.Pack
    problems: tuple[Finding, ...] = ()
    _of: dict[str, policies.Pack] = field(default_factory=dict)

    def of(self, overlay: str) -> policies.Pack:
        """What decides about the objects of an overlay."""
        return self._of.get(overlay, self.everywhere)

    @property
    def all(self) -> policies.Pack:
        """Every policy that decides anywhere, to be asked for by its name."""
        rules = {rule.name: rule for pack in (self.everywhere, *self._of.values()) for rule in pack.rules}
        return policies.Pack(tuple(rules.values())) if self._of else self.everywhere


def named(spec: Spec) -> list[tuple[Path, Finding | None]]:
    """The paths under `policies:`, each relative to the file that names it, with what is wrong where there is none."""
    found: list[tuple[Path, Finding | None]] = []
    for index, path in enumerate(spec.get(FIELD) or []):
        place = spec.origin((FIELD, index)).location
        whole = Path(place.path).parent / path
        missing = None
        if not whole.exists():
            message = f"there are no policies at {shown(whole)}"
            remedy = "name a file or a folder that exists, relative to the folder of this file"
            missing = Finding("policies-missing", Severity.ERROR, message, place, remedy)
        found.append((whole, missing))
    return found


def load(
    projects: Iterable[Path], given: Iterable[Path], overlays: dict[str, tuple[Path, ...]], kept: Path | None
) -> Packs:
    """The packs: of the tool, the projects and what was `given`, and by overlay of what its spec names beside them.

    A policy goes before one of the same name of the tool; one that an overlay names goes before all others.
    """
    shipped = data.directory() / "policies"
    folders = [root / "policies" for root in projects if (root / "policies").is_dir() and root / "policies" != shipped]
    folders += [path for path in given if path.resolve() not in (shipped, *folders)]
    store = cache.Store(kept / "policies") if kept is not None else None
    everywhere = policies.load((shipped,), store)
    problems: list[Finding] = []
    if folders:
        own = policies.load(folders, store)
        everywhere = _with(everywhere, own)
        problems += own.problems
    made: dict[tuple[Path, ...], policies.Pack] = {}
    for paths in dict.fromkeys(overlays.values()):
        own = policies.load(paths, store)
        problems += [problem for problem in own.problems if problem not in problems]
        made[paths] = _with(everywhere, own)
    return Packs(everywhere, tuple(problems), {overlay: made[paths] for overlay, paths in overlays.items()})


def _with(known: policies.Pack, own: policies.Pack) -> policies.Pack:
    rules = (*own.rules, *(rule for rule in known.rules if own.rule(rule.name) is None))
    return policies.Pack(rules, params=(*known.params, *own.params))

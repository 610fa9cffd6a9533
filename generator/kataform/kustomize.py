"""Run kustomize: find it, build roots with it in parallel, and read what it built or why it could not."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from kataform import kustomize_messages, process, tools
from kataform.text import reader
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

__all__ = ["BuildFailure", "Built", "Kustomize", "build", "build_all", "locate", "require"]

TIMEOUT = process.TIMEOUT
_OUTPUT = 64 << 20
_MEMORY = 2 << 30
# Without garbage collection a build is a fifth faster; the limit brings it back before memory gets scarce. No build
# may use the network: git is allowed no protocol and asks nobody, HTTP goes to a proxy where nobody listens.
_NOWHERE = "http://127.0.0.1:9"
_ENVIRONMENT: Mapping[str, str] = {
    "GOGC": "off",
    "GOMEMLIMIT": "1GiB",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_TERMINAL_PROMPT": "0",
    "KUBECONFIG": os.devnull,
    **dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"), _NOWHERE),
    **dict.fromkeys(("NO_PROXY", "no_proxy"), ""),
}


@dataclass(frozen=True, slots=True)
class Kustomize:
    """A kustomize on this machine; `flavour` is kustomize, or kubectl or oc where it is the one inside of them."""

    path: Path
    version: str
    flavour: str = "kustomize"

    def command(self, root: str) -> list[str]:
        return [str(self.path), "build" if self.flavour == "kustomize" else "kustomize", root]


@dataclass(frozen=True, slots=True)
class Built:
    """What a root builds to, as the YAML stream that kustomize printed, and what it warned of."""

    root: Path
    text: str
    warnings: tuple[str, ...] = ()

    @property
    def bodies(self) -> list[dict[str, Any]]:
        """The objects in the text."""
        source = reader.read(self.text.encode(), "kustomize build")
        values = (reader.value(d.node, Dialect.KUBECTL) for d in source.documents if d.node is not None)
        return [value for value in values if isinstance(value, dict)]


@dataclass(frozen=True, slots=True)
class BuildFailure:
    """Why a root does not build.

    `message` is one sentence; `path` the file it is about, written as `root` is (relative where that is), or None;
    `line` the line in that file where kustomize told it; `mention` the text in that file that it is about (the path
    or field as it stands there), or ''; `patch` what the strategic-merge patch is for that matched nothing, as
    `kind/namespace/name` or `kind/name`, or ''. `stderr` is what kustomize said, without the bodies it quotes.
    """

    root: Path
    message: str
    stderr: str
    path: Path | None = None
    line: int | None = None
    mention: str = ""
    patch: str = ""


def locate(environment: Mapping[str, str] | None = None) -> Kustomize | None:
    """The kustomize to use: from PATH where new enough, else installed by kataform, else inside kubectl or oc."""
    tool = tools.find("kustomize", environment)
    return _of(tool) if tool else None


def require() -> Kustomize:
    """As `locate`; ToolError, with the remedy, where there is none."""
    return _of(tools.require("kustomize"))


def _of(tool: tools.Tool) -> Kustomize:
    return Kustomize(tool.path, tool.version, tool.inside or "kustomize")


def build(
    kustomize: Kustomize, root: Path, *, timeout: float = TIMEOUT, running: process.Running | None = None
) -> Built | BuildFailure:
    """Build one root. The caller has made sure that no YAML in it has aliases that explode.

    ToolError where kustomize cannot be started.
    """
    outcome = process.run(
        kustomize.command(str(root)),
        environment=os.environ | _ENVIRONMENT,
        timeout=timeout,
        output=_OUTPUT,
        memory=_MEMORY,
        running=running,
    )
    if outcome.ended_by == "timeout":
        return BuildFailure(root, f"kustomize was not done in {timeout:g} seconds", "")
    if outcome.ended_by == "size":
        return BuildFailure(root, f"kustomize printed more than {_OUTPUT >> 20} MiB", "")
    if outcome.code < 0:
        return BuildFailure(root, f"kustomize was ended by signal {-outcome.code}", "")
    if outcome.code:
        return _failure(root, outcome.stderr)
    return Built(root, outcome.stdout.decode("utf-8", "replace"), kustomize_messages.warnings(outcome.stderr))


def build_all(
    kustomize: Kustomize, roots: Iterable[Path], *, jobs: int | None = None, timeout: float = TIMEOUT
) -> dict[Path, Built | BuildFailure]:
    """Build many roots, as many at once as there are processors; the results in the order of `roots`."""
    from concurrent.futures import ThreadPoolExecutor  # with logging, which most runs can spare

    wanted = list(dict.fromkeys(roots))
    running = process.Running()
    with ThreadPoolExecutor(jobs or os.cpu_count() or 1) as pool:
        try:
            results = pool.map(lambda root: build(kustomize, root, timeout=timeout, running=running), wanted)
            return dict(zip(wanted, results, strict=True))
        except BaseException:  # Ctrl-C too: begin nothing more, end what runs
            pool.shutdown(wait=False, cancel_futures=True)
            running.stop()
            raise


def _failure(root: Path, stderr: str) -> BuildFailure:
    real = Path(os.path.realpath(root))
    found = kustomize_messages.explain(stderr, real)
    path = _as_given(found.path, root, real) if found.path else None
    told = kustomize_messages.redact(stderr)
    return BuildFailure(root, found.message, told, path, found.line, found.mention, found.patch)


def _as_given(path: Path, root: Path, real: Path) -> Path:
    """A path that kustomize gave in full, written relative to `root` as the caller wrote that."""
    relative = os.path.relpath(path, real).replace(os.sep, "/")
    return Path(posixpath.normpath(posixpath.join(root.as_posix(), relative)))

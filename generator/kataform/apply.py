"""Carry out what a rendered folder needs: whole files, in an order that a kill at any moment cannot hurt."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from kataform import lock as locks
from kataform import whole_file
from kataform.errors import ToolError
from kataform.project import LOCK, shown
from kataform.tree import Plan, on_disk
from kubecel.records import dataclass

_FEW, _AT_ONCE = 4, 16


def one(plan: Plan) -> None:
    """Carry a plan out. Killed at any moment it leaves whole files, and a lock that knows them for ours.

    The lock that names the new content goes first, then the files, then what is no longer wanted, then the final lock.
    """
    if plan.foreign or plan.clean:
        _remove_leftovers(plan)
        return
    for step in steps(plan):
        step()


def every(plans: Sequence[Plan]) -> None:
    """Carry plans out, many at a time: all that takes long is to wait until the disk has what was written.

    What is cleared away where there is no spec any more comes last, when nothing is made beside it.
    """
    for plan in plans:
        if plan.clean and not plan.abandoned:
            one(plan)
    writing = [plan for plan in plans if not plan.clean and not plan.abandoned]
    if len(writing) > _FEW:
        _at_once(writing)
    else:
        for plan in writing:
            one(plan)
    for plan in plans:
        if plan.abandoned:
            one(plan)


def _at_once(plans: Sequence[Plan]) -> None:
    from concurrent.futures import ThreadPoolExecutor  # with logging, which most runs can spare

    with ThreadPoolExecutor(_AT_ONCE) as pool:
        try:
            list(pool.map(one, plans))
        except BaseException:  # Ctrl-C too: begin nothing more, and end what was begun
            pool.shutdown(cancel_futures=True)
            raise


def steps(plan: Plan) -> Iterator[_Step]:
    """The single steps of a plan, in order, so that a test can stop between any two."""
    new = {name: locks.digest(text.encode()) for name, text in plan.writes.items() if name != LOCK}
    if plan.abandoned:
        yield from (_Step(leftover, None, plan.folder) for leftover in plan.leftovers)
        yield from (_Step(plan.folder / name, None, plan.folder.parent) for name in plan.removals)
        return
    if new or plan.removals:
        yield _Step(plan.folder / LOCK, locks.text(on_disk(plan), new))
    for name in sorted(new):
        yield _Step(plan.folder / name, plan.writes[name])
    for name in plan.removals:
        yield _Step(plan.folder / name, None, plan.folder)
    yield _Step(plan.folder / LOCK, locks.text(plan.lock))
    for leftover in plan.leftovers:
        yield _Step(leftover, None, plan.folder)


@dataclass(frozen=True, slots=True)
class _Step:
    """Write one whole file, or remove one (and the folders that this leaves empty, up to `top`)."""

    path: Path
    text: str | None
    top: Path | None = None

    def __call__(self) -> None:
        try:
            if self.text is None:
                whole_file.remove(self.path, self.top or self.path.parent)
            else:
                whole_file.write(self.path, self.text)
        except OSError as error:
            raise ToolError(f"{shown(self.path)}: cannot be written: {error.strerror or error}") from error


def _remove_leftovers(plan: Plan) -> None:
    for leftover in plan.leftovers:
        _Step(leftover, None, plan.folder)()

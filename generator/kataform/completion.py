"""What a shell may complete a word to: overlays, targets with their versions, formats, rules, programs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from click.shell_completion import BashComplete, CompletionItem, add_completion_class, split_arg_string

from kataform import project

if TYPE_CHECKING:
    from kataform.catalogue import Catalogue

__all__ = ["choices", "outputs", "overlays", "prepare", "targets"]

_BREAK = "="


def prepare() -> None:
    """Complete `--target operator=1.13.1` in bash, too, which takes the text behind an equals sign for a word."""
    add_completion_class(_Bash)


def overlays(directory: str, incomplete: str) -> list[CompletionItem]:
    """What is rendered here or above: names, or paths below `overlays/` where one is begun."""
    try:
        found = project.find(Path(directory))
    except OSError:
        return []
    names = list(found.rendered) if found is not None else []
    if incomplete.startswith(project.OVERLAYS):
        names = [f"{project.OVERLAYS}/{name}" for name in names if name != project.BASE]
    return choices(names, incomplete)


def targets(keys: Iterable[str], incomplete: str, known: Callable[[], Catalogue]) -> list[CompletionItem]:
    """`KEY=` for each key, and the versions that are known of a key that is written already, or begun without doubt."""
    begun = [f"{key}{_BREAK}" for key in keys]
    fitting = [key for key in begun if key.startswith(incomplete) or incomplete.startswith(key)]
    if len(fitting) != 1:
        return [CompletionItem(key) for key in fitting]
    return choices((f"{fitting[0]}{version}" for version in _versions(fitting[0].rstrip(_BREAK), known)), incomplete)


def outputs(formats: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """A format, or the file that it is written to."""
    return [CompletionItem(incomplete, type="file")] if _BREAK in incomplete else choices(formats, incomplete)


def choices(words: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """The words that begin with what is there."""
    return [CompletionItem(word) for word in words if word.startswith(incomplete)]


def _versions(key: str, known: Callable[[], Catalogue]) -> list[str]:
    """Newest first: it is what most people want."""
    from kataform import schemas

    if key == "kubernetes":
        return list(reversed(schemas.KUBERNETES_MINORS))
    try:
        found = known()
    except OSError:  # a folder here or above is closed
        return []
    return [str(each) for each in reversed(found.versions if key == "operator" else tuple(found.openshifts))]


class _Bash(BashComplete):
    """bash breaks words at `=` (COMP_WORDBREAKS), and replaces only what stands behind the last one."""

    _kept = ""

    def get_completion_args(self) -> tuple[list[str], str]:
        line, at = os.environ["COMP_WORDS"], int(os.environ["COMP_CWORD"])
        words = [*(line.split("\n") if "\n" in line else split_arg_string(line)), ""][1 : at + 1]
        joined: list[str] = []
        for word in words:
            if joined and (word == _BREAK or joined[-1].endswith(_BREAK)):
                joined[-1] += word
            else:
                joined.append(word)
        incomplete = joined.pop() if joined else ""
        self._kept = incomplete[: incomplete.rfind(_BREAK) + 1] if _BREAK in words else ""
        return joined, incomplete

    def format_completion(self, item: CompletionItem) -> str:
        option, _, value = self._kept.partition(_BREAK)
        begun = value if option.startswith("-") else self._kept
        return f"{item.type},{str(item.value).removeprefix(begun)}"

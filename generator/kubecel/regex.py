"""Regular expressions in RE2's dialect: google-re2 where it is installed, else a machine of our own."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from typing import Any, Protocol

from kubecel import budget, re2_syntax
from kubecel.errors import EvalError
from kubecel.re2_syntax import PatternError
from kubecel.values import utf8


class Pattern(Protocol):
    """What both engines give."""

    def search(self, text: str) -> Any: ...

    def finditer(self, text: str) -> Iterator[Any]: ...


@lru_cache(maxsize=1)
def _engine() -> Any:
    """The re2 module, or None where there is none."""
    try:
        import re2
    except ImportError:
        return None
    return re2


@lru_cache(maxsize=4096)
def compile_pattern(pattern: str) -> Pattern:
    """The compiled pattern, by whichever engine. Raises PatternError for what Go's regexp refuses."""
    pattern = utf8(pattern).decode()
    try:
        return _compile(pattern)
    except RecursionError:
        with budget.deep_calls():
            return _compile(pattern)


def _compile(pattern: str) -> Pattern:
    engine = _engine()
    if engine is None:
        from kubecel import re2_machine

        return re2_machine.compile_pattern(pattern)
    options = engine.Options()
    options.log_errors = False
    try:
        compiled: Pattern = engine.compile(_known_to_google(pattern), options)
    except engine.error as error:
        message = error.args[0] if error.args else ""
        raise PatternError(message.decode() if isinstance(message, bytes) else str(message)) from None
    return compiled


def _known_to_google(pattern: str) -> str:
    with suppress(re2_syntax.UnknownClass):  # google-re2 knows more of them
        return re2_syntax.without_names(pattern)
    return pattern


@lru_cache(maxsize=4096)
def tester(pattern: str) -> Callable[[str], bool]:
    """The function that says whether a text has a match. Raises PatternError; the function, for what is no Unicode.

    google-re2 answers for a set of patterns in a fraction of the time that it takes to tell where a match is. A set
    gives up where its automaton needs too much memory, which one of a pattern that is short and repeats no group a
    stated number of times cannot.
    """
    found = compile_pattern(pattern).search
    engine, pattern = _engine(), utf8(pattern).decode()
    if engine is None or len(pattern) > _SHORT or "{" in pattern:
        return lambda text: found(text) is not None
    options = engine.Options()
    options.log_errors = False
    patterns = engine.Set.SearchSet(options)
    patterns.Add(_known_to_google(pattern))
    patterns.Compile()
    match = patterns.Match
    return lambda text: match(text) is not None


_SHORT = 200


def matches(pattern: str, text: str) -> bool:
    """Whether the text has a match. Raises EvalError for a pattern that is none."""
    try:
        test = tester(pattern)
    except PatternError as error:
        raise _failed(error) from None
    try:
        return test(text)
    except UnicodeEncodeError:
        return test(utf8(text).decode())


def search(pattern: str, text: str) -> str | None:
    """The first match, or None. Raises EvalError for a pattern that is none."""
    compiled = _compiled(pattern)
    try:
        found = compiled.search(text)
    except UnicodeEncodeError:
        found = compiled.search(utf8(text).decode())
    return None if found is None else str(found.group())


def find_all(pattern: str, text: str, limit: int) -> list[str]:
    """The matches from left to right, at most `limit` of them where it is not negative."""
    matches: list[str] = []
    if limit == 0:
        return matches
    previous_end = -1
    for found in _compiled(pattern).finditer(utf8(text).decode()):
        if found.start() == found.end() == previous_end:
            continue  # Go gives no empty match right after a match
        previous_end = found.end()
        matches.append(found.group())
        if len(matches) == limit:
            break
    return matches


def _compiled(pattern: str) -> Pattern:
    try:
        return compile_pattern(pattern)
    except PatternError as error:
        raise _failed(error) from None


def _failed(error: PatternError) -> EvalError:
    return EvalError(f"error parsing regexp: {error}")

"""Semantic versions: `semver('1.2.3').isLessThan(semver('1.10.0'))`.

https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/semverlib.go
"""

from __future__ import annotations

from kubecel.errors import EvalError
from kubecel.library.addresses import quoted
from kubecel.library.numbers import whole
from kubecel.pattern import Pattern
from kubecel.signature import function, method
from kubecel.values import UINT_MAX, Semver

SINCE = (1, 34)
_DIGITS = Pattern(r"[0-9]*\Z")
_WORD = Pattern(r"[0-9A-Za-z-]+\Z")


class Version:
    """A version; two are equal when neither precedes the other, so build metadata does not count."""

    __slots__ = ("numbers", "pre_release")

    def __init__(self, numbers: tuple[int, int, int], pre_release: tuple[str, ...]) -> None:
        self.numbers = numbers
        self.pre_release = pre_release

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Version) and compare(self, other) == 0

    def __hash__(self) -> int:
        return hash((self.numbers, self.pre_release))


def compare(left: Version, right: Version) -> int:
    """-1, 0 or 1 by precedence."""
    if left.numbers != right.numbers:
        return 1 if left.numbers > right.numbers else -1
    if not left.pre_release or not right.pre_release:
        return int(not left.pre_release) - int(not right.pre_release)
    one = [_rank(part) for part in left.pre_release]
    other = [_rank(part) for part in right.pre_release]
    return int(one > other) - int(one < other)


def _rank(part: str) -> tuple[bool, int, str]:
    """Numbers go before words."""
    return (False, int(part), "") if part.isdigit() else (True, 0, part)


def parse(text: str) -> Version:
    """The version that a text spells. Raises EvalError, in the words of the library that the server has."""
    if not text:
        raise EvalError("Version string empty")
    parts = text.split(".", 2)
    if len(parts) != 3:
        raise EvalError("No Major.Minor.Patch elements found")
    rest, plus, build = parts[2].partition("+")
    patch, dash, pre_release = rest.partition("-")
    numbers = _component("Major", parts[0]), _component("Minor", parts[1]), _component("Patch", patch)
    identifiers = tuple(map(_identifier, pre_release.split("."))) if dash else ()
    for part in build.split(".") if plus else ():
        _check_word(part, "Build meta data", "build meta data")
    return Version(numbers, identifiers)


def _component(name: str, text: str) -> int:
    if _DIGITS.match(text) is None:
        raise EvalError(f"Invalid character(s) found in {name.lower()} number {quoted(text)}")
    return _number(text, f"{name} number")


def _identifier(text: str) -> str:
    """A part of what stands behind the hyphen."""
    _check_word(text, "Prerelease", "prerelease")
    if _DIGITS.match(text):
        _number(text, "Numeric PreRelease version")
    return text


def _check_word(text: str, empty: str, name: str) -> None:
    if not text:
        raise EvalError(f"{empty} is empty")
    if _WORD.match(text) is None:
        raise EvalError(f"Invalid character(s) found in {name} {quoted(text)}")


def _number(text: str, name: str) -> int:
    if len(text) > 1 and text[0] == "0":
        raise EvalError(f'{name} must not contain leading zeroes "{text}"')
    if not text:
        raise EvalError('strconv.ParseUint: parsing "": invalid syntax')
    number = whole(text)
    if number > UINT_MAX:
        raise EvalError(f'strconv.ParseUint: parsing "{text}": value out of range')
    return number


def normalize(text: str) -> Version:
    """A version that may lack its minor or patch number, begin with v, or have leading zeros."""
    parts = text.removeprefix("v").split(".", 2)
    parts = [_without_zeros(part) for part in parts]
    if len(parts) < 3:
        if any(character in parts[-1] for character in "+-"):
            raise EvalError("short version cannot contain PreRelease/Build meta data")
        parts += ["0"] * (3 - len(parts))
    return parse(".".join(parts))


def _without_zeros(part: str) -> str:
    if len(part) < 2:
        return part
    stripped = part.lstrip("0")
    return stripped if stripped[:1].isdigit() and stripped.isascii() else "0" + stripped


def _parse(text: str, normalized: bool = False) -> Semver:
    return Semver(normalize(text) if normalized else parse(text))


def _valid(text: str, normalized: bool = False) -> bool:
    try:
        _parse(text, normalized)
    except EvalError:
        return False
    return True


def _compare(left: Semver, right: Semver) -> int:
    return compare(left.value, right.value)


OVERLOADS = (
    function("semver(string) -> Semver", _parse, SINCE),
    function("semver(string, bool) -> Semver", _parse, SINCE),
    function("isSemver(string) -> bool", _valid, SINCE),
    function("isSemver(string, bool) -> bool", _valid, SINCE),
    method("Semver", "major() -> int", lambda version: version.value.numbers[0], SINCE),
    method("Semver", "minor() -> int", lambda version: version.value.numbers[1], SINCE),
    method("Semver", "patch() -> int", lambda version: version.value.numbers[2], SINCE),
    method("Semver", "isGreaterThan(Semver) -> bool", lambda one, other: _compare(one, other) > 0, SINCE),
    method("Semver", "isLessThan(Semver) -> bool", lambda one, other: _compare(one, other) < 0, SINCE),
    method("Semver", "compareTo(Semver) -> int", _compare, SINCE),
)

"""Classes made by `kubecel.records` are as the standard library makes them, but for what their page leaves out."""

from __future__ import annotations

import copy
import dataclasses
from typing import Any

import pytest

from kubecel.records import dataclass as ours

WAYS = [
    {},
    {"slots": True},
    {"frozen": True},
    {"frozen": True, "slots": True},
    {"frozen": True, "slots": True, "order": True},
    {"eq": False},
    {"frozen": True, "eq": False},
]


def made(decorate: Any) -> type:
    class Place:
        """Where something is."""

        path: str
        line: int = 1
        notes: tuple[str, ...] = ()
        known: dict[str, int] = dataclasses.field(default_factory=dict, compare=False, repr=False)

    return decorate(Place)  # type: ignore[no-any-return]


def behaviour(cls: Any) -> list[object]:
    """What can be seen of a class and of some objects of it."""
    one, same, other = cls("a", 2), cls("a", 2, known={"x": 1}), cls("b", notes=("n",))
    moved = dataclasses.replace(one, line=9)
    found: list[object] = [one == same, one == other, one != same, one == ("a", 2, ()), moved.line, moved == one]
    found += [repr(each).rpartition(".")[2] for each in (one, same, other) if cls.__eq__ is not object.__eq__]
    found += [dataclasses.asdict(same), copy.deepcopy(other).notes, one.known is same.known, hasattr(one, "__dict__")]
    try:
        found.append((hash(one) == hash(same), len({one, same, other})))
    except TypeError as error:
        found.append(str(error))
    for compare in ("__lt__", "__le__", "__gt__", "__ge__"):
        ordered = getattr(one, compare)(other)
        found.append(ordered if ordered is not NotImplemented else "not ordered")
    return found


@pytest.mark.parametrize("options", WAYS, ids=str)
def test_a_class_behaves_as_the_standard_one(options: dict[str, bool]) -> None:
    assert behaviour(made(ours(**options))) == behaviour(made(dataclasses.dataclass(**options)))  # type: ignore[call-overload]


def test_what_a_class_says_itself_is_kept() -> None:
    @ours(frozen=True)
    class Name:
        text: str

        def __eq__(self, other: object) -> bool:
            return isinstance(other, Name) and self.text.lower() == other.text.lower()

        def __hash__(self) -> int:
            return hash(self.text.lower())

        def __repr__(self) -> str:
            return f"<{self.text}>"

    assert (Name("A") == Name("a"), hash(Name("A")) == hash(Name("a")), repr(Name("A"))) == (True, True, "<A>")


def test_a_field_of_a_class_above_comes_first_and_counts() -> None:
    @ours(frozen=True, slots=True)
    class Base:
        name: str

    @ours(frozen=True, slots=True)
    class Child(Base):
        size: int = 0

    assert (Child("a", 1) == Child("a", 1), Child("a", 1) == Child("b", 1), Child("a") == Base("a")) == (
        True,
        False,
        False,
    )
    assert [each.name for each in dataclasses.fields(Child)] == ["name", "size"]


def test_a_class_without_fields_equals_itself() -> None:
    @ours(frozen=True)
    class Nothing:
        """Says that there is nothing."""

    assert Nothing() == Nothing()
    assert len({Nothing(), Nothing()}) == 1

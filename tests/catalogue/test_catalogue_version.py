"""Versions of the operator, and ranges of OpenShift and Kubernetes versions."""

from __future__ import annotations

import pytest

from kataform import version
from kataform.errors import InputError
from kataform.version import Version

MINORS = tuple(f"4.{number}" for number in range(8, 23))


@pytest.mark.parametrize("text", ["1.13.1", "v1.13.1", "sandboxed-containers-operator.v1.13.1"])
def test_a_version_is_read_however_it_is_written(text: str) -> None:
    assert Version.parse(text) == Version(1, 13, 1)


@pytest.mark.parametrize(
    "text", ["", "1.13", "1.13.1.2", "1.13.x", "1.13.1-rc1", "V1.13.1", "operator1.13.1", "1.13.1\n", "١.١٣.١"]
)
def test_what_is_not_a_version_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(InputError) as refused:
        Version.parse(text)

    assert str(refused.value) == f"{text!r} is not an operator version; write it like 1.13.1"


def test_versions_are_ordered_by_number_not_by_text() -> None:
    texts = ["1.10.0", "1.9.0", "1.2.2", "1.13.1", "1.13.0"]

    assert [str(found) for found in sorted(map(Version.parse, texts))] == [
        "1.2.2",
        "1.9.0",
        "1.10.0",
        "1.13.0",
        "1.13.1",
    ]


@pytest.mark.parametrize(
    ("text", "minors"),
    [
        ("4.18", ["4.18"]),
        ("4.18.49", ["4.18"]),
        ("=4.18", ["4.18"]),
        (">=4.16 <4.19", ["4.16", "4.17", "4.18"]),
        (">4.16 <=4.19", ["4.17", "4.18", "4.19"]),
        (">= 4.21", ["4.21", "4.22"]),
        ("  <4.10  ", ["4.8", "4.9"]),
        (">=4.19 <4.16", []),
        ("4.7", []),
        (">4.22", []),
    ],
)
def test_a_range_selects_the_known_minors_in_which_all_its_constraints_hold(text: str, minors: list[str]) -> None:
    assert list(version.select(text, MINORS)) == minors


@pytest.mark.parametrize("text", ["", "4", "~4.16", ">=4.16,<4.19", "4.16 4.17", ">=4.x", "four"])
def test_what_is_not_a_range_is_refused_with_the_way_to_write_it(text: str) -> None:
    with pytest.raises(InputError) as refused:
        version.select(text, MINORS)

    assert str(refused.value) == f"{text!r} is not a version range; write it like '>=4.16 <4.19'"

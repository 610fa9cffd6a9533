"""What is kept in the user's cache comes back as it was, or not at all."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from kataform import cache

KEY = "ab" + "0" * 38


def test_what_was_kept_comes_back(tmp_path: Path) -> None:
    cache.Store(tmp_path / "new").put(KEY, b"content")

    assert cache.Store(tmp_path / "new").get(KEY) == b"content"


@pytest.mark.parametrize("damage", [b"", b"content", b"x" * 16 + b"content"])
def test_what_is_damaged_is_as_if_it_were_not_there(tmp_path: Path, damage: bytes) -> None:
    store = cache.Store(tmp_path)
    store.put(KEY, b"content")
    (tmp_path / KEY[:2] / KEY).write_bytes(damage)

    assert store.get(KEY) is None


def test_an_entry_under_the_name_of_another_is_none(tmp_path: Path) -> None:
    store = cache.Store(tmp_path)
    store.put(KEY, b"content")
    other = "ab" + "1" * 38
    (tmp_path / "ab" / KEY).rename(tmp_path / "ab" / other)

    assert store.get(other) is None


def test_a_folder_that_cannot_be_written_is_done_without(tmp_path: Path) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")
    store = cache.Store(tmp_path / "cache")

    store.put(KEY, b"content")

    assert store.get(KEY) is None


def test_what_was_used_last_is_kept(tmp_path: Path) -> None:
    store = cache.Store(tmp_path)
    for number in range(4):
        key = f"{number}{number}" + "0" * 38
        store.put(key, b"x" * 1000)
        os.utime(tmp_path / key[:2] / key, (number, number))

    store.trim(limit=2500)

    assert sorted(path.name[0] for path in tmp_path.rglob("*") if path.is_file()) == ["2", "3"]


def test_what_ended_up_between_two_parts_makes_another_digest() -> None:
    assert cache.digest(b"ab", b"c") != cache.digest(b"a", b"bc")

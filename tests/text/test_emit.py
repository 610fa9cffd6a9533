"""What the emitter writes, and that a text edited by spans keeps every other byte."""

from __future__ import annotations

import pytest

from kataform.finding import Edit
from kataform.text import edit, emit

TREE = {
    "apiVersion": "v1",
    "data": {
        "kata": "true",
        "yes": "no",
        "mode": "0755",
        "size": 3,
        "plain": "a/b:c",
        "date": "2026-01-01",
        "time": "12:30:45",
        "empty": "",
        "colon": "a: b",
        "quote": "it's",
        "script": "line one\n\n  line two\n",
        "bare": "no\nend",
        "kept": "end\n\n\n",
        "indented": "  first\nsecond\n",
        "bell": "a\x07b",
        "next": "x\u2028y",
    },
    "list": [{"a": 1, "b": [True, None]}, [1, [2]], [], {}, "- x", "text\nof two\n"],
    "none": None,
    "float": 1.5,
}

WRITTEN = r"""apiVersion: v1
data:
  kata: 'true'
  'yes': 'no'
  mode: '0755'
  size: 3
  plain: a/b:c
  date: '2026-01-01'
  time: '12:30:45'
  empty: ''
  colon: 'a: b'
  quote: it's
  script: |
    line one

      line two
  bare: |-
    no
    end
  kept: |+
    end


  indented: |2
      first
    second
  bell: "a\x07b"
  next: "x\u2028y"
list:
- a: 1
  b:
  - true
  - null
- - 1
  - - 2
- []
- {}
- '- x'
- |
  text
  of two
none: null
float: 1.5
"""


def test_a_tree_is_written_as_kubernetes_users_expect_it() -> None:
    assert emit.dump(TREE) == WRITTEN


@pytest.mark.parametrize(("value", "text"), [({}, "{}\n"), ([], "[]\n"), ([1], "- 1\n")])
def test_what_is_empty_stays_on_one_line(value: dict[str, object] | list[object], text: str) -> None:
    assert emit.dump(value) == text


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1 << 64, -(1 << 63) - 1, "\ud800"])
def test_what_no_reader_could_hold_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match=r"."):
        emit.dump({"a": value})


@pytest.mark.parametrize("value", [{1: 2}, {"a": {True: 1}}, {"a": object()}, {"a": b"x"}])
def test_what_json_does_not_know_is_refused(value: dict[str, object]) -> None:
    with pytest.raises(TypeError):
        emit.dump(value)


def test_a_key_that_kustomize_drops_is_refused() -> None:
    with pytest.raises(ValueError, match="<<"):
        emit.dump({"a": {"<<": 1}})


def test_a_key_too_long_for_one_line_is_marked_as_a_key() -> None:
    assert emit.dump({"a" * 1025: 1}) == f"? {'a' * 1025}\n: 1\n"


def test_quoting_takes_double_quotes_only_where_single_ones_cannot_say_it() -> None:
    assert edit.quoted("it's") == "'it''s'"
    assert edit.quoted("two\nlines") == '"two\\nlines"'


def test_edits_leave_every_other_byte_alone() -> None:
    text = "\ufeffa: true\r\nü: 1\r\n"

    spliced = edit.splice(text, [Edit("f", 13, 14, "2"), Edit("f", 4, 8, "'true'"), Edit("f", 1, 1, "# x\r\n")])

    assert spliced == "\ufeff# x\r\na: 'true'\r\nü: 2\r\n"


@pytest.mark.parametrize("edits", [[(0, 2), (1, 3)], [(0, 3), (1, 1)], [(2, 1)], [(0, 99)], [(-1, 2)]])
def test_edits_that_overlap_or_miss_the_text_are_refused(edits: list[tuple[int, int]]) -> None:
    with pytest.raises(ValueError, match=r"overlap|no characters"):
        edit.splice("abcdef", [Edit("f", start, end, "x") for start, end in edits])

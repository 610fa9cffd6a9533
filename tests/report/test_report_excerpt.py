"""Whatever a file holds, its excerpt fits, is harmless, and has the span in sight."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from kataform.report import excerpt

LINES = st.text(st.one_of(st.characters(), st.sampled_from("ab \t漢e\u0301\u202e\x1b\xa0")), max_size=200)


def cells(text: str) -> int:
    return sum(width for _, width in excerpt._cells(text))


@given(LINES, st.integers(0, 220), st.integers(0, 60), st.integers(20, 80))
def test_any_line_fits_and_is_harmless(line: str, start: int, length: int, room: int) -> None:
    shown, offset, width = excerpt.show(line, start, start + length, room)

    assert shown.isprintable()
    assert cells(shown) <= room
    assert width >= 1
    assert offset >= 0
    assert offset + width <= room + 1  # past the end of the line by at most the one cell that says so


@given(LINES, st.data(), st.integers(20, 80))
def test_what_is_underlined_is_what_the_span_holds(line: str, data: st.DataObject, room: int) -> None:
    line = line.replace("\t", "").rstrip("\r\n")
    start = data.draw(st.integers(0, len(line)))
    end = data.draw(st.integers(start, len(line)))

    shown, offset, width = excerpt.show(line, start, end, room)

    span = excerpt.plain(line[start:end])
    if cells(span) <= room - 2:
        assert width == max(1, cells(span))
        assert any(shown.startswith(span, at) and cells(shown[:at]) == offset for at in range(len(shown) + 1))

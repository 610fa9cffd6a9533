"""Make text harmless to show: what could move a cursor, hide or reorder text becomes a visible escape."""

from __future__ import annotations

__all__ = ["one_line", "plain"]


def plain(text: str) -> str:
    """Escape every character that does not print as itself: controls, bidirectional marks, odd spaces, surrogates."""
    return text if text.isprintable() else "".join(char if char.isprintable() else _escaped(char) for char in text)


def one_line(text: str) -> str:
    """The text on a single line, harmless to show."""
    if text.isprintable():
        return text
    return plain(" ".join(line.strip() for line in text.replace("\r\n", "\n").split("\n") if line.strip()))


def _escaped(char: str) -> str:
    if char == "\t":
        return "\\t"
    code = ord(char)
    if code < 0x100:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"

"""Say what is wrong with a text that is not YAML: the line to mend, one sentence, and what to write instead.

A parser reports where it gave up, in its own terms. That is often lines after the slip: a quote that is never closed
swallows text up to the next quote. Each function here looks at the text around the parser's mark for the slip itself.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from kataform.finding import Related
from kataform.text import margins
from kataform.text.problem import Mark, Problem, Text
from kubecel.records import dataclass

__all__ = ["Failure", "Token", "byte_order_mark", "explain"]


@dataclass(frozen=True, slots=True)
class Token:
    """A piece of the text before the failure: its kind (`"` and `'` for quoted scalars, else the character it is)."""

    kind: str
    start: Mark
    end: Mark


@dataclass(frozen=True, slots=True)
class Failure:
    """Where and why the parser gave up, in its own words, with the tokens it had read by then."""

    context: str
    problem: str
    begun: Mark | None
    mark: Mark
    tokens: Sequence[Token] = ()


def explain(text: Text, failure: Failure) -> Problem:
    """The defect behind a parser's failure."""
    for explanation in _EXPLANATIONS:
        problem = explanation(text, failure)
        if problem is not None:
            return problem
    line, column = _visible(text, failure.mark)
    return Problem(
        "yaml-syntax",
        "from here on this is not YAML",
        "look for a missing quote, bracket or colon here or on the line before",
        text.place(line, column),
    )


def _visible(text: Text, mark: Mark) -> tuple[int, int]:
    """The mark, or the last written character before it where it stands past the end of the text."""
    line, column = mark.line, mark.column
    while line > 0 and not text.line(line).strip():
        line -= 1
        column = max(len(text.line(line).rstrip()) - 1, 0)
    return line, column


def _template(text: Text, failure: Failure) -> Problem | None:
    line, _ = _visible(text, failure.mark)
    for number in dict.fromkeys((line, failure.begun.line if failure.begun else line)):
        found = re.search(r"\{\{.*?(?:\}\}|$)", text.line(number))
        if found:
            return Problem(
                "unrendered-template",
                "this line holds a template, which is not YAML before it is rendered",
                "render the template first, or put the value in quotes if the braces are meant as they stand",
                text.place(number, found.start(), found.end()),
            )
    return None


def _tab(text: Text, failure: Failure) -> Problem | None:
    line = text.line(failure.mark.line)
    indentation = re.match(r"[ \t]*(?:-[ \t]+)*", line)
    end = indentation.end() if indentation else 0
    if "\t" not in line[:end] or failure.mark.column > end:
        return None
    before = margins.margin(text.line(failure.mark.line - 1)) if failure.mark.line else 0
    remedy = f"indent with spaces; the line before has {before}" if before else "indent with spaces"
    return Problem(
        "tab-indentation",
        "this line is indented with a tab, and YAML knows only spaces there",
        remedy,
        text.place(failure.mark.line, 0, end),
    )


def _unclosed_quote(text: Text, failure: Failure) -> Problem | None:
    begun = failure.begun
    last = next((token for token in reversed(failure.tokens) if token.kind in "'\""), None)
    if begun is not None and "quoted scalar" in failure.context and "found unexpected" in failure.problem:
        swallowed = last is not None and last.start.line < last.end.line == begun.line
        return _never_closed(text, last.start if last is not None and swallowed else begun)
    if begun is not None and "simple key" in failure.context and _odd_quote(text, begun, failure.mark):
        return _never_closed(text, begun)
    if last is None or last.start.line == last.end.line or failure.mark.line != last.end.line:
        return None
    return _never_closed(text, last.start)


def _odd_quote(text: Text, begun: Mark, mark: Mark) -> bool:
    """Whether a key begins with a quote that its own line does not close."""
    line = text.line(begun.line)
    quote = line[begun.column : begun.column + 1]
    return quote in ("'", '"') and (begun.line != mark.line or line.count(quote) % 2 == 1)


def _never_closed(text: Text, begun: Mark) -> Problem:
    quote = text.line(begun.line)[begun.column : begun.column + 1] or "'"
    name = "single" if quote == "'" else "double"
    return Problem(
        "unclosed-quote",
        f"the {name} quote that opens here is not closed on this line, so it takes in the lines that follow",
        f"close it with {quote} at the end of the value",
        text.place(begun.line, begun.column),
    )


def _escape(text: Text, failure: Failure) -> Problem | None:
    if "quoted scalar" not in failure.context and "double-quoted" not in failure.context:
        return None
    line, column = failure.mark.line, failure.mark.column
    written = text.line(line)
    half = re.compile(r"\\u[dD][89a-fA-F]").search(written, column) if written[column : column + 1] == '"' else None
    start = half.start() if half else written.rfind("\\", 0, column + 1)
    if start < 0:
        return None
    surrogate = written[start + 2 : start + 4].lower() in _SURROGATES
    if "hex" in failure.problem or "Unicode" in failure.problem:
        return Problem(
            "invalid-escape",
            "this escape names no character" + (" (YAML has no surrogate pairs)" if surrogate else ""),
            "write the character itself, or its code as \\U and eight digits",
            text.place(line, start, start + 6),
        )
    return Problem(
        "invalid-escape",
        "between double quotes a backslash begins an escape, and this is none",
        "use single quotes, or write the backslash twice if it is meant as it stands",
        text.place(line, start, start + 2),
    )


_SURROGATES = ("d8", "d9", "da", "db", "dc", "dd", "de", "df")

_SPECIAL = {
    "*": "begins the name of an alias",
    "&": "begins the name of an anchor",
    "!": "begins a tag",
    "@": "is reserved",
    "`": "is reserved",
    "%": "begins a directive",
    ",": "separates entries between brackets",
    "|": "begins a block of text, which stands on the lines below it",
    ">": "begins a block of text, which stands on the lines below it",
}


def _special(text: Text, failure: Failure) -> Problem | None:
    if not any(word in failure.context for word in ("alias", "anchor", "tag", "next token", "block scalar", "node")):
        return None
    start = failure.begun or failure.mark
    line = text.line(start.line)
    first = line[start.column : start.column + 1]
    if first not in _SPECIAL or not first:
        return None
    end = len(re.sub(r"\s+#.*$", "", line).rstrip())
    value = line[start.column : end]
    remedy = "put the value in single quotes"
    if first in "|>":
        remedy = "put the text on the lines below, indented" if re.match(r"[|>][-+]?\s", value) else remedy
    return Problem(
        "unquoted-special",
        f"a value cannot begin with {first} here: {first} {_SPECIAL[first]}",
        remedy,
        text.place(start.line, start.column, end),
    )


_CLOSES = {"[": "]", "{": "}"}


def _bracket(text: Text, failure: Failure) -> Problem | None:
    opened = _open_brackets(failure.tokens)
    line, column = _visible(text, failure.mark)
    at = text.line(line)[column : column + 1]
    if opened and (opened[-1].start.line != line or failure.mark.line != line):
        return _unclosed_bracket(text, opened[-1])
    if not opened and at in "]}" and at:
        return Problem(
            "unopened-bracket", f"this {at} closes nothing", f"delete it, or open it with {_OPENS[at]}",
            text.place(line, column, column + 1),
        )  # fmt: skip
    if not opened:
        return None
    if at in ",]}" and at and "node" in failure.context:
        return Problem(
            "yaml-syntax", f"a value is missing before this {at}", "write the value, or delete the comma too many",
            text.place(line, column, column + 1),
        )  # fmt: skip
    if at == "?":
        word = re.search(r"[^\s,\[\]{}]*$", text.line(line)[:column])
        end = re.compile(r"[^\s,\[\]{}]*").match(text.line(line), column)
        return Problem(
            "unquoted-special",
            "between brackets an unquoted ? begins a key to kubectl and kustomize",
            "put the value in single quotes",
            text.place(line, word.start() if word else column, end.end() if end else None),
        )
    if "flow" in failure.context:
        return Problem(
            "missing-comma",
            f"entries between {opened[-1].kind} and {_CLOSES[opened[-1].kind]} are separated by commas",
            f"put a comma before this, or close the bracket with {_CLOSES[opened[-1].kind]}",
            text.place(line, column),
            (
                Related(
                    text.place(opened[-1].start.line, opened[-1].start.column, opened[-1].end.column), "opened here"
                ),
            ),
        )
    return None


_OPENS = {"]": "[", "}": "{"}


def _open_brackets(tokens: Sequence[Token]) -> list[Token]:
    opened: list[Token] = []
    for token in tokens:
        if token.kind in _CLOSES:
            opened.append(token)
        elif token.kind in _OPENS and opened:
            opened.pop()
    return opened


def _unclosed_bracket(text: Text, token: Token) -> Problem:
    close = _CLOSES[token.kind]
    return Problem(
        "unclosed-bracket",
        f"the {token.kind} that opens here is never closed",
        f"close it with {close}",
        text.place(token.start.line, token.start.column),
    )


_GLUED = re.compile(r"\s*(?:- +)*(?P<key>[A-Za-z0-9_.\-/]+):[^\s:/].*$")


def _glued(text: Text, line: int) -> Problem | None:
    """`key:value`, where the missing space makes one word of a key and its value."""
    found = _GLUED.match(text.line(line))
    if found is None:
        return None
    return Problem(
        "missing-colon",
        "there is no space behind the colon, so key and value are one word",
        "put a space behind the colon",
        text.place(line, found.start("key")),
    )


def _colon(text: Text, failure: Failure) -> Problem | None:
    if "expected ':'" not in failure.problem or failure.begun is None:
        return None
    line = failure.begun.line
    glued = _glued(text, line)
    if glued is not None:
        return glued
    column = (
        margins.margin(text.line(line))
        if failure.begun.column >= margins.margin(text.line(line))
        else failure.begun.column
    )
    return _no_colon(text, line, column)


def _second_colon(text: Text, failure: Failure) -> Problem | None:
    if "mapping values are not allowed" not in failure.problem:
        return None
    line, column = failure.mark.line, failure.mark.column
    written = text.line(line)
    inner = re.match(r"\s*(?:- +)*(?:\"[^\"]*\"|'[^']*'|[^\s#'\"\[{][^#]*?)\s*:\s+", written)
    if inner is not None and inner.end() <= column:
        value = written[inner.end() :].split(" #")[0].rstrip()
        return Problem(
            "unquoted-colon",
            "a value with a colon and a space in it must be quoted, else the colon begins a second key",
            "put the value in single quotes",
            text.place(line, inner.end(), inner.end() + len(value)),
        )
    above = margins.above(text, line)
    if above is None or margins.margin(written) % 2 > margins.margin(text.line(above)) % 2:
        return margins.misfit(text, line)
    return _glued(text, above) or _bare(text, above) or margins.misfit(text, line)


def _colon_at_end(text: Text, failure: Failure) -> Problem | None:
    """`[a:]`, which libyaml refuses, go-yaml reads as the text `a:` and other readers as a key."""
    if "found unexpected ':'" not in failure.problem or failure.begun is None:
        return None
    start, end = failure.begun, failure.mark
    return Problem(
        "unquoted-colon",
        "readers disagree on a colon right before a bracket or comma: part of the text to kubectl and kustomize",
        "put the text in single quotes, or a space behind the colon if it ends a key",
        text.place(start.line, start.column, end.column + 1 if end.line == start.line else None),
    )


_WORDS = re.compile(r"\s*(?P<dash>- +)?(?P<words>[A-Za-z][\w./-]*(?: +[^\s:#]+)?)\s*$")


def _bare(text: Text, line: int) -> Problem | None:
    """A line that should hold a key and has no colon, where the parser took it and the next one for one text."""
    found = _WORDS.match(text.line(line))
    if found is None or (found["dash"] and " " not in found["words"]):
        return None
    before = margins.above(text, line)
    if before is not None and not found["dash"] and not text.line(before).split(" #")[0].rstrip().endswith(":"):
        return None
    return _no_colon(text, line, found.start("words"))


def _no_colon(text: Text, line: int, column: int) -> Problem:
    return Problem(
        "missing-colon",
        "this line is neither a key with a colon nor part of the value before it",
        "put a colon behind the key, or indent the line if it continues the text above",
        text.place(line, column),
    )


def _after_value(text: Text, failure: Failure) -> Problem | None:
    """Something behind a value that was complete: a quote inside quotes, a word after a bracket."""
    if not any(word in failure.problem for word in ("expected key", "expected '-'", "document start", "block end")):
        return None
    line, column = _visible(text, failure.mark)
    before = text.line(line)[:column]
    if not before.strip(" -"):
        return None
    token = next((t for t in reversed(failure.tokens) if t.kind in "'\"]}" and t.end.line == line), None)
    if token is None:
        return None
    if token.kind in "'\"":
        inside = "; inside single quotes an apostrophe is written twice" if token.kind == "'" else ""
        return Problem(
            "text-after-quote",
            "the value ends at the closing quote, and something stands behind it",
            f"put all of the value between the quotes{inside}, or delete what follows them",
            text.place(line, column),
        )
    return Problem(
        "text-after-bracket",
        f"the value ends at the {token.kind}, and something stands behind it",
        "delete what follows, or put the whole value in quotes",
        text.place(line, column),
    )


def _misplaced(text: Text, failure: Failure) -> Problem | None:
    """A line that does not fit where it stands: its indentation, or a list entry among keys."""
    if not any(word in failure.problem for word in ("expected key", "expected '-'", "block end")):
        return None
    line, column = _visible(text, failure.mark)
    written = text.line(line)
    if written[:column].strip():
        return None
    is_entry = re.match(r"\s*-(\s|$)", written) is not None
    begun = failure.begun
    if begun is not None and begun.column == column:
        blamed = margins.crooked(text, line)
        if blamed is not None:
            return blamed
        if is_entry:
            message, remedy = "a list entry stands among the keys of a map", "put it under its key, or make it a key"
        else:
            message, remedy = "a key stands among the entries of a list", "begin it with - or indent it below its entry"
        return Problem("mixed-list-and-map", message, remedy, text.place(line, column))
    return margins.misfit(text, line)


def _entry_on_key_line(text: Text, failure: Failure) -> Problem | None:
    if "sequence entries are not allowed" not in failure.problem:
        return None
    line, column = failure.mark.line, failure.mark.column
    if not text.line(line)[:column].strip():
        return margins.misfit(text, line)
    return Problem(
        "list-on-key-line",
        "a list cannot begin on the line of its key",
        "put each entry on a line of its own, or the value in quotes if the hyphen belongs to it",
        text.place(line, column),
    )


def _stray_colon(text: Text, failure: Failure) -> Problem | None:
    line, column = failure.mark.line, failure.mark.column
    if not re.match(r":(\s|$)", text.line(line)[column:]) or text.line(line)[:column].strip(" -"):
        return None
    message = "a key is missing before this colon"
    return Problem("invalid-key", message, "write the key", text.place(line, column, column + 1))


def _byte_order_mark(text: Text, failure: Failure) -> Problem | None:
    line, column = failure.mark.line, failure.mark.column
    found = text.line(line).find("\ufeff", 0, column + 1)
    return byte_order_mark(text, line, found) if found >= 0 else None


def byte_order_mark(text: Text, line: int, column: int) -> Problem:
    """The problem that a byte order mark stands inside a file, as where two files were put into one."""
    return Problem(
        "control-character",
        "the invisible character U+FEFF stands here, which is allowed only at the beginning of a file",
        "delete it",
        text.place(line, column, column + 1),
    )


def _directive(text: Text, failure: Failure) -> Problem | None:
    line = failure.mark.line
    if not text.line(line).startswith("%"):
        return None
    return Problem(
        "invalid-directive",
        "a line that begins with % is a directive to the parser, and this one is not understood",
        "delete it: Kubernetes manifests need none",
        text.place(line, 0),
    )


def _document_start(text: Text, failure: Failure) -> Problem | None:
    if "document start" not in failure.problem:
        return None
    line, column = _visible(text, failure.mark)
    unbalanced = margins.unbalanced(text, line)
    if unbalanced is not None:
        return unbalanced
    return Problem(
        "yaml-syntax",
        "the document ends before this line, and kubectl and kustomize drop what follows without a word",
        "put --- between two documents, or indent the line like those it belongs to",
        text.place(line, column),
    )


def _undefined_tag(text: Text, failure: Failure) -> Problem | None:
    if "undefined tag handle" not in failure.problem:
        return None
    return _special(text, failure)


def _nesting(text: Text, failure: Failure) -> Problem | None:
    if "nesting depth" not in failure.problem:
        return None
    return Problem(
        "nesting-too-deep",
        "lists and maps are nested deeper here than any reader follows",
        "flatten the document; no Kubernetes object needs so many levels",
        text.place(failure.mark.line, failure.mark.column, failure.mark.column + 1),
    )


_EXPLANATIONS: tuple[Callable[[Text, Failure], Problem | None], ...] = (
    _nesting,
    _byte_order_mark,
    _template,
    _colon_at_end,
    _tab,
    _unclosed_quote,
    _escape,
    _undefined_tag,
    _bracket,
    _special,
    _directive,
    _stray_colon,
    _colon,
    _second_colon,
    _entry_on_key_line,
    _after_value,
    _misplaced,
    _document_start,
)

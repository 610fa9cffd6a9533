"""Read YAML as it is written: nodes with their places and spellings, and every defect in words a person can act on.

PyYAML's parser gives the nodes, without a resolver, so that a scalar keeps its text; what the text means to a Go
reader is asked of `resolve`. Nothing here raises on bad input: a defect is a Problem, and what was read before it
is kept.
"""

from __future__ import annotations

import bisect
import functools
import re
from collections.abc import Callable, Collection, Iterable
from dataclasses import field
from functools import partial
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import yaml
from yaml.composer import ComposerError
from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from kataform.finding import Location
from kataform.text import audit, defects, problem, resolve
from kataform.text.audit import Mark
from kataform.text.problem import Problem, Text
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

if TYPE_CHECKING:

    class Scalar:
        """A string as written; `tag` only where the text has one, `style` empty where it is plain."""

        id: Literal["scalar"]
        start_mark: Mark
        end_mark: Mark
        tag: str | None
        value: str
        style: str | None

    class Mapping:
        """Pairs in their order, merge keys and repeated keys among them."""

        id: Literal["mapping"]
        start_mark: Mark
        end_mark: Mark
        tag: str | None
        value: list[tuple[Node, Node]]
        flow_style: bool

    class Sequence:
        """Entries in their order."""

        id: Literal["sequence"]
        start_mark: Mark
        end_mark: Mark
        tag: str | None
        value: list[Node]
        flow_style: bool

    Node = Scalar | Mapping | Sequence
else:
    from yaml.nodes import MappingNode as Mapping
    from yaml.nodes import ScalarNode as Scalar
    from yaml.nodes import SequenceNode as Sequence

    Node = Scalar | Mapping | Sequence

__all__ = [
    "Document",
    "Found",
    "Mapping",
    "Node",
    "Problem",
    "Scalar",
    "Sequence",
    "Source",
    "comments",
    "end",
    "find",
    "lines",
    "location",
    "read",
    "told",
    "value",
]


class Document:
    """One document of a text; without a node it is empty. Its node may be made when first asked for."""

    __slots__ = ("_compose", "_node", "_outline", "_values")

    def __init__(
        self,
        node: Node | None,
        values: dict[Dialect, Any] | None = None,
        compose: Callable[[], Node | None] | None = None,
    ) -> None:
        self._node = node
        self._values: dict[Dialect, Any] = values or {}
        self._compose = compose
        self._outline: Any = None

    @property
    def node(self) -> Node | None:
        if self._compose is not None:
            self._node, self._compose = self._compose(), None
        return self._node

    @property
    def is_empty(self) -> bool:
        return self._compose is None and self._node is None

    def value(self, dialect: Dialect) -> Any:
        """The value as that reader hands it on, made once for all who only look at it; None where it is empty."""
        if dialect not in self._values:
            self._values[dialect] = value(self.node, dialect) if self.node is not None else None
        return self._values[dialect]

    @property
    def outline(self) -> Any:
        """As kubectl's value, but all that certainly counts of a map are the fields that stand in it as scalars."""
        if Dialect.KUBECTL in self._values:
            return self._values[Dialect.KUBECTL]
        if self._outline is None and self._node is not None:
            self._outline = outline(self._node, Dialect.KUBECTL)
        return self._outline


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read.

    `text` is the whole file, a byte order mark included, and every mark counts its characters. A document that no
    reader could take (aliases that explode or contain themselves, nesting without end) is left out with a problem.
    `plain` are the texts of all scalars and keys without quotes and tags, None where that was not noted.
    """

    path: str
    text: str
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]
    plain: frozenset[str] | None = field(default=None, compare=False, repr=False)


class Found(NamedTuple):
    """Where a path led: the node reached, its key and parent where it has them, and how many tokens matched."""

    node: Node
    key: Node | None
    parent: Node | None
    depth: int


_BOM = "\ufeff"


def read(raw: bytes, path: str) -> Source:
    """The documents of a file and what is wrong with it, in the order of the text."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return Source(path, raw.decode(errors="replace"), (), (_not_utf8(raw, path, error),))
    shift = 1 if text.startswith(_BOM) else 0
    body = text[shift:]
    plain: set[str] = set()
    roots, problems = _compose(body, path, shift, plain)
    usable, found = audit.inspect(roots, path, body, shift)
    documents = tuple(Document(None if _is_empty(root) else root) for root in usable)
    ordered = sorted((*problems, *found), key=lambda problem: problem.location)
    return Source(path, text, documents, tuple(ordered), frozenset(plain) if plain else None)


def told(path: str, text: str, values: Iterable[Any]) -> Source:
    """A file that was read before without a problem, by what each of its documents is to kubectl; none is empty."""
    nodes: list[Node | None] = []

    def node(number: int) -> Node | None:
        if not nodes:
            nodes.extend(document.node for document in read(text.encode(), path).documents)
        return nodes[number]

    documents = (Document(None, {Dialect.KUBECTL: each}, partial(node, n)) for n, each in enumerate(values))
    return Source(path, text, tuple(documents), ())


def location(path: str, node: Node) -> Location:
    """The span of a node; a block's ends with its last entry, not where the next thing begins."""
    return audit.place(path, node)


def end(node: Node) -> int:
    """The index of the character after a node's last; a block's ends with its last entry."""
    return audit.end(node)


def value(node: Node, dialect: Dialect) -> Any:
    """The value as that reader hands it on: keys are strings, aliases and merge keys are followed.

    Of a repeated key the last one counts. What the reader would refuse keeps its text.
    """
    return _value(node, dialect, flow=False)


def outline(node: Node, dialect: Dialect) -> Any:
    """As `value`, but of the fields of a map only what stands there as a scalar; the others are empty maps."""
    if type(node) is not Mapping or not all(
        type(k) is Scalar and k.tag is None and k.value != "<<" for k, _ in node.value
    ):
        return value(node, dialect)
    keys = resolve.KEYS[dialect]
    return {
        key.value if key.style else keys[key.value]: _scalar_value(child, dialect) if type(child) is Scalar else {}
        for key, child in node.value
        if type(key) is Scalar
    }


def find(node: Node, tokens: tuple[str, ...]) -> Found:
    """Follow keys and indexes as far as they lead; merge keys and the readers' names of keys count."""
    found = Found(node, None, None, 0)
    for token in tokens:
        step = _step(found.node, token)
        if step is None:
            break
        key, child = step
        found = Found(child, key, found.node, found.depth + 1)
    return found


@functools.lru_cache(maxsize=8)
def lines(text: str) -> tuple[str, ...]:
    """The lines of a text without their ends, as marks count them; many ask it of one text."""
    return tuple(text.splitlines())


def comments(source: Source, wanted: Collection[int]) -> dict[int, str]:
    """The comments on some 1-based lines, each with its #; a line without one is left out.

    A # inside a scalar begins none.
    """
    texts = lines(source.text)
    written = {line: list(texts[line - 1]) for line in wanted if 0 < line <= len(texts) and "#" in texts[line - 1]}
    ordered = sorted(written)
    for node in audit.every_node(d.node for d in source.documents if d.node is not None) if written else ():
        if isinstance(node, Scalar):
            first = bisect.bisect_left(ordered, node.start_mark.line + 1)
            for line in ordered[first : bisect.bisect_right(ordered, node.end_mark.line + 1)]:
                _blank(written[line], node, line - 1)
    found = ((line, re.search(r"(?:^|(?<=\s))#.*", "".join(rest))) for line, rest in written.items())
    return {line: texts[line - 1][match.start() :] for line, match in found if match}


# --- parsing ---


class _Silent:
    """Leaves every scalar without an implicit tag, and notes the texts of those that are plain."""

    plain: set[str]

    def resolve(self, _: object, text: str | None, implicit: tuple[bool, bool]) -> None:
        """What the composer calls for each node without a tag; of a list or map there is no text."""
        if text is not None and implicit[0]:
            self.plain.add(text)

    def descend_resolver(self, *_: object) -> None: ...
    def ascend_resolver(self, *_: object) -> None: ...


if yaml.__with_libyaml__:
    from yaml._yaml import CParser

    class _Parser(_Silent, CParser):
        """libyaml's parser and composer."""

    _COMPOSES = True
else:
    from yaml.parser import Parser
    from yaml.reader import Reader
    from yaml.scanner import Scanner

    class _Parser(Reader, Scanner, Parser):  # type: ignore[no-redef]
        """PyYAML's own parser, where the machine has no libyaml for it."""

        def __init__(self, stream: str) -> None:
            Reader.__init__(self, stream)
            Scanner.__init__(self)
            Parser.__init__(self)

    _COMPOSES = False

_SAFE_DEPTH = 4_000  # libyaml's composer recurses in C: deeper than this it may exhaust the stack of a thread


def _compose(text: str, path: str, shift: int, plain: set[str]) -> tuple[list[Node], list[Problem]]:
    """The root nodes up to the first defect that stops the parser, and that defect; `plain` is filled if it can be."""
    roots: list[Node] = []
    try:
        if _COMPOSES and _deepest_possible(text) < _SAFE_DEPTH:
            try:
                _compose_fast(text, roots, plain)
            except ComposerError as error:
                if "duplicate anchor" not in f"{error.context} {error.problem}":
                    raise
                roots.clear()
                plain.clear()
                _compose_events(text, roots)
        else:
            _compose_events(text, roots)
    except ReaderError:
        return roots, [_control_character(text, path, shift)]
    except MarkedYAMLError as error:
        return roots, [_stopped(text, path, shift, error)]
    mark = _byte_order_mark(text, path, shift, roots) if _BOM in text else None
    return roots, [mark] if mark is not None else []


def _deepest_possible(text: str) -> int:
    """An upper bound of the nesting: each level takes a bracket, or a column of some line or shares one."""
    brackets = text.count("[") + text.count("{")
    return brackets + 2 * max(map(len, text.splitlines()), default=0)


def _compose_fast(text: str, roots: list[Node], plain: set[str]) -> None:
    parser: Any = _Parser(text)
    parser.plain = plain
    try:
        while parser.check_node():
            roots.append(parser.get_node())
    finally:
        parser.dispose()


def _compose_events(text: str, roots: list[Node]) -> None:
    """The same from events: for anchors defined twice, deep nesting, and the parser that is pure Python."""
    parser: Any = _Parser(text)
    anchors: dict[str, Node] = {}
    open_: list[Any] = []
    try:
        while parser.check_event():
            event = parser.get_event()
            kind = type(event).__name__
            if kind == "DocumentStartEvent":
                anchors = {}
            elif kind in ("MappingEndEvent", "SequenceEndEvent"):
                node = open_.pop()
                node.end_mark = event.end_mark
                _attach(node, open_, roots)
            elif kind in _STARTS:
                node = _from_event(event, kind, anchors)
                if kind in ("MappingStartEvent", "SequenceStartEvent"):
                    open_.append(node)
                    if len(open_) > _SAFE_DEPTH:
                        raise MarkedYAMLError(problem="nesting depth", problem_mark=event.start_mark)
                else:
                    _attach(node, open_, roots)
    finally:
        parser.dispose()


_STARTS = frozenset(("AliasEvent", "ScalarEvent", "MappingStartEvent", "SequenceStartEvent"))


def _from_event(event: Any, kind: str, anchors: dict[str, Node]) -> Any:
    if kind == "AliasEvent":
        if event.anchor not in anchors:
            raise ComposerError(None, None, "found undefined alias", event.start_mark)
        return anchors[event.anchor]
    tag = None if event.tag == "!" else event.tag
    node: Any
    if kind == "ScalarEvent":
        _refuse_surrogates(event)
        make_scalar: Any = Scalar
        node = make_scalar(tag, event.value, event.start_mark, event.end_mark, style=event.style)
    else:
        make: Any = Mapping if kind == "MappingStartEvent" else Sequence
        node = make(tag, [], event.start_mark, None, flow_style=event.flow_style)
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node


def _refuse_surrogates(event: Any) -> None:
    """Half a character, which libyaml refuses as an escape and PyYAML's own parser lets through."""
    if event.style == '"' and re.search("[\ud800-\udfff]", event.value):
        context = "while scanning a quoted scalar"
        raise MarkedYAMLError(
            context, event.start_mark, "found invalid Unicode character escape code", event.start_mark
        )


def _attach(node: Any, open_: list[Any], roots: list[Node]) -> None:
    if not open_:
        roots.append(node)
        return
    parent = open_[-1]
    if isinstance(parent, Sequence):
        parent.value.append(node)
    elif parent.value and len(parent.value[-1]) == 1:
        parent.value[-1] = (parent.value[-1][0], node)
    else:
        parent.value.append((node,))


# --- what stops the parser ---


def _not_utf8(raw: bytes, path: str, error: UnicodeDecodeError) -> Problem:
    if raw.startswith((b"\xff\xfe\0\0", b"\0\0\xfe\xff")):
        return _other_encoding("UTF-32", path)
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return _other_encoding("UTF-16", path)
    before = raw[: error.start].decode().splitlines(keepends=True)
    ended = not before or before[-1].splitlines()[0] != before[-1]
    line, column = (len(before) + 1, 1) if ended else (len(before), len(before[-1]) + 1)
    return Problem(
        "not-utf8",
        f"the byte 0x{raw[error.start]:02X} here is not UTF-8",
        "save the file as UTF-8",
        Location(path, line, column, line, column + 1),
    )


def _other_encoding(name: str, path: str) -> Problem:
    message = f"the file is {name}, and kubectl and Git read UTF-8"
    return Problem("not-utf8", message, "save it as UTF-8", Location(path, 1, 1, 1, 2))


_UTF32 = re.compile(r"(?:[^\0]\0{3}){2}|(?:\0{3}[^\0]){2}")
_FORBIDDEN = r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"


def _control_character(text: str, path: str, shift: int) -> Problem:
    match = re.search(_FORBIDDEN, text)
    index = match.start() if match else 0
    code = ord(match.group()) if match else 0
    before = text[:index]
    line = len(f"{before}x".splitlines()) - 1
    column = len(f"{before}x".splitlines()[-1]) - 1
    if _UTF32.match(text):
        return _other_encoding("UTF-32", path)
    if text[1:80:2].count("\0") > 1 or text[0:80:2].count("\0") > 1:
        return _other_encoding("UTF-16", path)
    return Problem(
        "control-character",
        f"the invisible character U+{code:04X} stands here, which YAML does not allow",
        "delete it, or write it as an escape between double quotes",
        Text(path, text, shift).place(line, column, column + 1),
    )


_MARK_AT_MARGIN = re.compile("(?<=[\n\r\x85\u2028\u2029])\ufeff")
_SEPARATOR = re.compile(r"---[ \t]*(?:#.*)?\r?\n")


def _byte_order_mark(text: str, path: str, shift: int, roots: list[Node]) -> Problem | None:
    """The first line that begins with U+FEFF: PyYAML skips it, the Go readers make it a part of what stands there.

    Right behind `---` it is harmless: they cut the file into documents there before they read them.
    """
    places = [match.start() for match in _MARK_AT_MARGIN.finditer(text)]
    scalars = (node for node in audit.every_node(roots if places else ()) if isinstance(node, Scalar))
    spans = sorted((node.start_mark.index, node.end_mark.index) for node in scalars)
    for index in places:
        before = bisect.bisect(spans, (index, len(text)))
        above = text.rfind("\n", 0, index - 1)
        if (before and spans[before - 1][1] > index) or (above >= 0 and _SEPARATOR.fullmatch(text, above + 1, index)):
            continue
        return defects.byte_order_mark(Text(path, text, shift), len(text[:index].splitlines()), 0)
    return None


def _stopped(text: str, path: str, shift: int, error: MarkedYAMLError) -> Problem:
    lines = Text(path, text, shift)
    mark = error.problem_mark or error.context_mark or Mark(0, 0, 0)
    if "undefined alias" in str(error.problem):
        return _undefined_alias(text, lines, mark)
    tokens = _tokens(text, mark.index)
    failure = defects.Failure(error.context or "", error.problem or "", error.context_mark, mark, tokens)
    return defects.explain(lines, failure)


def _undefined_alias(text: str, lines: Text, mark: problem.Mark) -> Problem:
    match = re.compile(r"\*[^\s,\[\]{}]*").match(text, mark.index)
    length = len(match.group()) if match else 1
    return Problem(
        "undefined-alias",
        "this alias refers to an anchor that no line above it defines in this document",
        "define the anchor above, or quote the value if the asterisk belongs to it",
        lines.place(mark.line, mark.column, mark.column + length),
    )


_KINDS = {
    "FlowSequenceStartToken": "[",
    "FlowSequenceEndToken": "]",
    "FlowMappingStartToken": "{",
    "FlowMappingEndToken": "}",
}


def _tokens(text: str, end: int) -> list[defects.Token]:
    """The brackets and quoted scalars that the scanner sees before a place, or before it fails."""
    found: list[defects.Token] = []
    parser: Any = _Parser(text)
    try:
        while parser.check_token():
            token = parser.get_token()
            if token.start_mark.index >= end:
                break
            kind = _KINDS.get(type(token).__name__) or getattr(token, "style", None)
            if kind and kind in "[]{}'\"":
                found.append(defects.Token(kind, token.start_mark, token.end_mark))
    except YAMLError:
        pass
    finally:
        parser.dispose()
    return found


# --- values and places ---


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.value and not node.style and node.tag is None


def _scalar_value(node: Scalar, dialect: Dialect) -> Any:
    if node.tag is None:
        if not node.style:
            return resolve.SCALARS[dialect][node.value]
        return node.value if node.style != ">" else resolve.resolve_folded(node.value, dialect)
    try:
        return resolve.resolve_tagged(node.value, node.tag, dialect, plain=not node.style)
    except resolve.Refused:
        return node.value


def _value(node: Node, dialect: Dialect, *, flow: bool) -> Any:
    """The value of a node; `flow` tells that it stands between brackets, where kustomize prints it as such."""
    if isinstance(node, Scalar):
        return _scalar_value(node, dialect)
    flow = flow or node.flow_style
    if isinstance(node, Mapping):
        return _mapping_value(node, dialect, flow=flow)
    values = [_value(child, dialect, flow=flow) for child in node.value]
    if flow and dialect is Dialect.KUSTOMIZE:
        return [
            child.value if _is_quoted_in_flow(child) else one for child, one in zip(node.value, values, strict=True)
        ]
    return values


def _mapping_value(node: Mapping, dialect: Dialect, *, flow: bool) -> dict[str, Any]:
    scalars, keys = resolve.SCALARS[dialect], resolve.KEYS[dialect]
    result: dict[str, Any] = {}
    merges: list[dict[str, Any]] = []
    for key, child in node.value:
        if type(key) is not Scalar:
            continue
        if key.value == "<<":
            if audit.is_merge(key):
                merges.append(_merged(child, dialect, flow=flow))
                if dialect is Dialect.KUBECTL:  # go-yaml v2 merges where the key stands, over what stands before it
                    result |= merges.pop()
                continue
            if dialect is Dialect.KUSTOMIZE:  # kyaml drops the key even where quotes make it a string
                continue
        name = key.value if key.style else keys[key.value]
        if key.tag is not None:
            name = resolve.resolve_tagged_key(key.value, key.tag, dialect, plain=not key.style)
        if type(child) is Scalar and child.tag is None and child.style != ">":
            result[name] = child.value if child.style else scalars[child.value]
        else:
            result[name] = _value(child, dialect, flow=flow)
    if flow and dialect is Dialect.KUSTOMIZE:
        for key, child in node.value:
            if isinstance(key, Scalar) and _is_quoted_in_flow(child):
                result[key.value] = child.value
    for merged in merges:
        result |= {name: merged[name] for name in merged if name not in result}
    return result


def _is_quoted_in_flow(node: Node) -> bool:
    """Whether kustomize quotes a plain scalar when it prints it between brackets, which makes a string of it.

    A value left out, which is null to every other reader, and what has a colon, as a time has.
    """
    return (
        isinstance(node, Scalar)
        and not node.style
        and node.tag in (None, "!")
        and (not node.value or ":" in node.value)
    )


def _merged(child: Node, dialect: Dialect, *, flow: bool) -> dict[str, Any]:
    """What a merge key takes in: of several maps the earlier ones count."""
    result: dict[str, Any] = {}
    for part in reversed(audit.merged(child)):
        result |= _mapping_value(part, dialect, flow=flow)
    return result


def _step(node: Node, token: str) -> tuple[Node | None, Node] | None:
    if isinstance(node, Sequence):
        index = int(token) if re.fullmatch("[0-9]{1,9}", token) else len(node.value)
        return (None, node.value[index]) if index < len(node.value) else None
    if not isinstance(node, Mapping):
        return None
    return _entries(node).get(token)


@functools.lru_cache(maxsize=256)
def _entries(node: Mapping) -> dict[str, tuple[Node, Node]]:
    """The entries of a map, those that it merges in among them, by the keys as written and as the readers name them.

    Kept, as whoever asks for one entry of a long map mostly asks for all of them.
    """
    entries: dict[str, tuple[Node, Node]] = {}
    named: dict[str, tuple[Node, Node]] = {}
    merges: list[Node] = []
    for key, child in node.value:
        if not isinstance(key, Scalar):
            continue
        if audit.is_merge(key):
            merges.append(child)
            continue
        entries[key.value] = (key, child)
        if not key.style and key.tag is None:
            named[resolve.resolve_key(key.value, Dialect.KUBECTL)] = (key, child)
    for more in (named, *(_entries(part) for child in merges for part in audit.merged(child))):
        for name, entry in more.items():
            entries.setdefault(name, entry)
    return entries


def _blank(written: list[str], node: Scalar, line: int) -> None:
    """Overwrite what belongs to a scalar on a 0-based line, so that a # in it is not seen."""
    start, end = node.start_mark, node.end_mark
    if line < start.line or line > end.line:
        return
    first = start.column if line == start.line else 0
    last = end.column if line == end.line else len(written)
    if node.style and node.style in "|>" and line == start.line:
        last = first + 1
    for column in range(first, min(last, len(written))):
        written[column] = "x"

"""Read YAML as it is written: nodes with their places and spellings, and every defect in words a person can act on.

PyYAML's parser gives the nodes, without a resolver, so that a scalar keeps its text; what the text means to a Go
reader is asked of `resolve`. Nothing here raises on bad input: a defect is a Problem, and what was read before it
is kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, TypeGuard

import yaml
from yaml.composer import ComposerError
from yaml.error import MarkedYAMLError, YAMLError
from yaml.reader import ReaderError

from kataform.finding import Location, Related
from kataform.text import defects, resolve
from kataform.text.defects import Problem
from kataform.text.resolve import Dialect


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two characters of Source.text; all counts begin at 0. PyYAML's marks have the same fields."""

    index: int
    line: int
    column: int


if TYPE_CHECKING:

    class Scalar:
        """A string as written; `tag` only where the text has one, `style` empty where it is plain."""

        start_mark: Mark
        end_mark: Mark
        tag: str | None
        value: str
        style: str | None

    class Mapping:
        """Pairs in their order, merge keys and repeated keys among them."""

        start_mark: Mark
        end_mark: Mark
        tag: str | None
        value: list[tuple[Node, Node]]
        flow_style: bool

    class Sequence:
        """Entries in their order."""

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
    "comment_at",
    "find",
    "location",
    "read",
    "value",
]


@dataclass(frozen=True, slots=True)
class Document:
    """One document of a text; without a node it is empty."""

    node: Node | None


@dataclass(frozen=True, slots=True)
class Source:
    """A file as read.

    `text` is the whole file, a byte order mark included, and every mark counts its characters. A document that no
    reader could take (aliases that explode or contain themselves, nesting without end) is left out with a problem.
    """

    path: str
    text: str
    documents: tuple[Document, ...]
    problems: tuple[Problem, ...]


class Found(NamedTuple):
    """Where a path led: the node reached, its key and parent where it has them, and how many tokens matched."""

    node: Node
    key: Node | None
    parent: Node | None
    depth: int


DEEPEST = 128
"""Levels of lists and maps, aliases followed. Real objects stay below 50, and Python's own limit is 1,000 calls."""

_BOM = "\ufeff"


def read(raw: bytes, path: str) -> Source:
    """The documents of a file and what is wrong with it, in the order of the text."""
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return Source(path, raw.decode(errors="replace"), (), (_not_utf8(raw, path, error),))
    shift = 1 if text.startswith(_BOM) else 0
    body = text[shift:]
    nodes, problems = _compose(body, path, shift)
    documents = []
    for node in nodes:
        unusable = _unusable(node, path, body, shift)
        if unusable is not None:
            problems.append(unusable)
            continue
        _settle_marks(node, body, shift)
        problems += _structure(node, path, body)
        documents.append(Document(None if _is_empty(node) else node))
    problems.sort(key=lambda problem: problem.location)
    return Source(path, text, tuple(documents), tuple(problems))


def location(path: str, node: Node) -> Location:
    """The span of a node; a block's ends with its last entry, not where the next thing begins."""
    start, end = node.start_mark, _last(node).end_mark
    return Location(path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def value(node: Node, dialect: Dialect) -> Any:
    """The value as that reader hands it on: keys are strings, aliases and merge keys are followed.

    Of a repeated key the last one counts. What the reader would refuse keeps its text.
    """
    if isinstance(node, Scalar):
        return _scalar_value(node, dialect)
    if isinstance(node, Mapping):
        return _mapping_value(node, dialect)
    return [value(child, dialect) for child in node.value]


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


def comment_at(source: Source, line: int) -> str:
    """The comment on a 1-based line with its #, empty where there is none; a # inside a scalar begins none."""
    lines = source.text.splitlines()
    if not 0 < line <= len(lines) or "#" not in lines[line - 1]:
        return ""
    written = list(lines[line - 1])
    for node in _all_nodes(document.node for document in source.documents):
        if isinstance(node, Scalar) and node.start_mark.line < line <= node.end_mark.line + 1:
            _blank(written, node, line - 1)
    match = re.search(r"(?:^|(?<=\s))#.*", "".join(written))
    return lines[line - 1][match.start() :] if match else ""


# --- parsing ---


class _Silent:
    """Leaves every scalar without an implicit tag."""

    def resolve(self, *_: object) -> None: ...
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


def _compose(text: str, path: str, shift: int) -> tuple[list[Node], list[Problem]]:
    """The root nodes up to the first defect that stops the parser, and that defect."""
    roots: list[Node] = []
    try:
        if _COMPOSES and _deepest_possible(text) < _SAFE_DEPTH:
            try:
                _compose_fast(text, roots)
            except ComposerError as error:
                if "duplicate anchor" not in f"{error.context} {error.problem}":
                    raise
                roots.clear()
                _compose_events(text, roots)
        else:
            _compose_events(text, roots)
    except ReaderError:
        return roots, [_control_character(text, path, shift)]
    except MarkedYAMLError as error:
        return roots, [_stopped(text, path, shift, error)]
    return roots, []


def _deepest_possible(text: str) -> int:
    """An upper bound of the nesting: each level takes a bracket, or a column of some line or shares one."""
    brackets = text.count("[") + text.count("{")
    return brackets + 2 * max(map(len, text.splitlines()), default=0)


def _compose_fast(text: str, roots: list[Node]) -> None:
    parser: Any = _Parser(text)
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
        make_scalar: Any = Scalar
        node = make_scalar(tag, event.value, event.start_mark, event.end_mark, style=event.style)
    else:
        make: Any = Mapping if kind == "MappingStartEvent" else Sequence
        node = make(tag, [], event.start_mark, None, flow_style=event.flow_style)
    if event.anchor is not None:
        anchors[event.anchor] = node
    return node


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
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        message = "the file is UTF-16, and kubectl and Git read UTF-8"
        return Problem("not-utf8", message, "save it as UTF-8", Location(path, 1, 1, 1, 2))
    before = raw[: error.start].decode().splitlines(keepends=True)
    ended = not before or before[-1].splitlines()[0] != before[-1]
    line, column = (len(before) + 1, 1) if ended else (len(before), len(before[-1]) + 1)
    return Problem(
        "not-utf8",
        f"the byte 0x{raw[error.start]:02X} here is not UTF-8",
        "save the file as UTF-8",
        Location(path, line, column, line, column + 1),
    )


_FORBIDDEN = re.compile(r"[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")


def _control_character(text: str, path: str, shift: int) -> Problem:
    match = _FORBIDDEN.search(text)
    index = match.start() if match else 0
    code = ord(match.group()) if match else 0
    before = text[:index]
    line = len(f"{before}x".splitlines()) - 1
    column = len(f"{before}x".splitlines()[-1]) - 1
    if text[1:80:2].count("\0") > 1 or text[0:80:2].count("\0") > 1:
        message, remedy = "the file is UTF-16, and kubectl and Git read UTF-8", "save it as UTF-8"
        return Problem("not-utf8", message, remedy, Location(path, 1, 1, 1, 2))
    return Problem(
        "control-character",
        f"the invisible character U+{code:04X} stands here, which YAML does not allow",
        "delete it, or write it as an escape between double quotes",
        defects.Text(path, text, shift).place(line, column, column + 1),
    )


def _stopped(text: str, path: str, shift: int, error: MarkedYAMLError) -> Problem:
    lines = defects.Text(path, text, shift)
    mark = error.problem_mark or error.context_mark or Mark(0, 0, 0)
    if "undefined alias" in str(error.problem):
        return _undefined_alias(text, lines, mark)
    tokens = _tokens(text)
    failure = defects.Failure(error.context or "", error.problem or "", error.context_mark, mark, tokens)
    return defects.explain(lines, failure)


def _undefined_alias(text: str, lines: defects.Text, mark: defects.Mark) -> Problem:
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


def _tokens(text: str) -> list[defects.Token]:
    """The brackets and quoted scalars that the scanner sees before it fails."""
    found: list[defects.Token] = []
    parser: Any = _Parser(text)
    try:
        while parser.check_token():
            token = parser.get_token()
            kind = _KINDS.get(type(token).__name__) or getattr(token, "style", None)
            if kind and kind in "[]{}'\"":
                found.append(defects.Token(kind, token.start_mark, token.end_mark))
    except YAMLError:
        pass
    finally:
        parser.dispose()
    return found


# --- what the parser lets through ---


def _is_empty(node: Node) -> bool:
    return isinstance(node, Scalar) and not node.value and not node.style and node.tag is None


def _all_nodes(roots: Any) -> Iterator[Node]:
    """Every node once, aliased ones too."""
    waiting = [node for node in roots if node is not None]
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, Mapping):
            waiting += [child for pair in node.value for child in pair]
        elif isinstance(node, Sequence):
            waiting += node.value


def _children(node: Node) -> Iterator[Node]:
    if isinstance(node, Mapping):
        for key, child in node.value:
            yield key
            yield child
    elif isinstance(node, Sequence):
        yield from node.value


def _unusable(root: Node, path: str, text: str, shift: int) -> Problem | None:
    """Why no reader can take the document as a whole: endless, exploding or bottomless."""
    if "*" not in text:
        deep = _below(root)
        return _too_deep(deep, path, shift) if deep is not None else None
    heights: dict[int, int] = {}
    weights: dict[int, int] = {}
    again = _measure(root, heights, weights)
    if again is not None:
        return Problem(
            "alias-cycle",
            f"the value of {_anchor(again, text)} contains an alias of itself, so it never ends",
            "write out what the alias stands for",
            _first_line(path, again, shift),
        )
    if heights.get(id(root), 0) > DEEPEST:
        return _too_deep(root, path, shift)
    bomb = _excess(root, weights)
    if bomb is None:
        return None
    return Problem(
        "alias-bomb",
        f"aliases of {_anchor(bomb, text)} multiply this document to {weights[id(root)]:.0e} values",
        "write the values out; kubectl refuses such a file, and kustomize runs out of memory",
        _first_line(path, bomb, shift),
    )


def _below(root: Node) -> Node | None:
    """The first node that is nested too deep, in a document without aliases."""
    level = [root]
    for _ in range(DEEPEST + 1):
        level = [child for node in level for child in _collections(node)]
        if not level:
            return None
    return level[0]


def _collections(node: Node) -> list[Node]:
    if type(node) is Mapping:
        found: list[Node] = [child for _, child in node.value if type(child) is not Scalar]
        return found + [key for key, _ in node.value if type(key) is not Scalar]
    return [child for child in node.value if type(child) is not Scalar] if type(node) is Sequence else []


def _measure(root: Node, heights: dict[int, int], weights: dict[int, int]) -> Node | None:
    """Fill in levels and expanded size of each list and map; the anchor that contains itself ends it."""
    open_ = {id(root)}
    stack = [(root, _children(root))]
    while stack:
        node, children = stack[-1]
        below = next((c for c in children if not isinstance(c, Scalar) and id(c) not in heights), None)
        if below is None:
            stack.pop()
            open_.discard(id(node))
            heights[id(node)] = 1 + max((heights.get(id(child), 0) for child in _children(node)), default=0)
            weights[id(node)] = 1 + sum(weights.get(id(child), 1) for child in _children(node))
        elif id(below) in open_:
            return below
        else:
            open_.add(id(below))
            stack.append((below, _children(below)))
    return None


def _excess(root: Node, weights: dict[int, int]) -> Node | None:
    """The aliased node at which go-yaml's decoder gives up.

    It counts the values that it decodes, and those of them that aliases made: more than 99 in 100 are refused in a
    small document, more than 10 in 100 in one of four million values (allowedAliasRatio in go-yaml's decode.go).
    """
    decoded = aliased = 0
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        weight = weights.get(id(node), 1)
        decoded += 1
        if id(node) not in seen:
            seen.add(id(node))
            waiting += reversed(list(_children(node)))
            continue
        decoded += weight
        aliased += weight
        if aliased > 100 and decoded > 1000 and aliased / decoded > _allowed(decoded):
            return node
    return None


def _allowed(decoded: int) -> float:
    low, high = 400_000, 4_000_000
    return 0.99 - 0.89 * min(max(decoded - low, 0) / (high - low), 1)


def _anchor(node: Node, text: str) -> str:
    match = re.compile(r"&[^\s,\[\]{}]+").match(text, node.start_mark.index)
    return match.group() if match else "an anchor"


def _first_line(path: str, node: Node, shift: int) -> Location:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    column += shift if line == 1 else 0
    return Location(path, line, column, line, column + 1)


def _too_deep(node: Node, path: str, shift: int) -> Problem:
    return Problem(
        "nesting-too-deep",
        f"lists and maps are nested more than {DEEPEST} levels deep",
        "flatten the document; no Kubernetes object needs so many levels",
        _first_line(path, node, shift),
    )


_PROPERTIES = re.compile(r"(?:[&!]\S*\s*)+")
_BARE_TAG = re.compile(r"(?:^|\s)!(?:\s|$)")


def _settle_marks(root: Node, text: str, shift: int) -> None:
    """Let a scalar begin at its value, behind anchor and tag, and count the byte order mark."""
    if not shift and "&" not in text and "!" not in text:
        return
    for node in _all_nodes([root]):
        if isinstance(node, Scalar) and text[node.start_mark.index : node.start_mark.index + 1] in ("&", "!"):
            _skip_properties(node, text)
        if shift:
            node.start_mark = _shifted(node.start_mark, shift)
            node.end_mark = _shifted(node.end_mark, shift)


def _skip_properties(node: Scalar, text: str) -> None:
    start = node.start_mark
    match = _PROPERTIES.match(text, start.index, node.end_mark.index)
    if match is None:
        return
    skipped = match.group()
    rows = f"{skipped}x".splitlines()
    column = len(rows[-1]) - 1 + (start.column if len(rows) == 1 else 0)
    node.start_mark = Mark(match.end(), start.line + len(rows) - 1, column)
    if node.tag is None and _BARE_TAG.search(skipped):
        node.tag = "!"


def _shifted(mark: Mark, shift: int) -> Mark:
    return Mark(mark.index + shift, mark.line, mark.column + (shift if mark.line == 0 else 0))


_INERT: set[str] = set()
_NOT_A_NUMBER = re.compile(r"\.(?:inf|Inf|INF|nan|NaN|NAN)\b")


def _structure(root: Node, path: str, text: str) -> list[Problem]:
    """Keys and values that the parser takes and the Go readers do not."""
    problems: list[Problem] = []
    waiting, seen = [root], set()
    aliases = "*" in text
    while waiting:
        node = waiting.pop()
        if aliases:
            if id(node) in seen:
                continue
            seen.add(id(node))
        if type(node) is Mapping and not _is_harmless(node):
            problems += _keys(node, path)
        waiting += _collections(node)
    if "!" in text or _NOT_A_NUMBER.search(text):
        problems += _scalars(root, path)
    return problems


def _is_harmless(node: Mapping) -> bool:
    """Whether all keys are strings to everybody and no two alike: nearly always, and decided without a loop."""
    try:
        names = [key.value for key, _ in node.value]
        return len(set(names)) == len(names) and _INERT.issuperset(names)
    except TypeError:  # a list or map as a key
        return False


def _keys(node: Mapping, path: str) -> Iterator[Problem]:
    written: dict[str, Scalar] = {}
    read: dict[str, Scalar] = {}
    for key, child in node.value:
        if not isinstance(key, Scalar):
            yield _complex_key(key, path)
            continue
        plain = not key.style and key.tag is None
        name = resolve.resolve_key(key.value, Dialect.KUBECTL) if plain else key.value
        if _is_merge(key):
            yield from _merge(child, path)
        elif plain and resolve.resolve(key.value, Dialect.KUBECTL) is None:
            yield Problem(
                "null-key",
                "a key is missing before this colon"
                if not key.value
                else f"the key {key.value} is null to every reader",
                "write the key, in quotes if it is meant as a string",
                location(path, key),
            )
        elif plain and name == key.value and len(_INERT) < 100_000:
            _INERT.add(name)
        first = written.get(key.value) or read.get(name)
        if first is not None:
            yield _duplicate(key, first, name, path)
        written.setdefault(key.value, key)
        read.setdefault(name, key)


def _duplicate(key: Scalar, first: Scalar, name: str, path: str) -> Problem:
    message = f"the key {key.value} stands twice in this map"
    remedy = "delete one of them: kustomize refuses the file, and kubectl takes the last without a word"
    if key.value != first.value:
        message = f"the keys {first.value} and {key.value} are one key to kubectl and Argo CD: {name}"
        remedy = "quote them if they are meant as two strings, or delete one"
    elif _is_merge(key):
        remedy = "merge both in one: <<: [*first, *second]"
    related = Related(location(path, first), "first here")
    return Problem("duplicate-key", message, remedy, location(path, key), (related,))


def _complex_key(key: Node, path: str) -> Problem:
    kind = "map" if isinstance(key, Mapping) else "list"
    remedy = "write a string as the key"
    if kind == "map":
        remedy += "; if this is a template in double braces, render it first or put it in quotes"
    return Problem("complex-key", f"a {kind} stands where a key belongs", remedy, location(path, key))


def _merge(child: Node, path: str) -> Iterator[Problem]:
    for part in child.value if isinstance(child, Sequence) else (child,):
        if not isinstance(part, Mapping):
            yield Problem(
                "invalid-merge",
                "the merge key << takes in maps, and this is none",
                "give it an alias of a map, a list of such aliases, or quote the key",
                location(path, part),
            )


def _scalars(root: Node, path: str) -> Iterator[Problem]:
    for node in _all_nodes([root]):
        if not isinstance(node, Scalar):
            continue
        if node.tag is not None:
            yield from _tagged(node, path)
        elif not node.style and _is_not_finite(resolve.resolve(node.value, Dialect.KUBECTL)):
            yield Problem(
                "not-a-json-number",
                f"{node.value} is a number that JSON cannot express, so kubectl and kustomize refuse it",
                "quote it if it is meant as a string",
                location(path, node),
            )


def _is_not_finite(number: object) -> bool:
    return isinstance(number, float) and (number != number or number in (float("inf"), float("-inf")))


def _tagged(node: Scalar, path: str) -> Iterator[Problem]:
    tag = node.tag or ""
    for dialect in Dialect:
        try:
            resolve.resolve_tagged(node.value, tag, dialect, plain=not node.style)
        except resolve.Refused:
            short = tag.replace("tag:yaml.org,2002:", "!!")
            yield Problem(
                "tag-mismatch",
                f"the tag {short} does not fit its value, so {_WHO[dialect]} refuses the file",
                "delete the tag, or mend the value",
                location(path, node),
            )
            return


_WHO = {Dialect.KUSTOMIZE: "kustomize", Dialect.KUBECTL: "kubectl"}


# --- values and places ---


def _is_merge(key: Node) -> TypeGuard[Scalar]:
    return isinstance(key, Scalar) and key.value == "<<" and (
        (not key.style and key.tag is None) or key.tag in ("!", "tag:yaml.org,2002:merge")
    )  # fmt: skip


def _scalar_value(node: Scalar, dialect: Dialect) -> Any:
    if node.tag is None:
        return node.value if node.style else resolve.SCALARS[dialect][node.value]
    try:
        return resolve.resolve_tagged(node.value, node.tag, dialect, plain=not node.style)
    except resolve.Refused:
        return node.value


def _mapping_value(node: Mapping, dialect: Dialect) -> dict[str, Any]:
    scalars, keys = resolve.SCALARS[dialect], resolve.KEYS[dialect]
    result: dict[str, Any] = {}
    merges: list[dict[str, Any]] = []
    for key, child in node.value:
        if type(key) is not Scalar:
            continue
        if key.value == "<<" and _is_merge(key):
            merged = _merged(child, dialect)
            if dialect is Dialect.KUBECTL:  # go-yaml v2 merges where the key stands, over what stands before it
                result |= merged
            else:
                merges.append(merged)
            continue
        name = key.value if key.style or key.tag is not None else keys[key.value]
        if type(child) is Scalar and child.tag is None:
            result[name] = child.value if child.style else scalars[child.value]
        else:
            result[name] = value(child, dialect)
    for merged in merges:
        result |= {name: merged[name] for name in merged if name not in result}
    return result


def _merged(child: Node, dialect: Dialect) -> dict[str, Any]:
    """What a merge key takes in: of several maps the earlier ones count."""
    result: dict[str, Any] = {}
    for part in reversed(child.value) if isinstance(child, Sequence) else (child,):
        if isinstance(part, Mapping):
            result |= _mapping_value(part, dialect)
    return result


def _step(node: Node, token: str) -> tuple[Node | None, Node] | None:
    if isinstance(node, Sequence):
        inside = token.isascii() and token.isdigit() and int(token) < len(node.value)
        return (None, node.value[int(token)]) if inside else None
    if not isinstance(node, Mapping):
        return None
    named = [(key, child) for key, child in node.value if isinstance(key, Scalar) and not _is_merge(key)]
    for key, child in reversed(named):
        if key.value == token:
            return key, child
    for key, child in reversed(named):
        if not key.style and key.tag is None and resolve.resolve_key(key.value, Dialect.KUBECTL) == token:
            return key, child
    for merge, child in node.value:
        if _is_merge(merge):
            for part in child.value if isinstance(child, Sequence) else (child,):
                found = _step(part, token) if isinstance(part, Mapping) else None
                if found is not None:
                    return found
    return None


def _last(node: Node) -> Node:
    """The last thing written of a block, itself for a scalar and for what stands in brackets."""
    while not isinstance(node, Scalar) and not node.flow_style and node.value:
        last = node.value[-1][1] if isinstance(node, Mapping) else node.value[-1]
        if last.end_mark.index < node.start_mark.index or last.start_mark.index < node.start_mark.index:
            return node  # an alias: its text stands elsewhere
        node = last
    return node


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

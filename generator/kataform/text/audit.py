"""Look through the nodes of a text for what the parser lets through and the Go readers do not.

Repeated keys, keys that are no strings, aliases that never end or explode, nesting without end, numbers that JSON
cannot hold, tags that do not fit. Marks are set right on the way.
"""

from __future__ import annotations

import bisect
import re
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from kataform.finding import Location, Related
from kataform.text import resolve
from kataform.text.problem import Problem
from kataform.text.resolve import Dialect
from kubecel.records import dataclass

if TYPE_CHECKING:
    from kataform.text.reader import Mapping, Node, Scalar, Sequence

__all__ = ["DEEPEST", "Mark", "every_node", "inspect", "is_merge", "merged", "place"]

DEEPEST = 128
"""Levels of lists and maps, aliases followed. Real objects stay below 50, and Python's own limit is 1,000 calls."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A place between two characters of Source.text; all counts begin at 0. PyYAML's marks have the same fields."""

    index: int
    line: int
    column: int


def inspect(roots: Iterable[Node], path: str, text: str, shift: int) -> tuple[list[Node], list[Problem]]:
    """The roots that a reader can take, and every problem.

    `text` is what the parser read, and `shift` the length of the byte order mark before it, which marks count here.
    """
    usable: list[Node] = []
    problems: list[Problem] = []
    properties = _spots(text, "&!") if "&" in text or "!" in text else []
    stars = _spots(text, "*") if "*" in text else []
    questions = "?" in text  # asked once: a text may have a million documents
    unusual = bool(properties) or any(word in text for word in _NOT_A_NUMBER)
    for root in roots:
        aliases = _holds(root, stars)
        problem = _endless(root, path, text, shift) if aliases else None
        suspects: list[Mapping] = []
        flows: list[Mapping | Sequence] = []
        deep = _descend(root, suspects, flows, aliases=aliases) if problem is None else None
        if problem is not None or deep is not None:
            problems.append(problem or _too_deep(deep or root, path, shift))
            continue
        if shift or _holds(root, properties):
            _settle_marks(root, text, shift)
        for node in suspects:
            problems += _keys(node, path)
        if questions:
            problems += _question_marks(flows, path)
        if unusual:
            problems += _scalars(root, path, text, shift)
        usable.append(root)
    return usable, problems


def every_node(roots: Iterable[Node]) -> Iterator[Node]:
    """Every node once, keys and aliased ones too."""
    waiting = list(roots)
    seen: set[int] = set()
    while waiting:
        node = waiting.pop()
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        waiting += _children(node)


def is_merge(key: Scalar) -> bool:
    """Whether a key takes other maps in, as both Go readers decide it."""
    if key.value != "<<":
        return False
    return not key.style if key.tag is None else key.tag in ("!", "tag:yaml.org,2002:merge")


def merged(child: Node) -> list[Mapping]:
    """The maps that a merge key takes in, the one that counts most first."""
    parts = child.value if child.id == "sequence" else [child]
    return [part for part in parts if part.id == "mapping"]


def place(path: str, node: Node) -> Location:
    """The span of a node; a block's ends with its last entry, not where the next thing begins."""
    start, end = node.start_mark, _last(node).end_mark
    return Location(path, start.line + 1, start.column + 1, end.line + 1, end.column + 1)


def end(node: Node) -> int:
    """The index of the character after a node's last; a block's ends with its last entry."""
    return _last(node).end_mark.index


def _last(node: Node) -> Node:
    """The last thing written of a block; the node itself for a scalar and for what stands in brackets."""
    while node.id != "scalar" and not node.flow_style and node.value:
        last = node.value[-1][1] if node.id == "mapping" else node.value[-1]
        if last.start_mark.index < node.start_mark.index:
            return node  # an alias: its text stands elsewhere
        node = last
    return node


def _children(node: Node) -> list[Node]:
    if node.id == "mapping":
        return [child for pair in node.value for child in pair]
    return node.value if node.id == "sequence" else []


def _spots(text: str, characters: str) -> list[int]:
    """Where one of the characters stands at a place where a node can begin."""
    before = r"(?:\A|[-:?,\[{\r\n\x85\u2028\u2029])[ \t]*"
    return [match.start(1) for match in re.finditer(f"{before}([{characters}])", text)]


def _holds(root: Node, spots: list[int]) -> bool:
    """Whether one of the places is inside a document."""
    first = bisect.bisect_left(spots, root.start_mark.index)
    return first < len(spots) and spots[first] <= root.end_mark.index


# --- documents that no reader can take ---


def _endless(root: Node, path: str, text: str, shift: int) -> Problem | None:
    """A document whose aliases lead back to themselves, nest too deep, or multiply it."""
    heights: dict[int, int] = {}
    weights: dict[int, int] = {}
    again = _measure(root, heights, weights)
    if again is not None:
        return Problem(
            "alias-cycle",
            f"the value of {_anchor(again, text)} contains an alias of itself, so it never ends",
            "write out what the alias stands for",
            _first_character(path, again, shift),
        )
    if heights.get(id(root), 0) > DEEPEST:
        return _too_deep(root, path, shift)
    bomb = _excess(root, weights)
    if bomb is None:
        return None
    return Problem(
        "alias-bomb",
        f"aliases make too much of this document; with those of {_anchor(bomb, text)} every reader gives up",
        "write the values out: kubectl refuses such a file, and kustomize runs out of memory",
        _first_character(path, bomb, shift),
    )


def _measure(root: Node, heights: dict[int, int], weights: dict[int, int]) -> Node | None:
    """Fill in the levels and the expanded size of each list and map; an anchor that contains itself ends it."""
    open_ = {id(root)}
    stack = [(root, iter(_children(root)))]
    while stack:
        node, children = stack[-1]
        below = next((child for child in children if child.id != "scalar" and id(child) not in heights), None)
        if below is None:
            stack.pop()
            open_.discard(id(node))
            inside = [id(child) for child in _children(node)]
            heights[id(node)] = 1 + max((heights.get(child, 0) for child in inside), default=0)
            weights[id(node)] = 1 + sum(weights.get(child, 1) for child in inside)
        elif id(below) in open_:
            return below
        else:
            open_.add(id(below))
            stack.append((below, iter(_children(below))))
    return None


def _excess(root: Node, weights: dict[int, int]) -> Node | None:
    """The aliased node at which go-yaml's decoder gives up.

    It counts the values that it decodes, and those of them that aliases made: more than 99 in 100 are refused in a
    small document, more than 10 in 100 in one of four million values (allowedAliasRatio in go-yaml's decode.go).
    The share only grows within an alias, so looking at the end of each is enough.
    """
    decoded = aliased = 0
    seen: set[int] = set()
    waiting = [root]
    while waiting:
        node = waiting.pop()
        decoded += 1
        if id(node) not in seen:
            seen.add(id(node))
            waiting += reversed(_children(node))
            continue
        weight = weights.get(id(node), 1)
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


def _first_character(path: str, node: Node, shift: int) -> Location:
    line, column = node.start_mark.line + 1, node.start_mark.column + 1
    column += shift if line == 1 else 0
    return Location(path, line, column, line, column + 1)


def _too_deep(node: Node, path: str, shift: int) -> Problem:
    return Problem(
        "nesting-too-deep",
        f"lists and maps are nested more than {DEEPEST} levels deep",
        "flatten the document; no Kubernetes object needs so many levels",
        _first_character(path, node, shift),
    )


_INERT: set[str] = set()  # keys seen that are strings to everybody


def _descend(root: Node, suspects: list[Mapping], flows: list[Mapping | Sequence], *, aliases: bool) -> Node | None:
    """Collect the maps whose keys need a closer look, and what stands in brackets; nesting too deep ends it."""
    level: list[Node] = [root]
    seen: set[int] = set()
    for _ in range(DEEPEST):
        below: list[Node] = []
        for node in level:
            if node.id != "scalar" and node.flow_style:
                flows.append(node)
            if node.id == "mapping":
                below += [child for _, child in node.value if child.id != "scalar"]
                if not _is_harmless(node):
                    suspects.append(node)
                    below += [key for key, _ in node.value if key.id != "scalar"]
            elif node.id == "sequence":
                below += [child for child in node.value if child.id != "scalar"]
        if aliases:
            below = [node for node in {id(node): node for node in below}.values() if id(node) not in seen]
            seen.update(map(id, below))
        level = below
        if not level:
            return None
    return level[0]


def _is_harmless(node: Mapping) -> bool:
    """Whether all keys are strings to everybody and no two alike: nearly always, and decided without a loop."""
    try:
        names = [key.value for key, _ in node.value]
        return len(set(names)) == len(names) and _INERT.issuperset(names)
    except TypeError:  # a list or map as a key
        return False


# --- marks ---

_PROPERTIES = re.compile(r"(?:[&!]\S*\s*)+")
_BARE_TAG = re.compile(r"(?:^|\s)!(?:\s|$)")


def _settle_marks(root: Node, text: str, shift: int) -> None:
    """Let a scalar begin at its value, behind anchor and tag, and count the byte order mark."""
    for node in every_node([root]):
        if node.id == "scalar" and text[node.start_mark.index : node.start_mark.index + 1] in ("&", "!"):
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


# --- keys ---


def _keys(node: Mapping, path: str) -> Iterator[Problem]:
    written: dict[str, Scalar] = {}
    read: dict[str, Scalar] = {}
    for key, child in node.value:
        if key.id != "scalar":
            yield _complex_key(key, path)
            continue
        name = _name(key)
        if is_merge(key):
            yield from _merge(child, path)
        elif name is None:
            yield _no_key(key, path)
        elif name == key.value and not key.style and key.tag is None and len(_INERT) < 100_000:
            _INERT.add(name)
        first = written.get(key.value) or read.get(name or key.value)
        if first is not None:
            yield _duplicate(key, first, name, path)
        written.setdefault(key.value, key)
        read.setdefault(name or key.value, key)


def _name(key: Scalar) -> str | None:
    """What kubectl makes of a key; None where no reader takes it."""
    if key.tag is not None:
        if not resolve.is_tagged_key(key.value, key.tag):
            return None
        return resolve.resolve_tagged_key(key.value, key.tag, Dialect.KUBECTL, plain=not key.style)
    if key.style:
        return key.value
    return resolve.resolve_key(key.value, Dialect.KUBECTL) if resolve.is_key(key.value) else None


def _no_key(key: Scalar, path: str) -> Problem:
    if not key.value:
        message, remedy = "a key is missing before this colon", "write the key"
        return Problem("invalid-key", message, remedy, place(path, key))
    kind = "null" if resolve.resolve(key.value, Dialect.KUBECTL) is None else "a number too large for a key"
    return Problem("invalid-key", f"the key {key.value} is {kind} to every reader", "quote it", place(path, key))


def _duplicate(key: Scalar, first: Scalar, name: str | None, path: str) -> Problem:
    message = f"the key {key.value} stands twice in this map"
    remedy = "delete one of them: kustomize refuses the file, and kubectl takes the last without a word"
    if key.value != first.value:
        message = f"the keys {first.value} and {key.value} are one key to kubectl and Argo CD: {name}"
        remedy = "quote them if they are meant as two strings, or delete one"
    elif is_merge(key):
        remedy = "merge both in one: <<: [*first, *second]"
    related = Related(place(path, first), "first here")
    return Problem("duplicate-key", message, remedy, place(path, key), (related,))


def _complex_key(key: Node, path: str) -> Problem:
    kind = "map" if key.id == "mapping" else "list"
    remedy = "write a string as the key"
    if kind == "map":
        remedy += "; if this is a template in double braces, render it first or put it in quotes"
    return Problem("invalid-key", f"a {kind} stands where a key belongs", remedy, place(path, key))


def _merge(child: Node, path: str) -> Iterator[Problem]:
    for part in child.value if child.id == "sequence" else [child]:
        if part.id != "mapping":
            yield Problem(
                "invalid-merge",
                "the merge key << takes in maps, and this is none",
                "give it an alias of a map, a list of such aliases, or quote the key",
                place(path, part),
            )


# --- scalars ---


def _question_marks(flows: Iterable[Mapping | Sequence], path: str) -> Iterator[Problem]:
    """Between brackets the Go parsers end a plain scalar at any ?, which libyaml takes for part of it."""
    for flow in flows:
        for node in _children(flow):
            if node.id == "scalar" and not node.style and "?" in node.value:
                yield Problem(
                    "unquoted-special",
                    "between brackets an unquoted ? begins a key to kubectl and kustomize",
                    "put the value in single quotes",
                    place(path, node),
                )


_NOT_A_NUMBER = (".inf", ".Inf", ".INF", ".nan", ".NaN", ".NAN")
_WHO = {Dialect.KUSTOMIZE: "kustomize", Dialect.KUBECTL: "kubectl"}


def _scalars(root: Node, path: str, text: str, shift: int) -> Iterator[Problem]:
    for node in every_node([root]):
        if node.id != "scalar":
            continue
        if node.tag is not None:
            if not node.value and not node.style:
                yield from _glued_tag(node, path, text, node.end_mark.index - shift)
            yield from _tagged(node, node.tag, path)
        elif not node.style and node.value.endswith(_NOT_A_NUMBER) and _is_not_finite(node.value):
            yield Problem(
                "not-a-json-number",
                f"{node.value} is a number that JSON cannot express, so kubectl and kustomize refuse it",
                "quote it if it is meant as a string",
                place(path, node),
            )


_TAG = re.compile(r"![^\s,\[\]{}]*\Z")


def _glued_tag(node: Scalar, path: str, text: str, end: int) -> Iterator[Problem]:
    """`[!a, b]`, where the Go parsers take the comma for a part of the tag, and b for the value that it is of."""
    tag = _TAG.search(text[max(0, end - 200) : end])
    if tag is not None and text[end : end + 1] in tuple(",[]{}"):
        line, column = node.end_mark.line + 1, node.end_mark.column + 1
        yield Problem(
            "unquoted-special",
            "readers disagree on a comma or bracket right behind a tag: part of the tag to kubectl and kustomize",
            "put a space behind the tag, or all of it in single quotes if it is a text",
            Location(path, line, column - len(tag.group()), line, column + 1),
        )


def _is_not_finite(text: str) -> bool:
    return isinstance(resolve.resolve(text, Dialect.KUBECTL), float)


def _tagged(node: Scalar, tag: str, path: str) -> Iterator[Problem]:
    refusing = [_WHO[dialect] for dialect in Dialect if _refuses(node, tag, dialect)]
    if refusing:
        short = tag.replace("tag:yaml.org,2002:", "!!")
        who = " and ".join(refusing) + (" refuse" if len(refusing) > 1 else " refuses")
        message = f"the tag {short} does not fit its value, so {who} the file"
        yield Problem("tag-mismatch", message, "delete the tag, or mend the value", place(path, node))


def _refuses(node: Scalar, tag: str, dialect: Dialect) -> bool:
    try:
        resolve.resolve_tagged(node.value, tag, dialect, plain=not node.style)
    except resolve.Refused:
        return True
    return False

"""What the reader makes of a text: documents, values as each Go reader gives them, places, comments."""

from __future__ import annotations

import pytest

from kataform.finding import Location
from kataform.text import reader
from kataform.text.resolve import Dialect


def values(text: str, dialect: Dialect = Dialect.KUBECTL) -> list[object]:
    source = reader.read(text.encode(), "a.yaml")
    assert source.problems == ()
    return [None if d.node is None else reader.value(d.node, dialect) for d in source.documents]


@pytest.mark.parametrize(
    ("text", "kustomize", "kubectl"),
    [
        ("kata: true", {"kata": True}, {"kata": True}),
        ("kata: 'true'", {"kata": "true"}, {"kata": "true"}),
        ("kata: yes", {"kata": "yes"}, {"kata": True}),
        ("on: off", {"on": "off"}, {"true": False}),
        ("channel: 1.10", {"channel": 1.1}, {"channel": 1.1}),
        ("mode: 0755", {"mode": 493}, {"mode": 493}),
        ("day: 2026-01-01", {"day": "2026-01-01T00:00:00Z"}, {"day": "2026-01-01"}),
        ("time: 12:30:45", {"time": "12:30:45"}, {"time": "12:30:45"}),
        ("a: &x {b: 1}\nc: {<<: *x, d: 2}", *[{"a": {"b": 1}, "c": {"d": 2, "b": 1}}] * 2),
        ("a: &x 1\nb: &x 2\nc: *x", {"a": 1, "b": 2, "c": 2}, {"a": 1, "b": 2, "c": 2}),
        ('{"a": [1, "b", null]}', {"a": [1, "b", None]}, {"a": [1, "b", None]}),
        ("a: ! 12", {"a": 12}, {"a": "12"}),
        ("a: !vault 12", {"a": "12"}, {"a": "12"}),
        ("a: !!str 12", {"a": "12"}, {"a": "12"}),
        ("a: !!float 12", {"a": 12}, {"a": 12}),
    ],
)  # fmt: skip
def test_a_value_is_what_each_reader_makes_of_it(text: str, kustomize: object, kubectl: object) -> None:
    assert values(text, Dialect.KUSTOMIZE) == [kustomize]
    assert values(text, Dialect.KUBECTL) == [kubectl]


@pytest.mark.parametrize(
    ("text", "documents"),
    [
        ("", []),
        ("# nothing\n", []),
        ("---\n", [None]),
        ("a: 1\n---\n---\nb: 2\n", [{"a": 1}, None, {"b": 2}]),
        ("null\n", [None]),
        ("a: 1\n...\n---\nb: 2\n", [{"a": 1}, {"b": 2}]),
    ],
)
def test_documents_are_told_apart(text: str, documents: list[object]) -> None:
    assert values(text) == documents


@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("ending", ["\n", "\r\n"])
def test_a_mark_counts_the_characters_of_the_text(start: str, ending: str) -> None:
    text = ending.join((f"{start}a: 'ü😀' # 😀", "b: &anchor  !!str plain", "c:", "- *anchor", "d: |", "  x", "e: end"))

    source = reader.read(text.encode(), "a.yaml")

    assert source.text == text
    node = source.documents[0].node
    assert isinstance(node, reader.Mapping)
    written = {key.value: text[child.start_mark.index : child.end_mark.index] for key, child in node.value}
    assert [text[key.start_mark.index : key.end_mark.index] for key, _ in node.value] == ["a", "b", "c", "d", "e"]
    assert written["a"] == "'ü😀'"
    assert written["b"] == "plain"
    assert written["e"] == "end"
    lines = text.splitlines()
    for key, child in node.value[:2]:
        for mark in (key.start_mark, child.start_mark, child.end_mark):
            before = sum(len(line) + len(ending) for line in lines[: mark.line])
            assert before + mark.column == mark.index


def test_a_location_is_one_based_and_a_block_ends_with_its_last_entry() -> None:
    source = reader.read(b"spec:\n  labels:\n    kata: true\n\n# later\nkind: Pod\n", "a.yaml")
    node = source.documents[0].node
    assert node is not None

    labels = reader.find(node, ("spec", "labels"))

    assert reader.location("a.yaml", labels.node) == Location("a.yaml", 3, 5, 3, 15)
    assert labels.key is not None
    assert reader.location("a.yaml", labels.key) == Location("a.yaml", 2, 3, 2, 9)


@pytest.mark.parametrize(
    ("tokens", "depth", "reached"),
    [
        (("a", "0", "b"), 3, 1),
        (("a", "1", "b"), 3, 1),
        (("m", "b"), 2, 1),
        (("m", "c"), 2, 3),
        (("true",), 1, 4),
        (("a", "7"), 1, [{"b": 1}, {"b": 1}]),
        (("a", "x"), 1, [{"b": 1}, {"b": 1}]),
        (("nowhere",), 0, None),
    ],
)
def test_find_goes_as_deep_as_it_can(tokens: tuple[str, ...], depth: int, reached: object) -> None:
    text = b"a:\n- &x {b: 1}\n- *x\nm: {<<: *x, c: 3}\nyes: 4\n"
    node = reader.read(text, "a.yaml").documents[0].node
    assert node is not None

    found = reader.find(node, tokens)

    assert found.depth == depth
    if reached is not None:
        assert reader.value(found.node, Dialect.KUBECTL) == reached
    else:
        assert found.node is node


@pytest.mark.parametrize(
    ("line", "comment"),
    [
        (1, "# one"),
        (2, ""),
        (3, "# header"),
        (4, ""),
        (5, "# alone"),
        (6, "# after # twice"),
        (7, ""),
        (8, ""),
        (9, ""),
    ],
)
def test_a_comment_is_not_a_hash_inside_a_scalar(line: int, comment: str) -> None:
    text = (
        "a: 1 # one\nb: 'x # y'\nc: | # header\n  # text\n  # alone\nd: \"#\" # after # twice\ne: a#b\nf: http://x/#y\n"
    )
    text = text.replace("  # alone\n", "# alone\n")
    source = reader.read(text.encode(), "a.yaml")

    assert reader.comments(source, [line]) == ({line: comment} if comment else {})

"""What the emitter writes is read back exactly by every reader, and quoted only where one would read otherwise."""

from __future__ import annotations

import json
import random
from decimal import Decimal
from pathlib import Path
from typing import Any

import yaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from readings import REFUSED, in_json, outcome, theirs
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from kataform.text import emit, reader
from kataform.text.resolve import Dialect
from oracle_fixture import Oracle

WORDS = [json.loads(line) for line in Path(__file__).with_name("scalars.jsonl").read_text().splitlines()]
TEXTS = (
    st.sampled_from(WORDS)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
    | st.text("abc yn019.-:#+_'\"\\|>[]{},&*!%@`?=<~ \n\t\r", max_size=12)
    | st.lists(st.sampled_from(["a", " ", "\n", "  ", "\t", "b:", "- ", "#", "\u2028", "\x07"]), max_size=10).map(
        "".join
    )
)
KEYS = TEXTS.filter(lambda text: text != "<<")
INTEGERS = st.integers(-(1 << 63), (1 << 64) - 1)
LEAVES = TEXTS | INTEGERS | st.booleans() | st.none() | st.floats(allow_nan=False, allow_infinity=False)
VALUES = st.recursive(LEAVES, lambda below: st.lists(below, max_size=4) | st.dictionaries(KEYS, below, max_size=4))
TREES = st.dictionaries(KEYS, VALUES, min_size=1, max_size=5)


def numbers(value: Any) -> Any:
    """The value as JSON has it: a float that is whole, and written without an exponent, is an integer there."""
    if isinstance(value, dict):
        return {key: numbers(child) for key, child in value.items()}
    if isinstance(value, list):
        return [numbers(child) for child in value]
    if isinstance(value, float) and value.is_integer() and abs(value) < 1e21:
        return int(Decimal(repr(value)))
    return in_json(value)


@settings(max_examples=300, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(TREES)
def test_every_reader_reads_back_what_was_written(oracle: Oracle, tree: dict[str, Any]) -> None:
    text = emit.dump(tree)

    (reply,) = oracle.ask("yaml-both", texts=[text])
    source = reader.read(text.encode(), "a.yaml")
    assert source.problems == ()
    (document,) = source.documents
    assert document.node is not None
    for dialect in Dialect:
        assert theirs(reply, dialect) == numbers(tree), dialect
        assert in_json(reader.value(document.node, dialect)) == numbers(tree), dialect
    # A value of a JSON 6902 patch goes through the same reader as kubectl's files, one list deeper.
    assert yaml.load(text, yaml.CSafeLoader) == old_numbers(tree)
    patch = [{"op": "add", "path": "/a", "value": tree}]
    assert in_json(oracle.ask("yaml-kubectl", text=emit.dump(patch))) == numbers(patch)


def old_numbers(value: Any) -> Any:
    """The value as YAML 1.1 has it: a float with an exponent and no point is a string there."""
    if isinstance(value, dict):
        return {key: old_numbers(child) for key, child in value.items()}
    if isinstance(value, list):
        return [old_numbers(child) for child in value]
    return repr(value) if isinstance(value, float) and "." not in repr(value) else value


def in_yaml_1_1(text: str) -> Any:
    """What a reader of YAML 1.1 makes of a text; None where it refuses it."""
    try:
        return yaml.load(text, yaml.CSafeLoader)
    except (yaml.YAMLError, ValueError):
        return None


def in_yaml_1_2(text: str) -> Any:
    """What a reader of YAML 1.2 makes of a text; None where it refuses it."""
    try:
        return YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError):
        return None


def plain_is_itself(oracle: Oracle, words: list[str], form: str, expected: Any) -> list[bool]:
    """For each word whether every reader, given it unquoted, reads that very string."""
    replies = oracle.ask("yaml-both", texts=[form.format(word) for word in words])
    return [
        all(outcome(theirs, reply, dialect) == expected(word) for dialect in Dialect)
        and in_yaml_1_1(form.format(word)) == in_yaml_1_2(form.format(word)) == expected(word)
        for word, reply in zip(words, replies, strict=True)
    ]


def misquoted(oracle: Oracle, words: list[str]) -> list[tuple[str, str]]:
    """Words that are quoted though nobody would misread them, or plain though somebody would.

    A tab is always quoted: what may stand behind one differs from reader to reader.
    """
    found = []
    checks = [
        ("value", "a: {}\n", lambda word: {"a": word}, emit.scalar),
        ("entry", "a:\n- {}\n", lambda word: {"a": [word]}, emit.scalar),
        ("key", "a:\n  {}: 1\n", lambda word: {"a": {word: 1}}, emit.key),
    ]  # fmt: skip
    for where, form, expected, write in checks:
        for word, safe in zip(words, plain_is_itself(oracle, words, form, expected), strict=True):
            if (write(word) == word) != safe and not _is_marker(where, word) and "\t" not in word:
                found.append((where, word))
            assert write(word) == word or write(word)[0] == ('"' if _needs_escape(word) else "'")
    return found


def _is_marker(where: str, word: str) -> bool:
    """A key at the left margin must not look like the end of a document, so such a key is always quoted."""
    return where == "key" and word.startswith(("---", "..."))


def _needs_escape(word: str) -> bool:
    return any((not char.isprintable() and char not in "\t\xa0") or char in "\n" for char in word)


def test_known_spellings_are_quoted_where_a_reader_misreads_them_and_nowhere_else(oracle: Oracle) -> None:
    words = [word for word in WORDS if all(char.isprintable() for char in word)]

    assert misquoted(oracle, words) == []


def test_number_like_words_are_quoted_where_a_reader_misreads_them_and_nowhere_else(oracle: Oracle) -> None:
    source = random.Random(9)
    words = ["".join(source.choices("0123789.-+_eExXoObBfA:yYnN~", k=source.randint(1, 10))) for _ in range(3000)]

    assert misquoted(oracle, words) == []


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.lists(st.text("abyn01.-:#'\"|>[]{},&*!%@`?=<~ /\\é\U0001f600", min_size=1, max_size=8), max_size=40))
def test_any_word_is_quoted_where_a_reader_misreads_it_and_nowhere_else(oracle: Oracle, words: list[str]) -> None:
    assert misquoted(oracle, words) == []


def test_every_character_survives(oracle: Oracle) -> None:
    points = [
        *range(0x3000),
        *range(0xD7F0, 0xD800),
        *range(0xE000, 0xE010),
        *range(0xFDD0, 0x10010),
        0x1F600,
        0x10FFFF,
    ]
    texts = [f"a{chr(point)}b" for point in points]
    tree = {"texts": texts, "keys": dict.fromkeys(texts, 1), "blocks": [f"{text}\n{text}\n" for text in texts]}

    (reply,) = oracle.ask("yaml-both", texts=[emit.dump(tree)])

    assert outcome(theirs, reply, Dialect.KUSTOMIZE) is not REFUSED
    for dialect in Dialect:
        assert theirs(reply, dialect) == numbers(tree)

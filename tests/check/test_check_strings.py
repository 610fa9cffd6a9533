"""Files whose plain scalars are all texts are not walked, and nothing is missed in those that have another."""

from __future__ import annotations

import pytest

from kataform import scope as scopes
from kataform.check import Options, check
from kataform.kustomization import Graph
from kataform.rules import scalars
from kataform.text import reader

HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n"
FORMS = ("data:\n  {}: x\n", "data:\n  a: {}\n", "data: {{a: {}}}\n", "data:\n  b: &x {}\n  c: *x\n")
OTHERS = (
    "true",
    "yes",
    "on",
    "null",
    "~",
    "",
    "1",
    "1.10",
    "0755",
    "1e3",
    "2024-01-01",
    ".inf",
    "0x1F",
    "1_000",
    "12:30",
)


@pytest.mark.parametrize("text", [text for text in OTHERS if text != "12:30"])
def test_what_some_reader_takes_for_another_is_no_text_however_often_it_is_asked(text: str) -> None:
    for beside in ({text}, {"kata", text, "v1"}, {text}):
        assert not scalars.are_strings(beside)
    assert scalars.are_strings({"kata", "v1", "ConfigMap", "a-b.c/d"})


@pytest.mark.parametrize("form", FORMS)
def test_a_file_is_told_as_it_is_where_another_document_has_it_walked(form: str) -> None:
    """A boolean in a second document has the file walked in any case: it makes no difference to the first."""
    second = f"---\n{HEAD.replace('name: a', 'name: b')}immutable: true\n"
    for text in OTHERS:
        first = HEAD + form.format(text)

        assert told(first) == told(first + second), text


def told(text: str) -> list[tuple[str, str]]:
    graph = Graph()
    source = reader.read(text.encode(), "a.yaml")
    found = check(scopes.Scope(), graph, Options(), [source]).findings
    return [(one.rule, str(one.location)) for one in found]

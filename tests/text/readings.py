"""Compare what kataform reads in a text with what the Go readers read."""

from __future__ import annotations

from typing import Any

from kataform.text import reader
from kataform.text.resolve import Dialect
from oracle_fixture import Oracle, Refusal

__all__ = ["REFUSED", "disagreements", "in_json", "is_stricter", "ours", "outcome", "theirs"]


def in_json(value: Any) -> Any:
    """The value with its types told apart: in Python True is 1, and 1.0 too."""
    if isinstance(value, dict):
        return {key: in_json(child) for key, child in value.items()}
    if isinstance(value, list):
        return [in_json(child) for child in value]
    return ("bool", value) if isinstance(value, bool) else value


def ours(text: str, dialect: Dialect) -> Any:
    """Our reading of a text's first document; Refusal where a problem stands in it.

    That a key stands twice is a problem which kubectl never sees, and kustomize only where the spelling is the same.
    """
    source = reader.read(text.encode(), "a.yaml")
    node = source.documents[0].node if source.documents else None
    for problem in source.problems:
        if problem.rule != "duplicate-key" and not (source.documents and _is_behind(problem, node)):
            raise Refusal(problem.message)
    return None if node is None else in_json(reader.value(node, dialect))


def _is_behind(problem: reader.Problem, node: reader.Node | None) -> bool:
    if node is None:
        return True
    end, at = node.end_mark, problem.location
    return problem.rule not in INSIDE and (at.line, at.column) >= (end.line + 1, end.column + 1)


def theirs(reply: dict[str, Any], dialect: Dialect) -> Any:
    reading = reply["kustomize" if dialect is Dialect.KUSTOMIZE else "kubectl"]
    if "error" in reading:
        raise Refusal(reading["error"])
    answer = reading.get("answer")
    if dialect is Dialect.KUSTOMIZE:
        answer = answer[0] if answer else None
    return in_json(answer)


INSIDE = ("tag-mismatch", "invalid-merge", "invalid-key", "not-a-json-number")


class _Refused:
    def __repr__(self) -> str:
        return "refused"


REFUSED = _Refused()


def outcome(read: Any, *arguments: Any) -> Any:
    try:
        return read(*arguments)
    except Refusal:
        return REFUSED


# What we refuse although a Go reader takes it, by what the finding says; each is held to its word in
# test_oracle_stricter.py.
STRICTER = (
    "U+FEFF",
    "a colon right before a bracket or comma",
    "a comma or bracket right behind a tag",
    "! begins a tag",
)


def is_stricter(text: str) -> bool:
    problems = reader.read(text.encode(), "a.yaml").problems
    return any(words in problem.message for problem in problems for words in STRICTER)


def disagreements(oracle: Oracle, texts: list[str]) -> list[tuple[str, str, Any, Any]]:
    """Texts that we read as another value than a Go reader does.

    A text that we refuse must be refused by one of them, but for STRICTER, and what both refuse must be refused by us.
    kustomize is not asked about aliases without end: it dies of them.
    """
    found = []
    endless = [text for text in texts if _is_endless(text)]
    found += [(text, "kubectl", REFUSED, "taken") for text in endless if _kubectl_takes(oracle, text)]
    asked = [text for text in texts if text not in endless]
    for text, reply in zip(asked, oracle.ask("yaml-both", texts=asked), strict=True):
        mine = {dialect: outcome(ours, text, dialect) for dialect in Dialect}
        true = {dialect: outcome(theirs, reply, dialect) for dialect in Dialect}
        refused = REFUSED in true.values()
        if (REFUSED in mine.values()) != refused and (not refused or set(map(id, true.values())) == {id(REFUSED)}):
            if refused or not is_stricter(text):
                found.append((text, "refused", mine, true))
            continue
        for dialect in Dialect:
            if REFUSED not in (mine[dialect], true[dialect]) and mine[dialect] != true[dialect]:
                found.append((text, dialect.name, mine[dialect], true[dialect]))
    return found


def _is_endless(text: str) -> bool:
    problems = reader.read(text.encode(), "a.yaml").problems
    return any(problem.rule in ("alias-cycle", "alias-bomb") for problem in problems)


def _kubectl_takes(oracle: Oracle, text: str) -> bool:
    try:
        oracle.ask("yaml-kubectl", text=text)
    except Refusal:
        return False
    return True

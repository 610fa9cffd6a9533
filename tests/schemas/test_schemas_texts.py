"""Quantities, names, keys and label values: what is wrong with a text is told whenever the server refuses it."""

from __future__ import annotations

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from kataform.schemas import names, quantity, spelling, validate
from kataform.schemas.engine import python_pattern
from kataform.schemas.kinds import any_object, kind_schema
from kataform.schemas.schema import facets


def definitions() -> dict[str, dict[str, object]]:
    found: dict[str, dict[str, object]] = {}
    for kind in (
        ("v1", "Pod"),
        ("apps/v1", "Deployment"),
        ("v1", "Secret"),
        ("v1", "Service"),
        ("batch/v1", "CronJob"),
    ):
        schema = kind_schema(*kind, kubernetes="1.37", operator=None)
        assert schema is not None
        found |= {name: sub for name, sub in schema.root["$defs"].items() if name.startswith("kataform.")}
    return {name.removeprefix("kataform."): sub for name, sub in found.items()}


DEFINITIONS = definitions()
TEXTS = st.one_of(
    st.text("abcXYZ019-._/ =%\n", max_size=12),
    st.from_regex(r"[a-z0-9]([a-z0-9.-]{0,70}[a-z0-9])?", fullmatch=True),
    st.text(max_size=6),
)


def refused(rule: str, text: str) -> bool:
    schema = any_object()
    for facet in facets(schema, DEFINITIONS[rule]):
        pattern = facet.get("pattern")
        if isinstance(pattern, str) and not python_pattern(pattern).search(text):
            return True
        if len(text) > facet.get("maxLength", len(text)):
            return True
    return False


@pytest.mark.parametrize("rule", sorted(name for name in DEFINITIONS if "quantity" not in name))
def test_every_rule_of_a_schema_has_words(rule: str) -> None:
    assert names.named(rule) is not None


@given(rule=st.sampled_from(sorted(name for name in DEFINITIONS if "quantity" not in name)), text=TEXTS)
@example("dns-1123-subdomain", "a..b")
@example("dns-1123-label", "a.b")
@example("label-key", "/x")
@example("label-key", "example.com/")
@example("optional-port-name", "a--b")
@example("optional-port-name", "123")
@example("path-segment", "..")
@example("container-resource", "cpus")
def test_what_is_refused_has_a_reason(rule: str, text: str) -> None:
    if refused(rule, text):
        assert names.refusal(rule, text)


@given(name=TEXTS, key=TEXTS, value=TEXTS)
@example("Ab_c", "a b", "x y")
def test_a_remedy_is_right(name: str, key: str, value: str) -> None:
    schema = kind_schema("v1", "Namespace", kubernetes="1.37", operator=None)
    assert schema is not None
    body = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": name, "labels": {key: value}}}

    for violation in validate(schema, body):
        better = violation.remedy.removeprefix("write ")
        if better == violation.remedy:
            continue
        if violation.rule == "invalid-label-key":
            mended = {**body, "metadata": {"name": name, "labels": {better: value}}}
        elif violation.rule == "invalid-label-value":
            mended = {**body, "metadata": {"name": name, "labels": {key: better}}}
        else:
            mended = {**body, "metadata": {"name": better, "labels": {key: value}}}
        assert len(validate(schema, mended)) < len(validate(schema, body))


@given(text=st.one_of(st.text("0123456789.eEkKMGmiBb+- ,", max_size=8), st.text(max_size=5)))
@example("350mb")
@example("1Gb")
@example("1,5Gi")
@example("0.5")
@example("1e3")
@example("1E")
@example(".5Gi")
@example("12345678e")
def test_a_quantity_is_refused_with_a_reason_exactly_where_the_server_refuses_it(text: str) -> None:
    pattern = DEFINITIONS["quantity"]["pattern"]
    assert isinstance(pattern, str)

    reason, remedy = quantity.refusal(text)

    assert bool(reason) == (python_pattern(pattern).search(text) is None)
    for meant in (
        remedy.removeprefix("write ").split(" or ") if remedy.startswith("write ") and "with" not in remedy else ()
    ):
        assert quantity.refusal(meant) == ("", "")


@pytest.mark.parametrize(
    ("text", "reason", "remedy"),
    [
        ("350mb", "the suffix 'mb' does not exist", "write 350M or 350Mi"),
        ("1GB", "the suffix 'GB' does not exist", "write 1G or 1Gi"),
        ("1gib", "the suffix 'gib' does not exist", "write 1Gi"),
        ("512 Mi", "it has a space inside", "write 512Mi"),
        ("1,5Gi", "it has a comma", "write 1.5Gi"),
        ("100B", "the suffix 'B' does not exist", "write 100"),
        ("", "it is empty", "write a number with a suffix, such as 350Mi"),
        ("lots", "it does not begin with a number", "write a number with a suffix, such as 350Mi or 250m"),
    ],
)
def test_a_wrong_quantity_is_explained(text: str, reason: str, remedy: str) -> None:
    assert quantity.refusal(text) == (reason, remedy)


@pytest.mark.parametrize(
    ("word", "known", "meant"),
    [
        ("kataConfigPoolSelecter", ["kataConfigPoolSelector", "logLevel"], "kataConfigPoolSelector"),
        ("loglevel", ["logLevel", "log"], "logLevel"),
        ("contianers", ["containers", "initContainers"], "containers"),
        ("runtimeClass", ["runtimeClassName", "restartPolicy"], "runtimeClassName"),
        ("automatic", ["Automatic", "Manual"], "Automatic"),
        ("xyz", ["name", "value"], None),
        ("", ["name"], None),
        ("name", ["name"], None),
    ],
)
def test_the_nearest_known_word_is_meant(word: str, known: list[str], meant: str | None) -> None:
    assert spelling.nearest(word, known) == meant

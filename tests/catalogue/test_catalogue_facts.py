"""The catalogue as a whole: complete, sourced, consistent, and quick to read."""

from __future__ import annotations

import dataclasses
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from kataform import catalogue
from kataform.catalogue import Catalogue, Fact
from kataform.version import Version

CONFIDENCE = {"code", "documentation", "test", "verified", "inference", "unknown"}


def _facts(value: object) -> Iterator[Fact]:
    if isinstance(value, Fact):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _facts(item)
    elif isinstance(value, tuple | list):
        for item in value:
            yield from _facts(item)
    elif dataclasses.is_dataclass(value) and not isinstance(value, Version | type):
        for field in dataclasses.fields(value):
            yield from _facts(getattr(value, field.name))


def test_every_fact_has_a_known_source_and_a_confidence(known: Catalogue) -> None:
    facts = list(_facts(known))

    assert len(facts) > 200
    assert {fact.source for fact in facts} <= known.sources.keys()
    assert {fact.confidence for fact in facts} <= CONFIDENCE


def test_an_unknown_fact_has_no_value(known: Catalogue) -> None:
    assert [fact.value for fact in _facts(known) if fact.confidence == "unknown" and fact.value is not None] == []


def test_every_source_is_used(known: Catalogue, repository: Path) -> None:
    body = yaml.safe_load((repository / "schemas" / "releases.yaml").read_bytes())
    used = {fact.source for fact in _facts(known)} | {body["openshift"]["source"], body["nodeLabels"]["source"]}

    assert known.sources.keys() - used == set()


def test_the_channels_are_those_of_the_catalog(known: Catalogue) -> None:
    told = {channel.name: (channel.state, str(channel.head)) for channel in known.channels.values()}

    assert told == {
        "preview-1.0": ("deprecated", "1.0.2"),
        "preview-1.1": ("deprecated", "1.1.0"),
        "stable-1.2": ("deprecated", "1.2.2"),
        "stable-1.3": ("deprecated", "1.3.3"),
        "stable": ("recommended", "1.13.1"),
        "candidate": ("development", "None"),
    }


def test_the_versions_are_all_there_in_order(known: Catalogue) -> None:
    assert " ".join(map(str, known.versions)) == (
        "1.0.2 1.1.0 1.2.2 1.3.0 1.3.1 1.3.2 1.3.3 1.4.0 1.4.1 1.5.0 1.5.1 1.5.2 1.5.3 1.6.0 1.7.0 1.8.1 1.9.0 "
        "1.10.0 1.10.1 1.10.2 1.10.3 1.11.0 1.11.1 1.12.0 1.12.1 1.13.0 1.13.1"
    )


def test_every_published_version_is_in_a_channel_and_no_other_is(known: Catalogue) -> None:
    offered = {entry for channel in known.channels.values() for entry in channel.entries}

    assert offered == {release.version for release in known.releases.values() if release.published}


def test_each_entry_of_a_channel_replaces_the_one_before(known: Catalogue) -> None:
    for channel in known.channels.values():
        replaced = [known.releases[entry].replaces.value for entry in channel.entries[1:]]

        assert replaced == [str(entry) for entry in channel.entries[:-1]]


def test_the_bundles_that_the_catalog_deprecates_are_told(known: Catalogue) -> None:
    deprecated = [str(release.version) for release in known.releases.values() if release.deprecated]

    assert deprecated == ["1.5.0", "1.5.1", "1.5.2", "1.5.3", "1.6.0"]


TOLD = ("deployment", "namespaceLabels", "installModes", "architectures", "selectorOperators", "singletonWebhook")


def test_everything_is_told_of_every_version_or_said_to_be_unknown(known: Catalogue) -> None:
    untold = []
    for found, release in known.releases.items():
        facts = {
            "date": release.date,
            "replaces": release.replaces,
            "Kubernetes": release.min_kubernetes,
            "OpenShift": known.min_openshift(found),
            **{table: known.at(table, found) for table in (*TOLD, "machineConfigPool", "crioDropIn")},
        }
        untold += [(str(found), name) for name, fact in facts.items() if fact.value is None and not _said(fact)]
        classes = known.possible_runtime_classes(found)
        untold += [(str(found), each.name) for each in classes if not each.handler and not each.fact.note]
        assert release.csv == f"sandboxed-containers-operator.v{found}"
        assert known.fields_of(found)
        assert "kata" in {each.name for each in classes}
        assert "kata-oc" in {each.name for each in known.owned_objects(found)}

    assert untold == []


def _said(fact: Fact) -> bool:
    """Whether it is said that there is none, or that nobody knows."""
    return fact.confidence == "unknown" or bool(fact.source)


def test_every_class_tells_its_handler_its_overhead_and_its_nodes_in_each_version(known: Catalogue) -> None:
    for found in known.versions:
        for each in known.runtime_classes(found, {"enablePeerPods": True}):
            assert each.handler == each.name, found
            assert set(each.overhead) == {"cpu", "memory"}, found
            assert each.node_selector, found


@pytest.mark.parametrize(
    ("found", "names"),
    [
        ("1.1.0", {"kata-oc", "50-enable-sandboxed-containers-extension"}),
        ("1.4.1", {"50-kata-remote-cc", "peerpodconfig-openshift", "kata-crio-config"}),
        ("1.13.1", {"50-kata-remote", "osc-caa-ds", "kata-crio-config", "50-enable-sandboxed-containers-image"}),
    ],
)
def test_what_the_operator_alone_writes_depends_on_the_version(known: Catalogue, found: str, names: set[str]) -> None:
    mine = {each.name for each in known.owned_objects(found)}
    others = {each.name for each in known.owned} - mine

    assert names <= mine
    assert others == {each.name for each in known.owned if known.version(found).version not in each.span}  # type: ignore[union-attr]


def test_the_rows_of_each_table_are_in_order(known: Catalogue) -> None:
    for rows in known.tables.values():
        assert [row.since for row in rows] == sorted({row.since for row in rows})


def test_reading_it_costs_a_command_next_to_nothing() -> None:
    def once() -> float:
        start = time.perf_counter()
        catalogue.load()
        return time.perf_counter() - start

    assert min(once() for _ in range(30)) < 0.008

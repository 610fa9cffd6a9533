"""The catalogue, and what a site may put over it in a spec, against their schemas with both engines."""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml

jsonschema_rs = pytest.importorskip("jsonschema_rs")

Accepts = Callable[[Any], bool]


@pytest.fixture(scope="module")
def schema(repository: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads((repository / "schemas" / "releases.schema.json").read_text(encoding="utf-8"))
    return loaded


@pytest.fixture(scope="module")
def site_schema(repository: Path) -> dict[str, Any]:
    """What a spec may say under `releases:`."""
    loaded = json.loads((repository / "schemas" / "spec.schema.json").read_text(encoding="utf-8"))
    found: dict[str, Any] = loaded["properties"]["releases"]
    return found


@pytest.fixture(scope="module")
def body(repository: Path) -> dict[str, Any]:
    loaded: dict[str, Any] = yaml.safe_load((repository / "schemas" / "releases.yaml").read_bytes())
    return loaded


@pytest.fixture(params=["jsonschema", "jsonschema-rs"])
def engine(request: pytest.FixtureRequest) -> Callable[[dict[str, Any]], Accepts]:
    if request.param == "jsonschema":
        return lambda schema: jsonschema.Draft202012Validator(schema).is_valid
    return lambda schema: jsonschema_rs.validator_for(schema).is_valid


def test_the_schema_is_one(schema: dict[str, Any]) -> None:
    jsonschema.Draft202012Validator.check_schema(schema)


def test_our_catalogue_is_as_the_schema_says(
    schema: dict[str, Any], body: dict[str, Any], engine: Callable[[dict[str, Any]], Accepts]
) -> None:
    assert engine(schema)(body)


def _without_a_source(body: dict[str, Any]) -> None:
    del body["package"]["source"]


def _unknown_with_a_value(body: dict[str, Any]) -> None:
    body["versions"]["1.4.1"]["minOpenShift"]["value"] = "4.13"


def _an_invented_confidence(body: dict[str, Any]) -> None:
    body["sources"]["catalog"]["confidence"] = "sure"


def _an_unquoted_minor(body: dict[str, Any]) -> None:
    body["versions"]["1.7.0"]["minKubernetes"] = 1.28


def _a_deprecation_without_words(body: dict[str, Any]) -> None:
    del body["channels"]["preview-1.0"]["message"]


def _a_label_that_is_a_boolean(body: dict[str, Any]) -> None:
    body["operator"]["namespaceLabels"][1]["value"]["openshift.io/cluster-monitoring"] = True


def _a_misspelt_key(body: dict[str, Any]) -> None:
    body["versions"]["1.7.0"]["minOpenshift"] = "4.15"


@pytest.mark.parametrize(
    "spoil",
    [
        _without_a_source,
        _unknown_with_a_value,
        _an_invented_confidence,
        _an_unquoted_minor,
        _a_deprecation_without_words,
        _a_label_that_is_a_boolean,
        _a_misspelt_key,
    ],
)
def test_a_catalogue_with_a_mistake_is_refused(
    schema: dict[str, Any],
    body: dict[str, Any],
    engine: Callable[[dict[str, Any]], Accepts],
    spoil: Callable[[dict[str, Any]], None],
) -> None:
    spoilt = copy.deepcopy(body)

    spoil(spoilt)

    assert not engine(schema)(spoilt)


SITE_ACCEPTED = """
null
---
{}
---
catalogSource: {name: mirror, namespace: openshift-marketplace}
onlyTheseChannels: true
channels:
  stable: {entries: [1.12.1, 1.13.1]}
  tested: null
---
catalogSource: {name: mirror}
---
channels:
  tested: {state: recommended, entries: [1.13.1], note: What passed our tests.}
  old: {state: deprecated, message: Use tested., entries: []}
versions:
  1.13.2: {replaces: 1.13.1, minKubernetes: '1.29', date: '2026-09-01'}
  1.12.0:
  1.11.0: {csv: our-operator.v1.11.0, deprecated: Has a fault.}
openshift: {'4.23': '1.36'}
---
catalogSource: null
defaultChannel: null
onlyTheseChannels: null
openshift: null
channels: null
versions: null
"""

SITE_REFUSED = """
channels: {stable: {entries: ['1.13']}}
---
channels: {stable: {state: best}}
---
channels: {stable: {head: 1.13.1}}
---
channels: {stable: {entries: [1.13.1, 1.13.1]}}
---
versions: {'1.13': {}}
---
versions: {1.13.2: {minOpenShift: '5'}}
---
versions: {1.13.2: {minKubernetes: 1.29}}
---
catalogSource: mirror
---
openshift: {'4.23': 1.36}
---
[]
"""


@pytest.mark.parametrize("site", list(yaml.safe_load_all(SITE_ACCEPTED)))
def test_a_site_may_state_its_own_entries(
    site_schema: dict[str, Any], engine: Callable[[dict[str, Any]], Accepts], site: Any
) -> None:
    assert engine(site_schema)(site)


@pytest.mark.parametrize("site", list(yaml.safe_load_all(SITE_REFUSED)))
def test_a_site_s_mistake_is_refused(
    site_schema: dict[str, Any], engine: Callable[[dict[str, Any]], Accepts], site: Any
) -> None:
    assert not engine(site_schema)(site)

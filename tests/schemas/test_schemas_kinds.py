"""Which kinds and versions are known, and which schema each version gets."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from mutants import accepted

from kataform import catalogue, schemas
from kataform.schemas.kinds import stored_kinds

KATACONFIG = ("kataconfiguration.openshift.io/v1", "KataConfig")
MINORS = range(21, 38)
LEFT_OVERS = {"kataconfig-1.1-bundle.yaml": [("spec", "subresources")]}  # from v1beta1; the server drops it


def spec_fields(operator: str) -> frozenset[str]:
    schema = schemas.kind_schema(*KATACONFIG, kubernetes="", operator=operator)
    assert schema is not None
    return schemas.fields(schema, schemas.step(schema, schema.root, "spec") or {})


@pytest.mark.parametrize("minor", MINORS)
def test_the_schema_of_every_kind_refers_only_to_itself(minor: int) -> None:
    from jsonschema import Draft202012Validator

    for number, (api_version, kind) in enumerate(stored_kinds(minor)):
        schema = schemas.kind_schema(api_version, kind, kubernetes=f"1.{minor}", operator=None)
        assert schema is not None
        rules = [violation.rule for violation in schemas.validate(schema, {})]
        assert rules[:2] == ["missing-field", "missing-field"]
        if (number + minor) % 17 == 0:  # it is slow
            Draft202012Validator.check_schema(schema.root)


@pytest.mark.parametrize(
    ("api_version", "kind", "first", "last"),
    [
        ("v1", "Pod", "1.21", "1.37"),
        ("policy/v1beta1", "PodSecurityPolicy", "1.21", "1.24"),
        ("batch/v1beta1", "CronJob", "1.21", "1.24"),
        ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy", "1.30", "1.37"),
        ("node.k8s.io/v1", "RuntimeClass", "1.21", "1.37"),
    ],
)
def test_a_kind_is_served_from_one_minor_to_another(api_version: str, kind: str, first: str, last: str) -> None:
    assert schemas.kind_versions(api_version, kind) == (first, last)


def test_a_kind_has_no_schema_where_it_is_not_served() -> None:
    policy = ("admissionregistration.k8s.io/v1", "ValidatingAdmissionPolicy")

    assert schemas.kind_schema(*policy, kubernetes="1.29", operator=None) is None
    assert schemas.kind_schema(*policy, kubernetes="1.30", operator=None) is not None
    assert schemas.kind_schema("example.com/v1", "Thing", kubernetes="1.30", operator=None) is None
    assert schemas.kind_versions("example.com/v1", "Thing") is None


@pytest.mark.parametrize(
    ("asked", "given"), [("1.20", "1.21"), ("1.38", "1.37"), ("", "1.37"), ("v1.32", "1.32"), ("1.32.4", "1.32")]
)
def test_a_version_outside_of_what_is_known_takes_the_nearest(asked: str, given: str) -> None:
    assert schemas.kind_schema("v1", "Pod", kubernetes=asked, operator=None) is schemas.kind_schema(
        "v1", "Pod", kubernetes=given, operator=None
    )


@pytest.mark.parametrize(
    ("api_version", "kind", "namespaced"),
    [
        ("v1", "Pod", True),
        ("v1", "Namespace", False),
        ("node.k8s.io/v1", "RuntimeClass", False),
        (*KATACONFIG, False),
        ("operators.coreos.com/v1", "OperatorGroup", True),
        ("example.com/v1", "Thing", None),
    ],
)
def test_the_scope_of_a_kind_is_known(api_version: str, kind: str, namespaced: bool | None) -> None:
    assert schemas.namespaced(api_version, kind) is namespaced


def test_the_kataconfig_of_each_release_is_known() -> None:
    versions = schemas.kataconfig_versions()

    assert set(versions) <= {str(version) for version in catalogue.load().versions}
    assert {"1.0.2", "1.1.0", "1.2.2", "1.3.3", "1.9.0", "1.13.1"} <= set(versions)
    assert versions[-1] == str(catalogue.load().newest)


@pytest.mark.parametrize("version", [str(version) for version in catalogue.load().versions])
def test_the_schema_has_the_fields_that_the_catalogue_names(version: str) -> None:
    paths = [field.path.split(".") for field in catalogue.load().fields_of(version)]
    named = {path[1] for path in paths if path[0] == "spec"}

    assert spec_fields(version) == named


@pytest.mark.parametrize(
    ("version", "like"),
    [("0.9.0", "1.0.2"), ("1.3.1", "1.3.0"), ("1.8.0", "1.8.1"), ("1.99.0", "1.13.1"), ("1.12.0", "1.13.1")],
)
def test_an_unknown_operator_version_takes_the_nearest_at_or_below(version: str, like: str) -> None:
    one = schemas.kind_schema(*KATACONFIG, kubernetes="", operator=version)

    assert one is schemas.kind_schema(*KATACONFIG, kubernetes="", operator=like)


@pytest.mark.parametrize(
    ("field", "words"),
    [
        ("spec.logLevel", "1.3.0 and later"),
        ("spec.kataConfigPoolSelector.matchLabels", "1.0.0 and later"),
        ("spec.enablePeerPods", "1.4.0 and later"),
        ("spec.checkNodeEligibility", "1.2.0 and later"),
        ("spec.kataMonitorImage", "1.2.0 and later, before 1.3.2"),
        ("spec.config.sourceImage", "1.0.0 and later, before 1.1.0"),
        ("status.runtimeClasses", "1.5.1 and later"),
        ("spec.kataConfigPoolSelecter", ""),
    ],
)
def test_the_versions_with_a_field_are_told_in_words(field: str, words: str) -> None:
    assert schemas.kataconfig_versions_with(field) == words


def test_the_fields_of_each_version_are_those_read_in_its_crd(shared: Path) -> None:
    known = yaml.safe_load((shared / "upstream" / "kataconfig_versions.yaml").read_text("utf-8"))
    read = {"1.0 (branch release-4.8)": "1.0.2"}
    checked = 0

    for version in known["versions"]:
        name = read.get(version["operator"], str(version["operator"]).split("-")[0].split()[0])
        if version["api"] != "v1" or not name[0].isdigit() or name.startswith(("4.", "0.", "1.14")):
            continue
        fields = {field.partition(".")[0] for field in version["spec"]}
        release = name if name.count(".") == 2 else f"{name}.0"
        assert spec_fields(release) == fields, version["operator"]
        checked += 1
    assert checked >= 10


def test_the_seed_authors_manifests_are_right(shared: Path) -> None:
    folder = shared / "upstream" / "rcarrata-sandbox-containers"
    bodies = [
        body
        for path in sorted(folder.rglob("*.yaml"))
        if path.name != "kustomization.yaml" and "patch" not in path.name
        for body in yaml.safe_load_all(path.read_text("utf-8"))
    ]

    for body in bodies:
        schema = schemas.kind_schema(body["apiVersion"], body["kind"], kubernetes="1.22", operator="1.1.0")
        assert schema is not None
        assert schemas.validate(schema, body) == []
    assert len(bodies) == 8


def test_crds_themselves_are_right(shared: Path) -> None:
    schema = schemas.kind_schema(
        "apiextensions.k8s.io/v1", "CustomResourceDefinition", kubernetes="1.37", operator=None
    )
    assert schema is not None

    for path in sorted((shared / "upstream" / "crds").glob("*.yaml")):
        body = yaml.safe_load(path.read_text("utf-8"))
        if body["apiVersion"].endswith("/v1"):
            found = [violation.pointer for violation in schemas.validate(schema, body)]
            assert found == LEFT_OVERS.get(path.name, []), path.name


def test_every_accepted_object_is_accepted_in_every_minor_that_knows_its_fields() -> None:
    newer = {"CronJob", "EndpointSlice"}  # timeZone came with 1.24
    for body in accepted():
        if body["kind"] in newer:
            continue
        for minor in (28, 29, 31, 35):
            schema = schemas.kind_schema(body["apiVersion"], body["kind"], kubernetes=f"1.{minor}", operator="1.6.0")
            if schema is not None:
                assert schemas.validate(schema, body) == [], (body["kind"], minor)

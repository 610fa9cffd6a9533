"""What Flux fills in for `${VAR}` is held against the code of Flux itself: built, filled in, and read anew."""

from __future__ import annotations

import itertools
import json
import subprocess
from pathlib import Path
from random import Random
from typing import Any

import pytest

from command_line import Run, run_in
from kataform.kustomize import Kustomize
from kataform.text import emit
from oracle_fixture import Oracle

RULE = "substitution-unquoted"


def stage(path: str = "./web", post_build: dict[str, Any] | None = None, **spec: Any) -> str:
    body = {
        "apiVersion": "kustomize.toolkit.fluxcd.io/v1",
        "kind": "Kustomization",
        "metadata": {"name": "web", "namespace": "flux-system"},
        "spec": {
            "interval": "10m",
            "path": path,
            "prune": False,
            "sourceRef": {"kind": "GitRepository", "name": "fleet"},
            "postBuild": post_build or {},
            **spec,
        },
    }
    return emit.dump(body)


def settings(name: str, value: str, **metadata: Any) -> str:
    metadata = {"name": name, "namespace": "web", **metadata}
    return emit.dump({"apiVersion": "v1", "kind": "ConfigMap", "metadata": metadata, "data": {"key": value}})


def put(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text, encoding="utf-8")


def tree(root: Path, flux: str, *objects: str) -> None:
    """A Flux Kustomization and the folder that it builds."""
    put(root, {"flux/web.yaml": flux, "web/all.yaml": "---\n".join(objects)})
    put(root, {"web/kustomization.yaml": "resources: [all.yaml]\n"})


def report(check: Run, *arguments: str) -> Any:
    result = check("--output", "json", *arguments)
    assert result.stderr == ""
    return json.loads(result.stdout)


def findings(check: Run) -> list[dict[str, Any]]:
    return [one for one in report(check)["findings"] if one["rule"] == RULE]


def messages(check: Run) -> list[str]:
    return [one["message"] for one in findings(check)]


def filled(oracle: Oracle, kustomize: Kustomize, folder: Path, values: dict[str, str]) -> list[Any]:
    """The objects as Flux applies them; the words of its refusal in place of one that it cannot read."""
    command = [kustomize.path, "build", folder]
    built = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", check=True).stdout
    given = {name: value.replace("\n", "") for name, value in values.items()}
    replies = oracle.ask("flux-substitute", texts=built.split("\n---\n"), values=given)
    return [reply.get("answer", reply.get("error")) for reply in replies]


@pytest.mark.parametrize(
    ("value", "made"),
    [
        ("true", "the boolean true"),
        ("yes", "the boolean true"),
        ("off", "the boolean false"),
        ("y", "the boolean true"),
        ("8080", "the number 8080"),
        ("1.10", "the number 1.1"),
        ("0755", "the number 493"),
        ("1e3", "the number 1000"),
        ("~", "null"),
        ("", "null"),
        ("tr\nue\n", "the boolean true"),
        ("# nothing", "null"),
        ("stable-1.10", ""),
        ("12:30:45", ""),
        ("2024-01-01", ""),
        ('"true"', ""),
        ("'1.10'", ""),
        ("a # b", ""),
    ],
)
def test_a_value_is_what_flux_makes_of_it(
    check: Run, tmp_path: Path, kustomize: Kustomize, oracle: Oracle, value: str, made: str
) -> None:
    tree(tmp_path, stage(post_build={"substitute": {"A": value}}), settings("web", "${A}"))

    (body,) = filled(oracle, kustomize, tmp_path / "web", {"A": value})
    found = messages(check)

    assert found == ([f"key must be a string, and Flux makes ${{A}} {made}"] if made else [])
    assert isinstance(body["data"]["key"], str) == (not made)


VALUES = {
    "YES": "yes", "TRUE": "true", "ONE": "1", "TEN": "10", "EMPTY": "", "WORD": "word", "NULL": "~",
    "LONG": "word " * 30, "QUOTE": '"', "QUOTED": '"true"', "SINGLE": "'on'", "HASH": "# none", "COLON": "a: b",
    "LIST": "[a, b]", "MAP": "{a: b}", "STAR": "*x", "DASH": "-", "POINT": ".", "TEXT": "1.10", "OCTAL": "0o17",
    "E": "e", "TAG": "!!str",
}  # fmt: skip
PARTS = (
    *(f"${{{name}}}" for name in VALUES),
    *(
        f"${{{name}:={default}}}"
        for name in ("EMPTY", "UNKNOWN")
        for default in ("yes", "5", "word", '"on"', "x: y", "")
    ),
    *("${UNKNOWN:-off}", "${UNKNOWN=1}", "${UNKNOWN:+2}", "${YES:?no}"),
    *("$${YES}", "$$", "$", "true", "1", ".", "-", "x", " ", "e", "'", '"', ": ", " #", "\t", "\n", "é", "{", "]"),
)


@pytest.mark.parametrize("seed", range(4))
def test_drawn_texts_are_strings_to_flux_or_findings(
    check: Run, tmp_path: Path, kustomize: Kustomize, oracle: Oracle, seed: int
) -> None:
    random = Random(seed)
    texts = ["".join(random.choices(PARTS, k=random.choice((1, 1, 2, 3, 4)))) for _ in range(150)]
    tree(
        tmp_path,
        stage(post_build={"substitute": VALUES}),
        *(settings(f"web-{number}", text) for number, text in enumerate(texts)),
    )

    made = filled(oracle, kustomize, tmp_path / "web", VALUES)
    expected = {
        body["metadata"]["name"]
        for body in made
        if isinstance(body, dict) and isinstance(body["data"]["key"], bool | int | float | None)
    }
    found = {one["resource"].rpartition("/")[2] for one in findings(check)}

    assert expected - found == set()
    assert found - expected == set()
    assert len(found) > 10


@pytest.mark.parametrize(
    ("text", "values"),
    [("${A}", {"A": "true"}), ("${A}", {"A": ""}), ("${A}.${B}", {"A": "1", "B": "10"}), ("${X:=yes}", {"A": "true"})],
)
def test_what_a_finding_says_to_write_is_a_string(
    check: Run, tmp_path: Path, kustomize: Kustomize, oracle: Oracle, text: str, values: dict[str, str]
) -> None:
    tree(tmp_path, stage(post_build={"substitute": values}), settings("web", text))
    (finding,) = findings(check)
    assert finding["remedy"] == f"write '${{quote}}{text}${{quote}}', and quote: '\"' under spec.postBuild.substitute"

    values = {**values, "quote": '"'}
    tree(tmp_path, stage(post_build={"substitute": values}), settings("web", f"${{quote}}{text}${{quote}}"))
    (body,) = filled(oracle, kustomize, tmp_path / "web", values)

    assert isinstance(body["data"]["key"], str)
    assert report(check)["summary"]["errors"] == 0


def test_the_place_is_where_the_text_stands_and_the_value_is_related(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    tree(tmp_path, stage(post_build={"substitute": {"A": "true"}}), settings("web", "plain"))
    patch = "patches:\n- target: {kind: ConfigMap}\n  patch: |\n    - op: replace\n      path: /data/key\n"
    put(tmp_path, {"web/kustomization.yaml": f"resources: [all.yaml]\n{patch}      value: ${{A}}\n"})

    (finding,) = findings(check)

    at = finding["location"]
    assert (at["path"], at["line"], at["column"]) == ("web/kustomization.yaml", 7, 14)
    (related,) = finding["related"]
    assert (related["location"]["path"], related["location"]["line"]) == ("flux/web.yaml", 15)
    assert finding["overlays"] == ["web"]


POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: web
  namespace: web
  labels: {kata: '${A}'}
  annotations: {kata: '${A}'}
spec:
  nodeSelector: {kata: '${A}'}
  activeDeadlineSeconds: ${N}
  terminationGracePeriodSeconds: ${N}
  containers:
  - name: web
    image: registry.example.com/web@sha256:0000000000000000000000000000000000000000000000000000000000000000
    args: ['${N}', '--debug=${A}']
    env: [{name: DEBUG, value: '${A}'}]
    ports: [{containerPort: ${N}}]
    resources: {limits: {cpu: '${N}'}}
"""


def test_only_places_that_want_a_string_count_and_no_schema_judges_what_is_not_filled_in(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    pod = POD.replace("{containerPort: ${N}}", "{containerPort: '${N}'}")
    tree(tmp_path, stage(post_build={"substitute": {"A": "true", "N": "80"}}), pod)

    told = report(check)

    assert [one["pointer"] for one in told["findings"] if one["severity"] == "error"] == [
        "/metadata/labels/kata",
        "/metadata/annotations/kata",
        "/spec/nodeSelector/kata",
        "/spec/containers/0/args/0",
        "/spec/containers/0/env/0/value",
    ]
    assert "Flux fills in 10 values, so no schema judged those" in told["summary"]["notes"]


@pytest.mark.parametrize(
    ("post_build", "spec", "text"),
    [
        ({}, {}, "${A:=true}"),
        ({"substitute": {}}, {}, "${A:=true}"),
        ({"substitute": {"B": "x"}}, {}, "${A}"),
        ({"substitute": {"B": "x"}, "substituteFrom": [{"kind": "ConfigMap", "name": "all"}]}, {}, "${A:=true}"),
        ({"substituteFrom": [{"kind": "ConfigMap", "name": "all"}]}, {}, "${A:=true}"),
        ({"substitute": {"A": "true"}}, {"patches": [{"patch": "[]", "target": {"kind": "ConfigMap"}}]}, "${A}"),
        ({"substitute": {"A": "true"}}, {"path": "./elsewhere"}, "${A}"),
        ({"substitute": {"A": "true"}}, {}, "${A^^}"),
        ({"substitute": {"A": "true"}}, {}, "${A"),
        ({"substitute": {"A": "true", "a-b": "x"}}, {}, "${A}"),
        ({"substitute": {"A": True}}, {}, "${A}"),
        ({"substitute": ["A"]}, {}, "${A}"),
    ],
)
def test_what_nobody_can_know_is_left_alone(
    check: Run, tmp_path: Path, kustomize: Kustomize, post_build: dict[str, Any], spec: dict[str, Any], text: str
) -> None:
    tree(tmp_path, stage(post_build=post_build, **spec), settings("web", text))

    assert messages(check) == []


@pytest.mark.parametrize(
    ("post_build", "text"),
    [
        ({"substitute": {"A": "true"}, "substituteFrom": [{"kind": "ConfigMap", "name": "all"}]}, "${A}"),
        ({"substitute": {"A": "true"}, "substituteFrom": [{"kind": "Secret", "name": "all"}]}, "${A:=x}"),
        ({"substituteStrategy": "Always"}, "${A:=true}"),
    ],
)
def test_what_flux_knows_first_counts(
    check: Run, tmp_path: Path, kustomize: Kustomize, post_build: dict[str, Any], text: str
) -> None:
    tree(tmp_path, stage(post_build=post_build), settings("web", text))

    assert messages(check) == [f"key must be a string, and Flux makes {text} the boolean true"]


def test_a_default_is_not_known_where_another_hands_variables_down(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    tree(tmp_path, stage(post_build={"substitute": {"B": "x"}}), settings("web", "${A:=true}"))
    patch = "spec: {postBuild: {substituteFrom: [{kind: ConfigMap, name: all}]}}"
    put(tmp_path, {"flux/all.yaml": stage(path="./flux", patches=[{"patch": patch}]).replace("name: web", "name: all")})

    assert messages(check) == []


@pytest.mark.parametrize("where", ["labels", "annotations"])
def test_an_object_may_switch_it_off(check: Run, tmp_path: Path, kustomize: Kustomize, where: str) -> None:
    off = {where: {"kustomize.toolkit.fluxcd.io/substitute": "disabled"}}
    tree(tmp_path, stage(post_build={"substitute": {"A": "true"}}), settings("web", "${A}", **off))

    assert messages(check) == []


def test_a_value_of_a_secret_is_not_shown(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    secret = settings("web", "${A:=4711}").replace("ConfigMap", "Secret").replace("\ndata:", "\nstringData:")
    tree(tmp_path, stage(post_build={"substitute": {"B": "x"}}), secret)

    (finding,) = findings(check)

    assert finding["message"] == "key must be a string, and Flux makes this value the number"
    assert "4711" not in json.dumps(finding)


def test_manifests_without_a_kustomization_are_what_flux_builds_too(check: Run, tmp_path: Path) -> None:
    put(tmp_path, {"flux/web.yaml": stage(post_build={"substitute": {"A": "true"}})})
    put(tmp_path, {"web/deep/all.yaml": settings("web", "${A}"), "other/all.yaml": settings("web", "${A}")})

    assert [one["location"]["path"] for one in findings(check)] == ["web/deep/all.yaml"]


def test_a_folder_that_another_root_takes_in_is_built_as_flux_does(
    check: Run, tmp_path: Path, kustomize: Kustomize
) -> None:
    tree(tmp_path, stage(post_build={"substitute": {"A": "true"}}), settings("web", "${A}"))
    put(tmp_path, {"everything/kustomization.yaml": "resources: [../web]\nnamePrefix: my-\n"})

    assert [(one["location"]["path"], one["resource"]) for one in findings(check)] == [
        ("web/all.yaml", "ConfigMap/web/web")
    ]


def test_what_is_rendered_from_a_spec_is_said_in_the_spec(check: Run, tmp_path: Path) -> None:
    run_in(tmp_path, "init")
    spec = tmp_path / "base" / "kataform.yaml"
    spec.write_text(spec.read_text(encoding="utf-8").replace("kata: 'true'", "kata: '${A}'"), encoding="utf-8")
    assert run_in(tmp_path, "generate").returncode in (0, 1)
    put(tmp_path, {"flux/kata.yaml": stage("./overlays/production/instance", {"substitute": {"A": "true"}})})

    told = [one for one in report(check, "base", "overlays", "flux")["findings"] if one["rule"] == RULE]

    assert [(one["location"]["path"], one["pointer"]) for one in told] == [
        ("base/kataform.yaml", "/spec/kataConfigPoolSelector/matchLabels/kata")
    ]


def test_two_that_fill_in_the_same_are_one_finding(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    flux = stage(post_build={"substitute": {"A": "true"}})
    tree(tmp_path, flux, settings("web", "${A}"))
    put(tmp_path, {"flux/other.yaml": flux.replace("name: web", "name: other")})

    (finding,) = findings(check)

    assert sorted(one["location"]["path"] for one in finding["related"]) == ["flux/other.yaml", "flux/web.yaml"]


def test_odd_bodies_are_no_tracebacks(check: Run, tmp_path: Path, kustomize: Kustomize) -> None:
    odd: tuple[Any, ...] = (None, [], "x", 1, {}, {"substitute": None}, {"substitute": "x", "substituteFrom": 3})
    texts = [stage(post_build=body).replace("name: web", f"name: web-{n}") for n, body in enumerate(odd) if body]
    texts += [stage(path=path, post_build={"substitute": {"A": "1"}}) for path in ("", "/", "..")]
    tree(tmp_path, "---\n".join(itertools.chain(texts, ["spec: 1\nkind: Kustomization\n"])), settings("web", "${A}"))

    assert check("--output", "json").returncode in (0, 1)

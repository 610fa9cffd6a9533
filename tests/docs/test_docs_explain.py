"""`kataform explain` and `kataform rules`: everything has a text, which is the page's, and a slip is answered."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from kataform import catalogue, cli, rulebook
from kataform.commands import explain

POLICIES = sorted(path.name for path in (Path(__file__).parents[2] / "policies").iterdir() if path.is_dir())


def explained(capsys: pytest.CaptureFixture[str], *topic: str) -> tuple[int, str, str]:
    code = cli.main(["explain", *topic])
    return code, *capsys.readouterr()


def test_a_rule_is_explained_as_on_its_page(capsys: pytest.CaptureFixture[str], repository: Path) -> None:
    code, text, _ = explained(capsys, "unquoted-boolean")

    assert code == 0
    assert text.startswith("# unquoted-boolean\n\n`kata: true` where Kubernetes wants a string")
    assert text.partition("\n\n")[2].strip() in (repository / "docs/rules.md").read_text(encoding="utf-8")


def test_a_rule_on_scalars_says_what_each_reader_makes_of_its_example(capsys: pytest.CaptureFixture[str]) -> None:
    code, said, _ = explained(capsys, "dialect-dependent-scalar")

    assert code == 0
    assert "(go-yaml v3), `yes` is the string yes; to kubectl, Argo CD and Flux (sigs.k8s.io/yaml) the boolean" in said
    assert "- Since: kataform 0.1.0.\n" in said


def test_a_policy_is_explained_with_its_expressions(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = explained(capsys, "kataconfig-without-selector")

    assert code == 0
    assert "Remedy: select the workers" in text
    assert "- Source: openshift/sandboxed-containers-operator" in text
    assert "Kubernetes takes it since 1.3" in text
    assert "size(variables.selector.?matchLabels.orValue({})) > 0" in text


@pytest.mark.parametrize(
    ("topic", "title"),
    [
        (("channel", "stable-1.2"), "# Channel stable-1.2"),
        (("stable-1.2",), "# Channel stable-1.2"),
        (("version", "1.9.0"), "# Version 1.9.0"),
        (("1.9.0",), "# Version 1.9.0"),
        (("KataConfig.spec.logLevel",), "# KataConfig.spec.logLevel"),
        (("spec.logLevel",), "# KataConfig.spec.logLevel"),
    ],
)
def test_what_the_catalogue_knows_is_explained(
    capsys: pytest.CaptureFixture[str], topic: tuple[str, ...], title: str
) -> None:
    code, text, _ = explained(capsys, *topic)

    assert (code, text.splitlines()[0]) == (0, title)


@pytest.mark.parametrize(
    ("topic", "said"),
    [
        (("unquoted-bolean",), "unknown topic 'unquoted-bolean'; did you mean 'unquoted-boolean'"),
        (("KataConfig.spec.loglevel",), "did you mean 'KataConfig.spec.logLevel'?"),
        (("channel", "stabel"), "unknown channel 'stabel'; did you mean 'stable'?"),
        (("version", "1.8.0"), "unknown version '1.8.0'; did you mean '1.8.1'?"),
        (("version", "new"), "'new'"),
        (("channel",), "name the channel: preview-1.0, "),
        (("qqqqq",), "`kataform explain` lists what there is"),
        (("a", "b"), "unknown topic 'a b'"),
    ],
)
def test_an_unknown_topic_is_answered_with_what_was_meant(
    capsys: pytest.CaptureFixture[str], topic: tuple[str, ...], said: str
) -> None:
    code, text, error = explained(capsys, *topic)

    assert (code, text) == (2, "")
    assert said in error


def test_without_a_topic_everything_is_listed(capsys: pytest.CaptureFixture[str]) -> None:
    code, text, _ = explained(capsys)
    lines = {line.strip() for line in text.splitlines()}

    assert code == 0
    assert lines >= {*rulebook.ALL, *POLICIES, *map(str, catalogue.load().versions), *catalogue.load().channels}


def test_everything_that_is_completed_can_be_explained(capsys: pytest.CaptureFixture[str]) -> None:
    topics = [(name,) for name in explain.topics() if name not in ("channel", "version")]
    topics += [(kind, name) for kind in ("channel", "version") for name in explain.topics((kind,))]

    assert [topic for topic in topics if explained(capsys, *topic)[0] != 0] == []


def test_the_rules_are_listed_with_severity_and_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    code = cli.main(["rules", "-o", "json"])
    listed = {each["name"]: each for each in json.loads(capsys.readouterr().out)["rules"]}

    assert code == 0
    assert listed.keys() == {*rulebook.ALL, *POLICIES}
    assert listed["unquoted-boolean"]["severity"] == "error"
    assert listed["channel-deprecated"] == {
        "name": "channel-deprecated",
        "severity": "warning",
        "finds": "The channel of the operator's Subscription is still maintained.",
    }
    assert cli.main(["rules"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == len(listed)


def test_a_project_s_own_policy_is_explained(
    capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, repository: Path
) -> None:
    (tmp_path / "base").mkdir()
    (tmp_path / "base/kataform.yaml").write_bytes((repository / "base/kataform.yaml").read_bytes())
    own = (repository / "policies/channel-deprecated/policy.yaml").read_text(encoding="utf-8")
    (tmp_path / "policies").mkdir()
    (tmp_path / "policies/own.yaml").write_text(own.replace("channel-deprecated", "our-own"), encoding="utf-8")
    monkeypatch.chdir(tmp_path)

    assert explained(capsys, "our-own")[0] == 0


def test_what_is_decided_of_specs_and_of_objects_is_explained_for_both(capsys: pytest.CaptureFixture[str]) -> None:
    _, text, _ = explained(capsys, "selector-not-followed")

    assert text.count("# selector-not-followed\n") == 2
    assert "overlays/prod/kataform.yaml" in text

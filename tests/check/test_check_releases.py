"""Every release and site: each overlay is judged by its own version, its own clusters and its own catalogue."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from kataform import cli

Write = Callable[..., None]
Run = Callable[..., list[str]]
HEAD = "apiVersion: kataform.dev/v1alpha1\nkind: Overlay\n"
POOL = "kataConfig:\n  spec:\n    kataConfigPoolSelector:\n      matchLabels:\n        kata: 'true'\n"
BASE = HEAD + "operator:\n  version: 1.13.1\n  subscription:\n    channel: stable\n" + POOL
TESTED = "releases:\n  channels:\n    tested:\n      entries: [1.12.1, 1.13.1]\n"


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """The lines that kataform prints, run in a folder below the temporary one."""

    def kataform(*arguments: str, folder: str = ".") -> list[str]:
        monkeypatch.chdir(tmp_path / folder)
        cli.main(arguments)
        return capsys.readouterr().out.splitlines()

    return kataform


@pytest.fixture
def check(run: Run) -> Run:
    return lambda *arguments: run("check", *arguments)


@pytest.fixture
def write(tmp_path: Path, run: Run) -> Write:
    """Write a base and overlays, each below the head that every spec has, and generate them."""

    def project(base: str = "", **overlays: str) -> None:
        for folder, text in {"base": BASE + base, **{f"overlays/{n}": HEAD + t for n, t in overlays.items()}}.items():
            (tmp_path / folder).mkdir(parents=True, exist_ok=True)
            (tmp_path / folder / "kataform.yaml").write_text(text, encoding="utf-8")
        run("generate")

    return project


# --- a site's own catalogue ----------------------------------------------------------------------------------------


def test_a_channel_of_the_site_is_known_to_specs_and_to_policies(write: Write, check: Run) -> None:
    write(TESTED, prod="operator: {subscription: {channel: tested}}\n")

    assert check() == ["checked 10 of 10 objects in 2 overlays"]


def test_an_overlay_s_own_catalogue_is_not_another_s(write: Write, check: Run) -> None:
    channel = "operator: {subscription: {channel: tested}}\n"
    write(one=TESTED + channel, two=channel)

    found = check()

    assert (
        found[0]
        == "overlays/two/kataform.yaml:3:36: error[channel-unknown] unknown channel 'tested'; did you mean 'stable'?"
    )
    assert found[1:] == [
        "",
        "note: 1 overlay was not rendered, so its objects were not checked: overlays/two",
        "1 error; checked 10 of 10 objects in 3 overlays",
    ]


def test_the_same_channel_is_deprecated_at_one_site_alone(write: Write, check: Run) -> None:
    write(
        one="releases: {channels: {stable: {state: deprecated, message: Use tested.}}}\n",
        two="releases: {channels: {stable-1.3: {state: available}}}\n"
        "operator: {version: 1.3.3, subscription: {channel: stable-1.3}}\n",
    )

    found = [line for line in check() if "channel-deprecated" in line]

    assert [line.partition(" ")[0] for line in found] == ["base/kataform.yaml:6:14:"]


def test_the_subscription_takes_the_site_s_catalog_source(write: Write, tmp_path: Path) -> None:
    write("releases: {catalogSource: {name: mirror}}\n", own="operator: {subscription: {source: another}}\n")

    sources = {
        name: (tmp_path / name).read_text(encoding="utf-8")
        for name in ("base/operator/subscription.yaml", "overlays/own/operator/patch-subscription.yaml")
    }

    assert "  source: mirror\n  sourceNamespace: openshift-marketplace\n" in sources["base/operator/subscription.yaml"]
    assert "/spec/source\n  value: another\n" in sources["overlays/own/operator/patch-subscription.yaml"]


def test_automatic_approval_ends_at_the_head_of_the_site_s_channel(write: Write, check: Run) -> None:
    automatic = "operator: {version: 1.0.2, subscription: {channel: old, installPlanApproval: Automatic}}\n"
    config = "kataConfig: {spec: {config: {sourceImage: example.com/kata:1}}}\n"
    site = "releases: {channels: {old: {entries: [1.0.2%s]}}}\n"
    write(pinned=automatic + config + site % "", moving=automatic + config + site % ", 1.1.0, 1.2.2")

    found = [line for line in check() if "unknown-field" in line]

    assert [line.partition("; spec")[0] for line in found] == [
        (
            "overlays/moving/kataform.yaml:4:21: error[unknown-field] unknown field 'config' (in operator 1.1.0, "
            "1.2.2; accepted in 1.0.2)"
        )
    ]


def test_entries_are_inherited_one_by_one_and_null_takes_one_back(write: Write, check: Run) -> None:
    write(
        TESTED,
        one="releases: {channels: {tested: {state: recommended}}}\noperator: {subscription: {channel: tested}}\n",
        two="releases: {channels: {tested: null}}\noperator: {subscription: {channel: tested}}\n",
    )

    assert [line.partition(" unknown")[0] for line in check()[:1]] == [
        "overlays/two/kataform.yaml:4:36: error[channel-unknown]"
    ]


def test_a_newer_openshift_of_the_site_is_checked_against_its_kubernetes(
    write: Write, check: Run, tmp_path: Path
) -> None:
    budget = "kustomize: {operator: {resources: [budget.yaml]}}\n"
    write("releases: {openshift: {'4.24': '1.24', '4.25': '1.25'}}\n", prod=f"openshift: '>=4.24'\n{budget}")
    text = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1}\n"
    (tmp_path / "overlays/prod/operator/budget.yaml").write_text(text, encoding="utf-8")

    found = [line for line in check("overlays/prod") if "kind-not-served" in line]

    assert [line.partition("] ")[2] for line in found] == [
        "policy/v1beta1 PodDisruptionBudget is not served by Kubernetes 1.25, which it is for, too"
    ]


def test_what_no_spec_is_about_is_judged_by_the_catalogue_of_the_base(write: Write, check: Run, tmp_path: Path) -> None:
    subscription = (
        "apiVersion: operators.coreos.com/v1alpha1\nkind: Subscription\n"
        "metadata: {name: sandboxed, namespace: openshift-sandboxed-containers-operator}\n"
        "spec: {name: sandboxed-containers-operator, channel: tested, source: mirror, sourceNamespace: catalogs}\n"
    )
    write(TESTED)
    for folder in (tmp_path / "manual", tmp_path.parent / f"{tmp_path.name}-elsewhere"):
        folder.mkdir()
        (folder / "subscription.yaml").write_text(subscription, encoding="utf-8")

    unknown = [line for line in check("manual", f"../{tmp_path.name}-elsewhere") if "channel-unknown" in line]

    assert [line.partition(":")[0] for line in unknown] == [f"../{tmp_path.name}-elsewhere/subscription.yaml"]


def test_a_version_of_the_site_is_a_target(write: Write, check: Run) -> None:
    write("releases: {versions: {1.14.7: {note: Built for us.}}}\n")

    assert check("--target", "operator=1.14.7") == ["checked 5 of 5 objects in 1 overlay"]
    assert check("--target", "operator=1.5.9") == []


def test_of_a_version_of_the_site_only_what_it_says_is_known(write: Write, run: Run) -> None:
    write("releases: {versions: {1.14.7: {minOpenShift: '4.20'}}}\n")

    told = run("explain", "version", "1.14.7", folder="base")

    assert [line for line in told if "Oldest" in line] == [
        "- Oldest OpenShift: 4.20. [site: documentation]",
        "- Oldest Kubernetes: unknown.",
    ]


def test_a_channel_is_explained_by_the_overlay_in_whose_folder_one_is(write: Write, run: Run) -> None:
    write(TESTED, prod="releases: {channels: {tested: {note: For production.}}}\n")

    told = {folder: run("explain", "channel", "tested", folder=folder) for folder in (".", "overlays/prod/operator")}

    noted = "- For production. [site: documentation]"
    assert {folder: noted in lines for folder, lines in told.items()} == {".": False, "overlays/prod/operator": True}


# --- several versions, and newer ones ------------------------------------------------------------------------------


def test_overlays_for_several_versions_are_judged_each_by_its_own_schema(write: Write, check: Run) -> None:
    peer = "kataConfig: {spec: {enablePeerPods: true}}\n"
    write(
        old="operator: {version: 1.3.3, subscription: {channel: stable-1.3}}\n" + peer,
        new="operator: {version: 1.12.0}\n" + peer,
    )

    found = [line for line in check() if "unknown-field" in line]

    assert [line.partition(";")[0] for line in found] == [
        "overlays/old/kataform.yaml:4:21: error[unknown-field] unknown field 'enablePeerPods' (operator 1.3.3)"
    ]


GATES = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: osc-feature-gates, namespace: openshift-sandboxed-containers-operator}
data: {deploymentMode: DaemonSet}
"""


def test_overlays_for_several_versions_are_judged_each_by_what_its_operator_knows(
    write: Write, check: Run, tmp_path: Path
) -> None:
    added = "kustomize: {operator: {resources: [gates.yaml]}}\n"
    versions = {
        "old": "{version: 1.3.3, subscription: {channel: stable-1.3}}",
        "middle": "{version: 1.7.0}",
        "new": "{version: 1.12.0}",
    }
    write(**{name: f"operator: {stated}\n{added}" for name, stated in versions.items()})
    for name in versions:
        (tmp_path / "overlays" / name / "operator/gates.yaml").write_text(GATES, encoding="utf-8")

    found = [line.partition(": warning")[0::2] for line in check() if "feature-gate-ignored" in line]

    message = "[feature-gate-ignored] the operator has no feature gate 'deploymentMode'"
    assert [(place, said.partition(" (data")[0]) for place, said in found] == [
        (
            "overlays/middle/operator/gates.yaml:4:24",
            f"{message}; there are timeTravel, confidential, layeredImageDeployment",
        ),
        ("overlays/old/operator/gates.yaml:4:24", message),
    ]


def test_a_version_newer_than_the_catalogue_is_said_once_and_takes_the_newest_schema(
    write: Write, check: Run, tmp_path: Path
) -> None:
    newer = "operator: {version: 1.99.0}\n"
    removed = "kataConfig: {spec: {kataMonitorImage: example.com/monitor:1}}\n"
    write(one=newer, two=newer, three=newer + removed)

    found = check()

    assert [line.partition("; seen")[0] for line in found if "version-newer" in line] == [
        (
            "overlays/one/kataform.yaml:3:21: warning[version-newer] operator 1.99.0 is newer than 1.13.1, the newest "
            "one known, whose schema stands in for it; the same holds for 2 more of this kind; update kataform, or say "
            "under releases.versions what you know"
        )
    ]
    assert [line.partition("; ")[0] for line in found if "unknown-field" in line] == [
        "overlays/three/kataform.yaml:4:21: error[unknown-field] unknown field 'kataMonitorImage' (operator 1.99.0)"
    ]


def test_every_version_of_a_range_is_a_target(tmp_path: Path, check: Run) -> None:
    text = "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: web}\nspec: {minAvailable: 1}\n"
    (tmp_path / "budget.yaml").write_text(text, encoding="utf-8")

    kubernetes = check("budget.yaml", "--target", "kubernetes=>=1.23 <1.27")
    openshift = check("budget.yaml", "--target", "openshift=>=4.10 <=4.13")

    said = "policy/v1beta1 PodDisruptionBudget is not served by Kubernetes 1.25, 1.26, which it is for, too"
    assert [lines[0].partition("] ")[2] for lines in (kubernetes, openshift)] == [said, said]
    assert check("budget.yaml", "--target", "kubernetes=>=1.90") == []


MISTAKES = {
    "misspelt": (
        "releases: {chanels: {}}\n",
        "3:12: error[unknown-field] unknown field 'chanels'; did you mean 'channels'?",
    ),
    "head": (
        "releases:\n  channels:\n    tested: {head: 1.13.1}\n",
        "5:14: error[unknown-field] unknown field 'head'; known here: entries, message, note, state",
    ),
    "minor": (
        "releases: {versions: {1.13.2: {minOpenShift: 4.20}}}\n",
        (
            "3:46: error[lossy-number] minOpenShift must be a string; unquoted, 4.20 is a number and becomes 4.2; "
            "write '4.20'"
        ),
    ),
    "key": (
        "releases: {openshift: {4.30: '1.37'}}\n",
        (
            "3:24: error[dialect-dependent-scalar] the key 4.30 is not the string it looks like: the string '4.30' to "
            "kustomize, the string '4.3' to kubectl and Argo CD; write '4.30'"
        ),
    ),
    "entry": (
        "releases: {channels: {tested: {entries: ['1.13']}}}\n",
        "3:42: error[invalid-value] tested.entries[0] must look like '1.13.1', not '1.13'",
    ),
    "version": (
        "releases: {versions: {'1.13': {}}}\n",
        "3:31: error[invalid-value] versions.1.13 must look like '1.13.1', not '1.13'",
    ),
    "state": (
        "releases: {channels: {tested: {state: depreciated}}}\n",
        (
            "3:39: error[unknown-value] tested.state must be recommended, deprecated, development or available, not "
            "'depreciated'; did you mean 'deprecated'?"
        ),
    ),
    "default": (
        "releases: {defaultChannel: testd, channels: {tested: {}}}\n",
        (
            "3:28: error[releases-inconsistent] the site's catalog has no channel 'testd' to be the default one; did "
            "you mean 'tested'?"
        ),
    ),
    "only": (
        "releases: {onlyTheseChannels: true, channels: {one: {}, two: {}}}\noperator: {subscription: {channel: one}}\n",
        (
            "3:31: error[releases-inconsistent] the site's catalog has no channel 'stable' to be the default one; name "
            "one of its channels as defaultChannel: one, two"
        ),
    ),
    "order": (
        "releases: {versions: {1.13.2: {minOpenShift: '4.20', maxOpenShift: '4.9'}}}\n",
        (
            "3:68: error[releases-inconsistent] operator 1.13.2 cannot need OpenShift 4.20 and not be offered after "
            "4.9; say which of the two holds"
        ),
    ),
    "too-old": (
        "releases: {versions: {1.13.1: {minOpenShift: '4.20'}}}\nopenshift: '4.18'\n",
        (
            "4:12: error[openshift-unsupported] operator 1.13.1 needs OpenShift 4.20 or newer, and this overlay is for "
            "4.18, too; the source is site (documentation)"
        ),
    ),
}


@pytest.mark.parametrize("name", MISTAKES)
def test_a_mistake_in_a_site_s_catalogue_is_found_at_its_line(write: Write, check: Run, name: str) -> None:
    text, expected = MISTAKES[name]
    write(prod=text)

    assert check("overlays")[0] == f"overlays/prod/kataform.yaml:{expected}"

"""The catalogue as Markdown: `explain` and docs/releases.md."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import yaml

from kataform import releases
from kataform.catalogue import Catalogue
from kataform.errors import InputError

CATALOG = (
    "- catalog: openshift/sandboxed-containers-operator:"
    "fbc/v4.22/catalog/sandboxed-containers-operator/catalog.json@33af63a\n"
)


def test_the_page_in_docs_is_current(known: Catalogue, repository: Path) -> None:
    """If not: `PYTHONPATH=generator python schemas/generate/releases.py`."""
    assert (repository / "docs" / "releases.md").read_text(encoding="utf-8") == releases.page(known)


def test_the_json_that_is_read_says_what_the_yaml_says(repository: Path) -> None:
    """If not: `PYTHONPATH=generator python schemas/generate/releases.py`."""
    written = (repository / "schemas" / "releases.yaml").read_bytes()

    assert json.loads((repository / "schemas" / "releases.json").read_bytes()) == yaml.safe_load(written)


def test_each_row_of_a_table_has_a_cell_for_each_column(known: Catalogue) -> None:
    header = 0
    for line in releases.page(known).splitlines():
        cells = line.replace("\\|", "").count("|") if line.startswith("|") else 0
        header = header if cells and header else cells

        assert cells == header, line


def test_the_page_tells_every_channel_version_field_class_and_gate(known: Catalogue) -> None:
    page = releases.page(known)
    names = [*known.channels, *known.fields, *known.gates, *(each.name for each in known.classes)]

    assert [name for name in names if f"| `{name}` |" not in page] == []
    assert [each.name for each in known.owned if f"| {each.kind} `{each.name}` |" not in page] == []
    assert [str(version) for version in known.versions if f"\n| {version} |" not in page] == []


def test_a_channel_explained(known: Catalogue) -> None:
    assert releases.explain_channel(known, "stable-1.2") == (
        "# Channel stable-1.2\n\n"
        "- State: deprecated. [catalog: code]\n"
        "- The catalog says: The stable-1.2 channel is deprecated. "
        "Please use the 'stable' channel for the latest supported version. [catalog: code]\n"
        "- Versions, oldest first: 1.2.2. [catalog: code]\n"
        "- Head: 1.2.2, which is what a cluster comes to run under Automatic approval. [catalog: code]\n\n"
        "Sources:\n\n" + CATALOG
    )


def test_a_field_explained(known: Catalogue) -> None:
    text = (
        "# KataConfig.spec.logLevel\n\n"
        "The log level of CRI-O on the selected nodes. The CRD takes any string; "
        "a level other than info adds a ContainerRuntimeConfig, so the nodes reboot.\n\n"
        "- Type: string, default `info`. [bundle-1.3: code]\n"
        "- Values: `fatal`, `panic`, `error`, `warn`, `info`, `debug`, `trace`. [crio: documentation]\n"
        "- Versions: since 1.3.0 (1.3.0 to 1.13.1). [bundle-1.3: code]\n\n"
        "Sources:\n\n"
        "- bundle-1.3: openshift/sandboxed-containers-operator:bundle/@release-1.3 (c9f0fd3)\n"
        "- crio: cri-o/cri-o:docs/crio.8.md, --log-level\n"
    )

    assert releases.explain_field(known, "KataConfig.spec.logLevel") == text
    assert releases.explain_field(known, "spec.logLevel") == text


@pytest.mark.parametrize(
    ("path", "title"),
    [
        ("KataConfig.spec.kataConfigPoolSelector.matchLabels", "# KataConfig.spec.kataConfigPoolSelector"),
        ("KataConfig.spec.config.sourceImage", "# KataConfig.spec.config.sourceImage"),
        ("KataConfig.status.kataNodes.readyNodeCount", "# KataConfig.status.kataNodes"),
    ],
)
def test_a_part_of_a_field_is_explained_as_the_field(known: Catalogue, path: str, title: str) -> None:
    assert releases.explain_field(known, path).splitlines()[0] == title


def test_a_version_explained(known: Catalogue) -> None:
    assert releases.explain_version(known, "1.0.2") == (
        "# Version 1.0.2\n\n"
        "- Channels: preview-1.0 (deprecated), preview-1.1 (deprecated). [catalog: code]\n"
        "- ClusterServiceVersion: `sandboxed-containers-operator.v1.0.2`. [catalog: code]\n"
        "- Date: 2021-06-07. [catalog: code]\n"
        "- Oldest OpenShift: 4.8. Technology preview. [docs-4.8: documentation]\n"
        "- Deployment of the operator: sandboxed-containers-operator-controller-manager. [bundle-1.1: code]\n"
        "- Labels it writes to its namespace: none. [main: code]\n"
        "- Install modes: OwnNamespace, SingleNamespace. [catalog: code]\n"
        "- Architectures: amd64. [catalog: code]\n"
        "- Selector operators it follows: In. In with one value only, as LabelSelectorAsMap reads it. "
        "Anything else is only logged, and no node gets Kata. [controller: code]\n"
        "- Refuses a second KataConfig: false. [bundle-1.1: inference]\n"
        "- Machine config pool: kata-oc. "
        "Only where a selector is set; without one the pool worker is used. [controller: inference]\n"
        "- CRI-O drop-in on the nodes: /etc/crio/crio.conf.d/50-kata. [walk: test]\n"
        "- KataConfig.spec.kataConfigPoolSelector: Which of the worker nodes get Kata Containers. "
        "Without it all of them do, and all of them reboot. [crd-1.0: code]\n"
        "- KataConfig.spec.config.sourceImage: The image to take Kata Containers from. [crd-1.0: code]\n"
        "- RuntimeClass kata: handler `kata`, overhead `cpu=250m`, `memory=350Mi`. [controller: code]\n"
        "- MachineConfigPool kata-oc: written by the operator alone. [controller: code]\n"
        "- MachineConfig 50-enable-sandboxed-containers-extension: written by the operator alone. [controller: code]\n"
        "\nSources:\n\n"
        "- bundle-1.1: openshift/sandboxed-containers-operator:bundle/@release-1.1 (949f3c7)\n"
        + CATALOG
        + "- controller: openshift/sandboxed-containers-operator:controllers/openshift_controller.go\n"
        "- crd-1.0: openshift/sandboxed-containers-operator:config/crd/bases@release-4.8 (bda4577)\n"
        "- docs-4.8: docs.redhat.com/en/documentation/openshift_container_platform/4.8, "
        "sandboxed containers support, 1.0 release notes\n"
        "- main: openshift/sandboxed-containers-operator:main.go, labelNamespace\n"
        "- walk: rcarrata/sandbox-containers:docs/install.md@031b320\n"
    )


def test_what_is_unknown_of_a_version_is_said(known: Catalogue) -> None:
    lines = releases.explain_version(known, "1.4.1").splitlines()

    assert "- In no channel of a current catalog. [tags: code]" in lines
    assert "- Oldest OpenShift: unknown. Released while 4.13 was current; no minimum is stated." in lines
    assert "- Oldest Kubernetes: unknown." in lines


def test_a_version_newer_than_the_catalogue_is_explained_as_the_newest(known: Catalogue) -> None:
    assert releases.explain_version(known, "1.14.0").splitlines()[:5] == [
        "# Version 1.14.0",
        "",
        (
            "Newer than this catalogue, which ends at 1.13.1: what follows holds for that one, "
            "or was seen in development after it."
        ),
        "",
        "- Deployment of the operator: controller-manager. [bundle-1.2: code]",
    ]


@pytest.mark.parametrize("version", ["1.0.2", "1.2.2", "1.4.1", "1.9.0", "1.13.1", "1.14.0"])
def test_every_version_can_be_explained_and_names_its_sources(known: Catalogue, version: str) -> None:
    text = releases.explain_version(known, version)
    cited = {line.rsplit("[", 1)[1].split(":")[0] for line in text.splitlines() if line.endswith("]")}
    listed = {line[2:].split(": ")[0] for line in text.split("Sources:\n\n")[1].splitlines()}

    assert cited <= listed


def test_unknown_names_are_answered_with_what_was_meant(known: Catalogue) -> None:
    with pytest.raises(InputError, match=r"^unknown channel 'stabel'; did you mean 'stable'\?$"):
        releases.explain_channel(known, "stabel")
    with pytest.raises(InputError, match=r"^unknown version '1\.8\.0'; did you mean '1\.8\.1'\?$"):
        releases.explain_version(known, "1.8.0")
    with pytest.raises(
        InputError,
        match=r"^no version of the operator has 'KataConfig\.spec\.loglevel'; "
        r"did you mean 'KataConfig\.spec\.logLevel'\?$",
    ):
        releases.explain_field(known, "KataConfig.spec.loglevel")

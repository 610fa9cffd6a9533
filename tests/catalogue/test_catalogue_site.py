"""A site's own channels and versions over those of the catalogue."""

from __future__ import annotations

import pytest

from kataform import catalogue, releases
from kataform.catalogue import Catalogue


def test_nothing_stated_changes_nothing(known: Catalogue) -> None:
    assert known.with_site(None) is known.with_site({}) is known


def test_a_mirrored_catalog_has_its_own_source_and_head(known: Catalogue) -> None:
    mirrored = known.with_site(
        {
            "catalogSource": {"name": "mirror", "namespace": "site-catalogs"},
            "channels": {"stable": {"entries": ["1.12.1", "1.12.0"]}},
        }
    )

    assert (mirrored.source, mirrored.source_namespace) == ("mirror", "site-catalogs")
    assert " ".join(map(str, mirrored.versions_between("1.12.0", "stable"))) == "1.12.0 1.12.1"
    assert mirrored.channels["stable"].state == "recommended"
    assert mirrored.channels.keys() == known.channels.keys()


def test_a_catalog_source_of_which_only_the_name_is_stated_is_where_ours_is(known: Catalogue) -> None:
    mirrored = known.with_site({"catalogSource": {"name": "mirror"}})

    assert (mirrored.source, mirrored.source_namespace) == ("mirror", "openshift-marketplace")


@pytest.mark.parametrize(
    ("channels", "stated", "default"),
    [(["tested"], None, "tested"), (["tested", "old"], None, "stable"), (["tested", "old"], "old", "old")],
)
def test_the_one_channel_of_a_catalog_is_its_default(
    known: Catalogue, channels: list[str], stated: str | None, default: str
) -> None:
    site = {"onlyTheseChannels": True, "defaultChannel": stated, "channels": {name: {} for name in channels}}

    assert known.with_site(site).default_channel == default


def test_equal_entries_give_the_same_catalogue(known: Catalogue) -> None:
    one, other = ({"channels": {"tested": {"entries": ["1.13.1"]}}} for _ in range(2))

    assert catalogue.of_site(one) is catalogue.of_site(other)
    assert catalogue.of_site({}) is catalogue.of_site(None) is known


def test_a_catalog_may_have_only_the_channels_named(known: Catalogue) -> None:
    pruned = known.with_site({"onlyTheseChannels": True, "channels": {"tested": {"entries": ["1.13.1"]}}})

    assert list(pruned.channels) == ["tested"]
    assert pruned.channels["tested"].state == "available"
    assert pruned.channel("stable") is None


def test_a_version_of_one_s_own_is_known_with_what_is_stated_of_it(known: Catalogue) -> None:
    extended = known.with_site({"versions": {"1.13.2": {"replaces": "1.13.1", "minKubernetes": "1.29"}}})
    release = extended.version("1.13.2")

    assert release is not None
    assert (str(extended.newest), release.csv) == ("1.13.2", "sandboxed-containers-operator.v1.13.2")
    assert (release.replaces.value, release.replaces.source) == ("1.13.1", "site")
    assert (release.date.value, release.date.confidence) == (None, "unknown")
    assert extended.min_openshift("1.13.2").value == "4.16"
    assert extended.deployment("1.13.2") == "controller-manager"


def test_a_version_that_only_a_site_s_channel_names_is_known(known: Catalogue) -> None:
    extended = known.with_site({"channels": {"tested": {"entries": ["1.13.1", "1.14.0"]}}})

    assert str(extended.newest) == "1.14.0"
    assert not extended.newer("1.14.0")
    assert extended.csv("1.14.0") == "sandboxed-containers-operator.v1.14.0"


def test_what_a_site_leaves_out_of_a_known_version_stays(known: Catalogue) -> None:
    extended = known.with_site({"versions": {"1.9.0": {"deprecated": "Has a fault.", "csv": "our-operator.v1.9.0"}}})
    release, before = extended.version("1.9.0"), known.version("1.9.0")

    assert release is not None
    assert before is not None
    assert (release.csv, release.deprecated) == ("our-operator.v1.9.0", "Has a fault.")
    assert (release.date, release.replaces, release.min_kubernetes) == (
        before.date,
        before.replaces,
        before.min_kubernetes,
    )


def test_a_site_may_un_deprecate_a_channel_and_then_its_message_is_gone(known: Catalogue) -> None:
    extended = known.with_site({"channels": {"stable-1.3": {"state": "available"}}})
    channel = extended.channels["stable-1.3"]

    assert (channel.deprecated, channel.message, str(channel.head)) == (False, "", "1.3.3")


def test_a_site_may_know_a_newer_openshift(known: Catalogue) -> None:
    extended = known.with_site({"openshift": {"4.23": "1.36"}})

    assert extended.minors(">=4.22") == ("4.22", "4.23")
    assert extended.kubernetes_of("4.23") == "1.36"


def test_fields_that_are_null_are_as_if_left_out(known: Catalogue) -> None:
    nothing = dict.fromkeys(
        ("catalogSource", "defaultChannel", "onlyTheseChannels", "openshift", "channels", "versions")
    )
    site = known.with_site(nothing)

    assert (site.source, site.channels, site.releases) == (known.source, known.channels, known.releases)


def test_a_site_s_channels_reach_the_policies_and_the_explanations(known: Catalogue) -> None:
    extended = known.with_site(
        {"channels": {"tested": {"state": "recommended", "entries": ["1.13.1"], "note": "What passed our tests."}}}
    )

    assert catalogue.policy_params(extended)["data"]["channels"].split(",")[-1] == "tested"
    assert releases.explain_channel(extended, "tested") == (
        "# Channel tested\n\n"
        "- State: recommended. [site: documentation]\n"
        "- Versions, oldest first: 1.13.1. [site: documentation]\n"
        "- Head: 1.13.1, which is what a cluster comes to run under Automatic approval. [site: documentation]\n"
        "- What passed our tests. [site: documentation]\n\n"
        "Sources:\n\n- site: the spec's own `releases:`\n"
    )

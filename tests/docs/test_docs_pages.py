"""Pages that are generated from the code are what the code says now, and every rule is on its page."""

from __future__ import annotations

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from kataform import rulebook, specs
from kataform.spec import schema

# Texts with hyphens in the code that look like rules and are none.
NO_RULES = {
    "annotation-key", "config-key", "container-resource", "cron-job-name", "darwin-amd64", "darwin-arm64", "date-time",
    "dns-1035-label", "dns-1123-label", "dns-1123-subdomain", "double-quoted", "environment-name", "ephemeral-storage",
    "int-or-string", "jsonschema-rs", "kataform-releases", "label-key", "label-value",
    "x-kubernetes-embedded-resource", "x-kubernetes-int-or-string", "x-kubernetes-list-map-keys",
    "x-kubernetes-list-type", "x-kubernetes-preserve-unknown-fields", "x-kubernetes-validations",
    "embedded-resource", "list-map-keys", "list-type", "map-type", "preserve-unknown-fields",
    "auth-json-secret", "layered-image-deploy-cm", "osc-feature-gates", "peer-pods-cm", "peer-pods-secret",
    "ssh-key-secret",
    "linux-amd64", "linux-arm64", "ls-files", "merge-base", "net-tools", "one-of",
    "optional-label-key", "path-segment",
    "read-tree", "checkout-index",
    "port-name", "port-reference",
    "relaxed-environment-name", "rev-parse", "sandboxed-containers-operator",
    "test-kata", "utf-8", "windows-amd64", "x-kataform", "x-kataform-kind",
    "audit-version", "enforce-version", "fully-qualified", "qualified-name", "warn-version",
}  # fmt: skip


@pytest.mark.parametrize(("name", "page"), [("rules.md", rulebook.page), ("specs.md", specs.page)])
def test_the_page_is_up_to_date(repository: Path, name: str, page: Callable[[], str]) -> None:
    assert (repository / "docs" / name).read_text(encoding="utf-8") == page(), "run `make docs`"


def test_every_rule_of_the_code_is_in_the_rulebook_and_the_other_way_round(repository: Path) -> None:
    policies = {path.name for path in (repository / "policies").iterdir() if path.is_dir()}
    known = set(rulebook.ALL)

    written = set().union(*(_hyphenated(path) for path in (repository / "generator/kataform").rglob("*.py")))

    assert written - known - policies - NO_RULES == set()
    assert known - written == set()


def _hyphenated(path: Path) -> set[str]:
    """String constants like `a-b`, docstrings and the rulebook's own left out."""
    if path.parent.name == "rulebook":
        return set()
    tree = ast.parse(path.read_text(encoding="utf-8"))
    texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant) and isinstance(node.value, str))
    return {
        text for text in texts if "-" in text and all(part.isalnum() and part.islower() for part in text.split("-"))
    }


def test_every_property_of_a_spec_is_on_its_page() -> None:
    page = specs.page()

    def paths(sub: dict[str, object], above: str) -> list[str]:
        found = []
        properties = sub.get("properties")
        for name, below in properties.items() if isinstance(properties, dict) else ():
            found += [f"{above}{name}", *paths(below, f"{above}{name}.")]
        return found

    assert [path for path in paths(schema().root, "") if f"| `{path}` |" not in page] == []

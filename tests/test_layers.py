"""Imports point down: every module has its layer, and each outside thing has one module."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import kataform

SOURCE = Path(kataform.__file__).parent.parent

# Bottom up. A package is one entry; modules of one layer do not know each other.
LAYERS: tuple[tuple[str, ...], ...] = (
    ("ahead", "errors", "finding", "resource", "data", "buildinfo", "kustomize_messages"),
    ("cache", "process", "project", "rule", "selector", "subject", "version", "text", "schemas", "report"),
    ("crds",),
    (
        "answers",
        "baseline",
        "catalogue",
        "clusters",
        "fix",
        "fold",
        "git",
        "ignores",
        "judge",
        "kustomization",
        "lock",
        "policies",
        "settings",
        "tools",
        "turn",
        "whole_file",
    ),
    (
        "releases",
        "cel_page",
        "completion",
        "elsewhere",
        "policy_pages",
        "rules",
        "kustomize",
        "kubeconform",
        "install",
        "scope",
        "generated",
    ),
    ("spec", "rulebook", "exceptions", "surroundings", "sources", "batches", "build_cache", "graph", "definitions"),
    ("specs", "resources", "roots", "reading", "sentinel", "packs"),
    ("compatibility", "render", "unchanged"),
    ("adoption", "tree", "overlays", "provenance", "runbook"),
    ("apply", "policy_scope"),
    ("judging", "objects"),
    ("changes", "specs_behind"),
    ("check",),
    ("commands",),
    ("cli",),
    ("__main__",),
)
LAYER = {f"kataform.{name}": number for number, names in enumerate(LAYERS) for name in names}

# Outside thing -> the modules that may import it.
OUTSIDE = {
    "yaml": {"kataform.text.reader", "kataform.catalogue"},  # the catalogue is ours and is read for its values only
    "jsonschema": {"kataform.schemas.engine"},
    "jsonschema_rs": {"kataform.schemas.engine"},
    "ruamel": set(),
    "re2": {"kubecel.regex"},
    "subprocess": {"kataform.process"},
    "urllib.request": {"kataform.install"},
    "http": {"kataform.install"},
    "socket": set(),
    "ssl": set(),
}
SPEAKERS = ("kataform.cli", "kataform.commands", "kataform.report", "kataform.__main__", "kubecel.conformance")


def modules() -> dict[str, ast.Module]:
    """Every module below the source root, parsed, by its dotted name."""
    found = {}
    for path in sorted(SOURCE.rglob("*.py")):
        parts = path.relative_to(SOURCE).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = ast.parse(path.read_text("utf-8"))
    return found


MODULES = modules()


def imports(name: str, *, lazy: bool = True) -> Iterator[str]:
    """What a module imports, by full name; without `lazy` only what it imports when it is imported itself."""
    for node in ast.walk(MODULES[name]) if lazy else _at_import(MODULES[name].body):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name} has a relative import"
            module = node.module or ""
            for alias in node.names:
                yield f"{module}.{alias.name}" if f"{module}.{alias.name}" in MODULES else module


def _at_import(body: list[ast.stmt]) -> Iterator[ast.AST]:
    for node in body:
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.dump(node.test):
            continue
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            continue
        yield node
        for field in ("body", "orelse", "finalbody"):
            yield from _at_import(getattr(node, field, []))


def entry(module: str) -> str:
    """The entry of LAYERS that a module of kataform belongs to."""
    return ".".join(module.split(".")[:2])


OURS = [name for name in MODULES if name.startswith("kataform.")]


def test_every_module_has_its_layer_and_every_entry_its_module() -> None:
    assert {entry(name) for name in OURS} == set(LAYER)
    assert sum(len(names) for names in LAYERS) == len(LAYER)


@pytest.mark.parametrize("name", OURS)
def test_imports_point_down(name: str) -> None:
    upwards = {
        other
        for other in imports(name)
        if other.startswith("kataform.") and entry(other) != entry(name) and LAYER[entry(other)] >= LAYER[entry(name)]
    }

    assert upwards == set()


@pytest.mark.parametrize("name", [name for name in MODULES if name.split(".")[0] == "kubecel"])
def test_kubecel_imports_nothing_of_kataform(name: str) -> None:
    assert [other for other in imports(name) if other.split(".")[0] == "kataform"] == []


def test_kataform_asks_kubecel_for_crds_policies_their_page_and_patterns_in_the_syntax_of_go() -> None:
    """Beside that it only makes its classes as kubecel does."""
    asked = {(entry(name), other) for name in OURS for other in imports(name) if other.split(".")[0] == "kubecel"}

    assert {name for name, other in asked if other != "kubecel.records"} <= {
        "kataform.cel_page",
        "kataform.crds",
        "kataform.policies",
        "kataform.selector",
    }


@pytest.mark.parametrize("thing", OUTSIDE)
def test_each_outside_thing_has_one_module(thing: str) -> None:
    users = {name for name in MODULES for other in imports(name) if other == thing or other.startswith(f"{thing}.")}

    assert users == OUTSIDE[thing]


def test_no_modules_import_each_other_while_they_are_imported() -> None:
    """Also inside a package."""
    known = {name: {other for other in imports(name, lazy=False) if other in MODULES} for name in MODULES}
    left = dict(known)
    while ready := [name for name, needs in left.items() if not needs & left.keys() - {name}]:
        for name in ready:
            del left[name]

    assert sorted(left) == []


def calls(name: str) -> Iterator[str]:
    for node in ast.walk(MODULES[name]):
        if isinstance(node, ast.Call):
            yield ast.unparse(node.func)


@pytest.mark.parametrize("name", [name for name in MODULES if not name.startswith(SPEAKERS)])
def test_only_the_command_line_commands_and_reports_print_and_nothing_else_exits(name: str) -> None:
    spoken = {call for call in calls(name) if call in ("print", "click.echo", "sys.exit", "exit", "quit", "os._exit")}

    assert spoken == ({"os._exit"} if name == "kataform.ahead" else set())  # which ends the processes that it starts


@pytest.mark.parametrize("name", MODULES)
def test_every_module_says_in_a_sentence_what_it_owns(name: str) -> None:
    text = ast.get_docstring(MODULES[name]) or ""
    first = text.split("\n")[0]

    assert not MODULES[name].body or first.endswith((".", ":", "!"))

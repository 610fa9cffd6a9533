"""`check` with CRDs: those in the tree are used, those that are named too, and the nearest one counts."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from crd_files import crd, widget

from kataform import tools
from left_out import left_out

Check = Callable[..., subprocess.CompletedProcess[str]]


def write(folder: Path, **files: str) -> None:
    for name, text in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def test_a_crd_in_the_tree_is_used_without_an_option(check: Check, tmp_path: Path) -> None:
    write(tmp_path, crds__widgets=crd(), app__widget=widget(size="0") + "  colour: red\n")

    done = check()

    assert done.returncode == 1
    assert done.stdout == (
        "app/widget.yaml:6:9: error[invalid-value] spec.size must be at least 1, not 0\n"
        "app/widget.yaml:8:3: error[unknown-field] unknown field 'colour'; known here: mode, size\n\n"
        "2 errors; checked 2 of 2 objects in 2 files\n"
    )


def test_a_kind_without_a_crd_says_how_to_name_one(check: Check, tmp_path: Path) -> None:
    write(tmp_path, widget=widget())

    done = check()

    assert done.stdout.startswith(
        "widget.yaml:1:13: info[kind-without-schema] no schema for example.com/v1 Widget, so its fields were not "
        "checked; if a CRD defines it, name that with `--crd FILE`"
    )


@pytest.mark.parametrize("named", ["elsewhere/widgets.yaml", "elsewhere"])
def test_crds_are_named_by_file_or_folder_and_are_not_counted_as_checked(
    check: Check, tmp_path: Path, named: str
) -> None:
    write(tmp_path, elsewhere__widgets=crd(), elsewhere__other=widget(), app__widget=widget(size="0"))

    done = check("app", "--crd", named)

    assert done.stdout == (
        "app/widget.yaml:6:9: error[invalid-value] spec.size must be at least 1, not 0\n\n"
        "1 error; checked 1 of 1 object in 1 file\n"
    )


@pytest.mark.parametrize(
    ("named", "said"),
    [
        ("missing.yaml", "kataform: error: missing.yaml: no such file or folder\n"),
        (
            "widget.yaml",
            "kataform: error: widget.yaml: holds no CustomResourceDefinition of apiextensions.k8s.io/v1\n",
        ),
    ],
)
def test_a_path_without_a_crd_is_what_could_not_be_done(check: Check, tmp_path: Path, named: str, said: str) -> None:
    write(tmp_path, widget=widget())

    done = check("widget.yaml", "--crd", named)

    assert (done.returncode, done.stderr) == (2, said)


def test_the_crd_that_comes_with_an_object_goes_before_the_one_that_is_named(check: Check, tmp_path: Path) -> None:
    resources = "resources: [widgets.yaml, widget.yaml]\n"
    write(
        tmp_path,
        app__kustomization=resources,
        app__widgets=crd(),
        app__widget=widget(),
        other=crd(size="{type: integer, minimum: 5}"),
    )

    done = check("app", "--crd", "other.yaml")

    assert done.stdout == "checked 2 of 2 objects in 1 overlay\n"


def test_crds_that_differ_elsewhere_are_all_asked(check: Check, tmp_path: Path) -> None:
    write(tmp_path, a=crd(), b=crd(size="{type: integer, minimum: 5}"), app__widget=widget())

    done = check()

    assert "app/widget.yaml:6:9: info[invalid-value] spec.size must be at least 5, not 1" in done.stdout
    assert "(in CRD b.yaml; accepted in a.yaml)" in done.stdout


def test_a_version_that_is_not_served_is_found(check: Check, tmp_path: Path) -> None:
    write(tmp_path, widgets=crd(), widget=widget(version="v1alpha1"))

    done = check()

    said = "error[kind-not-served] example.com/v1alpha1 Widget is not served: the CRD in widgets.yaml serves v1\n"
    assert f"widget.yaml:1:13: {said}" in done.stdout


def test_a_required_field_with_a_default_may_be_left_out(check: Check, tmp_path: Path) -> None:
    write(tmp_path, widgets=crd(), widget=widget().replace("  mode: slow\n", ""))

    done = check()

    assert done.returncode == 0


def test_a_refused_crd_is_found_at_its_line_and_its_objects_are_said_to_be_unchecked(
    check: Check, tmp_path: Path
) -> None:
    write(tmp_path, widgets=crd(size="{pattern: '('}"), widget=widget())

    done = check()

    assert done.stdout == (
        "widget.yaml:1:13: info[kind-without-schema] the CRD of example.com/v1 Widget is refused, so the fields of "
        "its objects were not checked; mend the CRD in widgets.yaml\n"
        "widgets.yaml:23:15: error[definition-refused] size has no type, so the schema is not structural; write what "
        "it is, or x-kubernetes-preserve-unknown-fields: true\n"
        "widgets.yaml:23:31: error[definition-refused] the pattern is no regular expression of Go's: missing closing "
        "): `(`; write it in RE2's syntax\n\n"
        "2 errors, 1 info; checked 2 of 2 objects in 2 files\n"
    )


def test_a_rule_of_the_crd_is_evaluated_with_its_defaults_and_placed_at_the_field(check: Check, tmp_path: Path) -> None:
    write(tmp_path, widgets=crd(), widget=widget(mode="fast", size="12"))

    done = check()

    assert done.stdout == (
        "widget.yaml:7:9: error[crd-rule-broken] a fast one is small; the CRD's rule is "
        "self.mode != 'fast' || self.size < 10\n\n"
        "1 error; checked 2 of 2 objects in 2 files\n"
    )


def test_a_rule_that_does_not_compile_is_said_once_and_the_fields_are_still_checked(
    check: Check, tmp_path: Path
) -> None:
    write(tmp_path, widgets=crd(rule="self.heavy > 1"), widget=widget(size="0"), other=widget(size="1"))

    done = check()

    assert done.stdout.count("definition-refused") == 1
    assert (
        "widgets.yaml:29:21: error[definition-refused] the expression does not compile: undefined field 'heavy'"
        in done.stdout
    )
    assert "widget.yaml:6:9: error[invalid-value] spec.size must be at least 1, not 0" in done.stdout


def test_kubeconform_gets_the_schema_of_the_crd(check: Check, tmp_path: Path) -> None:
    write(tmp_path, widgets=crd(), widget=widget(), wrong=widget(size="0"))

    if tools.find("kubeconform") is None:
        left_out("kubeconform (run `kataform tools install kubeconform`)")

    done = check("--kubeconform")

    assert "kubeconform-disagrees" not in done.stdout
    assert "kubeconform: 2 of 3 objects valid, 1 invalid" in done.stdout


SPEC = """\
apiVersion: kataform.dev/v1alpha1
kind: Overlay
{extends}operator:
  version: 1.9.0
  subscription:
    channel: stable
kataConfig:
  spec:
    kataConfigPoolSelector:
      matchLabels:
        kata: 'true'
{more}"""


def project(folder: Path, base: str, overlay: str) -> None:
    """A project whose overlay adds a widget of size 0 to its operator."""
    added = "kustomize:\n  operator:\n    resources: [widget.yaml]\n"
    write(folder, base__kataform=SPEC.format(extends="", more=base))
    write(folder, overlays__prod__kataform=SPEC.format(extends="extends: ../../base\n", more=overlay + added))
    write(folder, overlays__prod__operator__widget=widget(size="0"), crds__widgets=crd())
    subprocess.run([sys.executable, "-m", "kataform", "generate"], cwd=folder, check=True, capture_output=True)


@pytest.mark.parametrize(
    ("base", "overlay"),
    [("", "crds: [../../crds]\n"), ("", "crds: [../../crds/widgets.yaml]\n"), ("crds: [../crds]\n", "")],
)
def test_a_spec_names_crds_from_its_own_folder(check: Check, tmp_path: Path, base: str, overlay: str) -> None:
    project(tmp_path, base, overlay)

    done = check()

    assert (
        "overlays/prod/operator/widget.yaml:6:9: error[invalid-value] spec.size must be at least 1, not 0"
        in done.stdout
    )
    assert "kind-without-schema" not in done.stdout


def test_a_path_of_a_spec_without_a_crd_is_found_at_its_line(check: Check, tmp_path: Path) -> None:
    project(tmp_path, "", "crds:\n- ../../crds\n- ../../missing\n")

    done = check()

    assert done.returncode == 1
    assert (
        "overlays/prod/kataform.yaml:15:3: error[crds-missing] missing: no such file or folder; name a file or a "
        "folder that holds one, seen from this spec\n"
    ) in done.stdout


def test_a_scalar_that_the_crd_has_as_a_string_is_found_in_the_text(check: Check, tmp_path: Path) -> None:
    write(tmp_path, widgets=crd(), widget=widget(mode="yes"), other=widget(mode="true"))

    done = check()

    assert "other.yaml:7:9: error[unquoted-boolean]" in done.stdout
    assert "[wrong-type]" not in done.stdout


def test_the_scope_of_the_crd_tells_what_a_namespace_does_not_reach(check: Check, tmp_path: Path) -> None:
    resources = "namespace: web\nresources: [widget.yaml]\n"
    write(tmp_path, app__kustomization=resources, app__widget=widget(), widgets=crd(scope="Cluster"))

    done = check()

    assert "app/kustomization.yaml:1:12: warning[namespace-on-cluster-scoped]" in done.stdout
    assert "Widget one, which has none" in done.stdout


UNBUILT = "resources: [widgets.yaml, 'https://git.example.com/web//deploy?ref=v1']\n"
PATCHED = "patches:\n- target: {{kind: CustomResourceDefinition, name: {}}}\n  patch: '[{{op: remove, path: {}}}]'\n"


@pytest.mark.parametrize(
    "patches", ["", PATCHED.format("other.example.com", "/spec"), PATCHED.format("widgets.*", "/metadata/labels")]
)
def test_a_crd_of_a_root_that_cannot_be_built_still_tells_what_its_objects_must_be(
    check: Check, tmp_path: Path, patches: str
) -> None:
    write(tmp_path, all__kustomization=UNBUILT + patches, all__widgets=crd(), app__widget=widget(size="0"))

    done = check("--select", "invalid-value,kind-without-schema,definition-refused")

    assert done.stdout.startswith("app/widget.yaml:6:9: error[invalid-value] spec.size must be at least 1, not 0\n\n")
    assert "checked 1 of 2 objects" in done.stdout


@pytest.mark.parametrize(
    "patches", [PATCHED.format("widgets.*", "/spec/versions/0"), "patchesStrategicMerge: [p.yaml]\n"]
)
def test_a_crd_whose_schema_a_patch_may_change_tells_nothing_where_it_is_not_built(
    check: Check, tmp_path: Path, patches: str
) -> None:
    patch = (
        "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: widgets.example.com\n"
    )
    write(tmp_path, all__kustomization=UNBUILT + patches, all__widgets=crd(), app__widget=widget(size="0"))
    (tmp_path / "all" / "p.yaml").write_text(f"{patch}spec:\n  versions: []\n", encoding="utf-8")

    done = check("--select", "invalid-value,kind-without-schema")

    assert "app/widget.yaml:1:13: info[kind-without-schema]" in done.stdout
    assert "app/widget.yaml:6:9" not in done.stdout


def test_a_crd_of_a_root_that_cannot_be_built_is_not_judged_itself(check: Check, tmp_path: Path) -> None:
    write(tmp_path, all__kustomization=UNBUILT, all__widgets=crd(rule="self.nothing"), app__widget=widget())

    done = check("--ignore", "remote-base")

    assert "definition-refused" not in done.stdout


def test_a_crd_with_a_field_that_the_server_drops_still_tells_what_its_objects_must_be(
    check: Check, tmp_path: Path
) -> None:
    write(tmp_path, widgets=crd(), widget=widget(size="0"))

    done = check("--target", "kubernetes=1.21")

    found = [line.split(" ")[1] for line in done.stdout.partition("\n\n")[0].splitlines()]
    assert found == ["error[invalid-value]", "error[unknown-field]"]
    assert "unknown field 'x-kubernetes-validations'" in done.stdout


@pytest.mark.parametrize("field", ["spec", "group", "names", "versions", "name: v1", "scope"])
def test_a_crd_with_a_misspelt_field_that_it_needs_is_told_at_that_field(
    check: Check, tmp_path: Path, field: str
) -> None:
    name, _, value = field.partition(":")
    written = (
        crd().replace(f"{name}:{value}", f"{name}x:{value}", 1) if value else crd().replace(f"{name}:", f"{name}x:", 1)
    )
    write(tmp_path, widgets=written, widget=widget(size="0"))

    done = check()

    assert "error[unknown-field]" in done.stdout
    assert f"'{name}x'" in done.stdout


RESERVED = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: claims.example.com
spec:
  group: example.com
  scope: Namespaced
  names:
    kind: Claim
    plural: claims
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
              namespace: {type: string}
            x-kubernetes-validations:
            - rule: "!has(self.namespace) || size(self.namespace) == 0"
              message: leave out the namespace
"""
CLAIM = "apiVersion: example.com/v1\nkind: Claim\nmetadata:\n  name: one\nspec:\n  namespace: {}\n"


def test_a_rule_names_a_field_by_a_reserved_word_where_the_server_lets_it(check: Check, tmp_path: Path) -> None:
    write(tmp_path, claims=RESERVED, good=CLAIM.format("''"), wrong=CLAIM.format("web"))

    done = check("--target", "kubernetes=1.32")

    assert done.stdout == (
        "wrong.yaml:6:14: error[crd-rule-broken] leave out the namespace; the CRD's rule is "
        "!has(self.namespace) || size(self.namespace) == 0\n\n"
        "1 error; checked 3 of 3 objects in 3 files\n"
    )


def test_a_rule_with_a_reserved_word_is_refused_by_older_servers(check: Check, tmp_path: Path) -> None:
    write(tmp_path, claims=RESERVED)

    done = check("--target", "kubernetes=1.31")

    assert done.stdout == (
        "claims.yaml:24:21: error[definition-refused] the expression does not compile: undefined field 'namespace'\n\n"
        "1 error; checked 1 of 1 object in 1 file\n"
    )

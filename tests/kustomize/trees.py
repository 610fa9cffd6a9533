"""Trees that kustomize cannot build, and what must be said of each: message, file, line, and the text it is about."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

CONFIGMAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n"
HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"


@dataclass(frozen=True)
class Case:
    """Files below a folder; its root is `r`."""

    files: dict[str, str]
    message: str
    path: str | None
    mention: str = ""
    line: int | None = None
    old: tuple[str, str | None, str] | None = None  # where kustomize 5.0.1 says less: message, path, mention
    builds_with: tuple[str, ...] = ()  # versions that see nothing wrong


def root(text: str, **others: str) -> dict[str, str]:
    """A root with this kustomization and, beside it, the files named by keyword."""
    return {"r/kustomization.yaml": HEAD + text} | {f"r/{name}.yaml": content for name, content in others.items()}


def patched(patch: str) -> dict[str, str]:
    """A root that applies this JSON patch to its one ConfigMap."""
    text = "resources: [a.yaml]\npatches:\n- path: p.yaml\n  target: {kind: ConfigMap}\n"
    return root(text, a=CONFIGMAP, p=patch)


def write(files: dict[str, str], folder: Path) -> Path:
    """Write the files below `folder`; the root."""
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return folder / "r"


OURS = "r/kustomization.yaml"
UNBUILDABLE = ("a patch is neither a strategic-merge patch nor a JSON patch", OURS, "")
REMOTE = "'{}' is remote, and kataform builds without the network"

CASES = {
    # what a kustomization refers to
    "a resource is missing": Case(
        root("resources: [a.yaml, gone.yaml]\n", a=CONFIGMAP), "'gone.yaml' does not exist", OURS, "gone.yaml"
    ),
    "a base is missing": Case(root("resources: [../gone]\n"), "'../gone' does not exist", OURS, "../gone"),
    "a patch is missing": Case(
        root("resources: [a.yaml]\npatches:\n- path: gone.yaml\n", a=CONFIGMAP),
        "'gone.yaml' does not exist",
        OURS,
        "gone.yaml",
    ),
    "a generator's file is missing": Case(
        root("configMapGenerator:\n- name: x\n  files: [gone.txt]\n"), "'gone.txt' does not exist", OURS, "gone.txt"
    ),
    "a configuration is missing": Case(
        root("resources: [a.yaml]\nconfigurations: [gone.yaml]\n", a=CONFIGMAP),
        "'gone.yaml' does not exist",
        OURS,
        "gone.yaml",
    ),
    "a base's resource is missing": Case(
        root("resources: [../b]\n") | {"b/kustomization.yaml": HEAD + "resources: [gone.yaml]\n"},
        "'gone.yaml' does not exist",
        "b/kustomization.yaml",
        "gone.yaml",
    ),
    "the root has no kustomization": Case({"r/a.yaml": CONFIGMAP}, "this folder has no kustomization.yaml", "r"),
    "a base has no kustomization": Case(
        root("resources: [../b]\n") | {"b/a.yaml": CONFIGMAP},
        "'../b' is a folder without a kustomization.yaml",
        OURS,
        "../b",
    ),
    "a folder below has no kustomization": Case(
        root("resources: [sub/]\n") | {"r/sub/a.yaml": CONFIGMAP},
        "'sub/' is a folder without a kustomization.yaml",
        OURS,
        "sub/",
    ),
    "a base of a base of a base has no kustomization": Case(
        root("resources: [../b]\n")
        | {
            "b/kustomization.yaml": HEAD + "resources: [../c]\n",
            "c/kustomization.yaml": HEAD + "resources: [../d]\n",
            "d/a.yaml": CONFIGMAP,
        },
        "'../d' is a folder without a kustomization.yaml",
        "c/kustomization.yaml",
        "../d",
    ),
    "a component has no kustomization": Case(
        root("components: [../b]\n") | {"b/a.yaml": CONFIGMAP},
        "'../b' is a folder without a kustomization.yaml",
        OURS,
        "../b",
    ),
    "a component's base has no kustomization": Case(
        root("components: [../b]\n") | {"b/kustomization.yaml": COMPONENT + "resources: [../d]\n", "d/a.yaml": ""},
        "'../d' is a folder without a kustomization.yaml",
        "b/kustomization.yaml",
        "../d",
    ),
    "two files for one kustomization": Case(
        {"r/kustomization.yaml": HEAD, "r/kustomization.yml": HEAD},
        "this folder has more than one of kustomization.yaml, kustomization.yml, Kustomization",
        OURS,
    ),
    "a file outside": Case(
        root("resources: [../a.yaml]\n") | {"a.yaml": CONFIGMAP},
        "'../a.yaml' is outside of this folder, which kustomize refuses",
        OURS,
        "../a.yaml",
    ),
    "an empty entry": Case(root("resources: ['']\n"), "an entry is empty", OURS, "resources"),
    "a circle": Case(
        root("resources: [../b]\n") | {"b/kustomization.yaml": HEAD + "resources: [../r]\n"},
        "kustomizations include each other in a circle",
        "b/kustomization.yaml",
        "../r",
    ),
    "a circle of one": Case(root("resources: [../r]\n"), "kustomizations include each other in a circle", OURS, "../r"),
    "a component among the resources": Case(
        root("resources: [../b]\n")
        | {"b/kustomization.yaml": COMPONENT + "resources: [a.yaml]\n", "b/a.yaml": CONFIGMAP},
        "'../b' is a Component; list it under `components`",
        OURS,
        "../b",
    ),
    "a kustomization among the components": Case(
        root("components: [../b]\n") | {"b/kustomization.yaml": HEAD + "resources: [a.yaml]\n", "b/a.yaml": CONFIGMAP},
        "'../b' is a plain kustomization, not a Component; list it under `resources`",
        OURS,
        "../b",
    ),
    # no build may use the network
    "a file of the web": Case(
        root("resources: ['https://example.com/a.yaml']\n"),
        REMOTE.format("https://example.com/a.yaml"),
        OURS,
        "https://example.com/a.yaml",
    ),
    "a repository by https": Case(
        root("resources: ['https://github.com/o/r//config?ref=v1']\n"),
        REMOTE.format("https://github.com/o/r//config?ref=v1"),
        OURS,
        "https://github.com/o/r//config?ref=v1",
    ),
    "a repository by ssh": Case(
        root("resources: ['git@github.com:o/r.git//config?ref=v1']\n"),
        REMOTE.format("git@github.com:o/r.git//config?ref=v1"),
        OURS,
        "git@github.com:o/r.git//config?ref=v1",
    ),
    "a chart": Case(
        root("helmCharts:\n- {name: x, repo: 'https://example.com', version: '1'}\n"),
        "helmCharts need Helm and the network; render the chart to files instead",
        OURS,
        "helmCharts",
    ),
    # YAML
    "an open bracket in a resource": Case(
        root("resources: [a.yaml]\n", a=CONFIGMAP + "  x: [1\n"),
        "not valid YAML: did not find expected ',' or ']'",
        "r/a.yaml",
        line=6,
    ),
    "a tab in a resource": Case(
        root("resources: [a.yaml]\n", a=CONFIGMAP + "\tx: y\n"),
        "not valid YAML: found a tab character that violates indentation",
        "r/a.yaml",
        line=6,
    ),
    "an open quote in a base's resource": Case(
        root("resources: [../b]\n")
        | {"b/kustomization.yaml": HEAD + "resources: [a.yaml]\n", "b/a.yaml": CONFIGMAP + "  x: 'y\n"},
        "not valid YAML: found unexpected end of stream",
        "b/a.yaml",
        line=7,
    ),
    "a fault in the second document, where kustomize counts lines anew": Case(
        root("resources: [a.yaml]\n", a=f"{CONFIGMAP}---\n{CONFIGMAP}  x: [1\n"),
        "not valid YAML: did not find expected ',' or ']'",
        "r/a.yaml",
    ),
    "an open bracket in the kustomization": Case(
        root("resources: [a.yaml\n"), "not valid YAML: did not find expected ',' or ']'", OURS, line=3
    ),
    "a key twice in a resource": Case(
        root("resources: [a.yaml]\n", a=CONFIGMAP + "  k: w\n"), "the key 'k' is there twice in one mapping", None, "k"
    ),
    # what a kustomization may say
    "an unknown field": Case(
        root("resource: [a.yaml]\n", a=CONFIGMAP), "kustomize knows no field 'resource'", OURS, "resource"
    ),
    "a string for a list": Case(
        root("resources: a.yaml\n"), "'resources' needs a list of strings, not a string", OURS, "resources"
    ),
    "a list for a string": Case(
        root("namePrefix: [a]\n"), "'namePrefix' needs a string, not a list", OURS, "namePrefix"
    ),
    "a mapping for a string": Case(
        root("resources:\n- a: b\n"), "'resources' needs a string, not a mapping", OURS, "resources"
    ),
    "a string for a mapping": Case(
        root("patches: [p.yaml]\n"), "'patches' needs a mapping, not a string", OURS, "patches"
    ),
    "a boolean for a label": Case(
        root("commonLabels: {a: true}\n"), "'commonLabels' needs a string, not a boolean", OURS, "commonLabels"
    ),
    "a boolean deep inside": Case(
        root("patches:\n- target: {kind: true}\n"),
        "'patches.target.ResId.Gvk.kind' needs a string, not a boolean",
        OURS,
        "kind",
    ),
    "nothing in it": Case(root(""), "this kustomization is empty", OURS, builds_with=("5.0.1",)),
    "no kustomization at all": Case(
        {"r/kustomization.yaml": "apiVersion: v1\nkind: ConfigMap\nresources: [a.yaml]\n", "r/a.yaml": CONFIGMAP},
        "not a kustomization: kind should be Kustomization or Component",
        OURS,
        "kind",
    ),
    # resources
    "one object in two files": Case(
        root("resources: [a.yaml, b.yaml]\n", a=CONFIGMAP, b=CONFIGMAP),
        "ConfigMap/a is there twice",
        "r/b.yaml",
    ),
    "one object twice in a file": Case(
        root("resources: [a.yaml]\n", a=f"{CONFIGMAP}---\n{CONFIGMAP}"),
        "ConfigMap/a is there twice",
        "r/a.yaml",
    ),
    "one object in two bases": Case(
        root("resources: [../b, ../c]\n")
        | {f"{base}/kustomization.yaml": HEAD + "resources: [a.yaml]\n" for base in "bc"}
        | {f"{base}/a.yaml": CONFIGMAP for base in "bc"},
        "ConfigMap/a is there twice",
        OURS,
        "../c",
    ),
    "an object without a name": Case(
        root("resources: [a.yaml]\n", a="apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n"),
        "an object has no metadata.name",
        "r/a.yaml",
    ),
    "an object without a kind": Case(
        root("resources: [a.yaml]\n", a="apiVersion: v1\nmetadata: {name: a}\n"), "an object has no kind", "r/a.yaml"
    ),
    "a list that is no object": Case(
        root("resources: [a.yaml]\n", a="- 1\n"),
        "not a Kubernetes object: apiVersion, kind or metadata is missing",
        "r/a.yaml",
    ),
    "an infinite number": Case(
        root("resources: [a.yaml]\n", a=CONFIGMAP + "  x: .inf\n"),
        "a resource has the number +Inf, which JSON lacks",
        OURS,
    ),
    "a key that is a boolean": Case(
        root("resources: [a.yaml]\n", a=CONFIGMAP + "  true: x\n"),
        "a resource has a key that is not a string: quote it",
        OURS,
    ),
    # patches
    "a strategic-merge patch of nothing": Case(
        root(
            "resources: [a.yaml]\npatches:\n- path: p.yaml\n", a=CONFIGMAP, p=CONFIGMAP.replace("name: a", "name: z9")
        ),
        "the patch for ConfigMap/z9 matches no resource",
        OURS,
        "z9",
    ),
    "an old strategic-merge patch in another namespace": Case(
        root(
            "resources: [a.yaml]\npatchesStrategicMerge: [p.yaml]\n",
            a=CONFIGMAP,
            p=CONFIGMAP.replace("name: a", "name: z9\n  namespace: ns"),
        ),
        "the patch for ConfigMap/ns/z9 matches no resource",
        OURS,
        "z9",
    ),
    "a JSON patch without a target": Case(
        root("resources: [a.yaml]\npatches:\n- path: p.yaml\n", a=CONFIGMAP, p="- {op: remove, path: /data/k}\n"),
        "a JSON patch has no `target`",
        OURS,
    ),
    "add below nothing": Case(
        patched("- {op: add, path: /spec/deep/x, value: y}\n"),
        "a JSON patch adds /spec/deep/x, whose parent does not exist",
        OURS,
        "/spec/deep/x",
    ),
    "add beyond a list": Case(
        root(
            "resources: [a.yaml]\npatches:\n- path: p.yaml\n  target: {kind: ConfigMap}\n",
            a=CONFIGMAP + "list: [x]\n",
            p="- {op: add, path: /list/5, value: y}\n",
        ),
        "a JSON patch cannot add /list/5: there is no such place",
        OURS,
        "/list/5",
    ),
    "remove nothing": Case(
        patched("- {op: remove, path: /data/gone}\n"),
        "a JSON patch removes /data/gone, which does not exist",
        OURS,
        "/data/gone",
    ),
    "remove below nothing": Case(
        patched("- {op: remove, path: /spec/gone}\n"),
        "a JSON patch removes /spec/gone, which does not exist",
        OURS,
        "/spec/gone",
    ),
    "a test that fails": Case(
        patched("- {op: test, path: /data/k, value: other}\n"),
        "the test of a JSON patch at /data/k fails",
        OURS,
        "/data/k",
    ),
    "an unknown operation": Case(
        patched("- {op: put, path: /data/k, value: x}\n"), "a JSON patch has the unknown operation 'put'", OURS, "put"
    ),
    "both patch and path": Case(
        root(
            "resources: [a.yaml]\npatches:\n- path: p.yaml\n  patch: '- {op: remove, path: /data/k}'\n"
            "  target: {kind: ConfigMap}\n",
            a=CONFIGMAP,
            p="- {op: remove, path: /data/k}\n",
        ),
        "a patch has both `patch` and `path`; keep one of them",
        OURS,
    ),
    "neither patch nor path": Case(
        root("resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n", a=CONFIGMAP),
        "a patch has neither `patch` nor `path`",
        OURS,
        "target",
    ),
    "a patch file that is none": Case(
        patched("hello\n"), "neither a strategic-merge patch nor a JSON patch", "r/p.yaml", old=UNBUILDABLE
    ),
    "a patch file with an open bracket": Case(
        patched("data: [\n"), "neither a strategic-merge patch nor a JSON patch", "r/p.yaml", old=UNBUILDABLE
    ),
    "an inline patch that is none": Case(
        root("resources: [a.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: hello\n", a=CONFIGMAP), *UNBUILDABLE
    ),
    "a target with a broken expression": Case(
        root(
            "resources: [a.yaml]\npatches:\n- target: {name: '('}\n  patch: '- {op: remove, path: /data/k}'\n",
            a=CONFIGMAP,
        ),
        "a target has no valid regular expression: missing closing )",
        OURS,
        "target",
    ),
    "a target with a broken selector": Case(
        root(
            "resources: [a.yaml]\npatches:\n- target: {labelSelector: a in b}\n"
            "  patch: '- {op: remove, path: /data/k}'\n",
            a=CONFIGMAP,
        ),
        "a target has a label or annotation selector that cannot be read",
        OURS,
        "target",
    ),
    # generators, replacements, transformers
    "a literal without a value": Case(
        root("configMapGenerator:\n- name: x\n  literals: [word]\n"),
        "a literal of a generator is not KEY=VALUE",
        OURS,
        "literals",
    ),
    "a generator that changes nothing": Case(
        root("configMapGenerator:\n- name: x9\n  behavior: merge\n  literals: [a=b]\n"),
        "the generator changes ConfigMap/x9, which does not exist",
        OURS,
        "x9",
    ),
    "a replacement from nothing": Case(
        root(
            "resources: [a.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: data.k}\n  targets:\n"
            "  - select: {kind: ConfigMap}\n    fieldPaths: [data.k]\n",
            a=CONFIGMAP,
        ),
        "the source of a replacement selects nothing: field data.k",
        OURS,
        "data.k",
    ),
    "a replacement into nothing": Case(
        root(
            "resources: [a.yaml]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: data.k}\n  targets:\n"
            "  - select: {kind: ConfigMap}\n    fieldPaths: [data.gone]\n",
            a=CONFIGMAP,
        ),
        "the target of a replacement has no field data.gone",
        OURS,
        "data.gone",
    ),
    "a variable from nothing": Case(
        root(
            "resources: [a.yaml]\nvars:\n- name: X9\n  objref: {apiVersion: v1, kind: Secret, name: gone}\n",
            a=CONFIGMAP,
        ),
        "the variable X9 refers to a field of an object that is not there",
        OURS,
        "X9",
    ),
    "a namespace that makes two objects one": Case(
        root(
            "namespace: x\nresources: [a.yaml, b.yaml]\n",
            a=CONFIGMAP,
            b=CONFIGMAP.replace("name: a", "name: a\n  namespace: y"),
        ),
        "`namespace` makes two resources the same",
        OURS,
        "namespace",
    ),
    "a plugin": Case(
        root(
            "resources: [a.yaml]\ntransformers: [t.yaml]\n",
            a=CONFIGMAP,
            t="apiVersion: team.example.com/v1\nkind: Foo\nmetadata: {name: f}\n",
        ),
        "the plugin 'Foo' is not run: kataform builds without plugins",
        OURS,
    ),
}

SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\nstringData:\n  password: hunter2\n"
TELLTALES = {
    "a Secret without a name": root("resources: [a.yaml]\n", a=SECRET.replace("  name: s\n", "  x: y\n")),
    "a Secret without a kind": root("resources: [a.yaml]\n", a=SECRET.replace("kind: Secret\n", "")),
    "a Secret that is broken": root("resources: [a.yaml]\n", a=SECRET + "  x: [\n"),
    "a Secret with a boolean for a key": root("resources: [a.yaml]\n", a=SECRET + "  true: hunter2\n"),
    "a Secret that is there twice": root("resources: [a.yaml, b.yaml]\n", a=SECRET, b=SECRET),
    "a patch of a Secret that is not there": root(
        "resources: [a.yaml]\npatches:\n- path: p.yaml\n", a=CONFIGMAP, p=SECRET
    ),
    "an inline patch of a Secret that is not there": root(
        "resources: [a.yaml]\npatches:\n- patch: |\n    apiVersion: v1\n    kind: Secret\n    metadata: {name: s}\n"
        "    stringData: {password: hunter2}\n",
        a=CONFIGMAP,
    ),
    "an inline JSON patch without a target": root(
        "resources: [a.yaml]\npatches:\n- patch: '- {op: add, path: /stringData/x, value: hunter2}'\n", a=SECRET
    ),
    "an inline JSON patch to nowhere": root(
        "resources: [a.yaml]\npatches:\n- target: {kind: Secret}\n"
        "  patch: '- {op: add, path: /gone/x, value: hunter2}'\n",
        a=SECRET,
    ),
    "an inline patch that is broken": root(
        "resources: [a.yaml]\npatches:\n- target: {kind: Secret}\n  patch: |\n    - op: add\n      value: hunter2\n"
        "     path: /x\n",
        a=SECRET,
    ),
    "a test of a Secret that fails": root(
        "resources: [a.yaml]\npatches:\n- target: {kind: Secret}\n"
        "  patch: '- {op: test, path: /stringData/password, value: hunter2hunter2}'\n",
        a=SECRET,
    ),
    "a literal without a value": root("secretGenerator:\n- name: x\n  literals: [hunter2]\n"),
    "a generated Secret that is there already": root(
        "resources: [a.yaml]\ngeneratorOptions: {disableNameSuffixHash: true}\nsecretGenerator:\n- name: s\n"
        "  literals: [password=hunter2]\n",
        a=SECRET,
    ),
    "a generated Secret that changes nothing": root(
        "secretGenerator:\n- name: s\n  behavior: merge\n  literals: [password=hunter2]\n"
    ),
    "a patch with both patch and path": root(
        "resources: [a.yaml]\npatches:\n- path: p.yaml\n  patch: '- {op: add, path: /x, value: hunter2}'\n"
        "  target: {kind: Secret}\n",
        a=SECRET,
        p=SECRET,
    ),
}

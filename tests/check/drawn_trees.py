"""Draw kustomize trees at random in which it is known which line produces a value: the test put it there."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path

Pointer = tuple[str | int, ...]
HEAD = "apiVersion: kustomize.config.k8s.io/v1beta1\nkind: Kustomization\n"
COMPONENT = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
LABEL = "labels:\n- pairs: {part: component}\n"
DEPLOYMENT = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n"
CONFIG = "apiVersion: kataconfiguration.openshift.io/v1\nkind: KataConfig\nmetadata:\n  name: kata\n"
DATA = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: data\n"


@dataclass(frozen=True)
class Plant:
    """A field of a built object, its value, and the file and line that this comes from."""

    kind: str
    name: str
    path: Pointer
    value: object
    file: str
    line: int


@dataclass
class Tree:
    """Files by name, the folder that is built, and what was planted."""

    files: dict[str, str] = field(default_factory=dict)
    root: str = ""
    plants: list[Plant] = field(default_factory=list)

    def write(self, folder: Path) -> Path:
        for name, text in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return folder / self.root


# Fields that any layer may write: kind, path, whether it is a number.
FIELDS: tuple[tuple[str, Pointer, bool], ...] = (
    ("Deployment", ("spec", "template", "spec", "containers", 0, "env", 0, "value"), False),
    ("Deployment", ("spec", "template", "spec", "containers", 0, "env", 1, "value"), False),
    ("Deployment", ("spec", "replicas"), True),
    ("Deployment", ("metadata", "labels", "tier"), False),
    ("Deployment", ("metadata", "annotations", "note"), False),
    ("KataConfig", ("spec", "logLevel"), False),
    ("KataConfig", ("metadata", "labels", "tier"), False),
    ("ConfigMap", ("data", "first"), False),
    ("ConfigMap", ("data", "second"), False),
    ("Deployment", ("spec", "template", "spec", "containers", 0, "image"), False),
)
IMAGE = 9
ENV = (0, 1)
NAMES = {"Deployment": "web", "KataConfig": "kata", "ConfigMap": "data"}
HEADS = {"Deployment": DEPLOYMENT, "KataConfig": CONFIG, "ConfigMap": DATA}


class Drawing:
    """One tree: a base, layers over it, each with components, patches and transformers; the last that writes wins."""

    def __init__(self, seed: int) -> None:
        self.draw = random.Random(seed)
        self.tree = Tree()
        self.values: dict[int, str] = {}
        self.pool = [self._word() for _ in range(self.draw.randint(2, 6))]
        self.prefix = ""
        self.suffix = ""
        self.made: list[tuple[str, str, str, str, str]] = []
        self.namespaced = False
        self.marks = 0
        self.truth: dict[int, tuple[str, str]] = {}  # field -> file, mark of the line

    def _word(self) -> str:
        return "v" + "".join(self.draw.choice("abcdefghij") for _ in range(6))

    def value(self, number: int) -> str:
        """Values are few, so that the same stands in many places."""
        return str(self.draw.randint(2, 4)) if FIELDS[number][2] else self.draw.choice(self.pool)

    def mark(self, number: int, file: str, value: str) -> str:
        """The comment of the line that writes a field last, as far as is known now."""
        self.marks += 1
        text = f"  # here-{self.marks}."
        self.truth[number] = (file, text)
        self.values[number] = f"web:{value}" if number == IMAGE else value
        return text

    def draw_tree(self) -> Tree:
        below = self._base()
        for level in range(self.draw.randint(0, 3)):
            below = self._layer(f"layer-{level}", f"component-{level}", below)
        self.tree.root = below
        if self.draw.random() < 0.25:
            self._two_sides(below)
        else:
            self._plant_all()
        for name, key, value, file, mark in self.made:
            self._plant("ConfigMap", name, ("data", key), value, file, mark)
        return self.tree

    def _plant_all(self) -> None:
        for number, (file, mark) in self.truth.items():
            kind, path, is_number = FIELDS[number]
            value: object = int(self.values[number]) if is_number else self.values[number]
            self._plant(kind, self.named(kind), path, value, file, mark)

    def _two_sides(self, below: str) -> None:
        """A root that takes in two layers over one tree, each with names and patches of its own."""
        before = dict(self.truth), dict(self.values), self.prefix, self.suffix
        for side in ("left", "right"):
            truth, values, self.prefix, self.suffix = before
            self.truth, self.values = dict(truth), dict(values)
            self._layer(side, f"component-{side}", below, prefix=f"{side}-")
            self._plant_all()
        self.tree.files["both/kustomization.yaml"] = f"{HEAD}resources:\n- ../left\n- ../right\n"
        self.tree.root = "both"

    def named(self, kind: str) -> str:
        """The name that the drawn object of a kind has now."""
        return f"{self.prefix}{NAMES[kind]}{self.suffix}"

    def _plant(self, kind: str, name: str, path: Pointer, value: object, file: str, mark: str) -> None:
        lines = self.tree.files[file].splitlines()
        line = next(n for n, text in enumerate(lines, 1) if f"{text}\n".endswith(f"{mark}\n"))
        self.tree.plants.append(Plant(kind, name, path, value, file, line))

    # --- the base ---

    def _base(self) -> str:
        put: dict[int, str] = {}
        file = "base/all.yaml"
        for number in range(len(FIELDS)):
            value = self.value(number)
            whole = f"web:{value}" if number == IMAGE else value
            quote = "" if FIELDS[number][2] else self.draw.choice(("", "'", '"'))
            put[number] = f"{quote}{whole}{quote}{self.mark(number, file, value)}"
        text = (
            f"{DEPLOYMENT}  labels:\n    tier: {put[3]}\n  annotations:\n    note: {put[4]}\nspec:\n"
            f"  replicas: {put[2]}\n"
            "  selector:\n    matchLabels: {app: web}\n  template:\n    metadata:\n      labels: {app: web}\n"
            "    spec:\n"
            f"      containers:\n      - name: web\n        image: {put[9]}\n        env:\n        - name: A\n"
            f"          value: {put[0]}\n        - name: B\n          value: {put[1]}\n"
            f"---\n{CONFIG}  labels:\n    tier: {put[6]}\nspec:\n  logLevel: {put[5]}\n"
            f"---\n{DATA}data:\n  first: {put[7]}\n  second: {put[8]}\n"
        )
        self.tree.files[file] = text
        self.tree.files["base/kustomization.yaml"] = f"{HEAD}resources:\n- all.yaml\n{self._generated('base')}"
        return "base"

    def _generated(self, folder: str) -> str:
        """A ConfigMap made by a generator from a literal, a file of variables or a whole file."""
        if self.draw.random() < 0.4:
            return ""
        name, value, kind = f"made-{folder.replace('/', '-')}", self.draw.choice(self.pool), self.draw.randrange(3)
        self.marks += 1
        head = f"configMapGenerator:\n- name: {name}\n  options: {{disableNameSuffixHash: true}}\n"
        if kind == 0:
            mark = f"  # here-{self.marks}."
            self.made.append((name, "key", value, f"{folder}/kustomization.yaml", mark))
            return f"{head}  literals:\n  - other=1\n  - key={value}{mark}\n"
        if kind == 1:
            self.tree.files[f"{folder}/vars.env"] = f"OTHER=1\nkey={value}\n"
            self.made.append((name, "key", value, f"{folder}/vars.env", f"key={value}"))
            return f"{head}  envs: [vars.env]\n"
        self.tree.files[f"{folder}/key.txt"] = value
        self.made.append((name, "key", value, f"{folder}/key.txt", value))
        return f"{head}  files: [key=key.txt]\n"

    # --- layers ---

    def _layer(self, folder: str, part: str, below: str, prefix: str = "") -> str:
        file = f"{folder}/kustomization.yaml"
        body = f"{HEAD}resources:\n- ../{below}\n"
        if self.draw.random() < 0.4:
            body += f"components:\n- ../{part}\n"
            component = f"{part}/kustomization.yaml"
            self.tree.files[component] = COMPONENT + LABEL + self._patches(part, component)
        # What a generator of two layers over one tree makes has two names; the sides draw none.
        body += ("" if prefix else self._generated(folder)) + self._patches(folder, file)
        body += self._transformers(file, prefix)
        self.tree.files[file] = body
        return folder

    def _patches(self, folder: str, file: str) -> str:
        entries, old = "", self.draw.random() < 0.2
        for index in range(self.draw.randint(0, 4)):
            number = self.draw.randrange(len(FIELDS))
            entries += self._patch(number, folder, file, index, old=old)
        return f"{'patchesStrategicMerge' if old else 'patches'}:\n{entries}" if entries else ""

    def _patch(self, number: int, folder: str, file: str, index: int, *, old: bool) -> str:
        kind, path, is_number = FIELDS[number]
        own = self.draw.random() < 0.5
        there = f"{folder}/patch-{index}.yaml" if own else file
        value = self.value(number)
        whole = f"web:{value}" if number == IMAGE else value
        written = f"{value if is_number else repr(whole)}{self.mark(number, there, value)}"
        if old or self.draw.random() < 0.5 or number in ENV:  # a merge may change the order of a list
            text = HEADS[kind].replace(f"name: {NAMES[kind]}", f"name: {self.named(kind)}")
            if self.namespaced:
                text = text.rstrip("\n") + "\n  namespace: spaced\n"
            text = _merge(text, path, written)
            target = ""
        else:
            pointer = "/" + "/".join(str(part) for part in path)
            text = f"- op: {self.draw.choice(('add', 'replace'))}\n  path: {pointer}\n  value: {written}\n"
            target = f"  target: {{kind: {kind}, name: {self.named(kind)}}}\n"
        if own:
            self.tree.files[there] = text
            return f"- patch-{index}.yaml\n" if old else f"- path: patch-{index}.yaml\n{target}"
        if old:
            return f"- |-\n{''.join(f'  {line}' + chr(10) for line in text.splitlines())}"
        return f"- patch: |-\n{''.join(f'    {line}' + chr(10) for line in text.splitlines())}{target}"

    def _transformers(self, file: str, prefix: str) -> str:
        text = ""
        if self.draw.random() < 0.25:
            value = self.value(3)
            mark = self.mark(3, file, value)
            self.truth[6], self.values[6] = self.truth[3], value
            text += f"labels:\n- pairs:\n    tier: {value}{mark}\n"
        if self.draw.random() < 0.25:
            value = self.value(4)
            text += f"commonAnnotations:\n  note: {value}{self.mark(4, file, value)}\n"
        if self.draw.random() < 0.2:
            value = self.value(2)
            text += f"replicas:\n- name: {self.named('Deployment')}\n  count: {value}{self.mark(2, file, value)}\n"
        if self.draw.random() < 0.2:
            value = self.value(IMAGE)
            text += f"images:\n- name: web\n  newTag: {value}{self.mark(IMAGE, file, value)}\n"
        if self.draw.random() < 0.3:
            source = self.draw.choice((7, 8))
            target = self.draw.choice((0, 1, 5))
            text += self._replacement(source, target)
        if not prefix and self.draw.random() < 0.25:
            prefix = "p-"
        if prefix:
            text += f"namePrefix: {prefix}\n"
            self.prefix = prefix + self.prefix
        if self.draw.random() < 0.15:
            text += "nameSuffix: -s\n"
            self.suffix += "-s"
        return text

    def _replacement(self, source: int, target: int) -> str:
        """What the target gets is what the source has now; the line is the one that wrote the source."""
        self.truth[target], self.values[target] = self.truth[source], self.values[source]
        kind, path, _ = FIELDS[target]
        dotted = ".".join(str(part) for part in path)
        if target in ENV:
            dotted = f"spec.template.spec.containers.[name=web].env.[name={'AB'[target]}].value"
        return (
            f"replacements:\n- source: {{kind: ConfigMap, name: {self.named('ConfigMap')}, "
            f"fieldPath: {'.'.join(str(part) for part in FIELDS[source][1])}}}\n"
            f"  targets:\n  - select: {{kind: {kind}, name: {self.named(kind)}}}\n"
            f"    fieldPaths: ['{dotted}']\n"
        )


def _merge(text: str, path: Pointer, written: str) -> str:
    """A strategic-merge patch that writes one field, whose lists are found by name."""
    if path[0] == "metadata":
        return f"{text}  {path[1]}:\n    {path[2]}: {written}\n"
    if path == ("spec", "replicas") or path[0] == "data" or path[-1] == "logLevel":
        return f"{text}{path[0]}:\n  {path[1]}: {written}\n"
    head = f"{text}spec:\n  template:\n    spec:\n      containers:\n      - name: web\n"
    if path[-1] == "image":
        return f"{head}        image: {written}\n"
    return f"{head}        env:\n        - name: {'AB'[int(path[-2])]}\n          value: {written}\n"


def draw(seed: int) -> Tree:
    """The tree of a seed."""
    return Drawing(seed).draw_tree()

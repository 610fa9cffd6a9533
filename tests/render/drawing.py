"""Draw specs at random from the spec's schema: every property, every enum value, strings that parsers misread."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from kataform.catalogue import Catalogue
from kataform.spec import schema
from kataform.version import Version

Path = tuple[str, ...]
MISREAD = [
    "true",
    "yes",
    "on",
    "1.10",
    "0755",
    "1e3",
    "null",
    "off",
    "08",
    "0x1F",
    "2026-01-01",
    "",
    "é-ü",
    "a: b",
    "# c",
]
LABELS = ["true", "yes", "on", "1.10", "0755", "1e3", "null", "n", "0x1F", "2026-01-01", "", "east"]
KEYS = ["kata", "zone", "on", "y", "1.10", "example.com/pool", "node-role.kubernetes.io/metal"]
SELECTOR = ("kataConfig", "spec", "kataConfigPoolSelector")


class Drawing:
    """Specs of one project, and the properties and enum values that were drawn for those that could be rendered."""

    def __init__(self, seed: int, catalogue: Catalogue, turns: Counter[Path]) -> None:
        self.random = random.Random(seed)
        self.catalogue = catalogue
        self.turns = turns  # how often each enum was drawn, over all projects: its values come in turn

    def overlay(self, extends: str | None) -> dict[str, Any]:
        """One spec that the catalogue accepts. `extends` None makes it stand alone."""
        body = self._map(schema().root, ())
        body |= {"apiVersion": "kataform.dev/v1alpha1", "kind": "Overlay", "extends": extends}
        self._fit(body)
        if self.random.random() < 0.7:  # or hardly a root would be left that is ours alone
            body.pop("kustomize", None)
        return body

    def _map(self, sub: dict[str, Any], path: Path) -> dict[str, Any]:
        required = sub.get("required", ())
        chosen = [name for name in sub.get("properties", {}) if name in required or self.random.random() < 0.6]
        drawn = {name: self._value(sub["properties"][name], (*path, name)) for name in chosen}
        if isinstance(sub.get("additionalProperties"), dict):
            drawn |= {key: self._value(sub["additionalProperties"], (*path, "*")) for key in self._keys(path)}
        return drawn

    def _keys(self, path: Path) -> list[str]:
        if path in NAMES:
            return self.random.sample(NAMES[path], self.random.randint(1, 2))
        # kustomize itself fails on keys of annotations that YAML reads as a number, quoted or not.
        pool = KEYS if path[-1] == "matchLabels" else [key for key in KEYS if key != "1.10"]
        return self.random.sample(pool, self.random.randint(1, 3))

    def _value(self, sub: dict[str, Any], path: Path) -> Any:
        types = sub["type"] if isinstance(sub["type"], list) else [sub["type"]]
        if "null" in types and self.random.random() < 0.1:
            return None
        if path in STRINGS:
            return STRINGS[path](self)
        if "enum" in sub:
            self.turns[path] += 1
            return sub["enum"][self.turns[path] % len(sub["enum"])]
        return self._typed(sub, types[0], path)

    def _typed(self, sub: dict[str, Any], kind: str, path: Path) -> Any:
        if kind == "object":
            return self._map(sub, path)
        if kind == "array":
            several = [self._value(sub["items"], (*path, "*")) for _ in range(self.random.randint(0, 3))]
            return [value for index, value in enumerate(several) if value not in several[:index]]
        if kind == "boolean":
            return self.random.choice([True, False])
        return self.random.choice(LABELS if "kataConfigPoolSelector" in path else MISREAD) or "x"

    # --- what must fit together

    def _fit(self, body: dict[str, Any]) -> None:
        """Make a drawn spec one that the operator's releases allow."""
        self.site(body)
        operator = body["operator"] = body.get("operator") or {}
        subscription = operator["subscription"] = operator.get("subscription") or {}
        catalogue = self.catalogue.with_site(body["releases"])
        known = [c for c in catalogue.channels.values() if c.entries]
        # stable more often than the old ones, whose operators know only some of the fields
        channel = self.random.choice([*known, known[-1], known[-1]])
        version = self.random.choice(channel.entries)
        operator["version"], subscription["channel"] = str(version), channel.name
        approval = subscription.get("installPlanApproval", "Manual")
        known_by_us = self.catalogue.version(version) is not None  # or what is inherited may name its CSV otherwise
        stated = subscription.get("startingCSV") is not None and known_by_us
        subscription["startingCSV"] = catalogue.csv(version) if stated else None
        self._cluster(body, version, catalogue)
        kata_config = body["kataConfig"] = body.get("kataConfig") or {}
        spec = kata_config["spec"] = kata_config.get("spec") or {}
        versions = [version, *(channel.entries if approval == "Automatic" else ())]
        known = set.intersection(*({f.path for f in self.catalogue.fields_of(v)} for v in versions if v >= version))
        for name, sub in schema().root["properties"]["kataConfig"]["properties"]["spec"]["properties"].items():
            if not any(path == f"spec.{name}" or path.startswith(f"spec.{name}.") for path in known):
                spec[name] = None
            elif "enum" in sub and (spec.get(name) is not None or self.random.random() < 0.2):  # in turn, of what stays
                self.turns["kept", name] += 1
                spec[name] = [value for value in sub["enum"] if value][
                    self.turns["kept", name] % (len(sub["enum"]) - 1)
                ]
        self._selector(spec, version)

    def _selector(self, spec: dict[str, Any], version: Version) -> None:
        selector = spec.setdefault("kataConfigPoolSelector", {"matchLabels": {"kata": "true"}})
        if selector and self.random.random() < 0.1:
            selector["matchExpressions"] = [{"key": key} for key in self.random.sample(KEYS, 2)]
        labels = (selector or {}).get("matchLabels") or {}
        for expression in (selector or {}).get("matchExpressions") or []:
            expression.update(self._requirement(expression["key"], version))
            if labels.get(expression["key"]) is not None:  # else the selector may contradict itself
                expression.update({"operator": "In", "values": [labels[expression["key"]]]})
            if expression["values"] is None:
                del expression["values"]
        if selector and self.catalogue.unhandled(version, selector):
            selector["matchExpressions"] = None

    def _requirement(self, key: str, version: Version) -> dict[str, Any]:
        """The next operator in turn, with what it needs; In for the versions that follow no other."""
        operators = ("In", "NotIn", "Exists", "DoesNotExist")
        operator = operators[self.turns["kept", "operator"] % len(operators)]
        if self.catalogue.unhandled(version, {"matchExpressions": [{"key": key, "operator": operator}]}):
            operator = "In"
        else:
            self.turns["kept", "operator"] += 1
        return {"operator": operator, "values": [self.random.choice(LABELS)] if operator in ("In", "NotIn") else None}

    def site(self, body: dict[str, Any]) -> None:
        """A site's own catalogue whose channels can be followed, whatever is inherited beside it."""
        site = body["releases"] = body.get("releases") or {}
        channels = site["channels"] = site.get("channels") or {}
        for name, row in channels.items():
            if row is not None and not row.get("entries"):
                row["entries"] = ["1.13.1", f"1.13.{name[-1]}"]
        followed = [name for name, row in channels.items() if row is not None]
        if not followed:
            site["onlyTheseChannels"] = False
        site["defaultChannel"] = followed[0] if followed else "stable"

    def _cluster(self, body: dict[str, Any], version: Version, catalogue: Catalogue) -> None:
        low = catalogue.min_openshift(version).value
        release = catalogue.version(version)
        high = release.max_openshift.value if release else None
        minors = list(catalogue.openshifts)
        allowed = minors[minors.index(low) if low else 8 : minors.index(high) + 1 if high else None]
        if body.get("openshift") is not None:
            first, last = sorted(self.random.sample(range(len(allowed)), 2)) if len(allowed) > 1 else (0, 0)
            body["openshift"] = allowed[first] if first == last else f">={allowed[first]} <={allowed[last]}"
            built_on = catalogue.kubernetes_of(allowed[first])
            body["kubernetes"] = self.random.choice([None, built_on, f">={built_on} <=1.37"])
        else:  # also where the base names one
            body["openshift"] = None


def _addition(field: str) -> Callable[[Drawing], Any]:
    """Something of one's own that kustomize can build beside whatever the root holds; no files are drawn."""
    made: dict[str, Callable[[Drawing], Any]] = {
        "resources": lambda d: [],
        "components": lambda d: [],
        "patches": lambda d: [
            {
                "target": {"kind": "Subscription|KataConfig|RuntimeClass|Pod"},
                "patch": '- {op: add, path: /metadata/labels, value: {own: "' + d.random.choice(LABELS) + '"}}\n',
            }
        ],
        "configMapGenerator": lambda d: [
            {"name": f"own-{d.random.randrange(10**9)}", "literals": [f"a={d.random.choice(MISREAD)}"]}
        ],
        "labels": lambda d: [{"pairs": {"own": d.random.choice(LABELS)}}],
    }
    return made[field]


# A version or an OpenShift has the same facts wherever it is named: what is inherited is merged with what is drawn.
NAMES: dict[Path, list[str]] = {
    ("releases", "channels"): ["own-2", "own-3"],
    ("releases", "versions"): ["1.13.2", "1.13.3"],
    ("releases", "openshift"): ["4.23", "4.24"],
}
STRINGS: dict[Path, Callable[[Drawing], Any]] = {
    **{
        ("kustomize", part, field): _addition(field)
        for part, sub in schema().root["properties"]["kustomize"]["properties"].items()
        for field in sub["properties"]
    },
    ("openshift",): lambda d: "4.18",
    ("kubernetes",): lambda d: d.random.choice(["1.21", "1.32", ">=1.30 <1.33"]),
    ("operator", "version"): lambda d: "1.9.0",
    ("operator", "subscription", "config"): lambda d: {
        "env": [{"name": "SOME", "value": d.random.choice(MISREAD)}],
        "nodeSelector": {d.random.choice(KEYS): d.random.choice(LABELS)},
    },
    ("kataConfig", "name"): lambda d: d.random.choice(["cluster-kataconfig", "example.v1"]),
    (*SELECTOR, "matchExpressions", "*", "key"): lambda d: d.random.choice(KEYS),
    ("releases", "channels", "*", "entries"): lambda d: ["1.13.0", "1.13.1", "1.13.2"],
    ("releases", "versions", "*", "csv"): lambda d: "our-operator.v1.13.2",
    ("releases", "versions", "*", "replaces"): lambda d: "1.13.1",
    ("releases", "versions", "*", "date"): lambda d: d.random.choice(["2026-09", "2026-09-01"]),
    ("releases", "versions", "*", "minOpenShift"): lambda d: "4.16",
    ("releases", "versions", "*", "maxOpenShift"): lambda d: "4.22",
    ("releases", "versions", "*", "minKubernetes"): lambda d: "1.29",
    ("releases", "openshift", "*"): lambda d: "1.36",
    ("external", "*", "apiVersion"): lambda d: d.random.choice(["v1", "node.k8s.io/v1", "example.com/v1beta1"]),
    ("crds", "*"): lambda d: d.random.choice(["../../crds", "crds/widgets.yaml"]),
    ("policies", "*"): lambda d: "..",
    ("ignore", "*", "until"): lambda d: "2027-01-31",
}


def drawable(sub: dict[str, Any] | None = None, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """Everything a schema can say: each property's path with None, each enum value (but null) with its own."""
    sub = schema().root if sub is None else sub
    for value in sub.get("enum", ()):
        if value is not None:
            yield path, value
    for name, below in sub.get("properties", {}).items():
        yield (*path, name), None
        yield from drawable(below, (*path, name))
    for keyword in ("items", "additionalProperties"):
        if isinstance(sub.get(keyword), dict):
            yield from drawable(sub[keyword], (*path, "*"))


def drawn(body: Any, sub: dict[str, Any] | None = None, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """What one spec says, in the same terms; a property that is null is not counted."""
    sub = schema().root if sub is None else sub
    if "enum" in sub and body is not None:
        yield path, body
    if isinstance(body, dict):
        for name, value in body.items():
            below = sub.get("properties", {}).get(name)
            if below is not None:
                if value is not None:
                    yield (*path, name), None
                yield from drawn(value, below, (*path, name))
            elif isinstance(sub.get("additionalProperties"), dict):
                yield from drawn(value, sub["additionalProperties"], (*path, "*"))
    if isinstance(body, list) and "items" in sub:
        for item in body:
            yield from drawn(item, sub["items"], (*path, "*"))

"""How often kataform and the truths that it asks agree on whether an object is accepted, and why where they do not.

    python tests/schemas/agreement.py

With KATAFORM_SHARED naming the reference data also against each upstream CRD. The answers of the API server are those
that tests/cluster recorded. KATAFORM_ENGINES=1 puts every mutant to both engines in every Kubernetes version, instead
of each in one of them.
"""

from __future__ import annotations

import copy
import fnmatch
import os
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import yaml
from mutants import Mutant, accepted, mutants
from test_schemas_server import DIFFERENCES, OBJECTS, STRICTER, dotted, verdicts

from kataform import kubeconform, schemas
from kataform.finding import Location
from kataform.subject import Subject, Target

KATACONFIG = ("kataconfiguration.openshift.io/v1", "KataConfig")
OPERATOR = "1.9.0"
# The first operator version with each CRD of the reference data.
CRDS = {
    "1.0.0": "1.0", "1.1.0": "1.1", "1.2.0": "1.2", "1.3.0": "1.3-branch", "1.3.2": "1.3.3", "1.4.0": "1.4",
    "1.5.0": "1.5.0", "1.5.1": "1.5.3", "1.6.0": "1.6", "1.7.0": "1.7", "1.8.0": "1.8", "1.9.0": "1.9",
    "1.10.0": "1.10",
}  # fmt: skip
_TYPES = {"object": dict, "array": list, "string": str, "integer": int, "boolean": bool}


class Row(NamedTuple):
    """One comparison: what was compared, how many verdicts, and how many of them differ for which reason."""

    what: str
    verdicts: int
    differing: Counter[str]


def rows(shared: Path | None) -> Iterator[Row]:
    """Every comparison, one after the other."""
    every = [mutant for body in accepted() for mutant in mutants(body)]
    step = int(os.environ.get("KATAFORM_ENGINES") or len(schemas.KUBERNETES_MINORS))
    yield engines(every, step)
    for minor in (schemas.KUBERNETES_MINORS[0], "1.32", schemas.NEWEST_KUBERNETES):
        yield second_opinion(every, minor)
    yield server()
    for version, name in CRDS.items() if shared is not None else ():
        crd = yaml.safe_load((shared / f"upstream/crds/kataconfig-{name}.yaml").read_bytes())
        yield upstream(crd, version, name)


# --- the comparisons -----------------------------------------------------------------------------------------------


def engines(every: list[Mutant], step: int) -> Row:
    """jsonschema-rs and jsonschema: the same violations, in every Kubernetes version and every KataConfig."""
    differing, asked = Counter[str](), 0
    for number, minor in enumerate(schemas.KUBERNETES_MINORS):
        for mutant in every[number % step :: step]:
            asked += _asked(mutant, minor, OPERATOR, differing)
    config = [mutant for body in accepted() if body["kind"] == KATACONFIG[1] for mutant in mutants(body)]
    for version in CRDS:
        for mutant in config:
            asked += _asked(mutant, schemas.NEWEST_KUBERNETES, version, differing)
    return Row("jsonschema-rs and jsonschema, whole violations", asked, differing)


def _asked(mutant: Mutant, minor: str, operator: str, differing: Counter[str]) -> bool:
    schema = _schema(mutant.body, minor, operator)
    if schema is None:
        return False
    one, other = (schemas.validate(schema, mutant.body, engine=engine) for engine in schemas.ENGINES)
    differing[f"{mutant.what} {dotted(mutant)}"] += one != other
    return True


def second_opinion(every: list[Mutant], minor: str) -> Row:
    """kataform and kubeconform with kataform's schemas."""
    target = Target((OPERATOR,), (minor,))
    known = [mutant.body for mutant in every if _schema(mutant.body, minor, OPERATOR) is not None]
    subjects = (Subject(body, "", lambda path, key: Location(""), target) for body in known)
    counts, findings = kubeconform.second_opinion(subjects)
    differing = Counter(finding.message for finding in findings)
    differing["skipped by kubeconform"] = counts.skipped
    return Row(f"kataform and kubeconform, Kubernetes {minor}", counts.objects, differing)


def server() -> Row:
    """kataform and a real kube-apiserver."""
    differing, asked = Counter[str](), 0
    for name in OBJECTS:
        for mutant, theirs, ours in verdicts(name):
            asked += 1
            if theirs and not ours:
                differing[f"stricter: {_stricter(name, dotted(mutant))}"] += 1
            elif ours and not theirs:
                differing[_reason(f"{name.partition('/')[0]} {dotted(mutant)}")] += 1
    return Row("kataform and kube-apiserver 1.37", asked, differing)


def _stricter(name: str, path: str) -> str:
    found = STRICTER.get((name, path), "UNEXPLAINED")
    return next(iter(STRICTER.values())) if found == "the same" else found


def _reason(field: str) -> str:
    fitting = (reason for reason, places in DIFFERENCES.items() if any(fnmatch.fnmatchcase(field, p) for p in places))
    return next(fitting, f"UNEXPLAINED: {field}")


def upstream(crd: dict[str, Any], version: str, name: str) -> Row:
    """kataform's KataConfig of a version and what its CRD says by itself, for everything in `spec`."""
    served = next(each for each in crd["spec"]["versions"] if each["name"] == "v1")
    theirs = served["schema"]["openAPIV3Schema"]["properties"]["spec"]
    ours = schemas.kind_schema(*KATACONFIG, kubernetes="", operator=version)
    assert ours is not None
    differing, asked = Counter[str](), 0
    for body in accepted():
        if body["kind"] == KATACONFIG[1]:
            for mutant in mutants(_without_unknown(ours, body)):
                if mutant.path[0] == "spec" and mutant.what != "whole" and len(mutant.path) > 1:
                    asked += 1
                    one = not schemas.validate(ours, mutant.body)
                    differing[f"{mutant.what} {dotted(mutant)}"] += one != takes(theirs, mutant.body["spec"])
    return Row(f"kataform and the CRD kataconfig-{name}", asked, differing)


def takes(sub: dict[str, Any], value: Any) -> bool:
    """Whether a structural schema takes a value: read strictly, a null that is not allowed being as if left out."""
    kind = sub.get("type")
    if value is None:
        return bool(sub.get("nullable"))
    if not isinstance(value, _TYPES[kind]) or (kind == "integer" and isinstance(value, bool)):
        return False
    if kind == "array":
        return all(takes(sub["items"], entry) for entry in value)
    return kind != "object" or _takes_map(sub, value)


def _takes_map(sub: dict[str, Any], value: dict[str, Any]) -> bool:
    fields, others = sub.get("properties", {}), sub.get("additionalProperties")
    children = {name: fields.get(name, others) for name in value}
    if None in children.values():
        return False
    present = {name for name, entry in value.items() if entry is not None or children[name].get("nullable")}
    needed = {name for name in sub.get("required", ()) if "default" not in fields[name]}
    return needed <= present and all(takes(children[name], value[name]) for name in present)


def _without_unknown(schema: schemas.Schema, body: dict[str, Any]) -> dict[str, Any]:
    """An object without the fields that a version does not have."""
    made = copy.deepcopy(body)
    for violation in schemas.validate(schema, body):
        parent = made
        for token in violation.pointer[:-1]:
            parent = parent[token]
        del parent[violation.pointer[-1]]
    return made


def _schema(body: dict[str, Any], minor: str, operator: str) -> schemas.Schema | None:
    api_version, kind = body.get("apiVersion"), body.get("kind")
    return schemas.kind_schema(api_version, kind, kubernetes=minor, operator=operator)


if __name__ == "__main__":
    named = os.environ.get("KATAFORM_SHARED")
    sys.stdout.write(f"{len(accepted())} objects, {sum(1 for each in accepted() for _ in mutants(each))} mutants\n")
    for what, asked, found in rows(Path(named) if named else None):
        sys.stdout.write(f"{what}: {asked - found.total()} of {asked} agree\n")
        sys.stdout.writelines(f"    {count:5}  {reason}\n" for reason, count in found.most_common() if count)
        sys.stdout.flush()
    if not named:
        sys.stdout.write("left out: the upstream CRDs (KATAFORM_SHARED is not set)\n")

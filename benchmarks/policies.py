"""Compare kubecel with Google's C++ engine (cel-expr-python): the same policies and objects, side by side in one run.

    python benchmarks/policies.py [--rival PYTHON] [--cases FILE.jsonl.gz]

PYTHON is an interpreter of an environment into which `pip install cel-expr-python` has been done; without one only
kubecel is measured. Policies and objects are those of policies/, or of a file in the form that
`python -m kubecel.conformance` reads. The rival gets all that helps it: objects are handed over once for all policies,
nothing is matched, defaulted or explained, and policies that it cannot compile or whose variables it would have to
compute by itself are left out for both.
"""

from __future__ import annotations

import argparse
import gc
import json
import platform
import random
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
RUNS = 5
OBJECTS = 500  # that are drawn from those that there are
EXTENSIONS = """
name: kubernetes
extensions:
  - name: optional
    version: latest
  - name: strings
    version: latest
  - name: sets
    version: latest
  - name: lists
    version: latest
  - name: math
    version: latest
"""
NAMES = ("object", "oldObject", "request", "namespaceObject", "params")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rival", metavar="PYTHON", help="a Python that has cel-expr-python")
    parser.add_argument("--cases", type=Path, metavar="FILE", help="policies and objects, as kubecel.conformance reads")
    parser.add_argument("--as-rival", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.as_rival:
        return _rival()
    rows = list(_rows(options.cases) if options.cases else _own())
    work = _work(rows)
    print(f"{platform.machine()}, Python {platform.python_version()}")
    theirs = _ask(options.rival, work) if options.rival else None
    chosen = set(theirs["compiled"]) if theirs else set(range(len(work["policies"])))
    print(f"{len(chosen)} of {len({row_key(row) for row in rows})} policies, {len(work['objects'])} objects")
    pairs = [pair for pair in work["pairs"] if pair[0] in chosen]
    ours, decided = _ours(work, pairs)
    _print("kubecel", ours, len(pairs))
    if theirs:
        _print("cel-expr-python", theirs["seconds"], len(pairs))
        print(f"  cel-expr-python takes {theirs['seconds'] / ours:.1f} x as long as kubecel")
        same = sum(one == other for one, other in zip(decided, theirs["decided"], strict=True))
        print(f"  the same decision in {same} of {len(pairs)}")
    return 0


def _print(name: str, seconds: float, pairs: int) -> None:
    print(f"  {name:16} {seconds / pairs * 1e6:8.1f} µs for each matched policy and object, {pairs} of them")


# --- what there is to do


def row_key(row: dict[str, Any]) -> str:
    return json.dumps((row["vap"], row.get("params")), sort_keys=True)


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    sys.path.insert(0, str(REPOSITORY / "generator"))
    from kubecel import conformance

    yield from (row for row in conformance.rows(path) if row.get("object") and row.get("apiserver") != "compile")


def _own() -> Iterator[dict[str, Any]]:
    """The policies of this repository over the objects of their cases."""
    import yaml

    [params] = yaml.safe_load_all((REPOSITORY / "policies" / "params.yaml").read_text(encoding="utf-8"))
    for path in sorted((REPOSITORY / "policies").glob("*/policy.yaml")):
        bodies = [body for body in yaml.safe_load_all(path.read_text(encoding="utf-8")) if body]
        policy = next((body for body in bodies if body["kind"] == "ValidatingAdmissionPolicy"), None)
        cases = path.with_name("cases.yaml")
        for case in yaml.safe_load_all(cases.read_text(encoding="utf-8")) if policy and cases.exists() else ():
            if case and "object" in case["spec"]:
                yield {"vap": policy, "object": case["spec"]["object"], "params": params, "operation": "CREATE"}


def _work(rows: list[dict[str, Any]]) -> dict[str, Any]:
    """Policies without variables, objects, and which policy is about which object."""
    from kubecel import conformance

    policies: dict[str, dict[str, Any]] = {}
    for row in rows:
        if not row["vap"]["spec"].get("variables"):
            policies.setdefault(row_key(row), row)
    objects = list({json.dumps(row["object"], sort_keys=True): row for row in rows}.values())
    objects = random.Random(1).sample(objects, min(OBJECTS, len(objects)))
    pairs = []
    for number, row in enumerate(policies.values()):
        for at, other in enumerate(objects):
            request = conformance.request({**other, "vap": row["vap"]}, complete=True)
            if conformance.concerns({"vap": row["vap"]}, request):
                pairs.append((number, at))
    return {
        "policies": [{"vap": row["vap"], "params": row.get("params")} for row in policies.values()],
        "objects": [{"object": row["object"], "clusterScoped": row.get("clusterScoped")} for row in objects],
        "pairs": pairs,
    }


# --- kubecel


def _ours(work: dict[str, Any], pairs: list[tuple[int, int]]) -> tuple[float, list[bool]]:
    """The median of the seconds of all pairs, and whether each is admitted."""
    from kubecel import admission, conformance

    policies = [admission.Policy.read(one["vap"], conformance.VERSION) for one in work["policies"]]
    bindings = [conformance.binding(one, policy) for one, policy in zip(work["policies"], policies, strict=True)]
    seconds = []
    decided: list[bool] = []
    gc.collect()
    gc.freeze()  # what has been read is no part of what is measured
    for _ in range(RUNS):
        begun = time.process_time()
        requests = [conformance.request({**one, "vap": {}}, complete=True) for one in work["objects"]]
        decided = [
            not admission.evaluate(
                policies[number],
                [bindings[number]],
                requests[at],
                lambda _, number=number: [work["policies"][number]["params"]],
                explain=False,
            )
            for number, at in pairs
        ]
        seconds.append(time.process_time() - begun)
    return statistics.median(seconds), decided


# --- the rival


def _ask(python: str, work: dict[str, Any]) -> dict[str, Any]:
    command = [python, __file__, "--as-rival"]
    answer = subprocess.run(command, input=json.dumps(work), capture_output=True, text=True, check=False)
    if answer.returncode:
        sys.exit(f"{python} could not do it: {answer.stderr[-2000:]}")
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def _rival() -> int:
    from cel_expr_python import cel

    work = json.load(sys.stdin)
    config = cel.NewEnvConfigFromYaml(EXTENSIONS)
    env = cel.NewEnv(config=config, variables=dict.fromkeys(NAMES, cel.Type.DYN))
    compiled: dict[int, tuple[list[Any], list[Any]]] = {}
    for number, one in enumerate(work["policies"]):
        spec = one["vap"]["spec"]
        try:
            compiled[number] = (
                [env.compile(each["expression"]) for each in spec.get("matchConditions") or ()],
                [_validation(env, each) for each in spec.get("validations") or ()],
            )
        except Exception:  # noqa: BLE001 — of whatever kind its errors are, the policy is left out for both
            continue
    pairs = [pair for pair in work["pairs"] if pair[0] in compiled]
    seconds = []
    decided: list[bool] = []
    gc.collect()
    gc.freeze()  # what has been read is no part of what is measured
    for _ in range(RUNS):
        begun = time.process_time()
        known: dict[tuple[int, str], Any] = {}
        decided = [_decide(env, work, compiled[number], known, number, at) for number, at in pairs]
        seconds.append(time.process_time() - begun)
    print(json.dumps({"compiled": list(compiled), "seconds": statistics.median(seconds), "decided": decided}))
    return 0


def _validation(env: Any, fields: dict[str, str]) -> tuple[Any, Any]:
    """An expression and the one of its message."""
    message = fields.get("messageExpression")
    return env.compile(fields["expression"]), env.compile(message) if message else None


def _decide(
    env: Any,
    work: dict[str, Any],
    policy: tuple[list[Any], list[Any]],
    known: dict[tuple[int, str], Any],
    number: int,
    at: int,
) -> bool:
    """Whether the object is admitted; an object is handed over once for all policies with the same params."""
    params = work["policies"][number]["params"]
    key = (at, (params or {}).get("metadata", {}).get("name", ""))
    activation = known.get(key)
    if activation is None:
        body = work["objects"][at]["object"]
        request = {"operation": "CREATE", "kind": {"kind": body["kind"]}}
        data = {"object": body, "oldObject": None, "request": request, "namespaceObject": {}, "params": params}
        activation = known[key] = env.Activation(data)
    conditions, validations = policy
    if any(one.eval(activation).value() is False for one in conditions):
        return True
    held = True
    for one, message in validations:
        if one.eval(activation).value() is not True:
            held = False
            if message is not None:
                message.eval(activation).value()
    return held


if __name__ == "__main__":
    sys.exit(main())

"""Compare kubecel with Google's C++ engine (cel-expr-python): the same policies and objects, side by side in one run.

    python benchmarks/policies.py [--rival PYTHON] [--cases FILE.jsonl.gz]

PYTHON is an interpreter of an environment into which `pip install cel-expr-python` has been done; without one only
kubecel is measured. Policies and objects are those of policies/, or of a file in the form that
`python -m kubecel.conformance` reads. Both decide the same pairs of a policy and an object, one run of each after the
other, the first run of each not counted; what is printed is the median of the processor's time, and of the ratio of two
runs that follow each other. The rival gets all that helps it: objects are handed over once for all policies, nothing is
matched, defaulted or explained, and policies that it cannot compile or whose variables it would have to compute by
itself are left out for both. What is measured of kubecel also matches policy and binding, chooses the params, looks
past errors as the server does, and makes the verdicts with their messages.

Decisions that differ are counted by policy, with what the rival's expression gives. `orValue` of what is no optional is
such a kind: cel-go takes it as it is, as servers up to Kubernetes 1.36 do, and cel-cpp fails.
"""

from __future__ import annotations

import argparse
import dataclasses
import gc
import json
import platform
import random
import statistics
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

REPOSITORY = Path(__file__).resolve().parents[1]
RUNS = 9
OBJECTS = 500  # that are drawn from those that there are
DECISIONS = 20_000  # that a run makes at least
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
    rival = _Rival(options.rival, work) if options.rival else None
    chosen = rival.compiled if rival else set(range(len(work["policies"])))
    print(f"{len(chosen)} of {len({row_key(row) for row in rows})} policies, {len(work['objects'])} objects")
    pairs = [pair for pair in work["pairs"] if pair[0] in chosen]
    run = _ours(work, pairs)
    runs = [(run(), rival.run() if rival else None) for _ in range(RUNS + 1)][1:]
    ours = [mine for mine, _ in runs]
    _print("kubecel", statistics.median([seconds for seconds, _ in ours]), len(pairs))
    theirs = [other for _, other in runs if other]
    if theirs:
        _print("cel-expr-python", statistics.median([seconds for seconds, _ in theirs]), len(pairs))
        ratios = sorted([other[0] / mine[0] for mine, other in zip(ours, theirs, strict=True)])
        print(f"  cel-expr-python takes {statistics.median(ratios):.1f} x as long as kubecel", end="")
        print(f" ({ratios[0]:.1f} to {ratios[-1]:.1f} in {RUNS} runs)")
        differing = [at for at, (one, other) in enumerate(zip(ours[0][1], theirs[0][1], strict=True)) if one != other]
        print(f"  the same decision in {len(pairs) - len(differing)} of {len(pairs)}")
        for told, count in _kinds(work, pairs, differing, rival.reasons(differing) if rival else []).most_common():
            print(f"    {count:3} {told}")
    return 0


def _kinds(
    work: dict[str, Any], pairs: list[tuple[int, int]], differing: list[int], reasons: list[str]
) -> Counter[str]:
    """The differing decisions by policy, with what the rival's expression gives where kubecel's is true or false."""
    names = (work["policies"][pairs[at][0]]["vap"]["metadata"]["name"] for at in differing)
    return Counter(f"{name}: {reason}" for name, reason in zip(names, reasons, strict=True))


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
            request = conformance.request({**other, "vap": {}}, complete=True)
            if conformance.concerns({"vap": row["vap"]}, request):
                pairs.append((number, at))
    return {
        "policies": [{"vap": row["vap"], "params": row.get("params")} for row in policies.values()],
        "objects": [_handed_over(row) for row in objects],
        "pairs": pairs,
    }


def _handed_over(row: dict[str, Any]) -> dict[str, Any]:
    """An object with its namespace, as a policy sees that."""
    from kubecel import conformance

    found = {
        "object": row["object"],
        "clusterScoped": row.get("clusterScoped"),
        "namespace": row.get("namespace") or {},
    }
    return {**found, "namespaceObject": conformance.request({**found, "vap": {}}, complete=True).namespace_value}


# --- kubecel


# The seconds that all pairs take, and whether each is admitted.
Run = Callable[[], tuple[float, list[bool]]]


def _ours(work: dict[str, Any], pairs: list[tuple[int, int]]) -> Run:
    from kubecel import admission, conformance

    policies = [admission.Policy.read(one["vap"], conformance.VERSION) for one in work["policies"]]
    bindings = [[_binding(one, policy)] for one, policy in zip(work["policies"], policies, strict=True)]
    params = [partial(_params, one["params"]) for one in work["policies"]]

    # What is served is known to a server, and to a check, before it meets an object.
    kinds = {row.get("clusterScoped"): lru_cache(maxsize=None)(partial(_served, row)) for row in work["objects"]}

    def decide() -> list[bool]:
        requests = [
            admission.Request(
                one["object"], namespace_object=one["namespace"], kinds=kinds[one["clusterScoped"]], complete=True
            )
            for one in work["objects"]
        ]
        evaluate = admission.evaluate
        return [
            not evaluate(policies[number], bindings[number], requests[at], params[number], explain=False)
            for number, at in pairs
        ]

    return _timed(decide, len(pairs))


def _binding(one: dict[str, Any], policy: Any) -> Any:
    """The binding, which takes its params from the namespace that they are in."""
    from kubecel import conformance

    bound = conformance.binding(one, policy)
    if bound.param_ref is None:
        return bound
    namespace = one["params"]["metadata"].get("namespace", "")
    return dataclasses.replace(bound, param_ref=bound.param_ref._replace(namespace=namespace))


def _served(row: dict[str, Any], group: str, kind: str) -> Any:
    from kubecel import conformance

    return conformance.served_as({"vap": {}, **row}, group, kind)


def _params(params: dict[str, Any], _: object) -> list[dict[str, Any]]:
    return [params]


def _timed(decide: Callable[[], list[bool]], pairs: int) -> Run:
    """A run decides few pairs several times, each time from the beginning, so that it does not only wake up."""
    gc.collect()
    gc.freeze()  # what has been read is no part of what is measured
    times = max(1, DECISIONS // max(1, pairs))

    def run() -> tuple[float, list[bool]]:
        begun = time.process_time()
        for _ in range(times):
            decided = decide()
        return (time.process_time() - begun) / times, decided

    return run


# --- the rival


class _Rival:
    """The rival in a process of its own, which makes a run whenever it is asked to."""

    def __init__(self, python: str, work: dict[str, Any]) -> None:
        command = [python, __file__, "--as-rival"]
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        self.compiled = set(self._ask(work))

    def _ask(self, question: Any) -> Any:
        stdin, stdout = self._process.stdin, self._process.stdout
        assert stdin is not None
        assert stdout is not None
        stdin.write(json.dumps(question) + "\n")
        stdin.flush()
        answer = stdout.readline()
        if not answer:
            sys.exit(f"{self._process.args[0]} could not do it")
        return json.loads(answer)

    def run(self) -> tuple[float, list[bool]]:
        seconds, decided = self._ask(None)
        return seconds, decided

    def reasons(self, pairs: list[int]) -> list[str]:
        """What the first expression that does not hold gives for some of the pairs."""
        found: list[str] = self._ask(pairs)
        return found


def _rival() -> int:
    from cel_expr_python import cel

    work = json.loads(sys.stdin.readline())
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

    def decide() -> list[bool]:
        known: dict[tuple[int, str], Any] = {}
        return [_decide(env, work, compiled[number], known, number, at) for number, at in pairs]

    print(json.dumps(list(compiled)), flush=True)
    run = _timed(decide, len(pairs))
    for line in sys.stdin:
        asked = json.loads(line)
        if asked is None:
            print(json.dumps(run()), flush=True)
        else:
            told = [_reason(env, work, compiled[pairs[at][0]], *pairs[at]) for at in asked]
            print(json.dumps(told), flush=True)
    return 0


def _reason(env: Any, work: dict[str, Any], policy: tuple[list[Any], list[Any]], number: int, at: int) -> str:
    activation = _activation(env, work, number, at)
    given = [one.eval(activation).value() for one, _ in policy[1]]
    return next((str(value) for value in given if value is not True), "true")


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
        activation = known[key] = _activation(env, work, number, at)
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


def _activation(env: Any, work: dict[str, Any], number: int, at: int) -> Any:
    found = work["objects"][at]
    data = {
        "object": found["object"],
        "oldObject": None,
        "request": {"operation": "CREATE", "kind": {"kind": found["object"]["kind"]}},
        "namespaceObject": found["namespaceObject"],
        "params": work["policies"][number]["params"],
    }
    return env.Activation(data)


if __name__ == "__main__":
    sys.exit(main())

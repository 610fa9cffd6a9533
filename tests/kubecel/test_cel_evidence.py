"""A violation is planted at a random place of an object; a policy of a random shape must name exactly that place.

KATAFORM_PLANTED is the number of drawn policies.
"""

from __future__ import annotations

import copy
import os
import random
from typing import Any

import pytest

from kubecel.admission import Policy, Request, evaluate

NUMBER = int(os.environ.get("KATAFORM_PLANTED", "400"))
ANYTHING = {"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["*"], "resources": ["*"]}
KEYS = ("alpha", "beta", "gamma", "delta")
GOOD, BAD = "good", "bad"
Path = tuple[str | int, ...]


class Planter:
    """A source of objects with one violation each, and of expressions that are false because of it alone."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)
        self._names = 0
        self.variables: list[dict[str, str]] = []

    def planted(self, *, missing: bool) -> tuple[dict[str, Any], Path, str]:
        """An object, the place of what is bad or missing in it, and the expression."""
        self.variables = []
        path = self._path()
        spec = self._tree(path)
        expression = self._descend("object.spec", path, missing=missing)
        self._plant(spec, path, missing=missing)
        body = {"apiVersion": "example.com/v1", "kind": "Thing", "metadata": {"name": "one"}, "spec": spec}
        return body, ("spec", *path), self._wrapped(expression)

    def _path(self) -> Path:
        """Keys and indexes; a list stands under a key and holds maps, so that the last is a key."""
        found: list[str | int] = [self._random.choice(KEYS)]
        for _ in range(self._random.randrange(4)):
            if isinstance(found[-1], str) and self._random.random() < 0.5:
                found.append(self._random.randrange(3))
            found.append(self._random.choice(KEYS))
        return tuple(found)

    def _tree(self, path: Path) -> Any:
        """Good values all along the path."""
        if not path:
            return GOOD
        if isinstance(path[0], int):
            return [self._tree(path[1:]) for _ in range(3)]
        return {**dict.fromkeys(KEYS[:2], "other"), path[0]: self._tree(path[1:])}

    def _plant(self, tree: Any, path: Path, *, missing: bool) -> None:
        for key in path[:-1]:
            tree = tree[key]
        if missing:
            del tree[path[-1]]
        else:
            tree[path[-1]] = BAD

    # --- expressions ---

    def _descend(self, value: str, path: Path, *, missing: bool) -> str:
        """The expression that what is below a value is good; `value` is how that value is written."""
        key = path[0]
        if isinstance(key, int):
            return self._loop(value, path, missing=missing)
        if len(path) == 1:
            return self._leaf(value, key, missing=missing)
        inner = self._random.choice((f"{value}.{key}", f"{value}['{key}']", f"{value}.?{key}.orValue(null)"))
        if self._random.random() < 0.2 and value.startswith(("object", "variables")):
            inner = self._variable(inner)
        return self._wrapped(self._descend(inner, path[1:], missing=missing))

    def _variable(self, value: str) -> str:
        name = f"v{len(self.variables)}"
        self.variables.append({"name": name, "expression": value})
        return f"variables.{name}"

    def _loop(self, items: str, path: Path, *, missing: bool) -> str:
        self._names += 1
        name = f"x{self._names}"
        good = self._descend(name, path[1:], missing=missing)
        return self._random.choice(
            (
                f"{items}.all({name}, {good})",
                f"!{items}.exists({name}, !({good}))",
                f"{items}.filter({name}, !({good})).size() == 0",
                f"{items}.all(i{name}, {name}, {good})",
                f"{items}.map({name}, {good}).all(ok, ok)",
            )
        )

    def _leaf(self, value: str, key: str, *, missing: bool) -> str:
        if missing:
            return self._random.choice((f"has({value}.{key})", f"{value}.?{key}.hasValue()", f"'{key}' in {value}"))
        field = f"{value}.{key}"
        return self._random.choice(
            (
                f"{field} != '{BAD}'",
                f"!({field} == '{BAD}')",
                f"{field} in ['{GOOD}', 'other']",
                f"{field}.startsWith('go')",
                f"{value}.?{key}.orValue('{GOOD}') == '{GOOD}'",
                f"({field} == '{BAD}' ? false : true)",
                f"size({field}) == {len(GOOD)}",
                f"!has({value}.{key}) || {field} == '{GOOD}'",
            )
        )

    def _wrapped(self, good: str) -> str:
        """The expression within others that do not decide."""
        return self._random.choice(
            (good, good, f"({good}) && true", f"false || ({good})", f"!(!({good}))", f"(true ? ({good}) : false)")
        )


@pytest.mark.parametrize("missing", [False, True])
def test_a_planted_violation_is_named_and_nothing_else(missing: bool) -> None:
    planter = Planter(5)
    wrong = []
    for _ in range(NUMBER):
        body, path, expression = planter.planted(missing=missing)
        spec = {
            "matchConstraints": {"resourceRules": [ANYTHING]},
            "variables": copy.copy(planter.variables),
            "validations": [{"expression": expression}],
        }
        [verdict] = evaluate(Policy.read({"metadata": {"name": "p"}, "spec": spec}), None, Request(body))
        found = [(one.path, one.absent) for one in verdict.evidence]
        if verdict.decision != "deny" or found != [(path, missing)]:
            wrong.append((expression, planter.variables, path, verdict.decision, verdict.message, found))

    assert wrong == []

"""Change objects: leave fields out, give them values from elsewhere or of the wrong type, and add fields of others."""

from __future__ import annotations

import copy
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any

Path = tuple[str, ...]
RUBBISH = (None, "", "a", 0, 1, -1, 1.5, True, False, [], {}, [None], {"a": 1}, ["a", 1])


class Mutator:
    """A source of changed objects, the same ones for the same seed; `bodies` are what it takes values from."""

    def __init__(self, seed: int, bodies: Iterable[dict[str, Any]]) -> None:
        self._random = random.Random(seed)
        self._pool: dict[Path, list[Any]] = defaultdict(list)
        self._keys: dict[Path, dict[str, None]] = defaultdict(dict)
        for body in bodies:
            self._learn(body, (str(body.get("kind")),))

    def _learn(self, value: Any, path: Path) -> None:
        if len(self._pool[path]) < 200:
            self._pool[path].append(value)
        for key, item in _items(value):
            if isinstance(value, dict):
                self._keys[path][key] = None
            self._learn(item, (*path, key))

    def changed(self, body: dict[str, Any], number: int) -> Iterator[dict[str, Any]]:
        """That many changed copies of an object, whose apiVersion, kind and name stay."""
        for _ in range(number):
            rate = self._random.choice((0.02, 0.06, 0.2))
            found = self._changed(body, (str(body.get("kind")),), rate)
            kept = {key: body[key] for key in ("apiVersion", "kind") if key in body}
            metadata = found.get("metadata")
            named = {**(metadata if isinstance(metadata, dict) else {}), "name": "changed"}
            yield {**found, **kept, "metadata": _strings(named)}

    def _changed(self, value: Any, path: Path, rate: float) -> Any:
        if isinstance(value, list):
            return [self._changed(item, (*path, "[]"), rate) for item in value]
        if not isinstance(value, dict):
            return value
        found: dict[str, Any] = {}
        for key, item in value.items():
            chance = self._random.random()
            if chance >= rate:
                found[key] = self._changed(item, (*path, key), rate)
            elif chance > 0.5 * rate:
                among = self._pool.get((*path, key)) if chance > 0.7 * rate else RUBBISH
                found[key] = copy.deepcopy(self._random.choice(among or RUBBISH))
        for key in self._keys[path]:
            if key not in found and self._random.random() < rate / 2:
                found[key] = copy.deepcopy(self._random.choice(self._pool[(*path, key)]))
        return found


def _items(value: Any) -> Iterable[tuple[str, Any]]:
    if isinstance(value, dict):
        return value.items()
    return (("[]", item) for item in value) if isinstance(value, list) else ()


def _strings(metadata: dict[str, Any]) -> dict[str, Any]:
    """Metadata whose labels and annotations a server can read."""
    for name in ("labels", "annotations"):
        values = metadata.get(name)
        kept = values.items() if isinstance(values, dict) else ()
        metadata[name] = {key: value for key, value in kept if isinstance(value, str)}
    return {key: value for key, value in metadata.items() if key in ("name", "namespace", "labels", "annotations")}

"""Draw objects of every kind that the server stores: of its fields, with values of the right types."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from kubecel.admission import typed

TYPES = json.loads(Path(typed.__file__).with_name("types.json").read_text(encoding="utf-8"))
# No policy ever sees these; a claim for a token, and a taint with the time of day, are not ours to write.
UNSEEN = ("admissionregistration.k8s.io/", "authentication.k8s.io/", "authorization.k8s.io/")
KINDS = [kind for kind in TYPES["kinds"] if not kind.startswith(UNSEEN) and not kind.endswith("DeviceTaintRule")]
_OFTEN = [f"v1 {kind}" for kind in ("Pod", "Service")] + ["batch/v1 CronJob"]
_OFTEN += [f"apps/v1 {kind}" for kind in ("Deployment", "StatefulSet", "DaemonSet")]
_WORDS = ("a", "", "x:latest", "quay.io/a/b@sha256:1", "RollingUpdate", "OnDelete", "Recreate", "ClientIP", "None",
          "NodePort", "LoadBalancer", "ExternalName", "Container", "User", "ServiceAccount", "ExactCount")  # fmt: skip
_AMOUNTS = ("1", "100m", "1Gi", "1000m", "0.5", "2048Ki", "1500M", "0")
_DEEPEST = 9
_SELDOM = frozenset({"status", "managedFields", "ownerReferences"})


class Drawer:
    """A source of objects, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def objects(self, number: int) -> Iterator[dict[str, Any]]:
        for _ in range(number):
            version, kind = self._random.choice(_OFTEN if self._random.random() < 0.4 else KINDS).split()
            body = self._struct(TYPES["kinds"][f"{version} {kind}"], 0)
            yield {**body, "apiVersion": version, "kind": kind}

    def _struct(self, name: str, depth: int) -> dict[str, Any]:
        often = 0.0 if depth > _DEEPEST else self._random.choice((0.1, 0.3, 0.6)) / (1 + depth / 6)
        fields = TYPES["types"][name].items()
        drawn = {
            field: self._value(code[1:], depth + 1)
            for field, code in fields
            if self._random.random() < (often / 8 if field in _SELDOM else often) or field == "spec"
        }
        return {field: value for field, value in drawn.items() if value is not ...}

    def _value(self, holds: str, depth: int) -> Any:
        if self._random.random() < 0.02:
            return None
        if holds[0] == "@":
            return self._struct(holds[1:], depth)
        if holds[0] == "[":
            items = [self._value(holds[1:], depth) for _ in range(self._random.choice((0, 1, 1, 2)))]
            return [item for item in items if item not in (None, ...)]
        if holds[0] == "{":
            keys = self._random.sample(("cpu", "memory", "app"), self._random.randrange(3))
            return {key: value for key in keys if (value := self._value(holds[1:], depth)) is not ...}
        return self._plain(holds)

    def _plain(self, holds: str) -> Any:
        """A value without parts; `...` where nothing is known of what may stand there."""
        among: dict[str, tuple[Any, ...]] = {
            "s": _WORDS, "i": (0, 1, 2, 80, -1), "f": (0.5, 2.0), "b": (True, False), "y": ("aGk=", ""), "q": _AMOUNTS,
            "p": (0, 1, "50%", ""), "x": (...,),
        }  # fmt: skip
        return self._random.choice(among[holds])

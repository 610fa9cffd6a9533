"""CRDs that use everything that a structural schema can say, with objects and mutants of these."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from typing import Any

Body = dict[str, Any]
GROUP = "checks.example.com"


def crd(kind: str, schema: Body, *, scope: str = "Namespaced", **version: Any) -> Body:
    """A CRD with one version, whose spec has a schema."""
    plural = f"{kind.lower()}s"
    root = {"type": "object", "properties": {"spec": schema, **version.pop("beside", {})}, **version.pop("root", {})}
    one = {"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": root}, **version}
    names = {"kind": kind, "plural": plural, "singular": kind.lower(), "listKind": f"{kind}List"}
    return {
        "apiVersion": "apiextensions.k8s.io/v1",
        "kind": "CustomResourceDefinition",
        "metadata": {"name": f"{plural}.{GROUP}"},
        "spec": {"group": GROUP, "names": names, "scope": scope, "versions": [one]},
    }


def custom(kind: str, spec: Any, **more: Any) -> Body:
    return {"apiVersion": f"{GROUP}/v1", "kind": kind, "metadata": {"name": "one"}, "spec": spec, **more}


def fields(**properties: Body) -> Body:
    return {"type": "object", "properties": properties}


TEXT: Body = {"type": "string"}
WHOLE: Body = {"type": "integer"}
KEEPS = {"x-kubernetes-preserve-unknown-fields": True}
EITHER = {"x-kubernetes-int-or-string": True}
NAMES = (
    "bsonobjectid", "uri", "email", "hostname", "ipv4", "ipv6", "cidr", "mac", "uuid", "uuid3", "uuid4", "uuid5",
    "isbn", "isbn10", "isbn13", "creditcard", "ssn", "hexcolor", "rgbcolor", "byte", "password", "date", "duration",
    "date-time", "datetime", "k8s-short-name", "k8s-long-name", "unheard-of",
)  # fmt: skip

SCALARS = fields(
    text={**TEXT, "minLength": 2, "maxLength": 5},
    pattern={**TEXT, "pattern": r"(?i)^[a-z]+[\d.]*$"},
    choice={**TEXT, "enum": ["fast", "slow", ""]},
    either_choice={**WHOLE, "enum": [1, 2]},
    share={"type": "number", "minimum": 0, "maximum": 1},
    open_share={
        "type": "number", "minimum": 0, "exclusiveMinimum": True, "maximum": 1, "exclusiveMaximum": True,
    },
    step={**WHOLE, "multipleOf": 5},
    fraction={"type": "number", "multipleOf": 0.1},
    small={**WHOLE, "format": "int32"},
    large={**WHOLE, "format": "int64"},
    single={"type": "number", "format": "float"},
    double={"type": "number", "format": "double"},
    yes={"type": "boolean"},
    maybe={**TEXT, "nullable": True},
    maybe_choice={**TEXT, "nullable": True, "enum": ["a"]},
    port=EITHER,
    percent={**EITHER, "anyOf": [{"type": "integer"}, {"type": "string"}], "pattern": r"^\d+%$"},
    limited={**EITHER, "allOf": [{"anyOf": [{"type": "integer"}, {"type": "string"}]}, {"maximum": 9}]},
    anything=KEEPS,
)  # fmt: skip
LISTS = fields(
    plain={"type": "array", "items": TEXT, "minItems": 1, "maxItems": 3},
    labels={"type": "array", "items": TEXT, "x-kubernetes-list-type": "set"},
    numbers={"type": "array", "items": {"type": "number"}, "x-kubernetes-list-type": "set"},
    pairs={
        "type": "array",
        "x-kubernetes-list-type": "set",
        "items": {**fields(a=TEXT), "x-kubernetes-map-type": "atomic"},
    },
    ports={
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["port", "protocol"],
        "items": {**fields(port=WHOLE, protocol={**TEXT, "default": "TCP"}, name=TEXT), "required": ["port"]},
    },
    named={
        "type": "array",
        "x-kubernetes-list-type": "map",
        "x-kubernetes-list-map-keys": ["name"],
        "items": {**fields(name=TEXT), "required": ["name"]},
    },
    nullable={"type": "array", "items": {**TEXT, "nullable": True}},
    defaulted={"type": "array", "items": {**TEXT, "default": "x"}},
)
MAPS = fields(
    labels={"type": "object", "additionalProperties": TEXT, "minProperties": 1, "maxProperties": 2},
    counts={"type": "object", "additionalProperties": {**WHOLE, "nullable": True}},
    nested={"type": "object", "additionalProperties": {**fields(size=WHOLE), "required": ["size"]}},
    free={"type": "object", **KEEPS},
    half={**fields(known={**fields(a=TEXT)}), **KEEPS},
    closed={"type": "object"},
    listed={"type": "array", "items": {"type": "object", **KEEPS}},
    any={"type": "object", "additionalProperties": True},
    template={"type": "object", "x-kubernetes-embedded-resource": True, **KEEPS},
    narrow={**fields(spec=fields(size=WHOLE)), "x-kubernetes-embedded-resource": True},
)
FORMS = {
    **fields(
        a=TEXT, b=TEXT, c={**fields(x=WHOLE, y=WHOLE), "oneOf": [{"required": ["x"]}, {"required": ["y"]}]},
        level={**WHOLE, "anyOf": [{"maximum": 2}, {"minimum": 8}]},
        word={**TEXT, "allOf": [{"minLength": 2}, {"pattern": "^a"}], "not": {"enum": ["abc"]}},
        host={**TEXT, "oneOf": [{"format": "ipv4"}, {"format": "ipv6"}]},
        items={"type": "array", "items": WHOLE, "not": {"items": {"maximum": 3}}},
    ),
    "anyOf": [{"required": ["a"]}, {"required": ["b"]}],
    "not": {"properties": {"a": {"enum": ["no"]}}, "required": ["a"]},
}  # fmt: skip
DEFAULTS = {
    **fields(
        size={**WHOLE, "default": 3},
        deep={**fields(mode={**TEXT, "default": "slow"}, name=TEXT), "default": {"mode": "slow"}, "required": ["mode"]},
        shallow={**fields(mode={**TEXT, "default": "slow"}), "required": ["mode"]},
        replicas=WHOLE,
    ),
    "required": ["size", "deep"],
}
RULES = {
    **fields(
        least=WHOLE,
        most=WHOLE,
        names={"type": "array", "maxItems": 10, "items": {**TEXT, "maxLength": 20}},
        parts={
            "type": "array",
            "maxItems": 5,
            "items": {
                **fields(kind={**TEXT, "maxLength": 9}, size=WHOLE),
                "x-kubernetes-validations": [
                    {"rule": "self.kind != 'big' || self.size > 10", "messageExpression": "'big is not ' + self.kind"}
                ],
            },
        },
        until={**TEXT, "format": "date-time"},
        wait={**TEXT, "format": "duration"},
        data={**TEXT, "format": "byte"},
        share={"type": "number"},
        port={**EITHER, "x-kubernetes-validations": [{"rule": "type(self) == int ? self < 100 : self == 'http'"}]},
        namespace={**TEXT, "maxLength": 9},
        **{"dashed-name": {**TEXT, "maxLength": 9}},
        map={"type": "object", "maxProperties": 5, "additionalProperties": {**TEXT, "maxLength": 9}},
        fixed={**TEXT, "x-kubernetes-validations": [{"rule": "self == oldSelf", "message": "is fixed"}]},
        first={
            **TEXT,
            "x-kubernetes-validations": [
                {"rule": "oldSelf.hasValue() || self == 'begin'", "optionalOldSelf": True, "message": "begins"}
            ],
        },
    ),
    "x-kubernetes-validations": [
        {
            "rule": "!has(self.least) || !has(self.most) || self.least <= self.most",
            "message": "least must not be above most",
            "fieldPath": ".least",
            "reason": "FieldValueInvalid",
        },
        {"rule": "!has(self.names) || self.names.all(n, n.startsWith('a'))", "reason": "FieldValueForbidden"},
        {"rule": "!has(self.until) || self.until > timestamp('2020-01-01T00:00:00Z')"},
        {"rule": "!has(self.wait) || self.wait < duration('1h')"},
        {"rule": "!has(self.data) || self.data != b'no'"},
        {"rule": "!has(self.share) || self.share < 0.5"},
        {"rule": "!has(self.__namespace__) || self.__namespace__ != 'default'"},
        {"rule": "!has(self.namespace) || self.namespace != 'other'"},
        {"rule": "!has(self.dashed__dash__name) || size(self.dashed__dash__name) > 1"},
        {"rule": "!has(self.map) || !('no' in self.map) && self.map.all(k, k.matches('^[a-z-]+$'))"},
        {"rule": "!has(self.map) || !has(self.map.pick) || self.map['pick'] == 'me'"},
    ],
}
STATUS = {"status": fields(ready={"type": "boolean"})}

CRDS: dict[str, Body] = {
    "Scalar": crd("Scalar", SCALARS),
    "Listing": crd("Listing", LISTS),
    "Mapping": crd("Mapping", MAPS, scope="Cluster"),
    "Form": crd("Form", FORMS),
    "Default": crd(
        "Default",
        DEFAULTS,
        root={"required": ["spec"]},
        beside=STATUS,
        subresources={
            "status": {},
            "scale": {"specReplicasPath": ".spec.replicas", "statusReplicasPath": ".status.replicas"},
        },
    ),
    "Rule": crd("Rule", RULES, beside=STATUS),
    "Named": crd(
        "Named",
        fields(a=TEXT),
        beside={"metadata": fields(name={**TEXT, "maxLength": 5, "pattern": "^o"})},
        root={"x-kubernetes-validations": [{"rule": "self.metadata.name != 'other' && self.kind == 'Named'"}]},
    ),
    "Format": crd("Format", fields(**{f"f{n}": {**TEXT, "format": name} for n, name in enumerate(NAMES)})),
}

ACCEPTED: dict[str, list[Body]] = {
    "Scalar": [
        {
            "text": "abc", "pattern": "Ab1.", "choice": "fast", "either_choice": 1, "share": 0.5, "open_share": 0.5,
            "step": 10, "fraction": 0.3, "small": 5, "large": 6, "single": 1.5, "double": 2, "yes": True, "maybe": None,
            "port": 80, "percent": "5%", "limited": 4, "anything": {"a": [1, {"b": None}]},
        },
        {"port": "http", "percent": 7, "limited": "text", "anything": 3, "choice": "", "maybe": "x"},
    ],
    "Listing": [
        {
            "plain": ["a", "b"], "labels": ["a", "b"], "numbers": [1, 1.5], "pairs": [{"a": "x"}, {"a": "y"}, {}],
            "ports": [{"port": 1}, {"port": 1, "protocol": "UDP", "name": "n"}, {"port": 2}],
            "named": [{"name": "a"}, {"name": "b"}], "nullable": ["a", None], "defaulted": ["a", None],
        }
    ],
    "Mapping": [
        {
            "labels": {"a": "b"}, "counts": {"a": 1, "b": None}, "nested": {"x": {"size": 1}}, "free": {"a": {"b": 1}},
            "half": {"known": {"a": "x"}, "more": {"b": 1}}, "closed": {}, "listed": [{"a": 1}], "any": {"a": "b"},
            "template": {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "x", "labels": {"a": "b"}},
            "spec": {}},
            "narrow": {"apiVersion": "a/v1", "kind": "Thing", "spec": {"size": 1}},
        }
    ],
    "Form": [
        {"a": "x", "c": {"x": 1}, "level": 1, "word": "ab", "host": "10.0.0.1", "items": [1, 5]},
        {"b": "x", "c": {"y": 1}, "level": 9, "word": "abcd", "host": "::1"},
    ],
    "Default": [{"deep": {"name": "x"}, "replicas": 3}, {"size": 4, "deep": {"mode": "fast"}, "shallow": {}}, {}],
    "Rule": [
        {
            "least": 1, "most": 2, "names": ["a", "ab"], "parts": [{"kind": "small", "size": 1}],
            "until": "2026-01-01T00:00:00Z", "wait": "5m", "data": "aGk=", "share": 0.25, "port": 80, "namespace": "x",
            "dashed-name": "ab", "map": {"a-b": "c", "pick": "me"}, "fixed": "x", "first": "begin",
        },
        {"port": "http", "share": 0, "wait": "1s"},
    ],
    "Named": [{"a": "x"}],
}  # fmt: skip

# Values that are put in the place of others; a mutant differs from its object in one field.
VALUES: tuple[Any, ...] = (
    None, True, "", "5", "no", "abcdefgh", "ab", "zz", "12%", 0, 1, -1, 5, 12, 0.5, 1.0, 0.3, 2.5, 2**31, 2**63, 2**70,
    1e300, [], {}, ["a", "a"], ["a", None], [1, "a"], [None], {"a": None}, {"x": 1, "y": 2}, {"size": 3}, {"no": "x"},
    {"PICK": "a"}, {"pick": "you"}, [{"port": 1}, {"port": 1}], [{"name": "a"}, {"name": "a"}], [{}], "10.0.0.1",
    [{"kind": "big", "size": 2}], [{"kind": "big", "size": 20}], "2019-01-01T00:00:00Z", "2h", "bm8=", "default",
    {"apiVersion": "v1", "kind": "P_d"}, {"apiVersion": "v1", "kind": "Pod", "metadata": {"labels": {"a": 1}}},
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"nam": "x"}}, {"apiVersion": "a/b/c", "kind": "Pod"},
    {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "a/b"}}, {"apiVersion": "v1", "kind": "Pod", "more": 1},
)  # fmt: skip
TEXTS = (
    "", "a", "a.b", "A.b.example.com", "a_b", "-a", "a-", "1.2.3.4", "01.2.3.4", "1.2.3.256", "::1", "::ffff:1.2.3.4",
    "fe80::1%eth0", "10.0.0.0/8", "10.0.0.0/33", "::/0", "010.0.0.0/08", "00:11:22:33:44:55", "0011.2233.4455", "00-11",
    "https://example.com/a?b#c", "/a/b", "a/b", "mailto:a@b.c", "a@b.c", "a b@c.d", "A B <a@b.c>", "a@b", '"a b"@c.d',
    "a@[1.2.3.4]", "a@b.c,d@e.f", "@b.c", "a.@b.c", "550e8400-e29b-41d4-a716-446655440000",
    "550E8400E29B41D4A716446655440000",
    "550e8400-e29b-31d4-a716-446655440000", "550e8400-e29b-51d4-c716-446655440000", "0321751043", "978-0321751041",
    "0-306-40615-2", "030640615X", "9780306406157", "4111 1111 1111 1111", "4111111111111112", "111-22-3333",
    "111223333",
    "#fff", "fff", "#fffff", "rgb(1,2,3)", "rgb( 255 , 0 , 256 )", "rgb(255,2559)", "aGk=", "aGk", "a-_=", "====",
    "2026-01-31", "2026-02-30", "0000-02-29", "2026-1-1", "1h30m", "5", "0", "3 days", "2 weeks and more", "1.5h",
    "-1s",
    "22 ns", "3 lightyears", "2026-01-31T10:00:00Z", "2026-01-31t10:00:00z", "2026-01-31T10:00:00",
    "2026-01-31T24:00:00Z",
    "2026-01-31T10:00:00.5+01:00", "2026-01-31 10:00:00Z", "2026-01-31T10:00:60Z", "507f1f77bcf86cd799439011",
    "\u00e4.example",
    "a" * 64, "a" * 63, ".".join(["abc"] * 64), ".".join(["abcd"] * 60), "\n", "1.2.3.4\n",
)  # fmt: skip


def objects() -> Iterator[Body]:
    """Objects that the server accepts."""
    for kind, specs in ACCEPTED.items():
        for spec in specs:
            yield custom(kind, spec)
    yield custom("Default", {}, status={"ready": True})


def mutants() -> Iterator[Body]:
    """Each object with one field changed, removed or added."""
    for body in objects():
        for path in list(_paths(body["spec"])):
            for value in (*VALUES, _GONE):
                yield {**body, "spec": _changed(body["spec"], path, value)}
        for path in (path for path in _paths(body["spec"]) if isinstance(_at(body["spec"], path), dict)):
            yield {**body, "spec": _changed(body["spec"], (*path, "unheard"), 1)}
    for value in (None, 5, {}, {"ready": 5}, {"ready": None}, {"other": 1}):
        yield custom("Default", {}, status=value)
        yield custom("Rule", {}, status=value)
    for name in ("other", "one", "onetwo", "x", "O"):
        yield {**custom("Named", {}), "metadata": {"name": name}}
        yield {**custom("Form", {"a": "x"}), "metadata": {"name": name, "labels": {"a": name}}}
    yield {**custom("Form", {"a": "x"}), "metadata": {"name": "one", "label": {}}}
    for number in range(len(NAMES)):
        for text in TEXTS:
            yield custom("Format", {f"f{number}": text})


def drawn(seed: int, count: int) -> Iterator[Body]:
    """Mutants with several fields changed at once."""
    rng = random.Random(seed)
    known = list(objects())
    for _ in range(count):
        body = rng.choice(known)
        spec = body["spec"]
        for _ in range(rng.randrange(1, 4)):
            paths = list(_paths(spec))
            if paths:
                spec = _changed(spec, rng.choice(paths), rng.choice((*VALUES, *TEXTS[:9], _GONE)))
        yield {**body, "spec": spec}


_GONE = object()


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    if path:
        yield path
    children = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for token, child in children:
        yield from _paths(child, (*path, token))


def _at(value: Any, path: tuple[Any, ...]) -> Any:
    for token in path:
        value = value[token]
    return value


def _changed(value: Any, path: tuple[Any, ...], new: Any) -> Any:
    made = copy.deepcopy(value)
    parent = _at(made, path[:-1])
    if new is _GONE:
        del parent[path[-1]]
    else:
        parent[path[-1]] = copy.deepcopy(new)
    return made

"""Make expressions: calls of every overload, expressions about an object, and both with words changed."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

import kubecel
from kubecel import lexer
from kubecel.signature import Overload
from kubecel.types import PARAM, Type

OBJECT: dict[str, Any] = {
    "apiVersion": "v1",
    "kind": "Pod",
    "metadata": {"name": "web", "labels": {"app": "web"}, "annotations": {}, "generation": 3},
    "spec": {
        "runtimeClassName": "kata",
        "hostNetwork": False,
        "priority": 0.5,
        "nodeName": None,
        "args": ["b", "a", "", "a"],
        "ports": [443, 80, 8080],
        "mixed": [1, "1", True, None, 1.0, [], {}],
        "containers": [
            {"name": "a", "image": "quay.io/x:1", "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}},
            {"name": "b", "image": "quay.io/y", "resources": {}},
        ],
    },
}

# --- literals ---

_LITERALS: dict[str, list[str]] = {
    "int": ["0", "1", "-1", "2", "3", "7", "64", "-9", "9223372036854775807", "-9223372036854775808", "1700000000",
            "9007199254740993"],
    "uint": ["0u", "1u", "2u", "7u", "18446744073709551615u"],
    "double": ["0.0", "-0.0", "1.0", "1.5", "-2.25", "1e3", "1e21", "1e-7", "123456.789", "(0.0 / 0.0)", "(1.0 / 0.0)",
               "9007199254740992.0", "9223372036854775808.0"],
    "bool": ["true", "false"],
    "bytes": ["b''", "b'a'", "b'ab'", "b'\\xff'", "b'é'"],
    "timestamp": [
        f"timestamp('{text}')"
        for text in ("2024-02-29T23:59:58.123456789Z", "1970-01-01T00:00:00Z", "9999-12-31T23:59:59.999999999Z",
                     "0001-01-01T00:00:00Z", "2026-06-01T12:00:00+02:00", "1969-12-31T23:59:59.5Z")
    ],
    "duration": [f"duration('{text}')" for text in ("0s", "1.5s", "-90m", "100ms", "1ns", "2562047h47m16.854775807s")],
    "Quantity": [f"quantity('{text}')" for text in ("0", "1", "1Gi", "500m", "-1.5Ki", "1e3", "9Ei", "1n", "0.1")],
    "IP": [f"ip('{text}')" for text in ("10.0.0.1", "::1", "fe80::1", "224.0.0.1", "0.0.0.0", "2001:db8::1")],
    "CIDR": [f"cidr('{text}')" for text in ("10.0.0.0/8", "10.1.2.3/16", "::/0", "2001:db8::/32", "0.0.0.0/0")],
    "URL": [
        f"url('{text}')"
        for text in ("https://a.b:80/c%20d?x=1&x=2&y#f", "http://[::1]:8080/", "/path?q=%41", "http://u:p@h")
    ],
    "Semver": [f"semver('{text}')" for text in ("1.2.3", "1.2.3-rc.1", "1.2.3-rc.2+b", "0.0.0", "10.0.0-0.3.7")],
    "Format": ["format.dns1123Label()", "format.uri()", "format.uuid()", "format.date()", "format.qualifiedName()"],
    "dyn": ["1", "'a'", "null", "[1]", "{'a': 1}", "2.5", "object", "object.spec.mixed", "type(1)", "b'a'"],
}  # fmt: skip
_SHORT = {
    "google.protobuf.Timestamp": "timestamp", "google.protobuf.Duration": "duration", "kubernetes.Quantity": "Quantity",
    "net.IP": "IP", "net.CIDR": "CIDR", "kubernetes.URL": "URL", "kubernetes.Semver": "Semver",
    "kubernetes.NamedFormat": "Format",
}  # fmt: skip
_PARAMETERS = ("int", "string", "double", "bool", "uint", "dyn", "timestamp")
_KEYS = ("string", "int", "bool", "uint")

_WORDS = ["", "a", "b", "ab", "web", "Hello, World", "héllo", "日本", "a,b,,c", " x ", "1", "true", "\\'\"\n\t"]
_QUANTITIES = [
    "1",
    "1Gi",
    "1.5Gi",
    "500m",
    "0.5",
    "-2",
    "+3",
    "1.",
    ".5",
    "12345678901234567890",
    "1n",
    "9Ei",
    "00.1",
    "1e3",
]
_URLS = ["https://a.b:80/c d?x=1#f", "http://u:p@h/p", "/path?q", "http://[::1]:80/x", "mailto:a@b", "//host/p", "a:b",
         "http://a.b/%41%zz", "http://h:x/", "*", "http://[fe80::1%25en0]/", "HTTP://A.b/"]  # fmt: skip
_ADDRESSES = ["10.0.0.1", "::1", "2001:DB8::1", "::ffff:1.2.3.4", "fe80::1%eth0", "1:2:3:4:5:6:7:8", "01.2.3.4"]
_NETWORKS = ["10.0.0.0/8", "10.1.2.3/8", "::1/64", "1.2.3.4/33", "1.2.3.4/032", "::ffff:1.2.3.4/96", "::/0"]
_SEMVERS = ["1.2.3", "v1.2.3", "1.2.3-rc.1", "1.2.3-alpha+b.1", "01.2.3", "1.2", "1.0.0-0.3.7", "1.2.3-01"]
_DURATIONS = ["1h", "1h30m", "-1.5s", "100ms", "1us", "1µs", "0", "9223372036s", "9223372037s", ".5s", "1d"]
_TIMES = ["2024-01-02T03:04:05Z", "2024-01-02T03:04:05.123456789Z", "2024-02-30T00:00:00Z", "2024-01-02T24:00:00Z",
          "2024-01-02T03:04:05+02:00", "2024-01-02T03:04:05-24:60", "0001-01-01T00:00:00Z",
          "9999-12-31T23:59:59Z"]  # fmt: skip
_NUMBERS = ["1", "-1", "1.5", "1e3", "0x1F", "1_000", "Inf", "nan", "9223372036854775808", "18446744073709551615"]
_NAMES = ["good-name", "Bad", "a.b", "a..b", "-a", "a/b", "A_b.c", "", "aGVsbG8=", "2024-01-02", "http://a.b"]
_ZONES = ["+02:30", "-01:00", "Europe/Paris", "UTC", "", "Nowhere", "+5"]
_PATTERNS = [
    "a",
    "^a",
    "[ab]+",
    "(a|b)*$",
    ".",
    "\\\\d",
    "(?i)WEB",
    "[",
    "a{2,3}",
    "(?P<n>l+)",
    "(?P<n>l)(?<n>o)",
    "\\\\bh",
    "",
    "x*",
    "(?=a)",
]
_TEXTS = {
    "quantity": _QUANTITIES, "isQuantity": _QUANTITIES, "url": _URLS, "isURL": _URLS, "ip": _ADDRESSES,
    "isIP": _ADDRESSES, "ip.isCanonical": _ADDRESSES, "containsIP": _ADDRESSES, "cidr": _NETWORKS, "isCIDR": _NETWORKS,
    "containsCIDR": _NETWORKS, "semver": _SEMVERS, "isSemver": _SEMVERS, "duration": _DURATIONS, "timestamp": _TIMES,
    "int": _NUMBERS, "uint": _NUMBERS, "double": _NUMBERS,
    "bool": ["true", "TRUE", "True", "t", "T", "1", "0", "f", "F", "no"],
    "validate": _NAMES, "matches": _PATTERNS, "find": _PATTERNS, "findAll": _PATTERNS,
    "format.named": ["dns1123Label", "uri", "nothing"],
    "format": ["%s", "%d", "%.2f", "%e", "%x", "%X", "%o", "%b", "%%", "%s and %s", "%q", "%", "%.0f", "%.300f",
               "%.70000e"],
}  # fmt: skip


_BINARY = ("+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "&&", "||", "in")


class Maker:
    """A source of expressions, the same ones for the same seed."""

    def __init__(self, seed: int) -> None:
        self._random = random.Random(seed)

    def calls(self, overload: Overload, number: int) -> Iterator[str]:
        """Calls of an overload; of every three the second hides a type from the compiler, the third has a wrong one."""
        for index in range(number):
            chosen: dict[str, str] = {}
            args = [self._value(wanted, overload.name, chosen) for wanted in overload.args]
            place = self._random.randrange(len(args)) if args else 0
            if args and index % 3 == 1:
                args[place] = f"dyn({args[place]})"
            elif args and index % 3 == 2:
                args[place] = f"dyn({self._literal(self._random.choice([*_LITERALS, 'string']), '')})"
            made = call(overload, args)
            yield f"{made}.hasValue()" if overload.name == "validate" else made  # the words are our own

    def about_objects(self, number: int) -> Iterator[str]:
        """Expressions that read OBJECT."""
        for _ in range(number):
            yield self._about_object(2)

    def binding(self, among: list[Overload], number: int) -> Iterator[str]:
        """Macros that bind a name, of a known type, of none or of a free one, which calls of overloads then read."""
        for _ in range(number):
            kind = self._random.choice([*_LITERALS, "string"])
            value = self._literal(kind, "")
            bodies = [self._reading(self._random.choice(among)) for _ in range(self._random.choice((1, 1, 2, 3)))]
            body = " && ".join(bodies)
            yield self._random.choice([
                f"object.gone.optMap(v, {body})",
                f"object.spec.?{self._random.choice(['args', 'priority', 'gone'])}.optMap(v, {body})",
                f"optional.of({value}).optMap(v, {body})",
                f"optional.of({value}).optFlatMap(v, optional.of({bodies[0]}))",
                f"[{value}].{self._random.choice(['all', 'exists', 'exists_one', 'filter', 'map'])}(v, {body})",
                f"[{value}].map(v, {body}, v)",
                f"object.spec.{self._random.choice(['args', 'ports', 'mixed'])}.exists(v, {body})",
                f"{{'k': {value}}}.{self._random.choice(['all', 'transformList', 'transformMap'])}(k, v, {body})",
                f"[{value}].sortBy(v, {bodies[0]})",
                f"object.spec.{self._random.choice(['args', 'gone', 'priority'])}.sortBy(v, {bodies[0]}) == [] || true",
                f"[[{value}]].all(w, w.all(v, {body}))",
                f"[object.gone.optMap(v, {bodies[0]}), optional.of({value})]",
            ])  # fmt: skip

    def failing(self, overload: Overload, number: int) -> Iterator[str]:
        """Calls of an overload of which one argument fails, where the rest of the expression would look past that."""
        for _ in range(number if overload.args else 0):
            args = [self._value(wanted, overload.name, {}) for wanted in overload.args]
            place = self._random.randrange(len(args))
            args[place] = self._failure(overload.args[place])
            made = call(overload, args)
            made = f"{made}.hasValue()" if overload.name == "validate" else made
            yield self._random.choice([f"[{made}] == [] || true", f"[{made}] != [] && false", made])

    def _failure(self, wanted: Type) -> str:
        """An expression that fails when it is evaluated, of that type or of none that the compiler knows."""
        known = {
            "int": "(1 / 0)", "uint": "(1u / 0u)", "string": "string(1 / 0)", "bool": "(1 / 0 == 1)",
            "list": self._random.choice(["[1 / 0]", "[1].map(x, x / 0)", "['a'].filter(x, x[1] == '')"]),
            "map": self._random.choice(["{'a': 1 / 0}", "{'a': 1}.transformMap(k, v, v / 0)"]),
            "optional_type": "optional.of(1 / 0)",
        }  # fmt: skip
        return self._random.choice([known.get(wanted.name, "object.gone"), "object.gone", "dyn(1 / 0)"])

    def _reading(self, overload: Overload) -> str:
        """A condition in which a call of the overload reads `v`."""
        args = [self._value(wanted, overload.name, {}) for wanted in overload.args]
        if args:
            args[self._random.randrange(len(args))] = "v"
        made = call(overload, args)
        return made if str(overload.result) == "bool" else f"[{made}].size() == 1"

    def mutated(self, expressions: list[str], number: int) -> Iterator[str]:
        """Expressions of which one or two words are left out, doubled, or taken from another, most of their kind."""
        split = [self._words(expression) for expression in expressions]
        known = sorted({word for words in split for word in words})
        kinds: dict[str, list[tuple[str, str]]] = {}
        for word in known:
            kinds.setdefault(word[0], []).append(word)
        for _ in range(number):
            words = list(self._random.choice(split))
            places = [place for place, (kind, _) in enumerate(words) if kind != lexer.OPERATOR] or [0]
            for _ in range(self._random.choice((1, 1, 2))):
                any_place = self._random.random() < 0.2
                place = self._random.randrange(len(words)) if any_place else self._random.choice(places) % len(words)
                change = self._random.random()
                among = kinds[words[place][0]] if change < 0.8 else known
                new = [self._random.choice(among)] if change < 0.9 else [words[place]] * self._random.choice((0, 2))
                words[place : place + 1] = new
                words = words or [(lexer.INT, "1")]
            yield " ".join(text for _, text in words)

    # --- parts ---

    @staticmethod
    def _words(expression: str) -> list[tuple[str, str]]:
        """Kinds and texts; operators with two operands are a kind of their own."""
        words = [(kind, text) for kind, text, _ in lexer.tokens(expression) if kind != lexer.END]
        return [("binary" if text in _BINARY else kind, text) for kind, text in words]

    def _value(self, wanted: Type, function: str, chosen: dict[str, str]) -> str:
        """An expression of that type; a type parameter stands for the same type in all arguments."""
        if wanted.kind == PARAM:
            among = _KEYS if wanted.name == "K" or (function in ("@in", "_[_]") and wanted.name == "A") else _PARAMETERS
            return self._literal(chosen.setdefault(wanted.name, self._random.choice(among)), function)
        if wanted.name == "list":
            items = [self._value(wanted.params[0], function, chosen) for _ in range(self._random.choice((0, 1, 2, 3)))]
            return f"[{', '.join(items)}]"
        if wanted.name == "map":
            keys = {self._value(wanted.params[0], function, chosen) for _ in range(self._random.choice((0, 1, 2)))}
            items = [f"{key}: {self._value(wanted.params[1], function, chosen)}" for key in sorted(keys)]
            return f"{{{', '.join(items)}}}"
        if wanted.name == "optional_type":
            inner = self._value(wanted.params[0], function, chosen)
            return self._random.choice(
                [f"optional.of({inner})", f"optional.ofNonZeroValue({inner})", "optional.none()"]
            )
        return self._literal(_SHORT.get(wanted.name, wanted.name), function)

    def _literal(self, kind: str, function: str) -> str:
        if kind == "int" and self._random.random() < 0.4:
            return str(self._random.randrange(4))
        if kind != "string":
            return self._random.choice(_LITERALS[kind])
        zoned = function.startswith("get") and function not in ("getScheme", "getHost", "getPort", "getQuery")
        text = self._random.choice(_ZONES if zoned else _TEXTS.get(function, _WORDS))
        return json.dumps(text if zoned else self._changed(text), ensure_ascii=False)

    def _changed(self, text: str) -> str:
        """The text, or the text with a character changed."""
        if self._random.random() < 0.6 or not text:
            return text
        place = self._random.randrange(len(text) + 1)
        added = self._random.choice(["", *"019aAz.-+:/% é", self._random.choice(text)])
        changed = text[:place] + added + text[place + self._random.randrange(2) :]
        return text if "e" in text and changed[-3:].isdigit() else changed  # the server is slow with 1e999

    def _about_object(self, depth: int) -> str:
        spec = "object.spec"
        pick = self._random.choice
        key = pick(["0", "'args'", "'no'"])
        leaf = pick(
            [
                "object.metadata.name",
                "object.metadata.labels",
                f"{spec}.args",
                f"{spec}.ports",
                f"{spec}.mixed",
                f"{spec}.gone",
                f"{spec}.hostNetwork",
                f"{spec}.priority",
                f"{spec}.nodeName",
                f"{spec}.?gone",
                f"{spec}.?args[?{pick('0179')}]",
                f"{spec}.containers[{pick('012')}].image",
                f"{spec}.containers.map(c, c.resources.?limits.?cpu)",
                f"has({spec}.{pick(['args', 'gone', 'nodeName', 'args.x'])})",
                f"{spec}.mixed[{pick('01234567')}]",
                "object.metadata.generation",
                f"{spec}[{key}]",
                "object.metadata.annotations",
                f"{spec}.containers.filter(c, has(c.resources.limits)).map(c, quantity(c.resources.limits.cpu))",
            ]
        )
        if not depth:
            return str(leaf)
        one, other = self._about_object(depth - 1), self._about_object(depth - 1)
        macro = pick(["all", "exists", "exists_one", "filter", "map"])
        test = pick(
            ["x == 1", "x > 80", "x == 'a'", "x in ['a', 1]", "has(x.image)", "x.startsWith('a')", "type(x) == int"]
        )
        of_list = pick(["sum", "max", "min", "isSorted", "sort", "distinct", "reverse", "flatten", "first", "last"])
        pair = pick(["i < 2", "x == 'a'", "i == x", "type(i) == string"])
        return str(
            pick(
                [
                    leaf,
                    f"{one} == {other}",
                    f"{one} || {other}",
                    f"{one} && {other}",
                    f"{one} + {other}",
                    f"{one} < {other}",
                    f"{one} in {other}",
                    f"size({one})",
                    f"{leaf}.{macro}(x, {test})",
                    f"({one}) ? {leaf} : {other}",
                    f"!{leaf}",
                    f"{leaf}.{pick(['all', 'exists', 'existsOne'])}(i, x, {pair})",
                    f"{leaf}.transformList(i, x, {pair}, x)",
                    f"{leaf}.transformMap(i, x, {pair})",
                    f"{leaf}.sortBy(x, {pick(['x', 'string(x)', 'size(x)'])})",
                    f"{leaf}.orValue({other})",
                    f"{leaf}.optMap(v, {pick(['v', 'v + 1', 'size(v)'])})",
                    f"string({leaf})",
                    f"type({leaf})",
                    f"[{one}, {other}]",
                    f"{{'k': {one}}}",
                    f"dyn({one})",
                    f"optional.ofNonZeroValue({leaf}).hasValue()",
                    f"{leaf}.{of_list}()",
                ]
            )
        )


def call(overload: Overload, args: list[str]) -> str:
    """A call of the function in the language's own way."""
    if overload.name == "@in":
        return f"{args[0]} in {args[1]}"
    if "_" in (overload.name[:1], overload.name[-1:]):
        parts = overload.name.split("_")
        return parts[0] + "".join(f"({arg}){part}" for arg, part in zip(args, parts[1:], strict=True))
    if overload.member:
        return f"({args[0]}).{overload.name}({', '.join(args[1:])})"
    return f"{overload.name}({', '.join(args)})"


def overloads() -> list[Overload]:
    """The overload table, without what asks the cluster's authorizer."""
    return [one for one in kubecel.reference() if not any("authorization" in str(wanted) for wanted in one.args)]

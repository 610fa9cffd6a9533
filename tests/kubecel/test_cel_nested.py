"""Expressions nested in any way, and texts with characters changed, against kube-apiserver's own code."""

from __future__ import annotations

import json
from typing import Any

from cel_oracle import Oracle, differences
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

OBJECT: dict[str, Any] = {
    "metadata": {"name": "web", "labels": {"app": "web"}, "annotations": {}},
    "spec": {
        "replicas": 3,
        "ratio": 0.5,
        "flag": True,
        "nothing": None,
        "names": ["b", "a"],
        "numbers": [3, 1, 2],
        "containers": [
            {"name": "a", "image": "reg.io/x:1", "resources": {"limits": {"cpu": "500m", "memory": "1Gi"}}},
            {"name": "b", "image": "reg.io/y"},
        ],
    },
}
VARIABLES = {"object": OBJECT, "old": None}


# --- expressions ---


def _quoted(texts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return texts.map(lambda text: json.dumps(text, ensure_ascii=False))


WORDS = st.sampled_from(
    ["", "a", "b", "web", "x:1", "reg.io/x:1", "é", "1", "a.b-c", "1Gi", "500m", "^a", "[ab]+", "(a|b)*$"]
)
LITERALS = st.one_of(
    st.integers(-3, 9).map(str),
    st.integers(0, 3).map("{}u".format),
    st.sampled_from(["0.5", "1.0", "1e3", "true", "false", "null", "[]", "{}", "b'a'", "int", "duration('90s')"]),
    st.sampled_from(["quantity('1Gi')", "timestamp('2024-01-02T03:04:05Z')", "optional.none()", "optional.of(1)"]),
    _quoted(WORDS),
)
FIELDS = st.sampled_from(
    [
        "object",
        "object.spec",
        "object.spec.containers",
        "object.spec.replicas",
        "object.spec.ratio",
        "object.spec.flag",
        "object.spec.nothing",
        "object.spec.names",
        "object.spec.numbers",
        "object.metadata.labels",
        "object.spec.gone",
        "object.metadata.name",
        "old",
        "old.spec",
        "object.spec.containers[0].resources.limits.memory",
        "x",
        "x.name",
    ]
)


def _extend(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    operators = ["+", "-", "*", "/", "%", "<", "<=", ">", ">=", "==", "!=", "in", "&&", "||"]
    fields = st.sampled_from(["spec", "name", "image", "app", "gone", "size"])
    unary = [
        "size({})",
        "string({})",
        "int({})",
        "double({})",
        "type({})",
        "dyn({})",
        "!{}",
        "-({})",
        "({}).size()",
        "({}).sum()",
        "({}).max()",
        "({}).isSorted()",
        "({}).sort()",
        "({}).distinct()",
        "({}).reverse()",
        "({}).hasValue()",
        "({}).join('-')",
        "({}).trim()",
        "({}).upperAscii()",
        "isQuantity({})",
        "quantity({})",
        "({}).flatten()",
        "({}).value()",
        "optional.ofNonZeroValue({})",
        "({}).first()",
        "isSemver({})",
    ]
    binary = [
        "({}).startsWith({})",
        "({}).contains({})",
        "({}).matches({})",
        "({}).split({})",
        "({}).indexOf({})",
        "({}).orValue({})",
        "({}).or({})",
        "({})[{}]",
        "({})[?{}]",
        "sets.contains({}, {})",
        "({}).lastIndexOf({})",
        "({}).compareTo({})",
        "({}).isLessThan({})",
        "({}).findAll({})",
        "{{'k': {}, 'l': {}}}",
        "[{}, {}]",
        "sets.intersects({}, {})",
        "'%s %s'.format([{}, {}])",
    ]
    loops = [
        "({}).all(x, {})",
        "({}).exists(x, {})",
        "({}).exists_one(x, {})",
        "({}).map(x, {})",
        "({}).filter(x, {})",
        "({}).all(i, x, {})",
        "({}).transformList(i, x, {})",
        "({}).transformMap(i, x, {})",
        "({}).optMap(x, {})",
        "({}).sortBy(x, {})",
        "({}).exists(i, x, {})",
        "({}).optFlatMap(x, {})",
    ]
    return st.one_of(
        st.builds("({}) {} ({})".format, inner, st.sampled_from(operators), inner),
        st.builds("({}).{}".format, inner, fields),
        st.builds("({}).?{}".format, inner, fields),
        st.builds("has(({}).{})".format, inner, fields),
        st.builds("({}) ? ({}) : ({})".format, inner, inner, inner),
        st.builds(lambda form, one: form.format(one), st.sampled_from(unary), inner),
        st.builds(lambda form, one, other: form.format(one, other), st.sampled_from(binary), inner, inner),
        st.builds(lambda form, one, other: form.format(one, other), st.sampled_from(loops), inner, inner),
    )


EXPRESSIONS = st.recursive(st.one_of(LITERALS, FIELDS), _extend, max_leaves=8)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(EXPRESSIONS, min_size=20, max_size=60))
def test_any_expression_gives_the_servers_value_or_none(kubernetes_cel: Oracle, expressions: list[str]) -> None:
    found = differences(kubernetes_cel, expressions, VARIABLES)

    assert {text: answers for text, answers in found.items() if not _is_known(text)} == {}


def _is_known(expression: str) -> bool:
    """Go goes over a map in no order, so what depends on that order differs from run to run."""
    return any(word in expression for word in ("object.metadata.labels", "transformMap", "'l':"))


# --- the libraries ---


@st.composite
def mutated(draw: st.DrawFn, texts: list[str], alphabet: str) -> str:
    """One of the texts with a few characters changed."""
    text = list(draw(st.sampled_from(texts)))
    for _ in range(draw(st.integers(0, 3))):
        place = draw(st.integers(0, len(text)))
        text[place : place + draw(st.integers(0, 1))] = draw(st.sampled_from(["", *alphabet]))
    return json.dumps("".join(text), ensure_ascii=False)


# An exponent of three digits keeps the server's quantities busy for minutes, so none is made.
QUANTITIES = mutated(
    ["1", "1Gi", "1.5Gi", "500m", "0.5", "-2", "1.", ".5", "12345678901234567890", "1n", "9Ei", "00.1"],
    "09.inumkKMGTP+-",
)
SEMVERS = mutated(
    ["1.2.3", "v1.2.3", "1.2.3-rc.1", "1.2.3-alpha+b.1", "01.2.3", "1.2", "1.0.0-0.3.7", "1.2.3-01"], "019.-+avrc"
)
URLS = mutated(
    [
        "https://a.b:80/c d?x=1&x=2#f",
        "http://u:p@h/p",
        "/path?q",
        "http://[::1]:80/x",
        "mailto:a@b",
        "//host/p",
        "a:b",
        "http://a.b/%41%zz",
        "http://h:x/",
        "*",
        "http://a.b?c=d;e",
        "HTTP://A.b/",
        "http://[fe80::1%25en0]/",
        "http://é/é",
    ],
    "abc:/?#[]@%2 .;&=é+*",
)
ADDRESSES = mutated(
    ["10.0.0.1", "::1", "2001:DB8::1", "::ffff:1.2.3.4", "fe80::1%eth0", "224.0.0.1", "1:2:3:4:5:6:7:8"], "019abf:.%/"
)
NETWORKS = mutated(
    ["10.0.0.0/8", "10.1.2.3/8", "::1/64", "1.2.3.4/33", "1.2.3.4/032", "::ffff:1.2.3.4/96", "::/0"], "019abf:./"
)
DURATIONS = mutated(
    ["1h", "1h30m", "-1.5s", "100ms", "1us", "1µs", "0", "9223372036s", "9223372037s", ".5s", "1d"], "019.hmsuµn+-"
)
TIMES = mutated(
    [
        "2024-01-02T03:04:05Z",
        "2024-01-02T03:04:05.123456789Z",
        "2024-02-30T00:00:00Z",
        "2024-01-02T03:04:05+02:00",
        "0001-01-01T00:00:00Z",
        "9999-12-31T23:59:59Z",
        "2024-01-02T24:00:00Z",
        "2024-01-02T03:04:60Z",
    ],
    "0129:TZ.+-,",
)
NUMBERS = mutated(
    ["1", "-1", "1.5", "1e3", "0x1F", "1_000", "Inf", "nan", "9223372036854775808", "18446744073709551615", "true"],
    "019.eE+-xp_",
)
NAMES = mutated(
    ["good-name", "Bad", "a.b", "a..b", "-a", "a" * 64, "a/b", "A_b.c", "", "aGVsbG8=", "2024-01-02", "http://a.b"],
    "abAB019-_./:=+ ",
)
FORMATS = [
    "dns1123Label",
    "dns1123Subdomain",
    "dns1035Label",
    "qualifiedName",
    "dns1123LabelPrefix",
    "labelValue",
    "uri",
    "dns1123SubdomainPrefix",
    "dns1035LabelPrefix",
    "uuid",
    "byte",
    "date",
    "datetime",
]
ZONES = ["", "'+02:30'", "'-1:0'", "'Europe/Paris'", "'UTC'", "'Nope'", "'+5'"]
PARTS = [
    "FullYear",
    "Month",
    "Date",
    "DayOfMonth",
    "DayOfWeek",
    "DayOfYear",
    "Hours",
    "Minutes",
    "Seconds",
    "Milliseconds",
]
CLAUSES = st.lists(
    st.sampled_from(["%s", "%d", "%.2f", "%f", "%e", "%.3e", "%x", "%X", "%o", "%b", "%%", "x", "%q"]), max_size=3
)

LIBRARIES = st.one_of(
    st.builds("[{0}].map(q, quantity(q)).map(q, [q.isInteger() ? q.asInteger() : 0, sign(q)])".format, QUANTITIES),
    st.builds(
        "[{0}].map(q, quantity(q)).map(q, [q.add(quantity({1})).isInteger(), q == quantity({1})])".format,
        QUANTITIES,
        QUANTITIES,
    ),
    st.builds("quantity({}).asApproximateFloat()".format, QUANTITIES),
    st.builds("[{0}].map(s, semver(s)).map(s, [s.major(), s.patch(), s.compareTo(semver('1.2.3'))])".format, SEMVERS),
    st.builds("semver({}, true).minor()".format, SEMVERS),
    st.builds(
        "isURL({0}) ? url({0}).get{1}() : 'none'".format,
        URLS,
        st.sampled_from(["Scheme", "Host", "Hostname", "Port", "EscapedPath"]),
    ),
    st.builds("url({}).getQuery()".format, URLS),
    st.builds(
        "[ip({0})].map(i, [i.isLoopback(), i.isLinkLocalUnicast(), i.isGlobalUnicast(), i.family() == 4])".format,
        ADDRESSES,
    ),
    st.builds("isIP({0}) ? string(ip({0})) + string(ip.isCanonical({0})) : 'none'".format, ADDRESSES),
    st.builds(
        "[cidr({0})].map(c, string(c) + string(c.masked()) + string(c.containsCIDR({1})))".format, NETWORKS, NETWORKS
    ),
    st.builds("cidr({}).containsIP({})".format, NETWORKS, ADDRESSES),
    st.builds(
        "[{0}].map(d, duration(d)).map(d, string(d) + string(d.get{1}()))".format, DURATIONS, st.sampled_from(PARTS[6:])
    ),
    st.builds(
        "[{0}].map(t, timestamp(t)).map(t, string(t) + string(t.get{1}({2})))".format,
        TIMES,
        st.sampled_from(PARTS),
        st.sampled_from(ZONES),
    ),
    st.builds("{0}(dyn({1}))".format, st.sampled_from(["int", "uint", "double", "bool"]), NUMBERS),
    st.builds("format.{0}().validate({1}).hasValue()".format, st.sampled_from(FORMATS), NAMES),
    st.builds(
        lambda clauses, values: f"'{''.join(clauses)}'.format([{', '.join(f'dyn({value})' for value in values)}])",
        CLAUSES,
        st.lists(st.one_of(LITERALS, st.sampled_from(["[1.5, 'a', null]", "{1: 2}", "-0.0", "1e21"])), max_size=3),
    ),
)


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
@given(st.lists(LIBRARIES, min_size=20, max_size=60))
def test_any_text_is_read_as_the_servers_libraries_read_it(kubernetes_cel: Oracle, expressions: list[str]) -> None:
    assert differences(kubernetes_cel, expressions, VARIABLES) == {}

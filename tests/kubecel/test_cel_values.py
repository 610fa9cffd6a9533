# ruff: noqa: ISC004 (long expressions)
"""What expressions give, compared whole."""

from __future__ import annotations

from typing import Any

import pytest

import kubecel
from kubecel.types import DYN
from kubecel.values import TypeValue, UInt

POD: dict[str, Any] = {
    "metadata": {"name": "web", "labels": {"app": "web", "a.b/c": "1"}},
    "spec": {
        "replicas": 3,
        "ratio": 0.5,
        "nothing": None,
        "names": ["b", "a"],
        "containers": [{"name": "a", "image": "reg.io/x:1"}, {"name": "b", "image": "reg.io/y"}],
    },
}


def value(expression: str) -> Any:
    return kubecel.compile(expression, {"object": DYN, "old": DYN})({"object": POD, "old": None})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        # literals
        ("[1, 0x1F, -7]  // a comment", [1, 31, -7]),
        ("[1.5, .5e1, 1e-3]", [1.5, 5.0, 0.001]),
        ("'a' + \"b\" + '''c\n''' + r'\\d' + '\\u00e9\\x41\\101\\t'", "abc\n\\déAA\t"),
        ("b'\\xff' + b'a' + bytes('é')", b"\xffa\xc3\xa9"),
        ("{'a': 1, 'b': 2,}", {"a": 1, "b": 2}),
        ("[,]", []),
        # arithmetic
        ("7 / 2 * 10 + -7 % 3", 29),
        ("1.0 / 0.0 > 1e308 && -1.0 / 0.0 < 0.0", True),
        ("[5u - 2u, 3u * 2u]", [3, 6]),
        ("!!true && --1 == 1", True),
        # comparison across number types, equality within them
        ("1 < 2u && 2u < 2.5 && 1.0 <= 1", True),
        ("object.spec.replicas == 3.0 && object.spec.replicas != '3'", True),
        ("dyn([1, 2]) == [1.0, 2.0] && dyn({'a': 1}) == {'a': 1u}", True),
        ("null == object.spec.nothing && object != null", True),
        # fields
        ("object.metadata.labels['a.b/c'] + object['metadata'].name", "1web"),
        ("[has(object.spec.nothing), has(object.spec.gone), has(old.spec)]", [True, False, False]),
        ("object.spec.containers[1.0].name", "b"),
        ("object.metadata.labels.`a.b/c` + object.metadata.?labels.?`x-y`.orValue('!')", "1!"),
        # what one operand decides, the others cannot spoil
        ("object.gone == 1 || true", True),
        ("object.gone == 1 && false", False),
        ("object.gone in []", False),
        ("[0, 1].exists(x, 1 / x == 1) && ![1, 0].all(x, 1 / x == 2)", True),
        ("true ? 1 : object.gone", 1),
        # macros
        ("object.spec.containers.map(c, c.name == 'b', c.image)", ["reg.io/y"]),
        ("object.spec.containers.filter(c, c.image.contains(':')).map(c, c.name)", ["a"]),
        ("object.metadata.labels.filter(k, k.size() == 3)", ["app"]),
        ("[1, 2, 3].exists_one(x, x > 2)", True),
        ("{'a': 1, 'b': 2}.transformList(k, v, v > 1, k)", ["b"]),
        ("{'a': 1}.transformMap(k, v, v + 1)", {"a": 2}),
        ("['x', 'y'].transformMapEntry(i, v, {v: i})", {"x": 0, "y": 1}),
        ("[3, 1, 2].all(i, v, v > i - 1) && {'a': 1}.existsOne(k, v, v == 1)", True),
        ("[{'n': 2}, {'n': 1}].sortBy(e, e.n).map(e, e.n)", [1, 2]),
        # optional values
        ("object.?spec.?gone.orValue('none')", "none"),
        ("object.spec.containers[?9].?name.or(object.metadata.?name).value()", "web"),
        ("object.spec.?replicas.optMap(n, n + 1).orValue(0)", 4),
        ("object.spec.?replicas.optFlatMap(n, optional.none()).hasValue()", False),
        ("{?'a': object.?gone, ?'b': object.?spec.?replicas}", {"b": 3}),
        ("[?optional.none(), ?optional.of(2)]", [2]),
        ("[optional.of(1), optional.none()].unwrapOpt() + optional.unwrap([optional.of(2)])", [1, 2]),
        ("old.?spec.?x.hasValue() || object.metadata.?name.?deeper.hasValue()", False),
        ("[1, 2].first().value() + [1, 2].last().value()", 3),
        # types and conversions
        ("[dyn(1), dyn('a'), dyn(null), dyn([]), dyn({}), dyn(1u), dyn(b'')].map(v, type(v))",
         [TypeValue(name) for name in ("int", "string", "null_type", "list", "map", "uint", "bytes")]),
        ("[string(3), string(1.0), string(1e6), string(true), string(b'a'), string(1u)]",
         ["3", "1", "1e+06", "true", "a", "1"]),
        ("[int('42'), int(-3.9), int(7u), int(timestamp('1970-01-01T00:01:00Z'))]", [42, -3, 7, 60]),
        ("[bool('t'), double('1.5') == 1.5, uint('7') == 7u]", [True, True, True]),
        # strings
        ("['hello'.charAt(1), 'hello'.substring(1, 3), 'aXbX'.replace('X', '-', 1), '  x '.trim()]",
         ["e", "el", "a-bX", "x"]),
        ("['hello'.indexOf('l', 3), 'hello'.lastIndexOf('l'), 'héllo😀'.size()]", [3, 3, 6]),
        ("'a,b,c'.split(',', 2) + ['Ab'.lowerAscii(), 'Ab'.upperAscii(), ['x', 'y'].join('-')]",
         ["a", "b,c", "ab", "AB", "x-y"]),
        ("'%s %d %.2f %x %X %o %b %e %%'.format(['a', 3, 1234.5, 255, 'hi', 8, 5, 1234.5])",
         "a 3 1,234.50 ff 6869 10 101 1.234500×10⁰³ %"),
        ("'%s %s %s'.format([[1, 'a', null], {'k': [true]}, duration('90s')])", '[1, "a", null] {"k":[true]} 90s'),
        ("strings.quote('a\"b\\n')", '"a\\"b\\n"'),
        # lists and sets
        ("[[3, 1, 2].sort(), [1, 2, 1].distinct(), [[1], [2]].flatten(), [1, 2, 3].slice(1, 2), lists.range(2)]",
         [[1, 2, 3], [1, 2], [1, 2], [2], [0, 1]]),
        ("[[1, 2].sum(), [3, 1].min(), [3, 1].max(), [1, 2, 1].lastIndexOf(1), [1].indexOf(2)]", [3, 1, 3, 2, -1]),
        ("[1.5, 2.5].sum() == 4.0 && ['a', 'b'].isSorted() && !object.spec.names.isSorted()", True),
        ("[sets.contains([1, 2], [2]), sets.equivalent([1, 2], [2, 1, 1]), sets.intersects(['a'], ['b'])]",
         [True, True, False]),
        ("1 in [1, 2] && 'app' in object.metadata.labels && !('z' in ['a']) && [1] in [[1]]", True),
        # regular expressions
        ("['abc 123 45'.find('[0-9]+'), 'x'.find('y')] + 'abc 123 45'.findAll('[0-9]+', 1)", ["123", "", "123"]),
        ("'aXbX'.findAll('[A-Z]|b')", ["X", "b", "X"]),
        ("'abc\\n'.matches('c$') || 'ABC'.matches('(?i)^abc$') && matches('a1', '^[[:alpha:]]\\\\d$')", True),
        # Kubernetes' own types
        ("quantity('1.5Gi').compareTo(quantity('1536Mi'))", 0),
        ("[quantity('2').asInteger(), quantity('3k').sub(1).asInteger(), sign(quantity('-1m'))]", [2, 2999, -1]),
        ("[quantity('1500m').isInteger(), isQuantity('1x'), quantity('50Mi').asApproximateFloat() == 52428800.0]",
         [False, False, True]),
        ("[ip('10.0.0.1').family(), ip('::1').family()]", [4, 6]),
        ("['fe80::1', '8.8.8.8', '224.0.0.1'].map(a, ip(a)).map(a, a.isLinkLocalUnicast() || a.isGlobalUnicast()"
         " || a.isLinkLocalMulticast())",
         [True, True, True]),
        ("[isIP('::ffff:1.2.3.4'), isIP('010.0.0.1'), ip.isCanonical('2001:DB8::1'), isCIDR('10.0.0.0/33')]",
         [False, False, False, False]),
        ("[string(cidr('10.1.2.3/8').masked()), string(cidr('10.1.2.3/8').ip())]", ["10.0.0.0/8", "10.1.2.3"]),
        ("cidr('10.0.0.0/8').containsIP('10.1.2.3') && !cidr('10.0.0.0/16').containsCIDR('10.0.0.0/8')", True),
        ("[url('https://a.b:80/c d?x=1&x=2').getHost(), url('https://a.b:80/c d').getEscapedPath()]",
         ["a.b:80", "/c%20d"]),
        ("url('https://[::1]:8080/?x=1&x=2&y').getQuery()", {"x": ["1", "2"], "y": [""]}),
        ("[url('https://[::1]:8080/').getHostname(), url('/p').getScheme(), url('http://u:p@h:1').getPort()]",
         ["::1", "", "1"]),
        ("[isURL('not a url'), isURL('http://a:b/'), isURL('')]", [False, False, False]),
        ("[semver('1.2.3-rc.1').compareTo(semver('1.2.3')), semver('v01.2', true).minor()]", [-1, 2]),
        ("[isSemver('1.2'), isSemver('v1.2', true), semver('1.0.0+a') == semver('1.0.0+b')]", [False, True, True]),
        ("format.dns1123Label().validate('Bad').hasValue() && !format.named('uuid').value()"
         ".validate('123e4567-e89b-12d3-a456-426614174000').hasValue()", True),
        ("['date', 'datetime', 'byte', 'uri', 'labelValue', 'qualifiedName'].map(n, "
         "format.named(n).value().validate('2024-02-30').hasValue())", [True, True, True, True, False, False]),
        # time
        ("timestamp('2024-03-04T05:06:07.5+02:00')", None),
        ("string(timestamp('2024-03-04T05:06:07.5+02:00') + duration('1h'))", "2024-03-04T06:06:07.5+02:00"),
        ("[timestamp('2024-03-04T00:00:00Z').getDayOfWeek(), timestamp('2024-01-01T00:00:00Z')"
         ".getHours('America/New_York'), timestamp('2024-12-31T00:00:00Z').getDayOfYear()]", [1, 19, 365]),
        ("[duration('1h30m').getMinutes(), duration('-1.5s').getMilliseconds()]", [90, -1500]),
        ("string(duration('90s')) + string(timestamp('2024-01-02T00:00:00Z') - timestamp('2024-01-01T00:00:00Z'))",
         "90s86400s"),
    ],
)  # fmt: skip
def test_expressions_give_their_values(expression: str, expected: Any) -> None:
    found = value(expression)

    assert expected is None or found == expected


def test_numbers_keep_their_kinds() -> None:
    found = value("[dyn(1u + 1u), object.spec.replicas, object.spec.ratio, dyn(size('a'))].map(v, type(v))")

    assert found == [TypeValue("uint"), TypeValue("int"), TypeValue("double"), TypeValue("int")]
    assert type(value("3u * 2u")) is UInt


@pytest.mark.parametrize(
    ("expression", "message"),
    [
        ("object.spec.gone", "no such key: gone"),
        ("object.spec.containers[5]", "index out of bounds: 5"),
        ("object.spec.names.x", "unsupported index type 'string' in list"),
        ("object.spec.names[?9223372036854775808.0]", "unsupported index value 9.223372036854776e+18 in list"),
        ("9223372036854775807 + object.spec.replicas", "integer overflow"),
        ("-9223372036854775808 / (object.spec.replicas - 4)", "integer overflow"),
        ("1u - 2u", "unsigned integer overflow"),
        ("1 / (object.spec.replicas - 3)", "division by zero"),
        ("1 % (object.spec.replicas - 3)", "modulus by zero"),
        ("dyn(1) + dyn(1.0)", "no such overload"),
        ("object.metadata.name && true", "no such overload"),
        ("object.metadata.name ? 1 : 2", "no such overload"),
        ("object.metadata.name.all(c, true)", "got 'types.String', expected iterable type"),
        ("object.metadata.name.orValue('x')", "no such overload"),
        ("object.?gone.value()", "optional.none() dereference"),
        ("int(object.metadata.name)", "type conversion error from 'string' to 'int'"),
        ("quantity(object.metadata.name)",
         "quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'"),
        ("[].max()", "max called on empty list"),
        ("'abc'.substring(2, 1)", "invalid substring range. start: 2, end: 1"),
        ("'abc'.charAt(9)", "index out of range: 9"),
        ("timestamp('9999-12-31T23:59:59Z') + duration('1h')", "timestamp overflow"),
    ],
)  # fmt: skip
def test_evaluations_fail_with_the_servers_words(expression: str, message: str) -> None:
    with pytest.raises(kubecel.EvalError) as failure:
        value(expression)

    assert str(failure.value) == message


def test_a_program_says_which_variable_it_lacks() -> None:
    program = kubecel.compile("object.a", {"object": DYN})

    with pytest.raises(kubecel.EvalError, match=r"^no such attribute\(s\): object$"):
        program({})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [("'a' == dyn(ip('::1'))", False), ("'a' != dyn(ip('::1'))", True), ("dyn(ip('::1')) != 'a'", True)],
)
def test_a_text_is_compared_with_anything_and_an_address_with_its_like_only(expression: str, expected: bool) -> None:
    assert value(expression) is expected
    with pytest.raises(kubecel.EvalError, match=r"^no such overload$"):
        value("dyn(ip('::1')) == 'a'")

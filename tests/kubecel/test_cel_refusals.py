"""What does not compile, with its sentence and its place."""

from __future__ import annotations

import pytest

import kubecel
from kubecel.types import DYN, STRING


def refusals(expression: str, version: tuple[int, int] = kubecel.NEWEST) -> tuple[tuple[str, int], ...]:
    with pytest.raises(kubecel.CelError) as refused:
        kubecel.compile(expression, {"object": DYN, "name": STRING}, version)
    return tuple(refused.value.issues)


@pytest.mark.parametrize(
    ("expression", "issues"),
    [
        ("1 + 'a'", [("found no matching overload for '_+_' applied to '(int, string)'", 2)]),
        ("foo(1)", [("undeclared reference to 'foo' (in container '')", 3)]),
        ("bar && object.x", [("undeclared reference to 'bar' (in container '')", 0)]),
        ("'a'.foo()", [("undeclared reference to 'foo' (in container '')", 7)]),
        ("'a'.startsWith(1)", [("found no matching overload for 'startsWith' applied to 'string.(int)'", 14)]),
        ("'a' && true", [("expected type 'bool' but found 'string'", 0)]),
        ("[1, 'a']", [("expected type 'int' but found 'string'", 4)]),
        ("[object.x, 1]", [("expected type 'dyn' but found 'int'", 11)]),
        ("{'a': 1, 'b': 'x'}", [("expected type 'int' but found 'string'", 14)]),
        ("1 in ['a']", [("found no matching overload for '@in' applied to '(int, list(string))'", 2)]),
        ("name.first", [("type 'string' does not support field selection", 4)]),
        ("5.all(x, true)", [
            ("expression of type 'int' cannot be range of a comprehension (must be list, map, or dynamic)", 0),
        ]),
        ("[1].all(x, x + 1)", [("expected type 'bool' but found 'int'", 13)]),
        ("[1].all(object.x, true)", [("argument must be a simple name", 14)]),
        ("has(object)", [("invalid argument to has() macro", 4)]),
        ("object.`a.b`()", [("Syntax error: mismatched input '('", 12)]),
        ("object.in", [("Syntax error: mismatched input 'in' expecting IDENTIFIER", 7)]),
        ("package + 1", [("reserved identifier: package", 0)]),
        ("cel.bind(x, 1, x)", [
            ("undeclared reference to 'x' (in container '')", 9),
            ("undeclared reference to 'x' (in container '')", 15),
            ("undeclared reference to 'cel' (in container '')", 0),
            ("undeclared reference to 'bind' (in container '')", 8),
        ]),
        ("'abc'.matches('(?=f)')", [("invalid matches argument", 14)]),
        ("duration('x')", [("invalid duration argument", 9)]),
        ("timestamp('2024-13-01T00:00:00Z')", [("invalid timestamp argument", 10)]),
        ("int('x')", [("type conversion error from 'string' to 'int'", 3)]),
        ("'%d'.format(['a'])", [
            ("error during formatting: decimal clause can only be used on integers, was given string", 13),
        ]),
        ("'%s'.format([])", [("index 0 out of range", 11)]),
        ("'%s'.format([1, 2])", [("too many arguments supplied to string.format (expected 1, got 2)", 11)]),
        ("'%z'.format([1])", [('could not parse formatting clause: unrecognized formatting clause "z"', 11)]),
        ("Pod{name: 'x'}", [("undeclared reference to 'Pod' (in container '')", 0)]),
    ],
)  # fmt: skip
def test_what_does_not_compile_is_refused_with_its_place(expression: str, issues: list[tuple[str, int]]) -> None:
    assert refusals(expression) == tuple(issues)


def test_a_refusal_knows_line_and_column_of_its_first_complaint() -> None:
    with pytest.raises(kubecel.CelError) as refused:
        kubecel.compile("object.a &&\n  (gone || true)", {"object": DYN})

    error = refused.value
    found = (error.message, error.offset, error.line, error.column)
    assert found == ("undeclared reference to 'gone' (in container '')", 15, 2, 4)


@pytest.mark.parametrize(
    "expression",
    [
        "", " \n", "// only a comment", "(((", ")", "[1, 2", "{'a'}", "'abc", '"""abc', "'\\q'", "'\\ud800'", "\x00",
        "1 +", "a b", "true false", "object.", "object.?", "object[", "1 ? 2", "@", "#", "a = 1", "9" * 5000, "1e400",
        "18446744073709551616u", "0x", "1 2 3", "object.all(x)", "[1].map(x, y, z, w)", "b'\\u00e9'",
        "'a'.matches('[')", "'a'.find('a{1001}')",
        "'a'.matches('(a)\\\\1')", "'x'.findAll('*')", "'" + "(" * 2000 + "'.matches('" + "(" * 2000 + "')",
    ],
)  # fmt: skip
def test_bad_input_is_refused_and_never_a_traceback(expression: str) -> None:
    assert all(0 <= offset <= len(expression) for _, offset in refusals(expression))


@pytest.mark.parametrize("count", [251, 5_000, 100_000])
@pytest.mark.parametrize(
    ("before", "middle", "after"),
    [("(", "1", ")"), ("[", "1", "]"), ("dyn(", "1", ")"), ("", "object", ".a"), ("", "object", "['a']"),
     ("true ? 1 : ", "2", ""), ("1 + ", "1", ""), ("[1].all(x, ", "true", ")")],
)  # fmt: skip
def test_what_is_nested_too_deeply_is_refused(before: str, middle: str, after: str, count: int) -> None:
    found = refusals(before * count + middle + after * count)

    assert found[0][0].startswith(("expression recursion limit exceeded", "expression code point size exceeds limit"))


@pytest.mark.parametrize(
    ("before", "middle", "after"),
    [
        ("(", "true", ")"),
        ("!", "true", ""),
        ("dyn(", "true", ")"),
        ("true && ", "true", ""),
        ("[1].all(x, ", "true", ")"),
    ],
)
def test_what_a_server_takes_is_not_too_deep(before: str, middle: str, after: str) -> None:
    program = kubecel.compile(before * 240 + middle + after * 240, {})

    assert program({}) is True


# --- versions ---


@pytest.mark.parametrize(
    ("expression", "since"),
    [
        ("object.?x.orValue(1) == 1", (1, 29)),
        ("optional.none().hasValue()", (1, 29)),
        ("1 < 2.0", (1, 29)),
        ("quantity('1').isInteger()", (1, 29)),
        ("'%d'.format([1]) == '1'", (1, 30)),
        ("sets.contains([1], [1])", (1, 30)),
        ("isIP('::1') && isCIDR('::1/8')", (1, 31)),
        ("format.uuid().validate('x').hasValue()", (1, 32)),
        ("[1].all(i, v, v == i)", (1, 33)),
        ("isSemver('1.2.3')", (1, 34)),
        ("object.`a.b/c` == 1 && has(object.`in`)", (1, 37)),
        ("[1].includes(1) && 'a'.includes('a')", (1, 38)),
        ("[2, 1].sort() == [1, 2]", (1, 35)),
        ("[{'a': 1}].sortBy(x, x.a).size() == 1", (1, 35)),
    ],
)
def test_a_library_is_there_from_its_version_on(expression: str, since: tuple[int, int]) -> None:
    variables = {"object": DYN}

    kubecel.compile(expression, variables, since)

    with pytest.raises(kubecel.CelError):
        kubecel.compile(expression, variables, (since[0], since[1] - 1))


def test_the_reference_gives_every_signature_with_the_first_server_that_has_it() -> None:
    found = {(str(overload), overload.since) for overload in kubecel.reference()}

    expected = {
        ("string.startsWith(string) -> bool", (1, 25)),
        ("string.format(list(dyn)) -> string", (1, 30)),
        ("ip(string) -> net.IP", (1, 31)),
        ("list(T).slice(int, int) -> list(T)", (1, 35)),
        ("_[?_](map(K, V), K) -> optional_type(V)", (1, 29)),
    }
    assert expected <= found
    assert len(found) == len(kubecel.reference())

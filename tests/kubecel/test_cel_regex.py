"""Regular expressions: google-re2 and our own machine agree, and nothing makes either slow."""

from __future__ import annotations

import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kubecel import re2_machine, re2_syntax, regex
from kubecel.errors import BudgetExceeded, EvalError
from kubecel.re2_syntax import PatternError


@pytest.fixture(params=["re2", "own"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Both engines, one after the other."""
    if request.param == "re2":
        pytest.importorskip("re2", reason="left out: google-re2 is not installed")
    else:
        monkeypatch.setattr(regex, "_engine", lambda: None)
    regex.compile_pattern.cache_clear()


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("pattern", "text", "found"),
    [
        ("b+", "abbc", "bb"),
        ("b+?", "abbc", "b"),
        ("(?U)b+", "abbc", "b"),
        ("a|ab", "ab", "a"),
        ("(?P<n>a)(?P<n>b)|(?<n>c)", "ab", "ab"),
        ("[(?P<n>]+(?P<n>a)(?P<n>b)\\(\\?P<n>", "<?ab(?P<n>", "<?ab(?P<n>"),
        ("(?i)KELVIN", "\u212aelvin", "\u212aelvin"),
        ("(?i:b)c", "Bc", "Bc"),
        ("^b", "a\nb", None),
        ("(?m)^b$", "a\nb\nc", "b"),
        ("a.b", "a\nb", None),
        ("(?s)a.b", "a\nb", "a\nb"),
        ("c$", "abc\n", None),
        (r"\bb\b", "a b c", "b"),
        (r"\Ba", "ba", "a"),
        (r"\Aa\z", "a", "a"),
        (r"[[:^alpha:]]+", "ab12c", "12"),
        (r"[^\d\s]+", "1 ab2", "ab"),
        (r"\pL+\PL", "1é\u00e72", "é\u00e72"),
        (r"[\p{Lu}-]+", "aB-C", "B-C"),
        (r"\Qa.b\E*", "a.bbb", "a.bbb"),
        (r"\x41\x{42}\103", "ABC", "ABC"),
        ("a{2}{", "aa{", "aa{"),
        ("a{2,3}", "aaaa", "aaa"),
        ("a{,3}", "a{,3}", "a{,3}"),
        ("[]a]+[a-]", "]a-", "]a-"),
        ("(?P<n>x)(?<m>y)", "xy", "xy"),
        (r"(?:a|b|[c-e])+", "abed!", "abed"),
        ("", "a", ""),
    ],
)
def test_both_engines_find_what_go_finds(pattern: str, text: str, found: str | None) -> None:
    assert regex.search(pattern, text) == found


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    ("pattern", "text", "limit", "found"),
    [("a|b", "aXb", -1, ["a", "b"]), ("a|b", "aXb", 1, ["a"]), ("a|b", "aXb", 0, []),
     ("a*", "baac", -1, ["", "aa", ""])],
)  # fmt: skip
def test_both_engines_find_all_that_go_finds(pattern: str, text: str, limit: int, found: list[str]) -> None:
    assert regex.find_all(pattern, text, limit) == found


@pytest.mark.usefixtures("engine")
@pytest.mark.parametrize(
    "pattern",
    ["(", ")", "(?", "(?=a)", "(?!a)", "(?<=a)", r"(a)\1", "[", "[z-a]", "[[:no:]]", "*", "a**", "a{1001}",
     "(a{600}){2}", "a{2,1}", "\\", r"\8", r"\Z", r"\C", r"\pX", "(?x)a", "+", "|*", "(*)",
     r"\x{110000}", "(" * 2000 + ")" * 2000],
)  # fmt: skip
def test_both_engines_refuse_what_go_refuses(pattern: str) -> None:
    with pytest.raises(EvalError, match=r"^error parsing regexp: "):
        regex.search(pattern, "a")


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        ("(a+)+$", "a" * 3_000 + "b"),
        ("(a|aa)*c", "a" * 3_000 + "b"),
        (".*.*.*=.*", "a" * 10_000),
        ("(a*)*b", "a" * 10_000),
        ("(?:x?){300}x{300}y", "x" * 300),
        (r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$", "a-" * 2_000),
    ],
)
def test_no_pattern_makes_our_own_machine_slow(pattern: str, text: str) -> None:
    started = time.process_time()

    found = re2_machine.compile_pattern(pattern).search(text)

    assert (found, time.process_time() - started < 5) == (None, True)


def test_a_pattern_too_large_for_a_text_is_cut_off() -> None:
    with pytest.raises(BudgetExceeded):
        re2_machine.compile_pattern("((a{1,9}){1,9}){1,9}b").search("a" * 100_000)


_ATOMS = [
    "a", "b", "-", ".", r"\d", r"\w", r"\W", "[a-c]", "[^a]", "[[:alpha:]]", r"\.", "^", "$", "(", "(?:", ")", "|",
    "*", "+", "?", "{2}", "{1,3}", "{2,}", "*?", "+?", "(?i)", "(?s)", "(?m)", r"\b", r"\A", r"\z", "é", r"\x41",
    r"\pL", r"[^\s]", "(?i:K)", "[a-z0-9]", "[]a]", r"\1", "(?=", "[z-a]", "\\", "{", "(?U)", "\n", r"\141",
    r"[\d-]", "[a-c-e]", "()",
]  # fmt: skip


@settings(max_examples=1500, deadline=None)
@given(
    pattern=st.lists(st.sampled_from(_ATOMS), min_size=1, max_size=8).map("".join),
    text=st.text("aabbAc-.1 \nékK_", max_size=8),
)
def test_our_own_machine_agrees_with_google_re2(pattern: str, text: str) -> None:
    re2 = pytest.importorskip("re2", reason="left out: google-re2 is not installed")
    options = re2.Options()
    options.log_errors = False
    try:
        theirs = re2.compile(pattern, options).search(text) is not None
    except re2.error:
        theirs = "refused"

    try:
        tree = re2_syntax.parse(pattern)
        matcher, machine = re2_machine.compile_pattern(pattern), re2_machine._Machine(tree)
        ours = {matcher.search(text) is not None, machine.search(text, 0) is not None}
    except PatternError:
        ours = {"refused"}

    assert ours == {theirs}

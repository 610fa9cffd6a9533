"""The text report: what a person reads, on a terminal and in a log."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

import pytest

from kataform.finding import Finding, Fix, Location, Related, Severity
from kataform.report import text
from kataform.report.result import Counts, Result, View

PATH = "base/kataconfig.yaml"
SOURCE = """\
apiVersion: kataconfiguration.openshift.io/v1
kind: KataConfig
metadata:
  name: cluster-kataconfig
spec:
  kataConfigPoolSelector:
    matchLabels:
      kata: true
"""
BOOLEAN = Finding(
    "unquoted-boolean",
    Severity.ERROR,
    "the label 'kata' must be a string, but true is a boolean",
    Location(PATH, 8, 13, 8, 17),
    "write it as 'true'",
    "KataConfig/cluster-kataconfig",
    "/spec/kataConfigPoolSelector/matchLabels/kata",
)


def report(result: Result, view: View) -> str:
    stream = io.StringIO()
    text.write(result, stream, view)
    return stream.getvalue()


def full(
    finding: Finding, source: str = SOURCE, *, width: int = 120, secret: Mapping[str, frozenset[int]] | None = None
) -> str:
    """The report of one finding on a terminal, without the line that closes it."""

    def lines(path: str) -> Sequence[str] | None:
        return source.split("\n") if path == PATH else None

    view = View("full", width=width, lines=lines, secret_lines=secret or {})
    return report(Result((finding,)), view).rpartition("\n\n")[0] + "\n"


def excerpt(source: str, line: int, column: int, end: int, width: int = 120) -> list[str]:
    """The line with the span and the line under it, without the frame."""
    shown = full(Finding("r", Severity.ERROR, "m", Location(PATH, line, column, line, end)), source, width=width)
    rows = [row[4:] for row in shown.splitlines()[2:]]
    return rows[-3:-1]


class TestFull:
    def test_a_finding_shows_its_line_with_the_span_underlined(self) -> None:
        assert full(BOOLEAN) == (
            "error[unquoted-boolean]: the label 'kata' must be a string, but true is a boolean\n"
            " --> base/kataconfig.yaml:8:13\n"
            "  |\n"
            "6 |   kataConfigPoolSelector:\n"
            "7 |     matchLabels:\n"
            "8 |       kata: true\n"
            "  |             ^^^^\n"
            "  |\n"
            "  = object: KataConfig/cluster-kataconfig /spec/kataConfigPoolSelector/matchLabels/kata\n"
            "  = help: write it as 'true'\n"
        )

    def test_everything_a_finding_can_say(self) -> None:
        finding = Finding(
            "r",
            Severity.WARNING,
            "first\nsecond",
            Location(PATH, 8, 7, 8, 11),
            "do this\nthen that",
            "KataConfig/k",
            "",
            (Related(Location(PATH, 2, 1, 2, 5), "the kind"), Related(Location("other.yaml", 12, 3), "the patch")),
            Fix("quote it", False, ()),
            ("overlays/a", "overlays/b"),
            ("spec is ignored", "every node reboots"),
        )

        assert full(finding) == (
            "warning[r]: first\n"
            "     second\n"
            "  --> base/kataconfig.yaml:8:7\n"
            "   |\n"
            " 6 |   kataConfigPoolSelector:\n"
            " 7 |     matchLabels:\n"
            " 8 |       kata: true\n"
            "   |       ^^^^\n"
            "   |\n"
            "  ::: base/kataconfig.yaml:2:1: the kind\n"
            "   |\n"
            " 2 | kind: KataConfig\n"
            "   | ----\n"
            "   |\n"
            "  ::: other.yaml:12:3: the patch\n"
            "   = object: KataConfig/k\n"
            "   = also explains: spec is ignored\n"
            "   = also explains: every node reboots\n"
            "   = note: seen in 2 overlays: overlays/a, overlays/b\n"
            "   = help: do this\n"
            "           then that\n"
            "   = unsafe fix: quote it\n"
        )

    def test_long_lists_are_cut_and_counted(self) -> None:
        finding = Finding(
            "r",
            Severity.ERROR,
            "m",
            Location("x.yaml"),
            related=tuple(Related(Location(f"{name}.yaml"), "here") for name in "abcdefg"),
            overlays=tuple("abcdefg"),
            consequences=tuple("abcdef"),
        )

        assert full(finding) == (
            "error[r]: m\n"
            " --> x.yaml\n"
            " ::: a.yaml: here\n"
            " ::: b.yaml: here\n"
            " ::: c.yaml: here\n"
            " ::: d.yaml: here\n"
            " ::: e.yaml: here\n"
            "  = note: 2 more places related to this\n"
            "  = also explains: a\n"
            "  = also explains: b\n"
            "  = also explains: c\n"
            "  = also explains: d\n"
            "  = also explains: e\n"
            "  = also explains: 1 more problem\n"
            "  = note: seen in 7 overlays: a, b, c, d, e, and 2 more\n"
        )

    def test_a_fix_that_is_the_remedy_is_said_once(self) -> None:
        finding = Finding("r", Severity.ERROR, "m", Location("x"), "quote it", fix=Fix("quote it", True, ()))

        assert full(finding) == "error[r]: m\n --> x\n  = help: quote it (safe fix)\n"

    @pytest.mark.parametrize("overlay", ["overlays/prod", "prod"])
    def test_the_overlay_that_the_path_names_is_not_repeated(self, overlay: str) -> None:
        finding = Finding("r", Severity.ERROR, "m", Location("overlays/prod/patch.yaml"), overlays=(overlay,))

        assert full(finding) == "error[r]: m\n --> overlays/prod/patch.yaml\n"

    def test_one_overlay_elsewhere_is_named(self) -> None:
        finding = Finding("r", Severity.ERROR, "m", Location("base/x.yaml"), overlays=("overlays/prod",))

        assert full(finding) == "error[r]: m\n --> base/x.yaml\n  = note: seen in 1 overlay: overlays/prod\n"

    @pytest.mark.parametrize(
        "location", [Location(PATH), Location(PATH, 40, 1), Location("gone.yaml", 3, 1)], ids=["file", "beyond", "gone"]
    )
    def test_a_place_without_a_line_has_no_excerpt(self, location: Location) -> None:
        shown = full(Finding("r", Severity.ERROR, "m", location))

        assert [row.strip() for row in shown.splitlines()] == ["error[r]: m", f"--> {location}"]

    def test_the_end_of_a_file_is_a_place(self) -> None:
        shown = full(Finding("yaml-syntax", Severity.ERROR, "m", Location(PATH, 3, 1, 3, 1)), 'a: "b\n')

        assert shown == ('error[yaml-syntax]: m\n --> base/kataconfig.yaml:3:1\n  |\n1 | a: "b\n2 |\n3 |\n  | ^\n  |\n')

    def test_context_stays_in_the_document(self) -> None:
        shown = full(Finding("r", Severity.ERROR, "m", Location(PATH, 4, 1, 4, 2)), "a: 1\n---\n\nb: 2\n")

        assert shown == "error[r]: m\n --> base/kataconfig.yaml:4:1\n  |\n4 | b: 2\n  | ^\n  |\n"

    def test_a_line_without_a_column_is_underlined_whole(self) -> None:
        shown = full(Finding("r", Severity.ERROR, "m", Location(PATH, 1)), "  a: 1  \n")

        assert shown == "error[r]: m\n --> base/kataconfig.yaml:1\n  |\n1 |   a: 1\n  |   ^^^^\n  |\n"

    def test_a_span_over_lines_is_underlined_to_the_end_of_its_first(self) -> None:
        shown = full(Finding("r", Severity.ERROR, "m", Location(PATH, 1, 4, 3, 1)), "a: {b: 1,\n  c: 2}\n")

        assert shown == "error[r]: m\n --> base/kataconfig.yaml:1:4\n  |\n1 | a: {b: 1,\n  |    ^^^^^^\n  |\n"


class TestSpan:
    @pytest.mark.parametrize(
        ("source", "column", "end", "expected"),
        [
            ("a: bc", 4, 6, ["a: bc", "   ^^"]),
            ("a: bc", 4, 4, ["a: bc", "   ^"]),
            ("a: bc\r", 4, 6, ["a: bc", "   ^^"]),
            ("\ta:\tbc", 5, 7, ["    a:  bc", "        ^^"]),
            ("漢字: bc", 5, 7, ["漢字: bc", "      ^^"]),
            ("a: 漢字", 4, 6, ["a: 漢字", "   ^^^^"]),
            ("e\u0301: bc", 5, 7, ["e\u0301: bc", "   ^^"]),
            ("a: e\u0301", 4, 6, ["a: e\u0301", "   ^"]),
            ("a:\u00a0bc", 3, 4, ["a:\\xa0bc", "  ^^^^"]),
            ("\x1b[31m: bc", 8, 10, ["\\x1b[31m: bc", "          ^^"]),
            ("\u202ea: bc", 5, 7, ["\\u202ea: bc", "         ^^"]),
            ("a: bc", 99, 100, ["a: bc", "     ^"]),
        ],
        ids=[
            "plain", "empty", "crlf", "tabs", "wide-before", "wide", "combining-before", "combining", "no-break-space",
            "control", "bidirectional", "past-the-end",
        ],
    )  # fmt: skip
    def test_the_underline_stands_under_the_span(self, source: str, column: int, end: int, expected: list[str]) -> None:
        assert excerpt(source, 1, column, end) == expected

    @pytest.mark.parametrize(
        ("source", "column", "end", "expected"),
        [
            ("a" * 10 + "HERE" + "b" * 90, 11, 15, ["a" * 10 + "HERE" + "b" * 20 + "…", " " * 10 + "^^^^"]),
            ("a" * 90 + "HERE", 91, 95, ["…" + "a" * 30 + "HERE", " " * 31 + "^^^^"]),
            ("a" * 90 + "HERE" + "b" * 90, 91, 95, ["…" + "a" * 15 + "HERE" + "b" * 15 + "…", " " * 16 + "^^^^"]),
            ("a: " + "b" * 90, 4, 94, ["…" + "b" * 34 + "…", " " + "^" * 34]),
            ("漢" * 90, 46, 47, ["…" + "漢" * 17 + "…", " " * 17 + "^^"]),
            (
                "a" * 500_000 + "HERE" + "b" * 500_000,
                500_001,
                500_005,
                ["…" + "a" * 15 + "HERE" + "b" * 15 + "…", " " * 16 + "^^^^"],
            ),
        ],
        ids=["start", "end", "middle", "long-span", "wide", "a-megabyte"],
    )
    def test_a_long_line_is_cropped_around_the_span(
        self, source: str, column: int, end: int, expected: list[str]
    ) -> None:
        assert excerpt(source, 1, column, end, width=40) == expected


class TestSecret:
    def test_a_line_of_a_secret_is_not_shown_nor_measured(self) -> None:
        shown = full(BOOLEAN, secret={PATH: frozenset({7, 8})})

        assert shown == (
            "error[unquoted-boolean]: the label 'kata' must be a string, but true is a boolean\n"
            " --> base/kataconfig.yaml:8:13\n"
            "  |\n"
            "6 |   kataConfigPoolSelector:\n"
            "7 | <a Secret's value is not shown>\n"
            "8 | <a Secret's value is not shown>\n"
            "  |\n"
            "  = object: KataConfig/cluster-kataconfig /spec/kataConfigPoolSelector/matchLabels/kata\n"
            "  = help: write it as 'true'\n"
        )


class TestLines:
    def test_one_line_per_finding_then_the_summary(self) -> None:
        findings = (
            BOOLEAN,
            Finding("latest-tag", Severity.WARNING, "the tag is latest", Location("a.yaml", 3)),
            Finding("root-not-built", Severity.INFO, "not built:\n  no kustomize\n", Location("b"), "install it"),
            Finding("nowhere", Severity.ERROR, "no place", Location("")),
        )

        shown = report(Result(findings, 5, 6, 2, 7, ("no kustomize: 1 root not built",)), View())

        assert shown == (
            "base/kataconfig.yaml:8:13: error[unquoted-boolean] the label 'kata' must be a string, but true is a "
            "boolean; write it as 'true'\n"
            "a.yaml:3: warning[latest-tag] the tag is latest\n"
            "b: info[root-not-built] not built: no kustomize; install it\n"
            "error[nowhere] no place\n"
            "\n"
            "note: no kustomize: 1 root not built\n"
            "2 errors, 1 warning, 1 info; checked 5 of 6 objects in 2 overlays and 7 files\n"
        )

    def test_control_characters_are_escaped(self) -> None:
        finding = Finding("r", Severity.ERROR, "\x1b[2J\u202em\x07", Location("a\x1b]0;x\x07\n.yaml"), "\x9b1m\ra")

        assert report(Result((finding,)), View()).splitlines()[0] == (
            r"a\x1b]0;x\x07\x0a.yaml: error[r] \x1b[2J\u202em\x07; \x9b1m\x0da"
        )

    @pytest.mark.parametrize("style", ["full", "lines"])
    def test_nothing_found_is_one_line_with_the_coverage(self, style: str) -> None:
        view = View("full" if style == "full" else "lines")

        assert report(Result((), 412, 412, 9, 30), view) == "checked 412 of 412 objects in 9 overlays and 30 files\n"

    @pytest.mark.parametrize(
        ("result", "expected"),
        [
            (Result((), 1, 1, 1, 5), "checked 1 of 1 object in 1 overlay and 5 files\n"),
            (Result((), 0, 2, 0, 1), "checked 0 of 2 objects in 1 file\n"),
            (Result((), 1, 1, 0, 1, others=1), "checked 1 of 1 object in 1 file; 1 file is no manifest\n"),
            (Result((), 2, 2, 1, 0, others=14), "checked 2 of 2 objects in 1 overlay; 14 files are no manifests\n"),
            (Result((), 0, 0, 0, 0), "checked 0 of 0 objects in 0 files\n"),
            (
                Result((), 2, 2, 1, 1, (), Counts(2, 2, 0, 0)),
                "kubeconform: 2 of 2 objects valid\nchecked 2 of 2 objects in 1 overlay and 1 file\n",
            ),
            (
                Result((), 3, 3, 1, 0, (), Counts(3, 1, 1, 1)),
                "kubeconform: 1 of 3 objects valid, 1 invalid, 1 skipped\nchecked 3 of 3 objects in 1 overlay\n",
            ),
        ],
    )
    def test_the_coverage_counts_in_words(self, result: Result, expected: str) -> None:
        assert report(result, View()) == expected


def test_colour_changes_nothing_but_colour() -> None:
    finding = Finding("r", Severity.WARNING, "m", Location(PATH, 8, 7, 8, 11), "h", fix=Fix("f", True, ()))
    result = Result((finding, BOOLEAN), 1, 1, 1, 1, ("n",))

    def lines(path: str) -> Sequence[str]:
        return SOURCE.split("\n")

    for style in ("full", "lines"):
        view = View("full" if style == "full" else "lines", lines=lines)
        coloured = View(view.style, color=True, lines=lines)

        assert "\x1b[1;31merror[unquoted-boolean]\x1b[0m" in report(result, coloured)
        assert re.sub(r"\x1b\[[0-9;]*m", "", report(result, coloured)) == report(result, view)

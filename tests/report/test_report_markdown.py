"""Markdown for a job summary or a comment."""

from __future__ import annotations

import io

from kataform.finding import Finding, Location, Severity
from kataform.report import markdown
from kataform.report.result import Counts, Result, View


def report(result: Result) -> str:
    stream = io.StringIO()
    markdown.write(result, stream, View())
    return stream.getvalue()


def test_the_whole_report() -> None:
    findings = (
        Finding("r", Severity.ERROR, "a\nb", Location("x.yaml", 3, 5), "do this", overlays=("p", "q")),
        Finding("w", Severity.WARNING, "c", Location("y.yaml")),
    )

    assert report(Result(findings, 2, 3, 1, 1, ("no kustomize",), Counts(3, 3, 0, 0))) == (
        "<!-- kataform -->\n"
        "### kataform\n"
        "\n"
        "checked 2 of 3 objects in 1 overlay and 1 file\n"
        "\n"
        "kubeconform: 3 of 3 objects valid\n"
        "\n"
        "- no kustomize\n"
        "\n"
        "**1 error**\n"
        "\n"
        "| Where | Problem | What to do |\n"
        "| --- | --- | --- |\n"
        "| <code>x.yaml:3:5</code> | a b <code>r</code> (seen in 2 overlays) | do this |\n"
        "\n"
        "<details>\n"
        "<summary>1 warning</summary>\n"
        "\n"
        "| Where | Problem | What to do |\n"
        "| --- | --- | --- |\n"
        "| <code>y.yaml</code> | c <code>w</code> |  |\n"
        "\n"
        "</details>\n"
    )


def test_markup_is_escaped() -> None:
    finding = Finding("r", Severity.ERROR, "@all #1 <b> a|b `c` [d](https://e) :tada:\x1b", Location("a|`b`.yaml"))

    row = report(Result((finding,))).splitlines()[-1]

    assert row == (
        "| <code>a&#124;&#96;b&#96;.yaml</code> | &#64;all &#35;1 &#60;b&#62; a&#124;b &#96;c&#96; "
        "&#91;d&#93;(https&#58;//e) &#58;tada&#58;&#92;x1b <code>r</code> |  |"
    )


def test_it_fits_a_comment_and_counts_what_does_not() -> None:
    findings = [Finding("r", Severity.ERROR, "m" * 100, Location("x.yaml", at)) for at in range(1, 1001)]
    findings += [Finding("r", Severity.INFO, "m" * 100, Location("x.yaml", at)) for at in range(1, 1001)]

    text = report(Result(tuple(findings), notes=("n" * 100,) * 1000))

    shown = text.count("<code>x.yaml")
    assert len(text) < 65_536
    assert 300 < shown < 1000
    assert f"\n{1000 - shown} more findings not shown here.\n" in text
    assert "\n1000 more findings not shown here.\n" in text
    assert f"- {1000 - text.count('- nnn')} more notes\n" in text


def test_nothing_found_is_the_coverage() -> None:
    assert (
        report(Result((), 2, 2, 1, 1))
        == "<!-- kataform -->\n### kataform\n\nchecked 2 of 2 objects in 1 overlay and 1 file\n"
    )

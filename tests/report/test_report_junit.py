"""JUnit's XML, read back by a real XML parser."""

from __future__ import annotations

import io
from xml.etree import ElementTree as ET

from kataform.finding import Finding, Location, Severity
from kataform.report import junit
from kataform.report.result import Result, View


def report(result: Result) -> str:
    stream = io.StringIO()
    junit.write(result, stream, View())
    return stream.getvalue()


def test_the_whole_report() -> None:
    findings = (
        Finding("r", Severity.ERROR, 'a "<b>"\nc & d', Location("x.yaml", 3, 5), "do this"),
        Finding("w", Severity.WARNING, "é", Location("y.yaml")),
    )

    assert report(Result(findings, 2, 3, 1, 1, ("no kustomize",))) == (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        '<testsuites name="kataform" tests="3" failures="1" errors="0" skipped="0">\n'
        '  <testsuite name="kataform" tests="3" failures="1" errors="0" skipped="0">\n'
        '    <testcase classname="kataform" name="checked 2 of 3 objects in 1 overlay and 1 file"/>\n'
        '    <testcase classname="x.yaml" name="r at x.yaml:3:5">\n'
        '      <failure type="r" message="a &quot;&lt;b&gt;&quot;&#10;c &amp; d">x.yaml:3:5\n'
        "a &quot;&lt;b&gt;&quot;\n"
        "c &amp; d\n"
        "do this</failure>\n"
        "    </testcase>\n"
        '    <testcase classname="y.yaml" name="w at y.yaml">\n'
        "      <system-out>warning: y.yaml\n"
        "&#233;</system-out>\n"
        "    </testcase>\n"
        "    <system-out>no kustomize\n"
        "1 error, 1 warning; checked 2 of 3 objects in 1 overlay and 1 file</system-out>\n"
        "  </testsuite>\n"
        "</testsuites>\n"
    )


def test_any_text_is_well_formed_and_names_are_unique() -> None:
    odd = "]]>\x00\x1b\udcff\ufffe\u202e<&\"'"
    finding = Finding("r", Severity.ERROR, odd, Location("x<&\"'", 1))

    root = ET.fromstring(report(Result((finding, finding), notes=(odd,))))

    cases = root.findall("testsuite/testcase")
    assert [case.get("name") for case in cases[1:]] == ["r at x<&\"':1", "r at x<&\"':1 (2)"]
    (failure,) = cases[1].findall("failure")
    assert failure.get("message") == "]]>\\x00\\x1b\\udcff\\ufffe\\u202e<&\"'"


def test_a_clean_run_is_one_passed_test() -> None:
    root = ET.fromstring(report(Result((), 2, 2, 1, 1)))

    assert root.attrib == {"name": "kataform", "tests": "1", "failures": "0", "errors": "0", "skipped": "0"}
    assert [case.get("name") for case in root.iter("testcase")] == ["checked 2 of 2 objects in 1 overlay and 1 file"]

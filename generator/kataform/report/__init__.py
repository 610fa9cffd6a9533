"""Reports: what a run found and covered, in the formats that people and other programs read."""

from __future__ import annotations

from kataform.report import github, gitlab, json, junit, markdown, sarif, text
from kataform.report.result import Writer

__all__ = ["REPORTS"]

REPORTS: dict[str, Writer] = {
    "text": text.write,
    "json": json.write,
    "sarif": sarif.write,
    "github": github.write,
    "gitlab": gitlab.write,
    "junit": junit.write,
    "markdown": markdown.write,
}

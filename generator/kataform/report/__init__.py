"""Reports: what a run found and covered, in the formats that people and other programs read."""

from __future__ import annotations

from kataform.report import json, text
from kataform.report.result import Writer

__all__ = ["REPORTS"]

REPORTS: dict[str, Writer] = {
    "text": text.write,
    "json": json.write,
}

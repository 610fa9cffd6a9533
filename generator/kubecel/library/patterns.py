"""Kubernetes' own functions for regular expressions, in RE2's dialect.

https://github.com/kubernetes/apiserver/blob/master/pkg/cel/library/regex.go
"""

from __future__ import annotations

from kubecel import regex
from kubecel.signature import method

OVERLOADS = (
    method("string", "find(string) -> string", lambda text, pattern: regex.search(pattern, text) or ""),
    method("string", "findAll(string) -> list(string)", lambda text, pattern: regex.find_all(pattern, text, -1)),
    method(
        "string",
        "findAll(string, int) -> list(string)",
        lambda text, pattern, limit: regex.find_all(pattern, text, limit),
    ),
)

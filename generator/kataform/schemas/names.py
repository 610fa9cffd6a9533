"""Why kube-apiserver refuses a name, a key or a label value: its rules, in words."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from kubecel.records import dataclass

__all__ = ["Rule", "has_variable", "mended", "named", "refusal"]

_ALNUM = "letters and digits"
_LOWER = "lower-case letters and digits"


@dataclass(frozen=True, slots=True)
class Rule:
    """What a text must be: the finding's rule, the noun for it, its longest length, and its characters.

    `inside` is a class of a regular expression, `ends` that of the first and the last character; `words` says both.
    """

    finding: str
    noun: str
    most: int
    inside: str
    ends: str
    words: str


_LABEL = ("a-z0-9-", "a-z0-9", f"{_LOWER} and '-', with a letter or digit at both ends")
_SUBDOMAIN = ("a-z0-9.-", "a-z0-9", f"{_LOWER}, '-' and '.', with a letter or digit at both ends of each part")
_QUALIFIED = ("A-Za-z0-9._-", "A-Za-z0-9", f"{_ALNUM}, '-', '_' and '.', with a letter or digit at both ends")
_CONFIG = ("A-Za-z0-9._-", "A-Za-z0-9._-", f"{_ALNUM}, '-', '_' and '.'")
_PORT = ("a-z0-9-", "a-z0-9", f"{_LOWER} and single '-', at least one letter among them")

_RULES: Mapping[str, Rule] = {
    "label-key": Rule("invalid-label-key", "label key", 63, *_QUALIFIED),
    "optional-label-key": Rule("invalid-label-key", "label key", 63, *_QUALIFIED),
    "annotation-key": Rule("invalid-annotation-key", "annotation key", 63, *_QUALIFIED),
    "container-resource": Rule("invalid-resource-name", "resource name", 63, *_QUALIFIED),
    "label-value": Rule("invalid-label-value", "label value", 63, *_QUALIFIED),
    "finalizer": Rule("invalid-name", "finalizer", 63, *_QUALIFIED),
    "dns-1123-label": Rule("invalid-name", "DNS label", 63, *_LABEL),
    "dns-1123-subdomain": Rule("invalid-name", "DNS name", 253, *_SUBDOMAIN),
    "dns-1035-label": Rule("invalid-name", "DNS label", 63, "a-z0-9-", "a-z0-9", f"{_LOWER} and '-', first a letter"),
    "cron-job-name": Rule("invalid-name", "name of a CronJob", 52, *_SUBDOMAIN),
    "path-segment": Rule(
        "invalid-name", "name", 0, "^/%", "^/%", "all characters but '/' and '%', and not '.' or '..' alone"
    ),
    "config-key": Rule("invalid-key", "key of a ConfigMap or Secret", 253, *_CONFIG),
    "environment-name": Rule("invalid-name", "name of an environment variable", 0, *_CONFIG),
    "relaxed-environment-name": Rule(
        "invalid-name", "name of an environment variable", 0, " -<>-~", " -<>-~", "printable ASCII characters but '='"
    ),
    "port-name": Rule("invalid-name", "port name", 15, *_PORT),
    "port-reference": Rule("invalid-value", "port", 15, *_PORT),
    "qualified-name": Rule("invalid-name", "qualified name", 63, *_QUALIFIED),
    "provisioner": Rule("invalid-name", "name of a provisioner", 63, *_QUALIFIED),
    "fully-qualified": Rule("invalid-name", "DNS name of three parts or more", 253, *_SUBDOMAIN),
    "host": Rule("invalid-name", "host name", 253, "a-z0-9.*-", "a-z0-9", f"{_SUBDOMAIN[2]}; the first may be '*'"),
    "percentage": Rule("invalid-value", "percentage", 0, "0-9%", "0-9%", "digits and a '%'; a number needs no quotes"),
    "base64": Rule(
        "invalid-base64", "base64", 0, "A-Za-z0-9+/=\r\n", "A-Za-z0-9+/=\r\n", "base64's characters, in fours"
    ),
    "date-time": Rule(
        "invalid-value", "date", 0, "0-9TZ:.,+-", "0-9TZ", "digits and signs, as in 2026-01-31T12:00:00Z"
    ),
}
_DNS = _RULES["dns-1123-subdomain"]
_DNS_NAME = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*", re.ASCII)
_VARIABLE = re.compile(r"\$\([^()]+\)|\$\{[^{}]+\}")
_RESOURCES = {"mem": "memory", "ram": "memory", "cpus": "cpu", "storage": "ephemeral-storage"}
_MENDABLE = ("invalid-name", "invalid-key", "invalid-label-key", "invalid-label-value", "invalid-annotation-key")
_PREFIXED = (
    "label-key",
    "optional-label-key",
    "annotation-key",
    "container-resource",
    "finalizer",
    "qualified-name",
    "provisioner",
)


def named(rule: str) -> Rule | None:
    """The rule that a schema names in `x-kataform`; `optional-` allows '', `-prefix` is for generateName."""
    return _RULES.get(rule) or _RULES.get(rule.removeprefix("optional-").removesuffix("-prefix"))


def refusal(rule: str, text: str) -> str:
    """Why a rule refuses a text, to follow "… is no <noun>: "."""
    known = named(rule)
    if known is None:
        return "the API server does not allow it"
    if rule in _PREFIXED and "/" in text:
        return _prefixed(known, text)
    if rule == "container-resource" and _fits(known, text):
        return "containers have cpu, memory, ephemeral-storage, hugepages-<size> and domain/name"
    return _reason(known, text)


def has_variable(text: str) -> bool:
    """Whether a part of a text stands for something else: `$(name)` of kustomize's vars, `${NAME}` of Flux."""
    return _VARIABLE.search(text) is not None


def mended(rule: str, text: str) -> Iterator[str]:
    """What may have been meant by a text that a rule refuses, the likeliest first; the caller tries them."""
    known = named(rule)
    if rule == "container-resource":
        yield _RESOURCES.get(text.lower(), text.lower())
    if rule in _PREFIXED and text.count("/") == 1:
        prefix, _, name = text.partition("/")
        yield f"{_lowered(prefix)}/{_cleaned(name)}"
    elif known is not None and known.finding in _MENDABLE:
        lower = known.inside.startswith("a-z0-9")
        yield _lowered(text) if lower else _cleaned(text)


def _prefixed(rule: Rule, text: str) -> str:
    """Of a key with a prefix: which part is wrong."""
    prefix, _, name = text.partition("/")
    if "/" in name:
        return "it has more than one '/'"
    if len(prefix) > _DNS.most or not _DNS_NAME.fullmatch(prefix):
        return f"before the '/', {_reason(_DNS, prefix)}"
    return _reason(rule, name)


def _reason(rule: Rule, text: str) -> str:
    if rule.most and len(text) > rule.most:
        return f"it has {len(text)} characters, {rule.most} are allowed"
    if not text:
        return "it is empty"
    other = re.search(f"[{rule.inside[1:]}]" if rule.inside.startswith("^") else f"[^{rule.inside}]", text)
    if other:
        return f"{_character(other.group())} is not allowed; allowed are {rule.words}"
    return f"allowed are {rule.words}"


def _fits(rule: Rule, text: str) -> bool:
    return re.fullmatch(f"[{rule.ends}]([{rule.inside}]*[{rule.ends}])?", text) is not None


def _lowered(text: str) -> str:
    return re.sub(r"[^a-z0-9.-]+", "-", text.lower()).strip("-.")


def _cleaned(text: str) -> str:
    return re.sub(r"[^A-Za-z0-9._-]+", "-", text).strip("-._")


def _character(char: str) -> str:
    if char == " ":
        return "a space"
    return f"'{char}'" if char.isprintable() else f"the character U+{ord(char):04X}"

"""The functions that expressions of policies have, as the Markdown page docs/cel.md, from kubecel's own table."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from kataform.policies.lint import OLDEST, Version
from kubecel.library import (
    authorizer,
    formats,
    lists,
    macros,
    network,
    operators,
    optional,
    patterns,
    quantity,
    semver,
    sets,
    strings,
    time,
    url,
)
from kubecel.library.macros import Macro
from kubecel.signature import Overload
from kubecel.types import Type

# The OpenShift minor that is built on a Kubernetes minor.
OpenShiftOf = Callable[[str], "str | None"]

_INTRODUCTION = """\
<!-- Generated from generator/kubecel by schemas/generate/policies.py; do not edit. -->

# CEL in policies

Expressions of policies are CEL as kube-apiserver evaluates it, with the functions that its version has. The column
*since* names the first Kubernetes, and the OpenShift that is built on it, that takes a new policy with such a call; a
server takes from a new policy only what the minor before its own knew, too, so that it can be rolled back. Nothing
there means Kubernetes {oldest}, the first with these policies, or older. `kataform policy lint` compares with the
clusters of your overlays, and `check` says of a policy in the tree what its cluster would not take.

A capital letter stands for any type. `object`, `oldObject`, `params` and all that is in them are `dyn`: which function
it is, the values say. `cel.bind` and the `transform` macros over one variable are not there, since no API server has
them. An OverlayPolicy also has [`resource`](policies.md).
"""
_HEAD = ("| Call | Gives | Since |", "|---|---|---|")
_LIBRARIES: tuple[tuple[str, str, Sequence[Overload]], ...] = (
    ("Operators and conversions", "", operators.OVERLOADS),
    (
        "Optional values",
        "`a.?b` and `a[?key]` give an optional: none, where a field, key or element is not there.",
        optional.OVERLOADS,
    ),
    ("Strings", "", strings.OVERLOADS),
    (
        "Regular expressions",
        "In the dialect of RE2, which takes no longer for any pattern than for the text; `matches` stands above.",
        patterns.OVERLOADS,
    ),
    ("Lists", "", lists.OVERLOADS),
    ("Sets", "Lists, of which neither order nor repetition counts.", sets.OVERLOADS),
    ("Timestamps and durations", "", time.OVERLOADS),
    ("Quantities", "Amounts such as `500Mi` and `0.5`.", quantity.OVERLOADS),
    ("Semantic versions", "", semver.OVERLOADS),
    ("Addresses and networks", "", network.OVERLOADS),
    ("URLs", "", url.OVERLOADS),
    ("Named formats", "What names in Kubernetes must look like.", formats.OVERLOADS),
    (
        "The authorizer",
        "What a user may do is known to a cluster alone: here such a policy is undecidable, which is said once.",
        authorizer.OVERLOADS,
    ),
)
# Operators that do not stand between two operands.
_OPERATORS = {
    "@in": "{} in {}", "_[_]": "{}[{}]", "_[?_]": "{}[?{}]", "_?_:_": "{} ? {} : {}", "-_": "-{}", "!_": "!{}",
}  # fmt: skip
_TESTING = frozenset({"all", "exists", "exists_one", "existsOne", "filter"})
_SHORT = {
    "google.protobuf.": "",
    "kubernetes.": "",
    "Duration": "duration",
    "Timestamp": "timestamp",
    "optional_type": "optional",
}


def page(openshift_of: OpenShiftOf) -> str:
    """All macros and functions, by library, each with the first server that has it."""
    oldest = "{}.{}".format(*OLDEST)
    lines = [_INTRODUCTION.format(oldest=oldest)]
    lines += [
        "## Macros",
        "",
        "`values` are a list, or a map whose keys they are; `key` is an index of a list.",
        "",
        "| Call | Since |",
        "|---|---|",
    ]
    lines += [f"| `{_macro(macro)}` | {_since(macro.since, openshift_of)} |" for macro in macros.MACROS]
    for title, said, overloads in _LIBRARIES:
        lines += ["", f"## {title}", "", *((said, "") if said else ()), *_HEAD]
        rows: dict[tuple[object, ...], list[Overload]] = {}
        for overload in overloads:
            rows.setdefault(_alike(overload), []).append(overload)
        lines += [_row(alike, openshift_of) for alike in rows.values()]
    return "\n".join([*lines, ""])


def _alike(overload: Overload) -> tuple[object, ...]:
    """What overloads have in common that stand in one row, as those of a comparison do."""
    return overload.name, overload.member, overload.result, max(overload.since, OLDEST), overload.removed


def _row(overloads: Sequence[Overload], openshift_of: OpenShiftOf) -> str:
    one = overloads[0]
    since = [_since(one.since, openshift_of)]
    if one.removed is not None:
        since.append(f"not from {_server(one.removed, openshift_of)} on")
    calls = ", ".join([f"`{_call(overload)}`" for overload in overloads])
    return f"| {calls} | `{_type(one.result)}` | {', '.join(filter(None, since))} |"


def _call(overload: Overload) -> str:
    """A call as it is written, with types in the place of values; a bar would end the cell of the table."""
    types = [_type(one) for one in overload.args]
    if "_" in overload.name.strip("abcdefghijklmnopqrstuvwxyz") or overload.name == "@in":
        form = _OPERATORS.get(overload.name) or f"{{}} {overload.name.strip('_')} {{}}"
        return form.format(*types).replace("|", "\\|")
    receiver = f"{types.pop(0)}." if overload.member else ""
    return f"{receiver}{overload.name}({', '.join(types)})"


def _type(found: Type) -> str:
    text = str(found)
    for long, short in _SHORT.items():
        text = text.replace(long, short)
    return text


def _since(version: Version, openshift_of: OpenShiftOf) -> str:
    return _server(version, openshift_of) if version > OLDEST else ""


def _server(version: Version, openshift_of: OpenShiftOf) -> str:
    minor = "{}.{}".format(*version)
    openshift = openshift_of(minor)
    return f"{minor} (OpenShift {openshift})" if openshift else minor


def _macro(macro: Macro) -> str:
    """A call of a macro: `list.all(x, test)`."""
    if not macro.member:
        return f"{macro.name}(value.field)"
    names = ["x"] if macro.variables == 1 else ["key", "x"]
    if macro.name in _TESTING:
        names.append("test")
    else:
        names += ["test", "value"][macro.variables - macro.arguments :]
    return f"{'optional' if macro.name.startswith('opt') else 'values'}.{macro.name}({', '.join(names)})"

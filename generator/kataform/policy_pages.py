"""What the policies say, as Markdown: the text of `explain` and of the page docs/policies.md."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from kataform import resource
from kataform.errors import InputError
from kataform.finding import Severity
from kataform.policies import CASES, Pack, Rule
from kataform.text import emit, reader
from kataform.text.resolve import Dialect

_EFFECTS = {
    Severity.ERROR: "The cluster denies the object; here it is an error.",
    Severity.WARNING: "The cluster accepts the object with a warning; here it is a warning.",
    Severity.INFO: "The cluster records it in its audit log; here it is a note.",
}
_INTRODUCTION = """\
<!-- Generated from policies/ by schemas/generate/policies.py; do not edit. -->

# Policies

Each policy is a ValidatingAdmissionPolicy with its binding. `kataform check` decides it before anything is synced, with
the verdict and the message that the API server would have; the same files, unchanged, guard a cluster
(Kubernetes 1.30, OpenShift 4.17 or newer):

```sh
oc apply -k policies/
```

Some policies take facts of the release catalogue from the ConfigMap in `policies/params.yaml`. It lives in the
operator's own namespace, which must be there first.

An update that leaves the spec of an object alone is never judged, so what stands in a cluster already can still be
labelled, finalized and deleted.
"""


def page(pack: Pack) -> str:
    """Every policy of a pack: a table, then a section for each."""
    rows = [f"| [`{rule.name}`](#{rule.name}) | {rule.severity.label} | {_title(rule)} |" for rule in pack.rules]
    table = "\n".join(["| Policy | Severity | What holds |", "|---|---|---|", *rows])
    sections = (f"## {rule.name}\n\n" + "\n".join(_section(rule)) for rule in pack.rules)
    return "\n".join([_INTRODUCTION, table, "", "\n\n".join(sections), ""])


def explain(pack: Pack, name: str) -> str:
    """One policy. Raises InputError for a name that the pack does not have."""
    rule = pack.rule(name)
    if rule is None:
        raise InputError(f"no policy is named {name!r}")
    return f"# {name}\n\n" + "\n".join(_section(rule)) + "\n"


def _section(rule: Rule) -> Iterator[str]:
    yield f"{_title(rule)}."
    yield ""
    if reason := rule.annotation("reason"):
        yield from (reason, "")
    yield f"- {_EFFECTS[rule.severity]}"
    yield f"- Decided for: {', '.join(_resources(rule))}."
    if remedy := rule.annotation("remedy"):
        yield f"- Remedy: {remedy}."
    if source := rule.annotation("source"):
        yield f"- Source: {source}."
    failing, passing = (_example(rule, fails=fails) for fails in (True, False))
    if failing is not None:
        yield from ("", f"Fails with “{failing['message']}”:", *_block(failing["object"]))
    if passing is not None:
        yield from ("", "Passes:", *_block(passing["object"]))


def _title(rule: Rule) -> str:
    return rule.annotation("title") or rule.name


def _resources(rule: Rule) -> Iterator[str]:
    for found in resource.get(rule.body, ("spec", "matchConstraints", "resourceRules")) or []:
        for group in found["apiGroups"]:
            yield from (f"{name}.{group}" if group else name for name in found["resources"])


def _example(rule: Rule, *, fails: bool) -> dict[str, Any] | None:
    """The first case beside the policy that fails, or that passes."""
    path = rule.manifest.path.parent / CASES
    if not path.is_file():
        return None
    documents = reader.read(path.read_bytes(), str(path)).documents
    bodies = (reader.value(each.node, Dialect.KUBECTL) for each in documents if each.node is not None)
    specs: Iterator[dict[str, Any]] = (body["spec"] for body in bodies)
    return next((spec for spec in specs if (spec["decision"] != "allow") is fails), None)


def _block(body: dict[str, Any]) -> tuple[str, ...]:
    return ("", "```yaml", emit.dump(body).rstrip("\n"), "```")

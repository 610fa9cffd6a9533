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
_OVERLAY_EFFECTS = {
    Severity.ERROR: "Here it is an error; admission, which sees one object at a time, cannot tell.",
    Severity.WARNING: "Here it is a warning; admission, which sees one object at a time, cannot tell.",
    Severity.INFO: "Here it is a note; admission, which sees one object at a time, cannot tell.",
}
_INTRODUCTION = """\
<!-- Generated from policies/ by schemas/generate/policies.py; do not edit. -->

# Policies

A policy about single objects is a ValidatingAdmissionPolicy with its binding. `kataform check` decides it before
anything is synced, with the verdict and the message that the API server would have; the same files, unchanged, guard a
cluster (Kubernetes 1.30, OpenShift 4.17 or newer):

```sh
oc apply -k policies/
```

A rule across objects is an `OverlayPolicy`: the same spec, with `validationActions` in it, as it has no binding, and
with functions over all objects of the overlay, which is every part of it with a person's own additions, the whole
output of any other kustomization, or all manifests that come to one cluster. Of manifests outside of kustomizations
only folders can tell: those beside each other that each hold a Subscription of one package, an OperatorGroup of one
namespace or a KataConfig are different clusters' own, with all that is below them, and what stands outside of them
comes to each; without such folders all manifests are one cluster's.

- `resource.Get(apiVersion, plural, namespace, name)` gives the object, and fails where it is not there;
- `resource.Find(apiVersion, plural, namespace, name)` gives an optional;
- `resource.List(apiVersion, plural, namespace[, labels]).items` are all of a namespace, with an empty text of all of
  them.

Which functions expressions have, and since which server, is on a [page of its own](cel.md).

The namespace of objects of the cluster is empty. An object is found under every version of its API group. What the
operator creates is known; what else comes from elsewhere is named under [`external`](specs.md) in the spec. No more is
known of such an object, but it is taken to have any labels that are asked for.

Some policies take facts of the release catalogue from the ConfigMap in `policies/params.yaml`. It lives in the
operator's own namespace, which must be there first. `kataform check` gives them the facts of the overlay's own
catalogue and operator versions; `kataform policy export DIR` writes those of the project's base.

`kataform policy test` decides the cases beside the policies, `kataform policy lint` says what their clusters would not
take or only a cluster knows. Without a path both read the project's `policies/` and what specs name under
[`policies`](specs.md); a policy must work on the Kubernetes, OpenShift and operator versions of the overlays that it
decides about, unless `--target` says others. `-o` writes the formats that `kataform check` has.

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
    """One policy with its expressions. Raises InputError for a name that the pack does not have."""
    rule = pack.rule(name)
    if rule is None:
        raise InputError(f"no policy is named {name!r}")
    return f"# {name}\n\n" + "\n".join((*_section(rule), *_expressions(rule))) + "\n"


def finds(rule: Rule) -> str:
    """What holds where the policy finds nothing, in one sentence."""
    return f"{_title(rule)}."


def _expressions(rule: Rule) -> Iterator[str]:
    """What decides: which objects it is about, its variables, and what must be true of them."""
    spec = {name: resource.get(rule.body, ("spec", name)) for name in ("matchConditions", "variables", "validations")}
    if rule.since is not None:
        yield from ("", "Kubernetes takes it since {}.{}.".format(*rule.since))
    yield from ("", "Decides:", *_block({name: stated for name, stated in spec.items() if stated}))


def _section(rule: Rule) -> Iterator[str]:
    yield f"{_title(rule)}."
    yield ""
    if reason := rule.annotation("reason"):
        yield from (reason, "")
    yield f"- {(_OVERLAY_EFFECTS if rule.overlay else _EFFECTS)[rule.severity]}"
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

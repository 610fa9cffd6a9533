"""Every rule that is not a policy, with one sentence on what it finds; the page docs/rules.md is written from it."""

from __future__ import annotations

from collections.abc import Iterator

__all__ = ["RULES", "page"]

RULES: dict[str, dict[str, str]] = {
    "Scalars: what looks like a string and is none": {
        "unquoted-boolean": "`kata: true` where Kubernetes wants a string: the API server refuses the boolean.",
        "unquoted-number": "A number where Kubernetes wants a string, such as a port in an annotation.",
        "lossy-number": "A number that is another text once it is read: `1.10` becomes `1.1`, `0755` becomes `493`.",
        "explicit-null": "An entry of labels, of data or of a selector that is null: an empty string by the time a "
        "policy sees it, or gone.",
        "dialect-dependent-scalar": "`yes`, a date, a key `on`: kustomize reads one thing, kubectl and Argo CD "
        "another.",
    },
    "Kustomizations": {
        "patch-matches-nothing": "A patch whose target selects no object; kustomize builds without it and says "
        "nothing.",
        "build-failed": "kustomize cannot build the root; the finding stands at the file that it means.",
        "root-not-built": "A root was not built, so its objects were not checked: kustomize is missing, a file cannot "
        "be read, or a part is on the network.",
    },
    "GitOps": {
        "secret-in-git": "Values of a Secret in clear, as data, as stringData or as literals of a generator; what SOPS "
        "encrypted and placeholders are left alone.",
        "operator-object-in-git": "An object that the operator makes itself, such as the RuntimeClass `kata` or the "
        "pool `kata-oc`, beside the operator or a KataConfig.",
        "flux-kind-without-crd": "A Flux Kustomization with the operator and the KataConfig: the one brings the kind "
        "of the other, and on a fresh cluster Flux applies neither.",
        "flux-prunes-kataconfig": "A Flux Kustomization with `prune: true` whose KataConfig nothing keeps from being "
        "pruned.",
    },
    "Schemas: what the API server refuses of an object": {
        "unknown-field": "A field that the kind does not have in that version. A client without strict validation has "
        "it dropped silently.",
        "missing-field": "A field that is required, and absent.",
        "wrong-type": "A value of another type than the field's.",
        "unknown-value": "A value that is none of those a field allows.",
        "invalid-value": "A value that the field's own rule refuses: a range, a length, a pattern.",
        "invalid-quantity": "A quantity that Kubernetes cannot read, such as `350mb`.",
        "invalid-label-key": "A label's key that Kubernetes refuses.",
        "invalid-label-value": "A label's value that Kubernetes refuses.",
        "invalid-annotation-key": "An annotation's key that Kubernetes refuses.",
        "invalid-name": "A name that is no DNS name, port name or variable name, where it must be one.",
        "invalid-resource-name": "The name of a resource such as `cpu` that Kubernetes does not know and that has no "
        "domain.",
        "invalid-base64": "Data of a Secret that is not base64.",
        "kind-not-served": "The Kubernetes version that the object is for does not serve its kind in that API version.",
        "kind-without-schema": "Nothing here knows the kind, so its fields were not checked.",
        "kubeconform-disagrees": "kubeconform, asked for a second opinion, says otherwise: one of the two is wrong.",
    },
    "Specs": {
        "spec-invalid": "The file is no spec: it is empty, holds several documents, or is not a map.",
        "spec-unreadable": "The file cannot be read.",
        "extends-missing": "The spec that this one extends does not exist.",
        "extends-cycle": "The chain of specs comes back to where it began.",
        "version-unknown": "An operator version that was never released.",
        "version-newer": "An operator version newer than the release catalogue; the newest known one stands in for it.",
        "version-not-in-channel": "The channel does not offer the version.",
        "version-not-published": "No channel of a current catalog offers the version.",
        "starting-csv-mismatch": "Under manual approval, `startingCSV` installs another version than the spec is for.",
        "openshift-unknown": "No known OpenShift version is in the range.",
        "openshift-unsupported": "The operator does not run on an OpenShift version that the overlay is for.",
        "kubernetes-mismatch": "`openshift` and `kubernetes` contradict each other.",
        "kubernetes-unknown": "No schemas for that Kubernetes version; those of the nearest known one stand in.",
        "additions-dropped": "A spec below adds something of its own to a part that this overlay does not build on.",
        "selector-not-followed": "Operators before 1.4 cannot follow the selector: they log that and install nothing.",
        "annotation-key-unreadable": "An annotation's key that kustomize reads as a number or boolean, even if quoted.",
    },
    "Generated files": {
        "generated-files-stale": "The files are not what the spec renders to; `kataform generate` brings them up to "
        "date.",
        "generated-file-changed": "A person changed a generated file; it is never overwritten.",
        "generated-files-differ": "kustomize builds something else than was rendered: a bug in kataform.",
        "file-in-the-way": "A person's file stands where a generated one belongs; it is never overwritten.",
        "lock-unreadable": "The lock is damaged, so nothing in its folder is touched.",
    },
    "Ignores": {
        "ignore-without-reason": "An ignore must say why; one that does not is not followed.",
        "ignore-expired": "The day until which a finding was accepted is over.",
        "ignore-unused": "Nothing breaks the rule there any more.",
    },
    "Policies themselves": {
        "policy-undecided": "A policy could not be decided without a cluster, which is never taken for a pass.",
        "policy-error": "A policy failed to evaluate; the API server would refuse the object, or let it pass, "
        "accordingly.",
        "policy-not-supported": "A policy uses what is not evaluated here.",
        "invalid-policy": "A policy does not compile; the API server would not enforce it.",
        "duplicate-policy": "Two policies have the same name; the cluster keeps one.",
        "policy-without-binding": "Without a binding a policy judges nothing.",
        "binding-without-policy": "A binding of a policy that is not there.",
        "case-failed": "A case beside a policy comes out otherwise than it says.",
        "invalid-case": "A document among the cases of a policy that is no case.",
        "policy-too-new": "A policy uses what the oldest target does not have yet.",
        "policy-type": "An expression of a policy does not fit the schema of a kind that it is for.",
        "field-unguarded": "A policy reads a field that an object may lack without asking first.",
        "policy-needs-cluster": "A policy asks what only a cluster knows: the authorizer, or who makes the request.",
        "policy-without-cases": "A policy that no case shows at work.",
        "validation-untested": "A validation that no case makes false, or that none makes true.",
    },
    "YAML": {
        "yaml-syntax": "The text is not YAML.",
        "duplicate-key": "A key twice in one map: kustomize refuses the file, other readers take the last one.",
        "unclosed-quote": "A quote that is opened and not closed.",
        "text-after-quote": "Text behind a closing quote.",
        "unclosed-bracket": "A `[` or `{` that is not closed.",
        "unopened-bracket": "A `]` or `}` that closes nothing.",
        "text-after-bracket": "Text behind a closing bracket.",
        "missing-comma": "Two entries between brackets without a comma.",
        "missing-colon": "A key without its colon, or without the space behind it.",
        "unquoted-colon": "A colon within a plain value, which begins a map there.",
        "unquoted-special": "A plain value that begins with a character YAML keeps for itself.",
        "invalid-escape": "An escape that double quotes do not know.",
        "invalid-key": "A key that is no text, or no key at all.",
        "invalid-merge": "A merge key `<<` with something that is no map.",
        "invalid-directive": "A `%` directive that YAML does not know.",
        "tag-mismatch": "A tag such as `!!int` on a value that is none.",
        "not-a-json-number": "A number that JSON, and so Kubernetes, cannot hold: `.inf`, `.nan`.",
        "tab-indentation": "A tab where YAML wants spaces.",
        "bad-indentation": "A line that is indented as none of those above it.",
        "mixed-list-and-map": "Entries of a list and of a map side by side.",
        "list-on-key-line": "A list that begins on its key's line.",
        "undefined-alias": "An alias whose anchor does not come before it.",
        "alias-cycle": "An anchor that holds itself.",
        "alias-bomb": "Aliases that expand to more than any reader of Kubernetes allows.",
        "nesting-too-deep": "Maps and lists nested deeper than any object is.",
        "file-unreadable": "A file or folder that nothing can be read from: its permissions, a dangling link, a pipe.",
        "not-utf8": "Bytes that are not UTF-8.",
        "control-character": "A character that YAML does not allow.",
        "unrendered-template": "A template that must be rendered before it is YAML.",
    },
}

_HEAD = """\
<!-- Generated from generator/kataform/rulebook.py by `make docs`; do not edit. -->

# Rules

What `kataform check` finds beside what the [policies](policies.md) decide. A rule's name stands in brackets behind the
severity: `error[unquoted-boolean]`. To accept a finding in a file that people write, put a comment at the end of its
line, or on a line of its own above it, with a reason, and a last day if there is one:

```yaml
      kata: true  # kataform: ignore[unquoted-boolean] until=2027-01-31 the cluster goes away
```

For objects rendered from a spec, say it in the spec, under [`ignore`](specs.md).
"""


def page() -> str:
    """All rules as Markdown."""
    return "".join(_sections())


def _sections() -> Iterator[str]:
    yield _HEAD
    for title, rules in RULES.items():
        yield f"\n## {title}\n\n| rule | what it finds |\n|---|---|\n"
        yield from (f"| `{name}` | {sentence} |\n" for name, sentence in sorted(rules.items()))

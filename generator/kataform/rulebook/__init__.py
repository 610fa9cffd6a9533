"""Every rule that is not a policy, in words: the text of `explain`, of `rules` and of the page docs/rules.md."""

from __future__ import annotations

import difflib
from collections.abc import Iterator

from kataform import rule
from kataform.errors import InputError
from kataform.rule import Rule
from kataform.rulebook import (
    about_policies,
    definitions,
    generated,
    ignores,
    kustomizations,
    objects,
    scalars,
    specs,
    texts,
)
from kataform.rules import (
    deprecated_field,
    explicit_null,
    flux_stages,
    generated_name_suffix,
    labels_change_selector,
    namespace_on_cluster_scoped,
    operator_objects,
    outside_repository,
    oversized_root,
    patch_matches_nothing,
    patch_replaces_missing_path,
    prefix_breaks_reference,
    remote_base,
    replacement_creates_bare_scalar,
    secret_in_git,
    substitution_unquoted,
    unreferenced_file,
)

__all__ = ["ALL", "OPTIONS", "RULES", "explain", "page"]

# A rule that is a module of kataform.rules carries its own words; those of the others stand here.
RULES: dict[str, dict[str, Rule]] = {
    "Scalars: what looks like a string and is none": {**scalars.RULES, **rule.by_name(explicit_null.RULE)},
    "Kustomizations": {
        **kustomizations.RULES,
        **rule.by_name(
            deprecated_field.RULE,
            generated_name_suffix.RULE,
            labels_change_selector.RULE,
            namespace_on_cluster_scoped.RULE,
            outside_repository.RULE,
            oversized_root.RULE,
            patch_replaces_missing_path.RULE,
            patch_matches_nothing.RULE,
            prefix_breaks_reference.RULE,
            remote_base.RULE,
            replacement_creates_bare_scalar.RULE,
            unreferenced_file.RULE,
        ),
    },
    "GitOps": rule.by_name(*flux_stages.RULES, operator_objects.RULE, secret_in_git.RULE, substitution_unquoted.RULE),
    "Schemas: what the API server refuses of an object": objects.RULES,
    "Custom resources and their CRDs": definitions.RULES,
    "Specs": specs.RULES,
    "Generated files": generated.RULES,
    "Ignores": ignores.RULES,
    "Policies themselves": about_policies.RULES,
    "YAML": texts.RULES,
}
ALL: dict[str, Rule] = {name: each for rules in RULES.values() for name, each in sorted(rules.items())}
OPTIONS = {name: each.options for name, each in ALL.items()}

_HEAD = """\
<!-- Generated from generator/kataform/rulebook by `make docs`; do not edit. -->

# Rules

What `kataform check` finds beside what the [policies](policies.md) decide. A rule's name stands in brackets behind the
severity: `error[unquoted-boolean]`; `kataform explain unquoted-boolean` prints what this page says of it. To accept a
finding in a file that people write, put a comment at the end of its line, or on a line of its own above it, with a
reason, and a last day if there is one:

```yaml
      kata: true  # kataform: ignore[unquoted-boolean] until=2027-01-31 the cluster goes away
```

In a patch that stands inside a kustomization as a block (`patch: |-`), the comment is one of the patch's text:

```yaml
patches:
- target: {kind: ConfigMap, name: settings}
  patch: |-
    - op: add
      path: /data/debug
      # kataform: ignore[unquoted-boolean] the chart quotes it
      value: true
```

Other texts inside of files, such as scripts, hold no such comments. CRDs and policies that a check is only given, with
`--crd`, `--policies` or by a spec, may hold some; one that this check does not need is not reported there.

For objects rendered from a spec, say it in the spec, under [`ignore`](specs.md); a generated file that somebody adds a
comment to is one that was changed.

For a whole repository, `.kataform.yaml` at its top says which rules are asked and how grave they are taken; names may
be patterns, except under `options`. All four fields may be left out:

```yaml
rules:
  select: ['*']               # only these; all by default
  ignore: [deprecated-field]  # and not these
  severity:                   # error, warning or info; the last one that fits counts
    remote-base: error
    'image-*': info
  options:                    # what a rule goes by, where its words below name an option
    oversized-root:
      objects: 500
```

`check --select RULE[,RULE...]` asks only these instead, `--ignore RULE[,RULE...]` leaves out more. A name that no rule
has is an error, every report says which rules were not asked, and `kataform rules` lists all of them with the severity
that they have here.
"""


def explain(name: str) -> str:
    """One rule as Markdown. Raises InputError for a name that is no rule's."""
    if name not in ALL:
        near = difflib.get_close_matches(name, ALL, n=1)
        raise InputError(f"no rule is named {name!r}" + (f"; did you mean {near[0]!r}?" if near else ""))
    return "\n".join((f"# {name}", "", *rule.section(ALL[name]))) + "\n"


def page() -> str:
    """All rules as Markdown: a table for each section, then every rule."""
    return "".join((*_tables(), *_sections()))


def _tables() -> Iterator[str]:
    yield _HEAD
    for title, rules in RULES.items():
        yield f"\n## {title}\n\n| rule | severity | what it finds |\n|---|---|---|\n"
        for name, each in sorted(rules.items()):
            yield f"| [`{name}`](#{name}) | {each.severity.label} | {each.sentence} |\n"


def _sections() -> Iterator[str]:
    yield "\n## Each rule\n"
    for name, each in sorted(ALL.items()):
        yield "\n" + "\n".join((f"### {name}", "", *rule.section(each))) + "\n"

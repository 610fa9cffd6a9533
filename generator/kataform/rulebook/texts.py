"""The rules on YAML itself, in words."""

from __future__ import annotations

from kataform.rule import Rule, by_name

RULES = by_name(
    Rule(
        "yaml-syntax",
        "The text is not YAML.",
        remedy="see the text at that place",
    ),
    Rule(
        "duplicate-key",
        "A key twice in one map: kustomize refuses the file, other readers take the last one.",
        remedy="delete one of the two",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n  a: two\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n  b: two\n"),
    ),
    Rule(
        "unclosed-quote",
        "A quote that is opened and not closed.",
        remedy="close it",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: 'one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: 'one'\n"),
    ),
    Rule(
        "text-after-quote",
        "Text behind a closing quote.",
        remedy="put all of it into the quotes",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: 'one' two\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: 'one two'\n"),
    ),
    Rule(
        "unclosed-bracket",
        "A `[` or `{` that is not closed.",
        remedy="close it, or quote the value",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: [one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: '[one'\n"),
    ),
    Rule(
        "unopened-bracket",
        "A `]` or `}` that closes nothing.",
        remedy="delete it, or quote the value",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: ]\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: ']'\n"),
    ),
    Rule(
        "text-after-bracket",
        "Text behind a closing bracket.",
        remedy="quote the value",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: {} two\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: '{} two'\n"),
    ),
    Rule(
        "missing-comma",
        "Two entries between brackets without a comma.",
        remedy="write the comma",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    command: ['a' 'b']\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    command: ['a', 'b']\n"
        ),
    ),
    Rule(
        "missing-colon",
        "A key without its colon, or without the space behind it.",
        remedy="write the colon and a space",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n  b\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n  b: two\n"),
    ),
    Rule(
        "unquoted-colon",
        "A colon within a plain value, which begins a map there, or at its end right before a bracket or comma.",
        remedy="quote the value",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one: two\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: 'one: two'\n"),
    ),
    Rule(
        "unquoted-special",
        "A plain value that begins with a character YAML keeps for itself, or a tag glued to a comma.",
        remedy="quote the value",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: @one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: '@one'\n"),
    ),
    Rule(
        "invalid-escape",
        "An escape that double quotes do not know.",
        remedy="use single quotes, or double the backslash",
        failing=('apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: "C:\\kata"\n'),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: 'C:\\kata'\n"),
    ),
    Rule(
        "invalid-key",
        "A key that is no text, or no key at all.",
        remedy="write a text",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  [a]: one\n"),
        passing="apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n",
    ),
    Rule(
        "invalid-merge",
        "A merge key `<<` with something that is no map.",
        remedy="name a map",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  <<: one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n"),
    ),
    Rule(
        "invalid-directive",
        "A `%` directive that YAML does not know.",
        remedy="delete it",
        failing=("%YAML one\n---\napiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n"),
    ),
    Rule(
        "tag-mismatch",
        "A tag such as `!!int` on a value that is none.",
        remedy="delete the tag",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: !!int one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n"),
    ),
    Rule(
        "not-a-json-number",
        "A number that JSON, and so Kubernetes, cannot hold: `.inf`, `.nan`.",
        remedy="write a finite number, or quote it",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "  priority: .inf\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "  priority: 10\n"
        ),
    ),
    Rule(
        "tab-indentation",
        "A tab where YAML wants spaces.",
        remedy="use spaces",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n\ta: one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n"),
    ),
    Rule(
        "bad-indentation",
        "A line that is indented as none of those above it.",
        remedy="indent it as the lines that it belongs to",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n    a: one\n  b: two\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n  b: two\n"),
    ),
    Rule(
        "mixed-list-and-map",
        "Entries of a list and of a map side by side.",
        remedy="keep one of the two forms",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n  - two\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n"),
    ),
    Rule(
        "list-on-key-line",
        "A list that begins on its key's line.",
        remedy="begin the list on the next line",
        failing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    command: - a\n"
        ),
        passing=(
            "apiVersion: v1\n"
            "kind: Pod\n"
            "metadata:\n"
            "  name: web\n"
            "spec:\n"
            "  containers:\n"
            "  - name: web\n"
            "    image: example.com/web:1.0\n"
            "    command:\n"
            "    - a\n"
        ),
    ),
    Rule(
        "undefined-alias",
        "An alias whose anchor does not come before it.",
        remedy="define the anchor above, or quote the value",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: *one\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: &one text\n  b: *one\n"),
    ),
    Rule(
        "alias-cycle",
        "An anchor that holds itself.",
        remedy="write the value out",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata: &a\n  a: *a\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n"),
    ),
    Rule(
        "alias-bomb",
        "Aliases that expand to more than any reader of Kubernetes allows.",
        why=(
            "A few hundred bytes would fill the memory of whoever reads them; sigs.k8s.io/yaml and go-yaml refuse them."
        ),
        remedy="write the values out",
    ),
    Rule(
        "nesting-too-deep",
        "Maps and lists nested deeper than any object is.",
        remedy="write it flatter",
    ),
    Rule(
        "file-unreadable",
        ("A file or folder that nothing can be read from: its permissions, a dangling link, a pipe."),
        remedy="make it readable, or leave it out",
    ),
    Rule(
        "not-utf8",
        "Bytes that are not UTF-8.",
        remedy="save the file as UTF-8",
    ),
    Rule(
        "control-character",
        "A character that YAML does not allow.",
        remedy="delete it, or write it as an escape in double quotes",
        failing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\u0007\n"),
        passing=("apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  a: one\n"),
    ),
    Rule(
        "unrendered-template",
        "A template that must be rendered before it is YAML.",
        remedy="render the template first, or quote the value",
    ),
)

"""Start a project: a base, a first overlay, and the Git, pre-commit and CI files that keep it right."""

from __future__ import annotations

from pathlib import Path

import click

from kataform import __version__, data, project, whole_file
from kataform.errors import InputError, ToolError
from kataform.project import BASE, OVERLAYS, SPEC, shown

FIRST = "production"

_BASE = """\
# What every overlay shares. Overlays say only what differs; `kataform show NAME` prints the result with its origins.
# yaml-language-server: $schema=../schemas/spec.schema.json
apiVersion: kataform.dev/v1alpha1
kind: Overlay
platform: baremetal
operator:
  version: 1.13.1
  subscription:
    channel: stable
    installPlanApproval: Manual
kataConfig:
  spec:
    # Only worker nodes with this label get Kata Containers, and reboot for it. Without a selector all of them do.
    kataConfigPoolSelector:
      matchLabels:
        kata: 'true'
examples:
- net-tools
- fedora
"""

_OVERLAY = """\
# yaml-language-server: $schema=../../schemas/spec.schema.json
apiVersion: kataform.dev/v1alpha1
kind: Overlay
# extends: ../../base is the default; say here only what differs from it, for example:
# openshift: '>=4.16 <4.19'
# kataConfig:
#   spec:
#     logLevel: debug
"""

_ATTRIBUTES = """\
# Generated files are compared byte by byte: keep LF everywhere, and fold them away in pull requests.
*.yaml text eol=lf
*.lock text eol=lf
base/*/** linguist-generated
overlays/*/*/** linguist-generated
"""

_PRE_COMMIT = """\
# The hooks run the kataform that is installed (language: system), so that terminal, hook and CI always agree.
repos:
- repo: local
  hooks:
  - id: kataform-generate
    name: kataform generate
    entry: kataform generate --hook
    language: system
    pass_filenames: false
    files: ^(base|overlays)/
  - id: kataform-check
    name: kataform check
    entry: kataform check --hook
    language: system
    files: (\\.ya?ml|\\.json|(^|/)Kustomization)$
    require_serial: true
"""

_WORKFLOW = """\
name: kataform
on:
  pull_request:
  push:
    branches: [main]
permissions:
  contents: read
jobs:
  check:
    runs-on: ubuntu-latest
    env:
      # What pip installs: a repository variable with the URL of a wheel or a Git repository, or kataform==VERSION
      # where an index of yours has it.
      KATAFORM: ${{ vars.KATAFORM }}
    steps:
    - uses: actions/checkout@v4
    - uses: actions/setup-python@v5
      with:
        python-version: '3.12'
    - run: pip install "$KATAFORM"
    - run: kataform tools install
    - run: kataform generate --check
    - run: kataform check --build --kubeconform
"""

SCHEMA = "schemas/spec.schema.json"
FILES = {
    f"{BASE}/{SPEC}": _BASE,
    f"{OVERLAYS}/{FIRST}/{SPEC}": _OVERLAY,
    ".gitattributes": _ATTRIBUTES,
    ".pre-commit-config.yaml": _PRE_COMMIT,
    ".github/workflows/kataform.yaml": _WORKFLOW,
}


def run(directory: str = ".") -> int:
    """Write what is missing and generate. Files that exist are kept; a folder that is a project is refused (exit 2)."""
    root = Path(directory)
    if root.exists() and not root.is_dir():
        raise InputError(f"{shown(root)}: is a file; name a folder")
    if project.open_at(root.resolve()) is not None:
        raise InputError(f"{shown(root)}: is a kataform project already; run `kataform generate` there")
    for name, text in FILES.items():
        _write(root / name, text.replace("VERSION", __version__))
    _write(root / SCHEMA, (data.directory() / SCHEMA).read_text(encoding="utf-8"))
    return _generate(root)


def _write(path: Path, text: str) -> None:
    if path.exists() or path.is_symlink():
        click.echo(f"{shown(path)} kept: it exists")
        return
    try:
        whole_file.write(path, text)
    except OSError as error:
        raise ToolError(f"{shown(path)}: cannot be written: {error.strerror or error}") from error
    click.echo(shown(path))


def _generate(root: Path) -> int:
    from kataform.commands import generate

    code = generate.run(directory=str(root))
    if code == 0:
        where = "" if root.resolve() == Path.cwd() else f"cd {shown(root)}\n  "
        click.echo(f"\nNext:\n  {where}kataform check\n  kataform runbook {FIRST}", err=True)
    return code

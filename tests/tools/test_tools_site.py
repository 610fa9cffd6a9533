"""A site from nothing: an empty folder, a mirror of the tools, a catalogue of its own, as docs/site.md tells it."""

from __future__ import annotations

import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
from tool_machine import DRIVER, NOBODY, Machine, Page, tar

from install_kustomize import find
from kataform import tools
from left_out import left_out

_FILE = re.compile(r"`([a-z/]+\.yaml)`:\n\n```yaml\n(.*?)```\n", re.DOTALL)
_CONSOLE = re.compile(r"```console\n(.*?)```\n", re.DOTALL)
_MIRROR = "https://mirror.example.com/"


@pytest.fixture
def mirrored(machine: Machine, page: Page, kubeconform: tools.Tool) -> Machine:
    """A machine without any tool, and a mirror that has the real ones in the archives that are pinned."""
    kustomize = find(tools.PINS["kustomize"].version)
    if kustomize is None:
        left_out(f"kustomize {tools.PINS['kustomize'].version} (`make test` installs it with Go)")
    for name, program in (("kustomize", kustomize), ("kubeconform", kubeconform)):
        machine.digests[name] = page.offer(name, tar((name, Path(program).read_bytes())))
    machine.forge = NOBODY
    return machine


def steps(text: str) -> list[tuple[str, str]]:
    """What the page says to do, in its order: `$ ` and a command with what it prints, or a file and what stands in it.

    A command of which the page shows no output may print anything.
    """
    found = [(match.start(), (match[1], match[2])) for match in _FILE.finditer(text)]
    for block in _CONSOLE.finditer(text):
        commands = block[1].split("$ ")[1:]
        found += [
            (block.start(), ("$ " + command, shown)) for command, _, shown in (c.partition("\n") for c in commands)
        ]
    return [step for _, step in sorted(found, key=lambda each: each[0])]


def test_a_site_is_set_up_as_its_page_says(mirrored: Machine, page: Page, repository: Path, tmp_path: Path) -> None:
    site = tmp_path / "site"
    site.mkdir()

    for what, text in steps((repository / "docs/site.md").read_text(encoding="utf-8")):
        if not what.startswith("$ "):
            (site / what).write_text(text, encoding="utf-8")
            continue
        arguments = shlex.split(what.replace(_MIRROR, page.url))
        done = subprocess.run(
            [sys.executable, str(DRIVER), *arguments[2:]],
            cwd=site,
            env=mirrored.environment(),
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert (arguments[1], done.returncode) == ("kataform", 0), f"{what}\n{done.stdout}{done.stderr}"
        assert text in ("", done.stdout), what

    subscription = (site / "base/operator/subscription.yaml").read_text(encoding="utf-8")
    patch = (site / "overlays/production/operator/patch-subscription.yaml").read_text(encoding="utf-8")
    assert mirrored.installed() == [
        "kubeconform/0.8.0/installed.json",
        "kubeconform/0.8.0/kubeconform",
        "kustomize/5.8.1/installed.json",
        "kustomize/5.8.1/kustomize",
    ]
    assert "  channel: tested\n" in subscription
    assert "  source: site-operators\n  sourceNamespace: openshift-marketplace\n" in subscription
    assert "/spec/startingCSV\n  value: sandboxed-containers-operator.v1.12.9\n" in patch

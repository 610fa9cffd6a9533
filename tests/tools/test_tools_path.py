"""Which kustomize and kubeconform are used: PATH where new enough, the cache, the kustomize inside kubectl or oc."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tool_machine import Machine

from kataform import buildinfo, cache, tools
from kataform.errors import InputError
from kataform.kustomize import Kustomize

MISSING = "kubeconform  missing; run `kataform tools install kubeconform`\n"


@pytest.mark.parametrize(
    ("said", "version"),
    [
        ("v5.6.0", "5.6.0"),
        ("kustomize/v5.8.1", "5.8.1"),
        ("{Version:kustomize/v5.4.0 GitCommit:x BuildDate:y GoOs:linux GoArch:amd64}", "5.4.0"),
        ("v10.0.0", "10.0.0"),
    ],
)
def test_a_kustomize_on_path_that_is_new_enough_is_used(machine: Machine, said: str, version: str) -> None:
    machine.program("kustomize", f"echo '{said}'")

    assert machine.run("tools", "list") == (
        0,
        f"kustomize {version}  ~/bin/kustomize  on PATH, not verified\n" + MISSING,
        "",
    )
    assert machine.run("tools", "path", "kustomize") == (0, "~/bin/kustomize\n", "")


@pytest.mark.parametrize(
    ("script", "why"),
    [
        ("echo v5.3.0", "kustomize 5.3.0 is older than 5.4.0"),
        ("echo v5.4.0-rc1", "kustomize 5.4.0-rc1 is older than 5.4.0"),
        ("echo '{Version:kustomize/v4.5.7 GitCommit:x}'", "kustomize 4.5.7 is older than 5.4.0"),
        ("echo '(devel)'", "kustomize does not tell its version"),
        ("echo v5.8.1; exit 1", "kustomize does not tell its version"),
        ("exit 0", "kustomize does not tell its version"),
        ("while :; do echo v5.8.1; done", "kustomize does not tell its version"),
    ],
)
def test_one_that_is_too_old_or_says_no_version_is_passed_over_and_the_reason_told(
    machine: Machine, script: str, why: str
) -> None:
    machine.program("kustomize", script)

    listed = machine.run("tools", "list")
    path = machine.run("tools", "path", "kustomize")

    expected = "kustomize  missing; run `kataform tools install kustomize`\n"
    assert listed == (0, f"{expected}  passed over: ~/bin/kustomize: {why}\n{MISSING}", "")
    assert path == (
        2,
        "",
        (
            f"kataform: error: kustomize is not on this machine (~/bin/kustomize: {why}); "
            "run `kataform tools install kustomize`\n"
        ),
    )


def test_a_newer_one_further_down_path_is_used_and_the_old_one_named(machine: Machine) -> None:
    machine.program("kustomize", "echo v5.3.0")
    machine.program("kustomize", "echo v5.5.0", folder="other")
    machine.variables["PATH"] = f"{machine.bin}:{machine.folder / 'other'}"

    code, out, _ = machine.run("tools", "list")

    assert code == 0
    assert out.splitlines()[:2] == [
        "kustomize 5.5.0  ~/other/kustomize  on PATH, not verified",
        "  passed over: ~/bin/kustomize: kustomize 5.3.0 is older than 5.4.0",
    ]


@pytest.mark.parametrize("entry", ["bin", ".", ""])
def test_a_relative_entry_of_path_is_never_searched(machine: Machine, entry: str) -> None:
    """It would run what a repository that nobody trusts brings along."""
    machine.program("kustomize", "echo v5.6.0")
    machine.program("kustomize", "echo v5.6.0", folder=".")
    machine.variables["PATH"] = entry

    assert machine.run("tools", "path", "kustomize")[0] == 2


def test_a_file_without_the_right_to_run_is_no_program(machine: Machine) -> None:
    machine.program("kustomize", "echo v5.6.0").chmod(0o644)

    assert machine.run("tools", "path", "kustomize")[0] == 2


@pytest.mark.parametrize("host", ["kubectl", "oc"])
def test_the_kustomize_inside_kubectl_or_oc_serves_but_has_no_path_of_its_own(machine: Machine, host: str) -> None:
    machine.program(host, f"echo '{json.dumps({'kustomizeVersion': 'v5.6.0'})}'")

    listed = machine.run("tools", "list")
    path = machine.run("tools", "path", "kustomize")

    assert listed == (0, f"kustomize 5.6.0  ~/bin/{host}  inside {host}, not verified\n{MISSING}", "")
    assert path == (
        2,
        "",
        (
            f"kataform: error: there is no kustomize of its own here, only the one inside ~/bin/{host} (5.6.0); "
            "run `kataform tools install kustomize`\n"
        ),
    )


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        ('{"kustomizeVersion": "v4.5.7"}', "the kustomize inside kubectl 4.5.7 is older than 5.4.0"),
        ('{"clientVersion": {"gitVersion": "v1.20.2"}}', "the kustomize inside kubectl does not tell its version"),
        ("[]", "the kustomize inside kubectl does not tell its version"),
        ("Client Version: v1.20.2", "the kustomize inside kubectl does not tell its version"),
    ],
)
def test_a_kubectl_with_an_old_kustomize_is_passed_over(machine: Machine, answer: str, why: str) -> None:
    machine.program("kubectl", f"echo '{answer}'")

    code, out, _ = machine.run("tools", "list")

    assert code == 0
    assert out.splitlines()[1] == f"  passed over: ~/bin/kubectl: {why}"


def test_a_kustomize_of_its_own_comes_before_the_one_inside_kubectl(machine: Machine) -> None:
    machine.program("kubectl", f"echo '{json.dumps({'kustomizeVersion': 'v5.8.1'})}'")
    machine.program("kustomize", "echo v5.4.3")

    assert machine.run("tools", "path", "kustomize") == (0, "~/bin/kustomize\n", "")


def test_the_version_of_a_build_with_go_comes_from_its_build_info(
    machine: Machine, kustomizes: dict[str, Kustomize], kubeconform: Path
) -> None:
    """`go install` of these says `(devel)` and `development` of itself."""
    for version in ("5.0.1", "5.4.3"):
        folder = machine.folder / version
        folder.mkdir()
        (folder / "kustomize").symlink_to(kustomizes[version].path)
    (machine.bin / "kubeconform").symlink_to(kubeconform)
    machine.variables["PATH"] = f"{machine.folder / '5.0.1'}:{machine.folder / '5.4.3'}:{machine.bin}"

    code, out, _ = machine.run("tools", "list")

    assert code == 0
    assert out.splitlines() == [
        "kustomize 5.4.3  ~/5.4.3/kustomize  on PATH, not verified",
        "  passed over: ~/5.0.1/kustomize: kustomize 5.0.1 is older than 5.4.0",
        f"kubeconform {tools.require('kubeconform').version}  ~/bin/kubeconform  on PATH, not verified",
    ]


def test_without_a_home_there_is_no_cache_and_path_still_counts(machine: Machine) -> None:
    machine.program("kustomize", "echo v5.6.0")
    machine.variables |= {"HOME": "", "XDG_CACHE_HOME": ""}

    assert machine.run("tools", "path", "kustomize") == (0, "~/bin/kustomize\n", "")
    assert machine.run("tools", "install", "kubeconform") == (
        2,
        "",
        "kataform: error: no place for kataform's cache: HOME is not set; set XDG_CACHE_HOME to a folder of your own\n",
    )


@pytest.mark.parametrize("arguments", [("path", "helm"), ("install", "helm")])
def test_a_tool_that_kataform_does_not_use_is_refused_by_name(machine: Machine, arguments: tuple[str, str]) -> None:
    message = "kataform: error: unknown tool 'helm'; kataform uses kustomize and kubeconform\n"

    assert machine.run("tools", *arguments) == (2, "", message)


def test_listing_and_asking_for_a_path_never_touch_the_network(machine: Machine) -> None:
    machine.program("kustomize", "echo v5.3.0")
    (machine.folder / "sitecustomize.py").write_text(
        "import os, sys\nsys.addaudithook(lambda event, _: event.startswith('socket.') and os._exit(99))\n"
    )
    machine.variables["PYTHONPATH"] = f"{machine.folder}:{machine.environment()['PYTHONPATH']}"

    assert machine.run("tools", "list")[0] == 0
    assert machine.run("tools", "path", "kustomize")[0] == 2
    assert machine.run("tools", "install", "kubeconform")[0] == 99, "the trap itself must spring"


@pytest.mark.parametrize(
    ("environment", "platform", "folder"),
    [
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "linux", "/x/kataform"),
        ({"XDG_CACHE_HOME": "x", "HOME": "/h"}, "linux", "/h/.cache/kataform"),
        ({"HOME": "/h"}, "linux", "/h/.cache/kataform"),
        ({"HOME": "/h"}, "darwin", "/h/Library/Caches/kataform"),
        ({"XDG_CACHE_HOME": "/x", "HOME": "/h"}, "darwin", "/x/kataform"),
        ({"LOCALAPPDATA": "/l", "USERPROFILE": "/u"}, "win32", "/l/kataform/cache"),
        ({"USERPROFILE": "/u"}, "win32", "/u/.cache/kataform"),
    ],
)
def test_the_cache_is_where_the_platform_keeps_caches(environment: dict[str, str], platform: str, folder: str) -> None:
    assert cache.directory(environment, platform) == Path(folder)


@pytest.mark.parametrize("environment", [{}, {"HOME": ""}, {"HOME": "h"}, {"XDG_CACHE_HOME": "x"}])
def test_no_cache_lies_in_a_relative_folder(environment: dict[str, str]) -> None:
    with pytest.raises(InputError, match="set XDG_CACHE_HOME to a folder of your own"):
        cache.directory(environment, "linux")


def test_build_info_names_the_modules_a_program_was_built_from(kubeconform: Path) -> None:
    info = buildinfo.read(kubeconform)

    assert info is not None
    assert info.main.path == "github.com/yannh/kubeconform"
    assert "sigs.k8s.io/yaml" in {module.path for module in info.dependencies}


MAGIC = b"\xff Go buildinf:\x08\x02"


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"#!/bin/sh\n",
        MAGIC,
        MAGIC + bytes(16),
        MAGIC + bytes(16) + b"\xff\xff\xff\xff\xff",
        MAGIC + bytes(16) + b"\x08go1.26.8\xff\xff\x03",
        MAGIC + bytes(16) + b"\x08go1.26.8\x02ab",
        b"x" + MAGIC + bytes(16) + b"\x08go1.26.8\x00",
    ],
)
def test_what_is_no_go_program_has_no_build_info(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "program"
    path.write_bytes(content)

    assert buildinfo.read(path) is None


def test_a_missing_file_has_no_build_info(tmp_path: Path) -> None:
    assert buildinfo.read(tmp_path / "program") is None


def test_the_version_set_by_the_linker_counts_where_go_wrote_none(machine: Machine) -> None:
    """As in the release builds of kustomize before 5.5."""
    flags = '-ldflags="-s -X sigs.k8s.io/kustomize/api/provenance.version=kustomize/v5.4.3"'
    info = f"path\tx\nmod\tsigs.k8s.io/kustomize/kustomize/v5\t(devel)\t\nbuild\t{flags}\n".encode()
    info = bytes(16) + info + bytes(16)
    size = bytes([len(info) & 0x7F | 0x80, len(info) >> 7])
    (machine.bin / "kustomize").write_bytes(MAGIC + bytes(16) + b"\x08go1.22.1" + size + info)
    (machine.bin / "kustomize").chmod(0o755)

    assert machine.run("tools", "list")[1].startswith("kustomize 5.4.3  ~/bin/kustomize  on PATH")

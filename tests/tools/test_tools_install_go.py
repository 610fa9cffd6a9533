"""Building the pinned version with Go where the release archive cannot be had."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import threading
import time
from http.server import BaseHTTPRequestHandler
from pathlib import Path

import pytest
from tool_machine import Machine, Page

from kataform import install, tools
from kataform.errors import ToolError
from kataform.kustomize import Kustomize
from left_out import left_out

REFUSED = (
    "http://127.0.0.1:9/yannh/kubeconform/releases/download/v0.8.0/"
    f"kubeconform-{tools.platform()}.tar.gz: Connection refused"
)
COMMAND = "go install github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0"


def failure(why: str) -> tuple[int, str, str]:
    return 2, "", f"kataform: error: {REFUSED.replace('http://127.0.0.1:9', 'FORGE')}; and {why}\n"


@pytest.fixture(scope="session")
def built(go: Path, tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """A machine on which the real Go has built kubeconform, because the release page is out of reach."""
    machine = Machine(tmp_path_factory.mktemp("go"))
    asked = subprocess.run(
        [str(go), "env", "-json", "GOPATH", "GOCACHE", "GOMODCACHE", "GOPROXY", "GOSUMDB", "GOFLAGS"],
        capture_output=True,
        check=True,
    )
    machine.variables = {**json.loads(asked.stdout), "PATH": os.environ["PATH"]}
    for name in ("SSL_CERT_FILE", "SSL_CERT_DIR", "HTTPS_PROXY", "https_proxy", "NO_PROXY", "no_proxy"):
        if name in os.environ:
            machine.variables[name] = os.environ[name]
    code, out, err = machine.run("tools", "install", "--pinned", "kubeconform")
    if code:
        left_out(f"a build with Go ({err.strip()[-200:]})")
    machine.variables["said"] = out
    return machine


def test_where_the_release_is_out_of_reach_go_builds_the_pinned_version(built: Machine) -> None:
    place = "~/cache/kataform/tools/kubeconform/0.8.0/kubeconform"

    assert built.variables["said"] == (
        f"kubeconform 0.8.0: installed by go install as {place} "
        f"(the release could not be downloaded: {REFUSED.replace('http://127.0.0.1:9', 'FORGE')})\n"
    )
    assert built.installed() == ["kubeconform/0.8.0/installed.json", "kubeconform/0.8.0/kubeconform"]
    record = json.loads((built.cache / "tools/kubeconform/0.8.0/installed.json").read_text())
    assert record["checked"] == "module sum h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug="
    assert record["source"].startswith("github.com/yannh/kubeconform/cmd/kubeconform@v0.8.0 with go1.")


def fake_go(machine: Machine, body: str) -> None:
    """A Go that takes no time; the folders of /bin are there for the commands of its script."""
    machine.program("go", f"PATH=/usr/bin:/bin\n{body}")


def test_the_module_that_go_built_is_held_against_the_pin(machine: Machine, built: Machine) -> None:
    program = built.cache / "tools/kubeconform/0.8.0/kubeconform"
    fake_go(machine, f"cp '{program}' \"$GOBIN/kubeconform\"")

    code, out, err = machine.run("tools", "install", "kubeconform")

    assert (code, err) == (0, "")
    assert out.startswith("kubeconform 0.8.0: installed by go install as ~/cache/")
    assert machine.installed() == ["kubeconform/0.8.0/installed.json", "kubeconform/0.8.0/kubeconform"]


def test_a_program_of_another_module_is_refused(machine: Machine, kustomizes: dict[str, Kustomize]) -> None:
    fake_go(machine, f"cp '{kustomizes['5.4.3'].path}' \"$GOBIN/kubeconform\"")

    code, _, err = machine.run("tools", "install", "kubeconform")

    assert code == 2
    assert f"{COMMAND}: the program is built from sigs.k8s.io/kustomize/kustomize/v5 v5.4.3 h1:" in err
    assert ", not from github.com/yannh/kubeconform v0.8.0 h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug=" in err
    assert err.endswith("; nothing was installed\n")
    assert machine.installed() == []


@pytest.mark.parametrize("body", ["exit 0", 'echo "#!/bin/sh" > "$GOBIN/kubeconform"'])
def test_a_go_that_built_nothing_or_no_go_program_is_refused(machine: Machine, body: str) -> None:
    fake_go(machine, body)

    answer = machine.run("tools", "install", "kubeconform")

    assert answer == failure(
        f"{COMMAND}: the program is built from no build info, not from github.com/yannh/kubeconform v0.8.0 "
        "h1:loDYd3a3spjIFrauqW67CDKF55Oo9R6uvC8AvpVd4ug=; nothing was installed"
    )
    assert machine.installed() == []


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("echo one >&2; echo two >&2; echo three >&2; echo four >&2; exit 1", "two; three; four"),
        ("exit 3", "exit 3"),
    ],
)
def test_when_go_fails_too_both_reasons_are_told(machine: Machine, body: str, said: str) -> None:
    fake_go(machine, body)

    answer = machine.run("tools", "install", "kubeconform")

    assert answer == failure(f"`{machine.shown(str(machine.bin))}/{COMMAND}` failed: {said}; nothing was installed")
    assert machine.installed() == []


def test_without_go_the_address_that_could_not_be_reached_is_told(machine: Machine) -> None:
    answer = machine.run("tools", "install", "kubeconform")

    reason = REFUSED.replace("http://127.0.0.1:9", "FORGE")
    assert answer == (2, "", f"kataform: error: {reason}; nothing was installed\n")


def test_a_go_in_a_relative_folder_of_path_is_not_run(machine: Machine) -> None:
    fake_go(machine, f": > '{machine.folder}/was-run'")
    machine.variables["PATH"] = "bin"

    assert machine.run("tools", "install", "kubeconform")[0] == 2
    assert not (machine.folder / "was-run").exists()


def test_go_works_in_an_empty_folder_for_this_machine_whatever_the_variables_say(machine: Machine) -> None:
    """No go.mod or go.work of the folder it runs in has a say, and nothing is built for another system."""
    (machine.folder / "go.mod").write_text("module evil\n")
    machine.variables |= {"GOOS": "plan9", "GOARCH": "mips", "GOBIN": "/elsewhere", "GOWORK": "/evil", "GOPROXY": "off"}
    fake_go(machine, f"(ls -A; env | grep ^GO | grep -v ^GOBIN | sort) > '{machine.folder}/seen'; exit 1")

    machine.run("tools", "install", "kubeconform")

    assert (machine.folder / "seen").read_text().splitlines() == ["GO111MODULE=on", "GOPROXY=off", "GOWORK=off"]


def environment(tmp_path: Path, **limits: float) -> install.Environment:
    variables = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path)}
    return install.Environment(
        cache=tmp_path / "cache",
        variables=variables,
        limits=install.Limits(**limits),  # type: ignore[arg-type]
    )


def test_a_build_that_hangs_is_ended_with_what_it_started(machine: Machine) -> None:
    fake_go(machine, f"(sleep 3; : > '{machine.folder}/late') & sleep 60")
    there = environment(machine.folder, build=0.5)

    with pytest.raises(ToolError) as late:
        install.by_go(tools.PINS["kubeconform"], there, machine.bin / "go")

    assert str(late.value).endswith(f"{COMMAND}` was not done in 0.5 seconds; nothing was installed")
    time.sleep(3.2)
    assert not (machine.folder / "late").exists()


def test_a_download_that_drips_is_given_up(machine: Machine, page: Page) -> None:
    stop = threading.Event()

    def drip(request: BaseHTTPRequestHandler) -> None:
        request.send_response(200)
        request.end_headers()
        while not stop.wait(0.05):
            request.wfile.write(b"x")
            request.wfile.flush()

    page.answers[page.path("kubeconform")] = drip

    with pytest.raises(install.Unreachable, match=r": not complete after 0\.5 seconds$"):
        install.from_release(
            tools.PINS["kubeconform"], environment(machine.folder, download=0.5), install.Mirror(page.url)
        )
    stop.set()


def test_a_server_that_falls_silent_is_given_up(machine: Machine, page: Page) -> None:
    stop = threading.Event()
    page.answers[page.path("kubeconform")] = lambda request: stop.wait(30)  # type: ignore[assignment,return-value]

    with pytest.raises(install.Unreachable, match="no answer in time"):
        install.from_release(
            tools.PINS["kubeconform"], environment(machine.folder, silence=0.3), install.Mirror(page.url)
        )
    stop.set()


def test_a_platform_without_a_pinned_archive_goes_straight_to_go(machine: Machine) -> None:
    """OpenShift also runs on IBM Z."""
    fake_go(machine, "exit 1")
    there = install.Environment(machine.cache, {"PATH": str(machine.bin)}, platform="linux-s390x")

    with pytest.raises(ToolError, match=r"no release archive is pinned for linux-s390x; and .* failed: exit 1"):
        install.install(tools.PINS["kustomize"], there)


def test_the_pins_name_every_platform_that_releases_are_made_for() -> None:
    for pin in tools.PINS.values():
        assert sorted(pin.digests) == ["darwin-amd64", "darwin-arm64", "linux-amd64", "linux-arm64", "windows-amd64"]
        assert all(len(digest) == 64 and int(digest, 16) for digest in pin.digests.values())
        assert pin.module_sum.startswith("h1:")


def test_the_pinned_sums_are_those_that_go_finds(go: Path, built: Machine) -> None:
    program = built.cache / "tools/kubeconform/0.8.0/kubeconform"

    said = subprocess.run([str(go), "version", "-m", str(program)], capture_output=True, text=True, check=True).stdout

    assert f"mod\tgithub.com/yannh/kubeconform\tv0.8.0\t{tools.PINS['kubeconform'].module_sum}" in said
    assert shutil.which("go") == str(go)

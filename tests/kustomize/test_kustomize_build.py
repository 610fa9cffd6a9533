"""Roots are built by the real kustomize: in parallel, bounded in time and output, without the network."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from trees import CONFIGMAP, HEAD, root, write

from kataform import kustomize
from kataform.errors import ToolError
from kataform.kustomize import BuildFailure, Built, Kustomize

GENERATOR = Path(kustomize.__file__).parent.parent
PLAIN = root("resources: [a.yaml]\nnamePrefix: x-\n", a=CONFIGMAP)
BUILT = "apiVersion: v1\ndata:\n  k: v\nkind: ConfigMap\nmetadata:\n  name: x-a\n"


def fake(folder: Path, body: str) -> Kustomize:
    """A kustomize that does what no real one would."""
    path = folder / "kustomize"
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return Kustomize(path, "5.8.1")


def test_a_root_builds_to_the_stream_kustomize_prints(each_kustomize: Kustomize, tmp_path: Path) -> None:
    folder = write(PLAIN, tmp_path)

    assert kustomize.build(each_kustomize, folder) == Built(folder, BUILT)


def test_warnings_are_kept_each_once(kustomizes: dict[str, Kustomize], tmp_path: Path) -> None:
    files = root("bases: [../b, ../c]\ncommonLabels: {x: z}\n")
    for base in "bc":
        files |= {
            f"{base}/kustomization.yaml": HEAD + f"commonLabels: {{x: z}}\nnameSuffix: {base}\nresources: [a.yaml]\n"
        }
        files |= {f"{base}/a.yaml": CONFIGMAP}

    result = kustomize.build(kustomizes["5.8.1"], write(files, tmp_path))

    advice = "Run 'kustomize edit fix' to update your Kustomization automatically."
    assert isinstance(result, Built)
    assert result.warnings == (
        f"'bases' is deprecated. Please use 'resources' instead. {advice}",
        f"'commonLabels' is deprecated. Please use 'labels' instead. {advice}",
    )


def test_the_kustomize_inside_kubectl_builds_the_same(kustomizes: dict[str, Kustomize], tmp_path: Path) -> None:
    folder = write(PLAIN, tmp_path)
    inside = fake(tmp_path, f'[ "$1" = kustomize ] && shift && exec "{kustomizes["5.8.1"].path}" build "$@"')

    assert kustomize.build(Kustomize(inside.path, "5.8.1", "kubectl"), folder) == Built(folder, BUILT)


def test_what_would_be_used_is_the_one_on_path(kustomizes: dict[str, Kustomize], tmp_path: Path) -> None:
    program = tmp_path / "kustomize"
    program.symlink_to(kustomizes["5.4.3"].path)

    found = kustomize.locate({"PATH": str(tmp_path), "HOME": str(tmp_path)})

    assert found == Kustomize(program, "5.4.3", "kustomize")
    assert kustomize.locate({"PATH": "/nowhere", "HOME": str(tmp_path)}) is None


def test_many_roots_are_built_each_once_and_answered_in_order(kustomizes: dict[str, Kustomize], tmp_path: Path) -> None:
    roots = []
    for number in range(12):
        text = f"resources: [a.yaml]\nnameSuffix: '-{number}'\n" if number != 7 else "resources: [gone.yaml]\n"
        roots.append(write(root(text, a=CONFIGMAP), tmp_path / str(number)))

    results = kustomize.build_all(kustomizes["5.8.1"], [*roots, roots[0]])

    assert list(results) == roots
    for number, folder in enumerate(roots):
        result = results[folder]
        if number == 7:
            assert isinstance(result, BuildFailure)
        else:
            assert isinstance(result, Built)
            assert f"name: a-{number}\n" in result.text


def test_a_failure_names_its_file_as_the_root_was_named(
    kustomizes: dict[str, Kustomize], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(root("resources: [../b]\n") | {"b/kustomization.yaml": HEAD + "resources: [gone.yaml]\n"}, tmp_path)
    (tmp_path / "link").symlink_to("r")
    monkeypatch.chdir(tmp_path)
    there = {
        Path("r"): "b/kustomization.yaml",
        tmp_path / "r": f"{tmp_path}/b/kustomization.yaml",
        Path("link"): "b/kustomization.yaml",
    }

    for folder, path in there.items():
        result = kustomize.build(kustomizes["5.8.1"], folder)

        assert isinstance(result, BuildFailure)
        assert result.path == Path(path)


def test_a_build_that_takes_too_long_is_ended_with_all_it_started(tmp_path: Path) -> None:
    late = tmp_path / "late"
    used = fake(tmp_path, f"(sleep 2; : > '{late}') &\nsleep 60")
    begun = time.monotonic()

    result = kustomize.build(used, tmp_path, timeout=0.5)

    assert result == BuildFailure(tmp_path, "kustomize was not done in 0.5 seconds", "")
    assert time.monotonic() - begun < 10
    time.sleep(2)
    assert not late.exists()


def test_what_a_build_leaves_running_is_ended_too(tmp_path: Path) -> None:
    late = tmp_path / "late"

    result = kustomize.build(fake(tmp_path, f"(sleep 1; : > '{late}') &\necho 'a: b'"), tmp_path)

    assert result == Built(tmp_path, "a: b\n")
    time.sleep(1.2)
    assert not late.exists()


def test_more_output_than_any_overlay_has_is_refused(tmp_path: Path) -> None:
    used = fake(tmp_path, "exec head -c 80000000 /dev/zero")

    assert kustomize.build(used, tmp_path) == BuildFailure(tmp_path, "kustomize printed more than 64 MiB", "")


def test_a_kustomize_that_is_killed_is_a_failure_of_that_root(tmp_path: Path) -> None:
    used = fake(tmp_path, "kill -SEGV $$")

    assert kustomize.build(used, tmp_path) == BuildFailure(
        tmp_path, f"kustomize was ended by signal {signal.SIGSEGV.value}", ""
    )


def test_a_kustomize_that_cannot_be_started_is_a_failure_of_the_tool(tmp_path: Path) -> None:
    (tmp_path / "kustomize").write_bytes(b"\x00not a program")
    (tmp_path / "kustomize").chmod(0o755)

    with pytest.raises(ToolError, match=r"^cannot start .*/kustomize: Exec format error$"):
        kustomize.build(Kustomize(tmp_path / "kustomize", "5.8.1"), tmp_path)


@pytest.mark.skipif(sys.platform != "linux", reason="left out: memory is bounded on Linux only")
def test_memory_is_bounded(tmp_path: Path) -> None:
    used = fake(tmp_path, f"exec {sys.executable} -c 'x = bytes(3 << 30)'")

    result = kustomize.build(used, tmp_path)

    assert isinstance(result, BuildFailure)
    assert "MemoryError" in result.stderr


def test_neither_git_nor_http_gets_out(
    each_kustomize: Kustomize, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What kustomize starts is told so, and what it does itself goes to a proxy where nobody listens."""
    seen = tmp_path / "seen"
    (tmp_path / "bin").mkdir()
    git = tmp_path / "bin" / "git"
    git.write_text(f'#!/bin/sh\necho "$GIT_ALLOW_PROTOCOL $GIT_TERMINAL_PROMPT $https_proxy" >> "{seen}"\nexit 1\n')
    git.chmod(0o755)
    monkeypatch.setenv("PATH", f"{git.parent}:{os.environ['PATH']}")
    monkeypatch.setenv("no_proxy", "example.com")
    monkeypatch.setenv("GIT_ALLOW_PROTOCOL", "https")

    of_a_file = kustomize.build(each_kustomize, write(remote("https://example.com/a.yaml"), tmp_path / "1"))
    of_a_folder = kustomize.build(each_kustomize, write(remote("https://example.com/o/r//x?ref=v1"), tmp_path / "2"))

    assert isinstance(of_a_file, BuildFailure)
    assert isinstance(of_a_folder, BuildFailure)
    assert "proxyconnect tcp: dial tcp 127.0.0.1:9: connect: connection refused" in of_a_file.stderr
    assert set(seen.read_text().splitlines()) == {"none 0 http://127.0.0.1:9"}


def remote(address: str) -> dict[str, str]:
    return root(f"resources: ['{address}']\n")


SCRIPT = """
import signal
import sys
from pathlib import Path
from kataform.kustomize import Kustomize, build_all
signal.signal(signal.SIGINT, signal.default_int_handler)  # ignored where the tests run in the background
try:
    build_all(Kustomize(Path(sys.argv[1]), "5.8.1"), [Path(str(n)) for n in range(20)], jobs=2)
except KeyboardInterrupt:
    sys.exit(7)
"""


def test_an_interrupt_ends_what_runs_and_begins_nothing_more(tmp_path: Path) -> None:
    used = fake(tmp_path, f"echo $2 >> '{tmp_path}/begun'\n(sleep 3; : > '{tmp_path}/late') &\nsleep 60")
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(used.path)], env={"PATH": os.environ["PATH"], "PYTHONPATH": str(GENERATOR)}
    )
    deadline = time.monotonic() + 30
    while not (begun := tmp_path / "begun").exists() or begun.read_text().count("\n") < 2:
        assert time.monotonic() < deadline
        time.sleep(0.05)

    process.send_signal(signal.SIGINT)

    assert process.wait(timeout=10) == 7
    assert begun.read_text().count("\n") == 2
    time.sleep(3)
    assert not (tmp_path / "late").exists()

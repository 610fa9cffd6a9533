"""Compare kataform with kustomize and kubeconform on one made-up project, side by side in one run, as ratios.

The rivals run their fastest way: the standalone kustomize, two processes at once, garbage collection off; one
kubeconform over everything that was built, with the same schemas from local files.
"""

from __future__ import annotations

import argparse
import os
import platform
import shlex
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from kataform import schemas, tools

KATAFORM = [sys.executable, "-m", "kataform"]
OPERATOR, KUBERNETES = "1.13.1", "1.32"
# The command line without a single policy, to see what the policies cost.
UNPOLICED = (
    "import sys; from kataform import cli, packs, policies; packs.load = lambda *_: packs.Packs(policies.Pack()); "
    "sys.argv[0] = 'kataform'; sys.exit(cli.main())"
)
BARE = [sys.executable, "-c", UNPOLICED]
# Together they hold each object of an overlay once; `operator` and `instance` are inside the aggregate.
ROOTS = (".", "examples", "runtimeclass")
KINDS = (
    ("v1", "Namespace"),
    ("v1", "Pod"),
    ("node.k8s.io/v1", "RuntimeClass"),
    ("operators.coreos.com/v1", "OperatorGroup"),
    ("operators.coreos.com/v1alpha1", "Subscription"),
    ("kataconfiguration.openshift.io/v1", "KataConfig"),
)
STARTS = 21
BASELINE = 'python -c "import click, yaml"'
POD = """\
apiVersion: v1
kind: Pod
metadata:
  name: small
spec:
  containers:
  - name: small
    image: registry.example.com/small:1.0
    resources:
      limits:
        cpu: 100m
        memory: 64Mi
"""


@dataclass(frozen=True)
class Row:
    """One measured way of doing something: what it does, and its seconds."""

    name: str
    does: str
    seconds: float


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--overlays", type=int, default=1000, metavar="N", help="how many overlays (1000)")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each; the median counts (3)")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    for name in tools.PINS:
        found = tools.find(name)
        print(f"{name} {found.version}" if found and not found.inside else f"left out: {name} is not on this machine")
    with tempfile.TemporaryDirectory(prefix="kataform-benchmark-") as folder:
        _overlays(Path(folder), options.overlays, options.runs)
        _starts(Path(folder))
    return 0


def _overlays(folder: Path, count: int, runs: int) -> None:
    project = folder / "project"
    make(project, count)
    rows = [
        Row("generate, from nothing", "renders every overlay and writes it", _from_nothing(project, runs)),
        Row(
            "generate, nothing to do",
            "renders every overlay, compares it",
            _median(runs, lambda: _run("generate", cwd=project)),
        ),
    ]
    checked = _run("check", cwd=project)
    rows.append(Row("check", "renders; schemas and policies", _median(runs, lambda: _run("check", cwd=project))))
    kustomize, kubeconform = tools.find("kustomize"), tools.find("kubeconform")
    print(
        f"\n{count} overlays, {len(list(project.rglob('*.yaml')))} files; kataform: {checked.strip().splitlines()[-1]}"
    )
    if kustomize and not kustomize.inside:
        built = folder / "built"
        building = _median(1, lambda: _build(kustomize.path, project, built))
        rows.append(Row("kustomize build", f"builds {len(ROOTS)} roots of each, no schemas", building))
        if kubeconform:
            judging = _median(1, lambda: _judge(kubeconform.path, built, folder / "schemas"))
            rows.append(Row("kustomize build | kubeconform", "builds; schemas, no policies", building + judging))
    _print(rows)
    _ratios(rows)


def make(project: Path, count: int) -> None:
    """A project in which every overlay differs from the base in three values."""
    _run("init", str(project), cwd=project.parent)
    for number in range(count):
        overlay = project / "overlays" / f"cluster-{number:05}"
        overlay.mkdir()
        (overlay / "kataform.yaml").write_text(
            "apiVersion: kataform.dev/v1alpha1\n"
            "kind: Overlay\n"
            "operator:\n"
            "  subscription:\n"
            f"    installPlanApproval: {'Automatic' if number % 2 else 'Manual'}\n"
            "kataConfig:\n"
            "  spec:\n"
            f"    logLevel: {'debug' if number % 3 else 'info'}\n"
            "    kataConfigPoolSelector:\n"
            "      matchLabels:\n"
            f"        pool: 'kata-{number}'\n",
            encoding="utf-8",
        )


def _from_nothing(project: Path, runs: int) -> float:
    """Seconds to generate when nothing of it is there yet."""
    seconds = []
    for _ in range(runs):
        for path in sorted((project / "overlays").glob("*/*")):
            if path.name == "kataform.yaml":
                continue
            subprocess.run(["rm", "-rf", str(path)], check=True) if path.is_dir() else path.unlink()
        seconds.append(_seconds(lambda: _run("generate", cwd=project)))
    return statistics.median(seconds)


def _build(kustomize: Path, project: Path, built: Path) -> None:
    """Build every root, two at once, each into a file of its own."""
    built.mkdir(exist_ok=True)
    arguments = []
    for overlay in sorted((project / "overlays").iterdir()):
        for root in ROOTS:
            arguments += [str(overlay / root), "-o", str(built / f"{overlay.name}-{root.strip('.')}.yaml")]
    environment = {**os.environ, "GOGC": "off", "GOMEMLIMIT": "1GiB"}
    command = ["xargs", "-0", "-P", "2", "-n", "3", str(kustomize), "build"]
    subprocess.run(command, input="\0".join(arguments).encode(), env=environment, check=True)


def _judge(kubeconform: Path, built: Path, known: Path) -> None:
    """One kubeconform over everything that was built, two workers, strict, with kataform's schemas as local files."""
    if not known.exists():
        found = {key: schemas.kind_schema(*key, kubernetes=KUBERNETES, operator=OPERATOR) for key in KINDS}
        schemas.export(known, {key: schema for key, schema in found.items() if schema})
    command = [str(kubeconform), "-n", "2", "-strict", "-summary", "-schema-location", f"{known}/{schemas.FILES}"]
    answer = subprocess.run([*command, str(built)], check=False, capture_output=True, text=True)
    print(f"kubeconform: {answer.stdout.strip().splitlines()[-1]}")
    if answer.returncode or "Skipped: 0" not in answer.stdout:
        sys.exit(f"not the same work: {shlex.join(command)}\n{answer.stdout[-2000:]}{answer.stderr[-2000:]}")


def _starts(folder: Path) -> None:
    """What it costs to start, as medians of runs in turn."""
    (folder / "small").mkdir()
    (folder / "small" / "pod.yaml").write_text(POD, encoding="utf-8")
    ways: dict[str, Sequence[str]] = {
        "python -c pass": [sys.executable, "-c", "pass"],
        BASELINE: [sys.executable, "-c", "import click, yaml"],
        "kataform --version": [*KATAFORM, "--version"],
        "kataform check pod.yaml": [*KATAFORM, "check", "pod.yaml"],
    }
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    for _ in range(STARTS):
        for name, command in ways.items():
            seconds[name].append(_seconds(lambda command=command: _command(command, folder / "small")))
    medians = {name: statistics.median(values) for name, values in seconds.items()}
    print(f"\nstarting, median of {STARTS}")
    for name, value in medians.items():
        print(f"  {name:32} {value * 1000:7.0f} ms  {value / medians[BASELINE]:5.2f} x")


def _median(runs: int, work: Callable[[], object]) -> float:
    return statistics.median(_seconds(work) for _ in range(runs))


def _seconds(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


def _run(*arguments: str, cwd: Path) -> str:
    return _command([*KATAFORM, *arguments], cwd)


def _command(command: Sequence[str], cwd: Path) -> str:
    answer = subprocess.run(command, check=False, cwd=cwd, capture_output=True, text=True)
    if answer.returncode:
        sys.exit(
            f"{shlex.join(command)} ended with {answer.returncode}\n{answer.stdout[-2000:]}{answer.stderr[-2000:]}"
        )
    return answer.stdout


def _print(rows: Sequence[Row]) -> None:
    for row in rows:
        print(f"  {row.name:32} {row.seconds:8.2f} s   {row.does}")


def _ratios(rows: Sequence[Row]) -> None:
    """How many times as long the rivals take; a render is not a build, so what is compared with what is said."""
    by_name = {row.name: row for row in rows}
    for rival, ours in (
        ("kustomize build", "generate, from nothing"),
        ("kustomize build", "check"),
        ("kustomize build | kubeconform", "check"),
    ):
        if rival in by_name:
            ratio = by_name[rival].seconds / by_name[ours].seconds
            print(f"  {rival} takes {ratio:.1f} x as long as kataform {ours}")


if __name__ == "__main__":
    sys.exit(main())

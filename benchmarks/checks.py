"""Compare `kataform check` with kubeconform and kustomize, side by side in one run: one table, with ratios and aims.

    python benchmarks/checks.py [--small] [--files 2000 10000] [--overlays 100 500] [--generated 1000] [--runs 3]

Everything is made up for it. The rivals run their fastest way: the standalone kustomize, two processes at once, garbage
collection off, one kubeconform over all that was built, with the same schemas as local files. kataform builds with the
same kustomize. A cold run does everything anew (`--no-cache`); a warm one is the run after one of the same, of which no
file has changed. The hook's changed run and the runs with and without policies have policies compiled before, as a
person's second run has, and files that nobody has checked. What is compared runs in turn, and processor time is told,
too.
"""

from __future__ import annotations

import argparse
import os
import platform
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from run import BARE, make

from kataform import schemas, tools

KATAFORM = [sys.executable, "-m", "kataform", "check"]
KUBERNETES = "1.32"
BASELINE = [sys.executable, "-c", "import click, yaml"]
META = "metadata:\n  name: NAME-{n}\n  namespace: team-{t}\n"
CONTAINER = """\
{i}containers:
{i}- name: web
{i}  image: registry.example.com/shop/web:v1
{i}  ports:
{i}  - name: http
{i}    containerPort: 8080
{i}  env:
{i}  - name: LOG_LEVEL
{i}    value: info
{i}  resources:
{i}    limits:
{i}      memory: 256Mi
"""
DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\n" + META.replace("NAME", "web") + "spec:\n  replicas: 2\n  selector:\n"
    "    matchLabels:\n      app: web-{n}\n  template:\n    metadata:\n      labels:\n        app: web-{n}\n"
    "    spec:\n" + CONTAINER.replace("{i}", "      ")
)
MANIFESTS = (
    DEPLOYMENT,
    "apiVersion: v1\nkind: Service\n" + META.replace("NAME", "web") + "spec:\n  selector:\n    app: web-{n}\n"
    "  ports:\n  - name: http\n    port: 80\n    targetPort: http\n",
    "apiVersion: v1\nkind: ConfigMap\n" + META.replace("NAME", "settings") + "data:\n  LOG_LEVEL: info\n"
    "  application.properties: |\n    server.port=8080\n    cache.size={n}\n",
    "apiVersion: v1\nkind: ServiceAccount\n" + META.replace("NAME", "web"),
    "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\n" + META.replace("NAME", "web") + "spec:\n"
    "  podSelector:\n    matchLabels:\n      app: web-{n}\n  policyTypes:\n  - Ingress\n",
)
KINDS = (
    ("apps/v1", "Deployment"),
    ("v1", "Service"),
    ("v1", "ConfigMap"),
    ("v1", "ServiceAccount"),
    ("networking.k8s.io/v1", "NetworkPolicy"),
)


@dataclass(frozen=True)
class Time:
    """Seconds that passed, and seconds of all processors together, each the median of some runs."""

    seconds: float
    processors: float

    def __str__(self) -> str:
        return f"{self.seconds:8.3f} s ({self.processors:7.3f} cpu)"


@dataclass(frozen=True)
class Row:
    """What was measured and what it is compared with; `aim` is how many times faster it should be."""

    name: str
    ours: Time
    rival: str
    theirs: Time
    aim: float

    def __str__(self) -> str:
        times = f"{_faster(self.theirs.seconds / self.ours.seconds)}   aim {_faster(self.aim)}"
        return f"{self.name:30} {self.ours}   {self.rival:29} {self.theirs}  {times}"


def _faster(ratio: float) -> str:
    return f"{ratio:6.1f} x faster" if ratio >= 1 else f"{1 / ratio:6.1f} x slower"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--small", action="store_true", help="sizes that take about a minute, to see that it runs")
    parser.add_argument("--files", type=int, nargs="*", metavar="N", help="plain files (2000 10000)")
    parser.add_argument("--overlays", type=int, nargs="*", metavar="N", help="overlays that people wrote (100 500)")
    parser.add_argument("--generated", type=int, metavar="N", help="generated overlays (1000)")
    parser.add_argument("--runs", type=int, metavar="N", help="runs of each; the median counts (3)")
    options = parser.parse_args()
    sizes = ([200, 1000], [10, 50], 30, 1) if options.small else ([2000, 10000], [100, 500], 1000, 3)
    given = (options.files, options.overlays, options.generated, options.runs)
    files, overlays, generated, runs = (
        own if own is not None else size for own, size in zip(given, sizes, strict=True)
    )
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    found = {name: tools.find(name) for name in tools.PINS}
    if any(tool is None or tool.inside for tool in found.values()):
        sys.exit("run `kataform tools install` first: kustomize and kubeconform are compared with")
    kustomize, kubeconform = (tool.path for tool in found.values() if tool is not None)
    os.environ["PATH"] = os.pathsep.join((str(kustomize.parent), os.environ["PATH"]))
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="kataform-benchmark-") as name:
        folder = Path(name).resolve()
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        known = {key: schemas.kind_schema(*key, kubernetes=KUBERNETES, operator=None) for key in KINDS}
        schemas.export(folder / "schemas", {key: schema for key, schema in known.items() if schema})
        schema_files = f"{folder}/schemas/{schemas.FILES}"
        judge = [str(kubeconform), "-n", "2", "-strict", "-summary", "-schema-location", schema_files]
        print(*_hook(folder, runs), sep="\n", flush=True)
        _table([_plain(folder, judge, count, runs) for count in files], files, "files")
        _table([_mixed(folder, judge, str(kustomize), count, runs) for count in overlays], overlays, "mixed overlays")
        print(_policies(folder, generated, runs), flush=True)
    return 0


def _table(tables: Sequence[Sequence[Row]], sizes: Sequence[int], what: str) -> None:
    """The rows of each size, and how each grows from the first size to the last."""
    for rows in tables:
        print(*rows, sep="\n", flush=True)
    if len(tables) < 2:
        return
    for first, last in zip(tables[0], tables[-1], strict=True):
        growth = last.ours.seconds / first.ours.seconds
        name = f"{sizes[-1]} {what}{first.name[len(str(sizes[0])) + 1 + len(what) :]}"
        print(f"{name:30} {growth:8.2f} x as long as {sizes[0]}, which are {sizes[-1] / sizes[0]:.2f} times fewer")


def _hook(folder: Path, runs: int) -> list[Row]:
    """The commit hook on five files of a small tree."""
    top = folder / "hook"
    _files(top, 40)
    five = [str(path) for path in sorted(top.rglob("*.yaml"))[:5]]
    command = [*KATAFORM, "--hook", *five]
    _run(command, top)
    _settle()
    _run(command, top)

    def change() -> None:
        for path in five:
            with open(path, "a", encoding="utf-8") as file:
                file.write("# changed\n")
        _settle()

    start, warm = _in_turn(runs + 6, (BASELINE, top), (command, top))
    again, changed = _in_turn(runs + 6, (BASELINE, top), (command, top), before=change)
    name = "python -c 'import click, yaml'"
    return [
        Row("hook, five files unchanged", warm, name, start, 1 / 1.5),
        Row("hook, five files changed", changed, name, again, 1 / 1.5),
    ]


def _plain(folder: Path, judge: Sequence[str], count: int, runs: int) -> list[Row]:
    """Plain manifests, all of them valid."""
    top = folder / f"files-{count}"
    _files(top, count)
    _same(_run([*judge, str(top)], folder), count)
    _same_checked(_run([*KATAFORM, "--no-cache"], top), count)
    _settle()
    _run(KATAFORM, top)
    changed = next(top.rglob("*.yaml"))

    def change() -> None:
        changed.write_text(changed.read_text(encoding="utf-8") + "# changed\n", encoding="utf-8")
        _settle()

    command = ([*judge, str(top)], folder)
    theirs, cold, warm = _in_turn(runs, command, ([*KATAFORM, "--no-cache"], top), (KATAFORM, top))
    again, one = _in_turn(runs, command, (KATAFORM, top), before=change)
    name = "kubeconform, same schemas"
    return [
        Row(f"{count} files, cold", cold, name, theirs, 5),
        Row(f"{count} files, one changed", one, name, again, 5),
        Row(f"{count} files, warm", warm, name, theirs, 5),
    ]


def _mixed(folder: Path, judge: Sequence[str], kustomize: str, count: int, runs: int) -> list[Row]:
    """Overlays with strategic merges, JSON patches, images and generators, ten of each base."""
    top, built = folder / f"overlays-{count}", folder / f"built-{count}"
    roots = _overlays(top, count)
    _settle()
    theirs = _median([_timed(lambda: (_build(kustomize, roots, built), _run([*judge, str(built)], folder)))])
    _run(KATAFORM, top)
    cold, warm = _in_turn(runs, ([*KATAFORM, "--no-cache"], top), (KATAFORM, top))
    name = "kustomize build | kubeconform"
    return [
        Row(f"{count} mixed overlays, cold", cold, name, theirs, 10),
        Row(f"{count} mixed overlays, warm", warm, name, theirs, 500),
    ]


def _policies(folder: Path, count: int, runs: int) -> Row:
    """Generated overlays, with all policies and with none; asked anew each time, with what was compiled before."""
    project = folder / "project"
    make(project, count)
    _run([*KATAFORM[:-1], "generate"], project)
    _run(KATAFORM, project)

    def ask_anew() -> None:
        os.environ["COLUMNS"] = str(int(os.environ.get("COLUMNS", "80")) + 1)  # which an answer depends on

    without, with_all = _in_turn(runs, ([*BARE, "check"], project), (KATAFORM, project), before=ask_anew)
    return Row(f"{count} generated overlays", with_all, "without a policy", without, 1 / 2)


def _files(top: Path, count: int) -> None:
    """Apps of forty teams, each a folder with its manifests."""
    for number in range(count):
        app, which = divmod(number, len(MANIFESTS))
        path = top / f"team-{app % 40}" / f"app-{app}" / f"{KINDS[which][1].lower()}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = MANIFESTS[which].replace("{n}", str(app)).replace("{t}", str(app % 40))
        path.write_text(text, encoding="utf-8")


def _overlays(top: Path, count: int) -> list[Path]:
    """The folders of the overlays; each base has a Deployment and a Service."""
    roots = []
    for number in range(count):
        app, which = divmod(number, 10)
        base, root = top / f"app-{app}" / "base", top / f"app-{app}" / f"env-{which}"
        if not which:
            base.mkdir(parents=True)
            lines = "\n".join(MANIFESTS[0].splitlines()[:4] + MANIFESTS[0].splitlines()[5:]) + "\n"
            (base / "web.yaml").write_text(lines.replace("{n}", str(app)), encoding="utf-8")
            (base / "kustomization.yaml").write_text("resources:\n- web.yaml\n", encoding="utf-8")
        root.mkdir()
        fields = f"resources:\n- ../base\nnamespace: env-{which}\nlabels:\n- pairs:\n    env: env-{which}\n"
        kind = which % 5
        if kind in (0, 1):
            merge = (
                f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web-{app}\nspec:\n  replicas: {which + 2}\n"
            )
            (root / "replicas.yaml").write_text(merge, encoding="utf-8")
            fields += "patches:\n- path: replicas.yaml\n"
        elif kind == 2:
            operation = f"    - op: replace\n      path: /spec/replicas\n      value: {which}\n"
            fields += "patches:\n- target:\n    kind: Deployment\n  patch: |-\n" + operation
        elif kind == 3:
            fields += f"images:\n- name: registry.example.com/shop/web\n  newTag: v{which}\n"
        else:
            fields += f"configMapGenerator:\n- name: extra\n  literals:\n  - MODE=env-{which}\n"
        (root / "kustomization.yaml").write_text(fields, encoding="utf-8")
        roots.append(root)
    return roots


def _build(kustomize: str, roots: Sequence[Path], built: Path) -> None:
    """Build every root, two at once, each into a file of its own."""
    built.mkdir(exist_ok=True)
    arguments = [text for number, root in enumerate(roots) for text in (str(root), "-o", str(built / f"{number}.yaml"))]
    environment = {**os.environ, "GOGC": "off", "GOMEMLIMIT": "1GiB"}
    command = ["xargs", "-0", "-P", "2", "-n", "3", kustomize, "build"]
    subprocess.run(command, input="\0".join(arguments).encode(), env=environment, check=True)


def _same(answer: str, count: int) -> None:
    if f"Valid: {count}, Invalid: 0, Errors: 0, Skipped: 0" not in answer:
        sys.exit(f"not the same verdicts: {answer}")


def _same_checked(answer: str, count: int) -> None:
    if f"checked {count} of {count} objects" not in answer:
        sys.exit(f"not the same verdicts: {answer[-2000:]}")


def _settle() -> None:
    """An answer is kept only where nothing was changed just before it."""
    time.sleep(0.2)


def _in_turn(runs: int, *ways: tuple[Sequence[str], Path], before: Callable[[], None] = lambda: None) -> list[Time]:
    """The time of each command in its folder, run one after the other so that what slows one slows all."""
    times: list[list[Time]] = [[] for _ in ways]
    for _ in range(runs):
        before()
        for (command, where), found in zip(ways, times, strict=True):
            found.append(_timed(lambda command=command, where=where: _run(command, where)))
    return [_median(found) for found in times]


def _timed(work: Callable[[], object]) -> Time:
    begun, before = time.perf_counter(), resource.getrusage(resource.RUSAGE_CHILDREN)
    work()
    seconds, after = time.perf_counter() - begun, resource.getrusage(resource.RUSAGE_CHILDREN)
    return Time(seconds, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)


def _median(times: Sequence[Time]) -> Time:
    return Time(statistics.median(one.seconds for one in times), statistics.median(one.processors for one in times))


def _run(command: Sequence[str], folder: Path) -> str:
    answer = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if answer.returncode:
        sys.exit(
            f"{' '.join(command[:6])} ended with {answer.returncode}\n{answer.stdout[-2000:]}{answer.stderr[-2000:]}"
        )
    return answer.stdout


if __name__ == "__main__":
    sys.exit(main())

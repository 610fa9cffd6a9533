"""Compare `kataform check` with kubeconform and kustomize, side by side in one run: one table, with ratios.

    python benchmarks/checks.py [--files 2000 10000] [--overlays 500] [--runs 3]

Everything is made up for it. The rivals run their fastest way: the standalone kustomize, two processes at once, garbage
collection off, one kubeconform over all that was built, with the same schemas as local files. A cold run does
everything anew (`--no-cache`); a warm one is the run after one of the same, of which no file has changed. The hook's
changed run has policies compiled before, and files that nobody has checked.
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

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
class Row:
    """What was measured, its seconds, those of what it is compared with, and what bounds it."""

    name: str
    seconds: float
    rival: str
    theirs: float
    bound: str

    def __str__(self) -> str:
        ratio = self.theirs / self.seconds
        times = f"{ratio:6.1f} x faster" if ratio >= 1 else f"{1 / ratio:6.1f} x slower"
        return f"  {self.name:34} {self.seconds:8.3f} s   {self.rival:30} {self.theirs:8.3f} s  {times}   {self.bound}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, nargs="*", default=[2000, 10000], metavar="N", help="plain files")
    parser.add_argument("--overlays", type=int, default=500, metavar="N", help="overlays that people wrote (500)")
    parser.add_argument("--runs", type=int, default=3, metavar="N", help="runs of each; the median counts (3)")
    options = parser.parse_args()
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # an installed program has its bytecode
    found = {name: tools.find(name) for name in tools.PINS}
    if any(tool is None or tool.inside for tool in found.values()):
        sys.exit("run `kataform tools install` first: kustomize and kubeconform are compared with")
    kustomize, kubeconform = (str(tool.path) for tool in found.values() if tool is not None)
    print(f"{platform.machine()}, {os.cpu_count()} processors, Python {platform.python_version()}")
    with tempfile.TemporaryDirectory(prefix="kataform-benchmark-") as name:
        folder = Path(name).resolve()
        os.environ["XDG_CACHE_HOME"] = str(folder / "cache")
        known = {key: schemas.kind_schema(*key, kubernetes=KUBERNETES, operator=None) for key in KINDS}
        schemas.export(folder / "schemas", {key: schema for key, schema in known.items() if schema})
        judge = [kubeconform, "-n", "2", "-strict", "-summary", "-schema-location", f"{folder}/schemas/{schemas.FILES}"]
        for rows in (
            _hook(folder, options.runs),
            *(_plain(folder, judge, count, options.runs) for count in options.files),
            _mixed(folder, judge, kustomize, options.overlays, options.runs),
        ):
            print(*rows, sep="\n", flush=True)
    return 0


def _hook(folder: Path, runs: int) -> list[Row]:
    """The commit hook on five files of a small tree."""
    _files(folder / "hook", 40)
    five = [str(path) for path in sorted((folder / "hook").rglob("*.yaml"))[:5]]
    _settle()
    command = [*KATAFORM, "--hook", *five]
    name = "python -c 'import click, yaml'"
    start = _median(max(runs, 9), lambda: _run(BASELINE, folder))
    _run(command, folder / "hook")
    warm = _median(max(runs, 9), lambda: _run(command, folder / "hook"))
    seconds = []
    for number in range(max(runs, 5)):
        for path in five:
            with open(path, "a", encoding="utf-8") as file:
                file.write(f"# {number}\n")
        _settle()
        seconds.append(_median(1, lambda: _run(command, folder / "hook")))
    return [
        Row("hook, five files, none changed", warm, name, start, "starting Python"),
        Row("hook, five files, all changed", statistics.median(seconds), name, start, "imports"),
    ]


def _plain(folder: Path, judge: Sequence[str], count: int, runs: int) -> list[Row]:
    """Plain manifests, all of them valid."""
    top = folder / f"files-{count}"
    _files(top, count)
    _settle()
    theirs = _median(runs, lambda: _same(_run([*judge, str(top)], folder), count))
    cold = _median(runs, lambda: _run([*KATAFORM, "--no-cache"], top))
    _run(KATAFORM, top)
    warm = _median(runs, lambda: _run(KATAFORM, top))
    return [
        Row(
            f"{count} files, cold",
            cold,
            "kubeconform, same schemas",
            theirs,
            "rules on text, and policies, in one process",
        ),
        Row(f"{count} files, warm", warm, "kubeconform, same schemas", theirs, "reading every file"),
    ]


def _mixed(folder: Path, judge: Sequence[str], kustomize: str, count: int, runs: int) -> list[Row]:
    """Overlays with strategic merges, JSON patches, images and generators, ten of each base."""
    top, built = folder / "overlays", folder / "built"
    roots = _overlays(top, count)
    _settle()
    theirs = _median(1, lambda: (_build(kustomize, roots, built), _run([*judge, str(built)], folder)))
    cold = _median(runs, lambda: _run([*KATAFORM, "--no-cache"], top))
    _run(KATAFORM, top)
    warm = _median(runs, lambda: _run(KATAFORM, top))
    return [
        Row(f"{count} mixed overlays, cold", cold, "kustomize build | kubeconform", theirs, "kustomize"),
        Row(
            f"{count} mixed overlays, warm",
            warm,
            "kustomize build | kubeconform",
            theirs,
            "starting Python, reading every file",
        ),
    ]


def _files(top: Path, count: int) -> None:
    for number in range(count):
        path = top / f"team-{number % 40}" / f"app-{number // 50}" / f"{number}.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        text = MANIFESTS[number % len(MANIFESTS)]
        path.write_text(text.replace("{n}", str(number)).replace("{t}", str(number % 40)), encoding="utf-8")


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


def _settle() -> None:
    """An answer is kept only where nothing was changed just before it."""
    time.sleep(0.2)


def _median(runs: int, work: Callable[[], object]) -> float:
    seconds = []
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        seconds.append(time.perf_counter() - begun)
    return statistics.median(seconds)


def _run(command: Sequence[str], folder: Path) -> str:
    answer = subprocess.run(command, check=False, cwd=folder, capture_output=True, text=True)
    if answer.returncode:
        sys.exit(
            f"{' '.join(command[:6])} ended with {answer.returncode}\n{answer.stdout[-2000:]}{answer.stderr[-2000:]}"
        )
    return answer.stdout


if __name__ == "__main__":
    sys.exit(main())

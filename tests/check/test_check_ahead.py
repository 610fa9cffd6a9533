"""Other processes only save time: what a check says is the same with them, without them, and where they fail."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from kataform import ahead, judge, rulebook, sources
from kataform.commands.check import run
from kataform.kustomization import NAMES, Graph

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="this system has no fork")

DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {{name: web-{n}, labels: {{tier: yes, app: web}}}}
spec:
  replicas: {n}
  selector: {{matchLabels: {{app: web}}}}
  template:
    metadata: {{labels: {{app: web}}}}
    spec:
      runtimeClassName: kata-{n}
      containers: [{{name: web, image: registry.example.com/web, resorces: {{}}}}]
"""
PLAIN = {
    "crd.yaml": """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: lamps.example.com}
spec:
  group: example.com
  names: {kind: Lamp, plural: lamps, singular: lamp, listKind: LampList}
  scope: Cluster
  versions:
  - name: v1
    served: true
    storage: true
    schema: {openAPIV3Schema: {type: object, properties: {spec: {type: object, properties: {on: {type: string}}}}}}
""",
    "lamp.yaml": "apiVersion: example.com/v1\nkind: Lamp\nmetadata: {name: a}\nspec: {on: yes}\n",
    "list.yaml": """\
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: Pod, metadata: {name: a, labels: {a: 1}}}
""",
    "two.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: a}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: b}
data: {a: 08}
""",
    "empty.yaml": "---\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
    "values.yaml": "replicas: 2\n",
    "broken.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: a\n",
    "anchors.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: &m {name: d, labels: {a: b}}
data: {<<: {x: 'y'}, z: yes}
""",
    "accepted.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: e}
data:
  a: yes  # kataform: ignore[unquoted-boolean] said so
""",
    "secret.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: f}\nstringData: {password: hunter2, on: on}\n",
    "chart/templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\n",
    "chart/Chart.yaml": "apiVersion: v2\nname: a\nversion: 1.0.0\n",
    "part/kustomization.yaml": "resources:\n- a.yaml\n- https://example.com/there\n",
    "part/a.yaml": DEPLOYMENT.format(n=99),
    "part/beside.yaml": DEPLOYMENT.format(n=98),
}


@pytest.fixture
def tree(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Manifests of all sorts, right and wrong, and the examples of rules that need no kustomization."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    files = {f"web/{n}.yaml": DEPLOYMENT.format(n=n) for n in range(30)}
    files |= {f"quiet/{n}.yaml": f"apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: n{n}}}\n" for n in range(30)}
    for name, rule in rulebook.ALL.items():
        for which in ("failing", "passing"):
            example = getattr(rule, which)
            parts = example if isinstance(example, dict) else {"example.yaml": example}
            if not any(Path(path).name in NAMES for path in parts):
                files |= {f"examples/{name}/{which}/{path}": text for path, text in parts.items()}
    folder = tmp_path / "tree"
    for path, text in (files | PLAIN).items():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, encoding="utf-8")
    (folder / "link.yaml").symlink_to("lamp.yaml")
    (folder / "nowhere.yaml").symlink_to("gone.yaml")
    monkeypatch.chdir(folder)
    return folder


def said(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, processes: int, *, cached: bool = False
) -> tuple[int, str]:
    """What a check says that has so many processes, and its exit code."""
    monkeypatch.setattr(ahead, "processes", lambda tasks: processes if tasks else 1)
    code = run((), outputs=("json",), cache=cached)
    return code, capsys.readouterr().out


@pytest.mark.parametrize("processes", [2, 3, 7])
@pytest.mark.parametrize("crds", [True, False], ids=["with a CRD", "without"])
def test_what_is_found_does_not_depend_on_other_processes(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, processes: int, crds: bool
) -> None:
    if not crds:
        (tree / "crd.yaml").unlink()
    alone = said(capsys, monkeypatch, 1)

    assert said(capsys, monkeypatch, processes) == alone
    assert '"unquoted-boolean"' in alone[1]


def test_all_that_is_clean_without_them_is_kept(
    tree: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = []
    for processes in (1, 3):
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / f"cache-{processes}"))
        first = said(capsys, monkeypatch, processes, cached=True)
        (file,) = (path for path in (tmp_path / f"cache-{processes}/kataform/clean").rglob("*") if path.is_file())
        marks = file.read_bytes()[16:]
        kept.append({marks[at : at + 16] for at in range(0, len(marks), 16)})
        assert said(capsys, monkeypatch, processes, cached=True) == first

    assert kept[0] <= kept[1]  # a text that only a CRD might find something in is among the others
    assert len(kept[0]) > 60


def in_children(do: Callable[[], object], otherwise: Callable[..., Any]) -> Callable[..., Any]:
    """A function that does something else in processes that this one starts."""
    here = os.getpid()

    def replaced(*arguments: Any, **named: Any) -> Any:
        if os.getpid() != here:
            do()
        return otherwise(*arguments, **named)

    return replaced


def fail() -> None:
    raise RuntimeError("a bug that only other processes meet")


def end() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@pytest.mark.parametrize("do", [fail, end, lambda: os._exit(1), sys.exit], ids=["fail", "killed", "gone", "exit"])
def test_one_that_fails_is_done_without(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, do: Callable[[], object]
) -> None:
    alone = said(capsys, monkeypatch, 1)
    monkeypatch.setattr(judge, "check", in_children(do, judge.check))
    monkeypatch.setattr(sources, "is_silent", in_children(do, sources.is_silent))

    assert said(capsys, monkeypatch, 3) == alone


def test_where_no_process_can_be_started_it_is_done_without(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    alone = said(capsys, monkeypatch, 1)

    def refused() -> int:
        raise BlockingIOError(11, "Resource temporarily unavailable")

    monkeypatch.setattr(os, "fork", refused)
    before = len(os.listdir("/dev/fd")) if os.path.isdir("/dev/fd") else 0

    assert said(capsys, monkeypatch, 3) == alone
    assert before == (len(os.listdir("/dev/fd")) if before else 0)


def test_what_is_handed_on_is_read_by_the_other_alone(
    tree: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    taken: list[Path] = []
    take = Graph.take

    def taking(graph: Graph, path: Path, *rest: Any) -> None:
        taken.append(path)
        take(graph, path, *rest)

    monkeypatch.setattr(Graph, "take", taking)

    said(capsys, monkeypatch, 2)

    assert len(taken) > 20
    assert not {path.name for path in taken} & {"link.yaml", "broken.yaml", "values.yaml", "empty.yaml"}


@pytest.mark.skipif(not hasattr(os, "sched_getaffinity"), reason="this system does not tell its processors")
def test_many_objects_are_worth_a_process_for_each_processor_and_few_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    for there, worth in ((1, 1), (2, 2), (ahead.MOST, ahead.MOST), (64, ahead.MOST)):
        monkeypatch.setattr(os, "sched_getaffinity", lambda _, there=there: set(range(there)))
        assert ahead.processes(ahead.FEWEST) == worth
        assert ahead.processes(ahead.FEWEST - 1) == 1


@pytest.mark.parametrize(("tasks", "others", "first"), [(10, 3, 0), (10, 3, 4), (2, 5, 0), (7, 1, 7), (0, 2, 0)])
def test_every_task_is_in_one_share(tasks: int, others: int, first: int) -> None:
    parts = ahead.shares(tasks, others, first)

    assert [number for part in parts for number in part] == list(range(first, tasks))
    assert len(parts) == others
    assert max(map(len, parts)) - min(map(len, parts)) <= 1


def test_no_process_stays_behind_where_one_that_asks_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    class Failed(Exception):
        """What goes wrong here."""

    started: list[int] = []
    fork = os.fork

    def forking() -> int:
        started.append(fork())
        return started[-1]

    monkeypatch.setattr(os, "fork", forking)

    with pytest.raises(Failed), ahead.asked([signal.pause, signal.pause]):
        raise Failed

    assert len(started) == 2
    for process in started:
        with pytest.raises(ProcessLookupError):
            os.kill(process, 0)


def test_results_come_in_the_order_of_the_works() -> None:
    with ahead.asked([lambda: ["a" * 1_000_000], lambda: {"b": 1}, fail, object]) as results:
        assert results() == [["a" * 1_000_000], {"b": 1}, None, None]

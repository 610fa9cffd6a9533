"""A root that has not changed is not built again; one of which any byte changed is."""

from __future__ import annotations

from pathlib import Path

import pytest

from kataform import build_cache, kustomize, roots
from kataform.kustomization import Graph

CONFIGMAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: NAME}\ndata: {a: one}\n"
TREE = {
    "base/one.yaml": CONFIGMAP.replace("NAME", "one"),
    "base/kustomization.yaml": "resources: [one.yaml]\n",
    "part/kustomization.yaml": (
        "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nconfigurations: [config.yaml]\n"
    ),
    "part/config.yaml": "commonLabels: []\n",
    "root/kustomization.yaml": """\
resources: [../base, two.yaml]
components: [../part]
patches: [{path: patch.yaml, target: {kind: ConfigMap}}]
replacements: [{path: copy.yaml}]
configMapGenerator:
- {name: made, files: [text.txt, key=other.txt], envs: [some.env]}
""",
    "root/two.yaml": CONFIGMAP.replace("NAME", "two"),
    "root/patch.yaml": "- op: add\n  path: /data/b\n  value: two\n",
    "root/copy.yaml": (
        "source: {kind: ConfigMap, name: one, fieldPath: data.a}\n"
        "targets: [{select: {kind: ConfigMap, name: two}, fieldPaths: [data.a]}]\n"
    ),
    "root/text.txt": "text\n",
    "root/other.txt": "other\n",
    "root/some.env": "X=1\n",
}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for name, text in TREE.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / "root"


@pytest.fixture
def cache(tmp_path: Path, kustomize: kustomize.Kustomize) -> build_cache.BuildCache:
    return build_cache.BuildCache(tmp_path / "cache", kustomize)


@pytest.fixture
def builds(monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Every root that kustomize really builds."""
    seen: list[Path] = []
    build_all = kustomize.build_all

    def counted(tool: kustomize.Kustomize, wanted: list[Path], **options: float) -> object:
        seen.extend(wanted)
        return build_all(tool, wanted, **options)

    monkeypatch.setattr(kustomize, "build_all", counted)
    return seen


def test_the_second_build_of_the_same_bytes_asks_nobody(
    root: Path, tmp_path: Path, kustomize: kustomize.Kustomize, builds: list[Path]
) -> None:
    first = roots.build(Graph(), [root], timeout=60, cache=tmp_path / "cache")
    second = roots.build(Graph(), [root], timeout=60, cache=tmp_path / "cache")

    assert builds == [root]
    assert second.bodies == first.bodies
    assert len(first.bodies[root]) == 3


@pytest.mark.parametrize("name", TREE)
def test_any_byte_that_kustomize_reads_makes_another_key(root: Path, cache: build_cache.BuildCache, name: str) -> None:
    before = cache.key(Graph(), root)
    path = root.parent / name
    path.write_text(TREE[name] + "#\n", encoding="utf-8")

    assert before is not None
    assert cache.key(Graph(), root) not in (before, None)


def test_a_file_that_moved_makes_another_key(root: Path, cache: build_cache.BuildCache) -> None:
    before = cache.key(Graph(), root)
    (root / "two.yaml").rename(root / "moved.yaml")
    file = root / "kustomization.yaml"
    file.write_text(TREE["root/kustomization.yaml"].replace("two.yaml", "moved.yaml"), encoding="utf-8")

    assert cache.key(Graph(), root) != before


def test_another_kustomize_makes_another_key(root: Path, tmp_path: Path) -> None:
    tools = [kustomize.Kustomize(Path("k"), "5.8.1"), kustomize.Kustomize(Path("k"), "5.8.1", "oc")]

    keys = {build_cache.BuildCache(tmp_path, tool).key(Graph(), root) for tool in tools}

    assert len(keys) == 2


@pytest.mark.parametrize("field", ["transformers", "generators", "validators"])
def test_what_may_read_anything_is_never_kept(root: Path, cache: build_cache.BuildCache, field: str) -> None:
    with (root / "kustomization.yaml").open("a", encoding="utf-8") as file:
        file.write(f"{field}: [more.yaml]\n")

    assert cache.key(Graph(), root) is None


@pytest.mark.parametrize("damage", [b"", b"{}", b"x" * 16 + b"\n{}"])
def test_a_damaged_entry_is_built_anew(
    root: Path, tmp_path: Path, kustomize: kustomize.Kustomize, builds: list[Path], damage: bytes
) -> None:
    first = roots.build(Graph(), [root], timeout=60, cache=tmp_path / "cache")
    [entry] = [path for path in (tmp_path / "cache").rglob("*") if path.is_file()]
    entry.write_bytes(damage)

    second = roots.build(Graph(), [root], timeout=60, cache=tmp_path / "cache")

    assert builds == [root, root]
    assert second.bodies == first.bodies


def test_a_build_that_fails_is_not_kept(
    root: Path, tmp_path: Path, kustomize: kustomize.Kustomize, builds: list[Path]
) -> None:
    (root / "two.yaml").unlink()

    for _ in range(2):
        assert roots.build(Graph(), [root], timeout=60, cache=tmp_path / "cache").failures

    assert builds == [root, root]


def test_a_cache_that_cannot_be_written_is_done_without(
    root: Path, tmp_path: Path, kustomize: kustomize.Kustomize
) -> None:
    (tmp_path / "cache").write_text("a file", encoding="utf-8")

    assert roots.build(Graph(), [root], timeout=60, cache=tmp_path / "cache").bodies[root]

"""What every test may ask for: the reference data beside a checkout, and the real tools."""

from __future__ import annotations

import os
import shutil
from collections import Counter
from collections.abc import Iterable
from pathlib import Path

import pytest

from install_kustomize import VERSIONS, find
from kataform import tools
from kataform.kustomize import Kustomize, locate
from left_out import left_out

REPOSITORY = Path(__file__).resolve().parent.parent
ALONE = ("cluster",)

if (REPOSITORY / "tests" / "oracle_fixture.py").exists():
    from oracle_fixture import *  # noqa: F403 — a fixture has to stand in a conftest


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with reference data, named by KATAFORM_SHARED; without it the test says what it left out."""
    named = os.environ.get("KATAFORM_SHARED")
    if not named:
        pytest.skip("left out: reference data (KATAFORM_SHARED is not set)")
    folder = Path(named)
    if not folder.is_absolute():
        folder = (REPOSITORY / folder).resolve()
    if not folder.is_dir():
        pytest.fail(f"KATAFORM_SHARED names {named}, which is not a folder")
    return folder


@pytest.fixture(scope="session")
def repository() -> Path:
    """The root of this checkout."""
    return REPOSITORY


@pytest.fixture(scope="session")
def kustomize() -> Kustomize:
    """The kustomize that kataform itself would use, else the newest of those for tests."""
    found = locate()
    if found:
        return found
    newest = find(VERSIONS[-1])
    return Kustomize(newest, VERSIONS[-1]) if newest else left_out("kustomize (`kataform tools install kustomize`)")


@pytest.fixture(scope="session")
def kustomizes() -> dict[str, Kustomize]:
    """The oldest, a middle and the newest kustomize that the generated tree is made for, by version."""
    return {version: _exactly(version) for version in VERSIONS}


@pytest.fixture(scope="session", params=VERSIONS)
def each_kustomize(request: pytest.FixtureRequest) -> Kustomize:
    """One of the three, each in its turn."""
    return _exactly(request.param)


@pytest.fixture(scope="session")
def kubeconform() -> Path:
    """The kubeconform that kataform itself would use."""
    found = tools.find("kubeconform")
    return found.path if found else left_out("kubeconform (`kataform tools install kubeconform`)")


@pytest.fixture(scope="session")
def go() -> Path:
    """The Go on PATH."""
    found = shutil.which("go")
    return Path(found) if found else left_out("Go (none on PATH)")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With several workers a file stays with one of them; all that ask the API server do, so that there is one."""
    if not config.pluginmanager.hasplugin("xdist"):
        return
    for item in items:
        path = item.path.relative_to(REPOSITORY / "tests")
        group = path.parts[0] if path.parts[0] in ALONE else path.as_posix()
        item.add_marker(pytest.mark.xdist_group(group))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say what was left out and why, in one list, just above the closing line."""
    reports: Iterable[pytest.TestReport] = terminalreporter.stats.get("skipped", [])
    reasons = Counter(_reason(report) for report in reports)
    if reasons:
        terminalreporter.section("left out")
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"{count} test{'s' if count > 1 else ''}: {reason}")


def _reason(report: pytest.TestReport) -> str:
    text = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    return text.removeprefix("Skipped: ").removeprefix("left out: ")


def _exactly(version: str) -> Kustomize:
    path = find(version)
    return Kustomize(path, version) if path else left_out(f"kustomize {version} (`make test` installs it with Go)")

"""Install the kustomize versions that tests compare, into .cache/kustomize/<version>/; run by `make test`."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from kataform import tools

VERSIONS = ("5.0.1", "5.4.3", "5.8.1")
CACHE = Path(__file__).resolve().parent.parent / ".cache" / "kustomize"
MODULE = tools.PINS["kustomize"].module
TIMEOUT = 1200


def find(version: str) -> Path | None:
    """The kustomize of exactly this version: below KATAFORM_KUSTOMIZES, from .cache, or one that kataform knows."""
    named = os.environ.get("KATAFORM_KUSTOMIZES")
    for folder in [Path(named)] if named else [CACHE]:
        if (folder / version / "kustomize").is_file():
            return folder / version / "kustomize"
    known = [tool for tool in tools.programs("kustomize") if tool.version == version and not tool.inside]
    return known[0].path if known else None


def main() -> int:
    missing = [version for version in VERSIONS if find(version) is None]
    if missing and shutil.which("go") is None:
        print(f"left out: the tests with kustomize {', '.join(missing)}, which only Go can install; there is no Go")
        return 1 if os.environ.get("CI") else 0
    failed = [version for version in missing if not _install(version)]
    return 1 if failed and os.environ.get("CI") else 0


def _install(version: str) -> bool:
    print(f"installing kustomize {version} with go install, for the tests only", flush=True)
    CACHE.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".installing-", dir=CACHE) as staging:
        made = Path(staging) / "made"
        variables = {**os.environ, "GOBIN": str(made), "GOWORK": "off", "GO111MODULE": "on", "CGO_ENABLED": "0"}
        command = ["go", "install", f"{MODULE}@v{version}"]
        try:
            answer = subprocess.run(
                command, env=variables, cwd=staging, capture_output=True, text=True, timeout=TIMEOUT, check=False
            )
        except subprocess.TimeoutExpired:
            print(f"left out: the tests with kustomize {version}: not built in {TIMEOUT} seconds")
            return False
        if answer.returncode:
            print(f"left out: the tests with kustomize {version}: {answer.stderr.strip()[-400:]}")
            return False
        made.rename(CACHE / version)
    return True


if __name__ == "__main__":
    sys.exit(main())

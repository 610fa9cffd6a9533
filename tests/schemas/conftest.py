"""What the tests of the schemas share: both engines, and the real kubeconform."""

from __future__ import annotations

import os

import pytest

from kataform import schemas, tools


@pytest.fixture(params=list(schemas.ENGINES))
def engine(request: pytest.FixtureRequest) -> str:
    """Each JSON Schema engine in turn."""
    return str(request.param)


@pytest.fixture(scope="session")
def kubeconform() -> tools.Tool:
    """The kubeconform that kataform itself would use."""
    found = tools.find("kubeconform")
    if found is None:
        if os.environ.get("CI"):
            pytest.fail("kubeconform is missing, and CI wants it: run `kataform tools install kubeconform`")
        pytest.skip("left out: kubeconform (run `kataform tools install kubeconform`)")
    return found

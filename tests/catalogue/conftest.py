"""The catalogue that travels with kataform, read once."""

from __future__ import annotations

import pytest

from kataform import catalogue
from kataform.catalogue import Catalogue


@pytest.fixture(scope="session")
def known() -> Catalogue:
    return catalogue.load()

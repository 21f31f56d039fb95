"""A site with one edition, for the tests of its pages."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from websites import Web, web


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Web]:
    """Return a site of its own for each test."""
    with web(tmp_path) as opened:
        yield opened

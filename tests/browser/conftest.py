"""One browser for all tests of this folder: starting it takes a second."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser

from browsers import browser


@pytest.fixture(scope="session")
def opened() -> Iterator[Browser]:
    """Return the browser."""
    with browser() as running:
        yield running

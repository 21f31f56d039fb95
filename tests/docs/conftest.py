"""One story's journey, made once for all tests that compare a page with it."""

import pytest

from making.journey import Journey, travel


@pytest.fixture(scope="session")
def journey() -> Journey:
    """Return what the whole job came to, on the demo's outlets."""
    return travel()

"""One scripted server and one poller for each test."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from citizens import Citizen, citizen
from httpserver import HttpServer, running


@pytest.fixture
def server() -> Iterator[HttpServer]:
    """A scripted HTTP server."""
    with running() as server:
        yield server


@pytest.fixture
def us(server: HttpServer, tmp_path: Path) -> Iterator[Citizen]:
    """Our poller, on that server."""
    with citizen(server, tmp_path) as us:
        yield us

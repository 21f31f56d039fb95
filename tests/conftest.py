"""Databases of each kind, for any test that wants one."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from sqlalchemy import Engine

from aidigest.adapters.database import migrate, open_engine
from postgresqlserver import HOW_TO_GET_IT, PostgresqlServer, binaries, new_database

# What `make test` says depends on the change alone, not on examples drawn by chance or on how busy
# a machine is. New examples are looked for by `make explore`.
settings.register_profile(
    "repeatable", derandomize=True, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.register_profile(
    "exploring", max_examples=5_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("repeatable")


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of a PostgreSQL that the tests may fill; one is started if need be."""
    pytest.importorskip("psycopg", reason="psycopg is not here: pip install 'aidigest[postgresql]'")
    named = os.environ.get("AIDIGEST_TEST_POSTGRESQL")
    if named:
        yield named
        return
    programs = binaries()
    if programs is None:
        pytest.skip(HOW_TO_GET_IT)
    with tempfile.TemporaryDirectory(prefix="aidigest-pg-") as folder:
        server = PostgresqlServer(Path(folder), programs)
        server.start()
        try:
            yield server.url
        finally:
            server.stop()


@pytest.fixture
def blank_postgresql(postgresql_url: str) -> Iterator[str]:
    """The address of a PostgreSQL database without tables."""
    with new_database(postgresql_url) as url:
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of a database without tables, of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'var' / 'aidigest.db'}"
    url: str = request.getfixturevalue("blank_postgresql")
    return url


@pytest.fixture
def engine(blank_url: str) -> Iterator[Engine]:
    """A database with all tables, empty."""
    opened = open_engine(blank_url)
    migrate(opened)
    yield opened
    opened.dispose()

"""Every pair of engine and database that the program can run on."""

from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Engine

from aidigest.adapters.database import migrate, open_engine
from aidigest.adapters.in_process import InProcess
from aidigest.steps.ports import JobEngine

PAIRS = ("in-process, SQLite", "in-process, PostgreSQL", "Procrastinate, PostgreSQL")


@pytest.fixture(params=PAIRS)
def pair(request: pytest.FixtureRequest) -> str:
    """Which engine on which database."""
    name: str = request.param
    return name


@pytest.fixture
def database_url(pair: str, request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The address of the pair's database, with all tables."""
    url = f"sqlite:///{tmp_path / 'aidigest.db'}"
    if pair.endswith("PostgreSQL"):
        url = request.getfixturevalue("blank_postgresql")
    engine: Engine = open_engine(url)
    migrate(engine)
    engine.dispose()
    return url


@pytest.fixture
def new_engine(pair: str, database_url: str) -> Callable[[], JobEngine]:
    """Make one more of the pair's engine."""

    def make() -> JobEngine:
        if pair.startswith("in-process"):
            return InProcess()
        from aidigest.adapters.procrastinate_jobs import ProcrastinateJobs  # noqa: PLC0415

        return ProcrastinateJobs(database_url, stalled_after_s=1.5)

    return make

"""A migrated database of each kind; PostgreSQL where its server can be had."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.engine import make_url

from aidigest.adapters.database import migrate, open_engine

HOW_TO_GET_IT = (
    "PostgreSQL is not here: name one in AIDIGEST_TEST_POSTGRESQL, or install the server"
    " (Debian: apt-get install postgresql)"
)


def _binaries() -> Path | None:
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


def _as_unprivileged(command: list[str]) -> list[str]:
    # PostgreSQL refuses to run as root.
    return ["setpriv", "--reuid=65534", "--clear-groups", *command] if os.getuid() == 0 else command


@pytest.fixture(scope="session")
def postgresql_url() -> Iterator[str]:
    """The address of a PostgreSQL that the tests may fill; one is started if need be."""
    pytest.importorskip("psycopg", reason="psycopg is not here: pip install 'aidigest[postgresql]'")
    named = os.environ.get("AIDIGEST_TEST_POSTGRESQL")
    if named:
        yield named
        return
    binaries = _binaries()
    if binaries is None:
        pytest.skip(HOW_TO_GET_IT)
    # A socket's address is short, so the folder cannot be pytest's.
    with tempfile.TemporaryDirectory(prefix="aidigest-pg-") as folder:
        if os.getuid() == 0:
            os.chown(folder, 65534, 65534)
        yield from _server(binaries, Path(folder))


def _server(binaries: Path, folder: Path) -> Iterator[str]:
    data = folder / "data"
    _run([str(binaries / "initdb"), "-D", str(data), "-U", "aidigest", "-A", "trust", "-N"])
    options = f"-c listen_addresses='' -c unix_socket_directories={folder} -c fsync=off"
    control = [str(binaries / "pg_ctl"), "-D", str(data), "-w"]
    _run([*control, "-l", str(folder / "log"), "-o", options, "start"])
    try:
        yield f"postgresql://aidigest@/postgres?host={folder}"
    finally:
        _run([*control, "-m", "immediate", "stop"])


def _run(command: list[str]) -> None:
    done = subprocess.run(  # noqa: S603 - The commands are made above, of paths found there.
        _as_unprivileged(command), check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout.decode()


@pytest.fixture(params=["sqlite", "postgresql"])
def blank_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The address of a database without tables."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'var' / 'aidigest.db'}"
        return
    server = make_url(request.getfixturevalue("postgresql_url"))
    name = f"test_{os.urandom(6).hex()}"
    _on_server(server.render_as_string(hide_password=False), f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    _on_server(server.render_as_string(hide_password=False), f"DROP DATABASE {name}")


def _on_server(url: str, statement: str) -> None:
    engine = open_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


@pytest.fixture
def engine(blank_url: str) -> Iterator[Engine]:
    """A database with all tables, empty."""
    opened = open_engine(blank_url)
    migrate(opened)
    yield opened
    opened.dispose()

"""A PostgreSQL of our own: started, restarted, and full of throw-away databases."""

import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.engine import make_url

from aidigest.adapters.database import open_engine

HOW_TO_GET_IT = (
    "PostgreSQL is not here: name one in AIDIGEST_TEST_POSTGRESQL, or install the server"
    " (Debian: apt-get install postgresql)"
)


def binaries() -> Path | None:
    """Return the folder of the newest server that is installed."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    on_path = shutil.which("initdb")
    if found:
        return found[-1].parent
    return Path(on_path).resolve().parent if on_path else None


class PostgresqlServer:
    """A server in a folder of its own.

    Args:
        folder: Empty; a socket's address is short, so it cannot be pytest's.
        programs: Where `initdb` and `pg_ctl` are.
        address: Where else than at the socket in the folder it listens.
        port: There, and as a part of the socket's name.
        is_durable: Whether it survives a crash, as tests that restart it need.
        preload: Libraries that it loads.
    """

    def __init__(
        self,
        folder: Path,
        programs: Path,
        *,
        address: str = "",
        port: int = 5432,
        is_durable: bool = False,
        preload: str = "",
    ) -> None:
        self._folder, self._programs = folder, programs
        data = folder / "data"
        if os.getuid() == 0:
            os.chown(folder, 65534, 65534)
        init = [str(programs / "initdb"), "-D", str(data), "-U", "aidigest", "-A", "trust", "-N"]
        _run(init)
        if address:
            with (data / "pg_hba.conf").open("a", encoding="ascii") as rules:
                rules.write("host all all 10.0.0.0/8 trust\n")
        self._control = [str(programs / "pg_ctl"), "-D", str(data), "-w"]
        self._options = (
            f"-c listen_addresses='{address}' -c port={port} -c max_connections=200"
            f" -c shared_preload_libraries={preload}"
            f" -c unix_socket_directories={folder} -c fsync={'on' if is_durable else 'off'}"
        )
        self.url = f"postgresql://aidigest@/postgres?host={folder}&port={port}"

    @property
    def process(self) -> int:
        """The process id of the running server; its sessions are the children."""
        return int((self._folder / "data" / "postmaster.pid").read_text("ascii").split()[0])

    def start(self) -> None:
        """Start it, and wait until it answers."""
        _run([*self._control, "-l", str(self._folder / "log"), "-o", self._options, "start"])

    def stop(self, mode: str = "immediate") -> None:
        """Stop it, `immediate` as a crash does or `fast`, and wait until it is gone."""
        _run([*self._control, "-m", mode, "stop"])


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """Return the address of a database without tables, until the block ends."""
    server = make_url(server_url)
    name = f"test_{os.urandom(6).hex()}"
    _on_server(server_url, f"CREATE DATABASE {name}")
    try:
        yield server.set(database=name).render_as_string(hide_password=False)
    finally:
        _on_server(server_url, f"DROP DATABASE {name} WITH (FORCE)")


def _on_server(url: str, statement: str) -> None:
    engine = open_engine(url)
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(statement))
    engine.dispose()


def _run(command: list[str]) -> None:
    # PostgreSQL refuses to run as root.
    if os.getuid() == 0:
        command = ["setpriv", "--reuid=65534", "--clear-groups", *command]
    done = subprocess.run(  # noqa: S603 - The commands are made above, of paths found there.
        command, check=False, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    )
    assert done.returncode == 0, done.stdout.decode()

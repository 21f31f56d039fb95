"""Whether a database has changed, asked several times a second by whoever shows what is in it."""

from pathlib import Path

from sqlalchemy import Engine, text

from aidigest.adapters.database.engine import reading

#: Rows that were ever written, as PostgreSQL counts for its own housekeeping. A process
#: tells its count when it ends, and else within ten seconds of its last transaction.
_WRITTEN = text("SELECT sum(n_tup_ins + n_tup_upd + n_tup_del) FROM pg_stat_user_tables")


def data_version(engine: Engine) -> str:
    """Return what differs once something has been written; it costs next to nothing.

    Raises:
        StoreError: The database does not answer.
    """
    if engine.dialect.name == "sqlite":
        return _file_times(Path(engine.url.database or ""))
    with reading(engine) as connection:
        return str(connection.execute(_WRITTEN).scalar_one())


def _file_times(path: Path) -> str:
    # The third file beside them, -shm, is made and removed by mere looking.
    files = (path, path.with_name(f"{path.name}-wal"))
    stats = (file.stat() for file in files if file.is_file())
    return " ".join(str(one.st_mtime_ns) for one in stats if one.st_size)

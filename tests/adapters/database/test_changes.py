"""Whether a database has changed, on each kind of database."""

from sqlalchemy import Engine

from aidigest.adapters.database import data_version, open_engine
from aidigest.adapters.database.engine import reading, writing
from aidigest.adapters.database.tables import llm_requests
from samples import NOW

#: PostgreSQL tells the count when it has seen the other connection end.
TRIES = 2_000


def write(engine: Engine, count: int) -> None:
    """Write a row as another process does, and end."""
    other = open_engine(engine.url.render_as_string(hide_password=False))
    with writing(other) as connection:
        connection.execute(llm_requests.insert().values(day=NOW.date(), count=count))
    other.dispose()


def test_what_another_process_writes_shows(engine: Engine) -> None:
    """So an open preview knows that a poll brought something."""
    before = data_version(engine)
    write(engine, 1)

    assert any(data_version(engine) != before for _ in range(TRIES))


def test_looking_changes_nothing(engine: Engine) -> None:
    """Or the page would load itself over and over."""
    write(engine, 1)
    engine.dispose()  # What its own sessions have written, they tell when they end.
    settled = [data_version(engine) for _ in range(TRIES)][-1]  # PostgreSQL tells late.
    with reading(engine) as connection:
        connection.execute(llm_requests.select()).all()

    assert {data_version(engine) for _ in range(TRIES // 10)} == {settled}

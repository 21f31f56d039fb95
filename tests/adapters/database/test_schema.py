"""The schema: made by migrations, and checked before use."""

from itertools import pairwise
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Engine, select, text

from aidigest.adapters.database import check, is_empty, migrate, open_engine
from aidigest.adapters.database.tables import metadata, schema_needs
from aidigest.errors import StoreError
from schemas import columns, hardships, migrate_to, revisions


def _is_compared(_object: object, name: str | None, kind: str, *_more: object) -> bool:
    # Only PostgreSQL has this index, and how it words the expression is its own affair; only SQLite
    # has the two keys.
    is_one_ones = (kind, name) == ("index", "ix_deliveries_shards") or (
        kind == "foreign_key_constraint" and str(name).startswith("fk_deliveries_")
    )
    return not is_one_ones and not (kind == "table" and str(name).startswith("procrastinate_"))


def test_the_migrations_make_the_tables_that_the_program_knows(engine: Engine) -> None:
    """tables.py and the migrations are two tellings of one thing."""
    with engine.connect() as connection:
        options = {"compare_type": True, "include_object": _is_compared}
        context = MigrationContext.configure(connection, opts=options)

        differences = compare_metadata(context, metadata)

    assert differences == []


def test_migrating_twice_changes_nothing(engine: Engine) -> None:
    """Every deploy migrates; most have nothing to do."""
    first = migrate(engine)
    second = migrate(engine)

    assert first == second
    check(engine)


def test_an_empty_database_says_what_to_do(blank_url: str) -> None:
    """A new operator's first error must name the way out."""
    engine = open_engine(blank_url)

    assert is_empty(engine)
    with pytest.raises(StoreError, match="aidigest migrate"):
        check(engine)
    engine.dispose()


def test_a_newer_schema_that_took_something_away_is_not_touched(engine: Engine) -> None:
    """After a roll-back the old program must not write into what it does not know."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
        connection.execute(text("UPDATE schema_needs SET revision = '9998'"))

    with pytest.raises(StoreError, match="newer aidigest"):
        check(engine)


def test_a_newer_schema_that_only_added_something_will_do(engine: Engine) -> None:
    """During a deploy the schema is new and some workers are still old."""
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))

    check(engine)


def test_an_address_that_is_none_is_an_error_of_ours(tmp_path: Path) -> None:
    """The words go to the operator, not a traceback of the driver's."""
    with pytest.raises(StoreError, match="cannot be opened"):
        open_engine("nonsense")


def test_a_file_that_is_no_database_is_named(tmp_path: Path) -> None:
    """Which file it was is the first thing an operator wants to know."""
    file = tmp_path / "aidigest.db"
    file.write_text("a shopping list", encoding="utf-8")
    engine = open_engine(f"sqlite:///{file}")

    with pytest.raises(StoreError, match=f"{file} failed: file is not a database"):
        is_empty(engine)
    engine.dispose()


def test_a_password_is_in_no_error() -> None:
    """Logs are read by many."""
    pytest.importorskip("psycopg", reason="psycopg is not here: pip install 'aidigest[postgresql]'")
    engine = open_engine("postgresql://ada:secret@127.0.0.1:1/news")

    with pytest.raises(StoreError, match=r"127\.0\.0\.1") as caught:
        is_empty(engine)

    assert "secret" not in str(caught.value)


def test_a_migration_only_adds_or_says_that_older_programs_must_end(blank_url: str) -> None:
    """While `aidigest migrate` runs, workers of the version before are sending."""
    engine = open_engine(blank_url)
    known = revisions()
    first = known.index("0011")  # Older ones had no way to say so.
    for before, revision in pairwise(known[first - 1 :]):
        migrate_to(engine, before)
        old = columns(engine)
        migrate_to(engine, revision)
        with engine.connect() as connection:
            needed = connection.execute(select(schema_needs.c.revision)).scalar_one()

        assert needed == revision or hardships(old, columns(engine)) == []
    engine.dispose()


def test_hardships_are_seen() -> None:
    """Or the test above could not fail."""
    text_, number = ({"type": kind, "nullable": True, "default": None} for kind in ("T", "N"))
    needed = {**text_, "nullable": False}
    old = {"gone": {"a": text_}, "kept": {"a": text_, "b": text_, "c": text_}}
    new = {"kept": {"a": number, "b": needed, "d": needed, "e": text_}}

    assert hardships(old, new) == [
        "gone is gone",
        "kept.a is of another type",
        "kept.b must not be empty any more",
        "kept.c is gone",
        "kept.d must be written",
    ]

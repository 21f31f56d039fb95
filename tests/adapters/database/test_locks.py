"""Locks that end with who holds them."""

import pytest

from aidigest.adapters.database import open_engine
from aidigest.adapters.database.locks import held_alone
from aidigest.errors import StoreError


def test_a_lock_on_a_database_that_is_down_is_told_as_such() -> None:
    """A worker logs errors of our own and goes on; any other would end it."""
    pytest.importorskip("psycopg", reason="psycopg is not here: pip install 'aidigest[postgresql]'")
    engine = open_engine("postgresql://aidigest@127.0.0.1:1/nothing")

    with pytest.raises(StoreError, match="connection failed"), held_alone(engine, "bounces"):
        pass

"""Moving deliveries on: many rows in one statement, for a send does little else.

This is SQL by hand, and for each database in the way that it is quickest at;
what SQLAlchemy does with each row's values costs more than the database's own work
(docs/decisions/0016-rounds.md).
"""

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from functools import cache, lru_cache
from itertools import groupby
from operator import itemgetter
from typing import Any, Required, TypedDict

from sqlalchemy import Connection
from sqlalchemy.exc import DataError

from aidigest.errors import StoreError


class Move(TypedDict, total=False):
    """One delivery's next state; columns that are not named stay as they are."""

    id: Required[int]
    state: Required[str]
    was: str  #: The state that it must be in.
    attempts: int  #: How many more, or fewer.
    due_at: datetime
    claimed_at: datetime
    offered_at: datetime
    settled_at: datetime
    code: int | None  #: Counts only beside a reply.
    reply: str
    reason: str
    is_held: bool
    has_slot: bool


_DIVISION_BY_ZERO = "22012"

#: A move's keys, and their types in PostgreSQL.
_TYPES = {
    "id": "bigint",
    "state": "text",
    "was": "text",
    "attempts": "integer",
    "due_at": "timestamptz",
    "claimed_at": "timestamptz",
    "offered_at": "timestamptz",
    "settled_at": "timestamptz",
    "code": "integer",
    "reply": "text",
    "reason": "text",
    "is_held": "boolean",
    "has_slot": "boolean",
}

#: PostgreSQL makes all moves in one statement, since each one is a round trip. The ids are
#: there for its planner, which cannot know how few rows the JSON has. Where not all of them
#: can be made, the division by nought fails the statement, so that none is.
_ALL_AT_ONCE = f"""
WITH made AS (UPDATE deliveries SET
    state = v.state,
    attempts = deliveries.attempts + coalesce(v.attempts, 0),
    due_at = coalesce(v.due_at, deliveries.due_at),
    claimed_at = coalesce(v.claimed_at, deliveries.claimed_at),
    offered_at = coalesce(v.offered_at, deliveries.offered_at),
    settled_at = coalesce(v.settled_at, deliveries.settled_at),
    code = CASE WHEN v.reply IS NULL THEN deliveries.code ELSE v.code END,
    reply = coalesce(v.reply, deliveries.reply),
    reason = coalesce(v.reason, deliveries.reason),
    is_held = coalesce(v.is_held, deliveries.is_held),
    has_slot = coalesce(v.has_slot, deliveries.has_slot)
FROM json_to_recordset(%(moves)s::json)
    AS v({", ".join(f"{name} {kind}" for name, kind in _TYPES.items())})
WHERE deliveries.id = ANY(%(ids)s::bigint[])
    AND deliveries.id = v.id
    AND (v.was IS NULL OR deliveries.state = v.was)
RETURNING 1)
SELECT 1 / (count(*) = cardinality(%(ids)s::bigint[]))::int FROM made
"""  # noqa: S608 - Names and types are ours.


def make_moves(connection: Connection, moves: Sequence[Move]) -> None:
    """Move deliveries on, each of them once.

    Raises:
        StoreError: One of them is not in the state that it must be in, so that
            somebody else is at it; the transaction must not be committed.
    """
    make = _all_at_once if connection.dialect.name == "postgresql" else _kind_by_kind
    if not make(connection, moves):
        raise StoreError(f"somebody else sends some of these {len(moves)} deliveries too")


def _all_at_once(connection: Connection, moves: Sequence[Move]) -> bool:
    values = {"moves": json.dumps(moves, default=str), "ids": [move["id"] for move in moves]}
    try:
        connection.exec_driver_sql(_ALL_AT_ONCE, values)
    except DataError as error:
        if getattr(error.orig, "sqlstate", "") == _DIVISION_BY_ZERO:
            return False
        raise
    return True


def _kind_by_kind(connection: Connection, moves: Sequence[Move]) -> bool:
    """Make the moves that change the same columns together; SQLite is quickest that way."""
    made = 0
    for columns, alike in groupby(moves, key=tuple):
        statement, order = _for_sqlite(columns)
        values = itemgetter(*order)
        rows = [tuple(map(_storable, values(move))) for move in alike]
        made += connection.exec_driver_sql(statement, rows).rowcount
    return made == len(moves)


@cache
def _for_sqlite(columns: tuple[str, ...]) -> tuple[str, tuple[str, ...]]:
    """Return the statement that changes these columns, and the order in which it takes them.

    Values have no numbers in it: Python 3.12.0 to 3.12.3 warns of those at each.
    """
    keys = tuple(column for column in ("id", "was") if column in columns)
    changed = tuple(column for column in columns if column not in keys)
    changes = ", ".join(_CHANGES.get(column, f"{column} = ?") for column in changed)
    which = "id = ? AND state = ?" if "was" in keys else "id = ?"
    return f"UPDATE deliveries SET {changes} WHERE {which}", (*changed, *keys)  # noqa: S608 - As above.


#: What is not simply set.
_CHANGES = {"attempts": "attempts = attempts + ?"}


def _storable(value: Any) -> Any:
    return _written(value) if isinstance(value, datetime) else value


@lru_cache(maxsize=16)
def _written(moment: datetime) -> str:
    """Return it as SQLAlchemy writes it into SQLite, so that both can be compared."""
    return moment.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")

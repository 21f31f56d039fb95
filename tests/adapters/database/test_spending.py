"""The day's budget as the database keeps it."""

from datetime import date

from sqlalchemy import Engine

from aidigest.adapters.database import Spending


def test_a_day_never_costs_more_than_it_may(engine: Engine) -> None:
    """Two digests share one budget, and the next day begins anew."""
    spending = Spending(engine)
    day, next_day = date(2026, 9, 14), date(2026, 9, 15)

    taken = [spending.take(day, wanted, most=10) for wanted in (6, 6, 6)]

    assert taken == [6, 4, 0]
    assert spending.take(next_day, 3, most=10) == 3

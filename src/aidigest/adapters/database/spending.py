"""How many requests of a day have gone to a language model."""

from datetime import date

from sqlalchemy import Engine, insert, select, update

from aidigest.adapters.database.engine import writing
from aidigest.adapters.database.tables import llm_requests


class Spending:
    """Counts requests; SpendingStore of steps/ports.py."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def take(self, day: date, wanted: int, *, most: int) -> int:
        """Note up to *wanted* requests for the day, never more than *most*; return how many."""
        with writing(self._engine) as connection:
            spent = connection.execute(
                select(llm_requests.c.count).where(llm_requests.c.day == day)
            ).scalar()
            allowed = max(0, min(wanted, most - (spent or 0)))
            if spent is None:
                connection.execute(insert(llm_requests).values(day=day, count=allowed))
            else:
                connection.execute(
                    update(llm_requests)
                    .where(llm_requests.c.day == day)
                    .values(count=llm_requests.c.count + allowed)
                )
        return allowed

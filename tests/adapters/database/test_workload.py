"""What a worker finds to be done, and what others left behind."""

from datetime import UTC, datetime

from sqlalchemy import Engine

from aidigest.adapters.database import Deliveries, Editions, Subscribers, Workload
from aidigest.core.readers.subscriber import Signup
from kill.editions import an_edition

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)


def test_a_part_is_left_behind_once_its_sender_is_gone(engine: Engine) -> None:
    """While somebody is at it, it is nobody else's business."""
    ledger, workload = Deliveries(engine), Workload(engine)
    readers = [Signup(address=f"r{n}@example.org", digests=("daily",)) for n in range(64)]
    Subscribers(engine).add(readers, now=NOW)
    edition_id, _ = Editions(engine).add_edition(an_edition(NOW))
    ledger.freeze_audience(edition_id, "daily", now=NOW)

    with ledger.exclusive(edition_id, [3]) as ours:
        assert ours is not None
        with ours.round(edition_id, now=NOW) as round_:
            claimed = round_.claim(1)
        meanwhile = workload.shards_left_behind(edition_id)
    afterwards = workload.shards_left_behind(edition_id)

    assert meanwhile == frozenset()
    assert afterwards == {claimed[0].subscriber_id % 32}

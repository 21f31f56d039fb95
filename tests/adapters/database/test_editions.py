"""Editions as the database keeps them."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, insert

from aidigest.adapters.database import Deliveries, Editions, migrate, open_engine
from aidigest.adapters.database.tables import entries
from aidigest.core.editions.edition import (
    Edition,
    EditionEntry,
    EditionReference,
    EditionStory,
    RenderedEdition,
    Section,
)
from aidigest.core.editions.window import Weighed
from aidigest.errors import StoreError
from schemas import migrate_to

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)


def rendered(number: int = 1, *, digest: str = "daily", day: int = 14) -> RenderedEdition:
    """Return an edition with one story of two entries."""
    entries = tuple(
        EditionEntry(
            id=f"{digest}-{number}-{name}",
            title=f"Title {name}",
            url=None,
            feed="The Feed",
            language="en",
            published_at=NOW,
        )
        for name in "ab"
    )
    story = EditionStory(
        id=f"story-{number}",
        title="Tin đầu",
        summary="",
        url="https://feed.example/a",
        published_at=NOW,
        published_is_guess=False,
        language="vi",
        score=1.2345678901234567,
        reasons=("2 outlets",),
        entries=entries,
    )
    edition = Edition(
        digest_id=digest,
        digest_title="Daily",
        number=number,
        date=date(2026, 9, day),
        timezone="Asia/Ho_Chi_Minh",
        language="vi",
        sections=(Section(id="models", title="Mô hình", stories=(story,)),),
        created_at=NOW + timedelta(days=day - 14),
        not_after=NOW + timedelta(days=day - 13),
    )
    return RenderedEdition(
        edition=edition, subject="Chào", html="<p>Chào", text="Chào", markdown="# Chào"
    )


def test_an_edition_comes_back_exactly(engine: Engine) -> None:
    """What preview showed is what is sent, after any restart."""
    store = Editions(engine)

    edition_id, _ = store.add_edition(rendered())

    assert store.by_id(edition_id) == (edition_id, rendered())
    assert store.edition_on("daily", date(2026, 9, 14)) == (edition_id, rendered())
    assert store.edition_on("daily", date(2026, 9, 15)) is None


def test_a_second_edition_for_the_day_loses_to_the_first(engine: Engine) -> None:
    """Two workers may compose at once; the database lets one through."""
    store = Editions(engine)
    first_id, first = store.add_edition(rendered())
    second = replace(rendered(), text="Something else")

    stored = store.add_edition(second)

    assert stored == (first_id, first)


def test_a_number_is_given_once(engine: Engine) -> None:
    """Readers quote editions by number."""
    store = Editions(engine)
    store.add_edition(rendered(1, day=14))

    with pytest.raises(StoreError, match="number 1 already"):
        store.add_edition(rendered(1, day=15))


def test_the_latest_edition_is_the_digests_own(engine: Engine) -> None:
    """Each digest counts its own editions."""
    store = Editions(engine)
    for number, day in ((1, 14), (2, 15)):
        store.add_edition(rendered(number, day=day))
    store.add_edition(rendered(7, digest="weekly", day=16))

    latest = store.latest("daily")

    assert latest == rendered(2, day=15).edition
    assert store.latest("monthly") is None
    assert [one.edition.number for _, one in store.recent(NOW + timedelta(days=1))] == [2, 7]


def test_what_nobody_began_to_send_is_known(engine: Engine) -> None:
    """No row of the ledger tells of it: whose it was to be has not been settled."""
    store, ledger = Editions(engine), Deliveries(engine)
    ids = [store.add_edition(rendered(number, day=13 + number))[0] for number in (1, 2, 3)]
    store.add_edition(rendered(1, digest="weekly", day=14))
    ledger.freeze_audience(ids[1], "daily", now=NOW)

    found = store.unsent("daily", since=NOW, before=date(2026, 9, 17))

    assert [one.number for one in found] == [1, 3]
    assert store.unsent("daily", since=NOW, before=date(2026, 9, 16)) == found[:1]
    assert store.unsent("daily", since=NOW + timedelta(days=1), before=date(2026, 9, 17)) == (
        EditionReference(number=3, date=date(2026, 9, 16)),
    )
    assert (store.last_begun("daily"), store.last_begun("weekly")) == (2, 0)


def test_what_was_carried_is_known_by_digest_and_time(engine: Engine) -> None:
    """A story is news once for each digest; what is long past is forgotten."""
    store = Editions(engine)
    store.add_edition(rendered(1, day=14))
    store.add_edition(rendered(2, day=15))
    store.add_edition(rendered(1, digest="weekly", day=15))

    recent = store.carried("daily", NOW + timedelta(hours=1))

    assert recent.keys() == {"daily-2-a", "daily-2-b"}
    assert {one.edition for one in recent.values()} == {
        EditionReference(number=2, date=rendered(2, day=15).edition.date)
    }
    assert store.editions_with("daily-1-a") == (rendered(1, day=14).edition,)


def test_what_the_latest_edition_was_chosen_from_is_known(engine: Engine) -> None:
    """For each digest; the next edition takes none of it for new."""
    store = Editions(engine)
    store.add_edition(rendered(1, day=14), weighed={"a", "b"})
    store.add_edition(rendered(2, day=15), weighed=frozenset())
    store.add_edition(rendered(1, digest="weekly", day=16), weighed={"c"})

    known = [store.last_weighed(digest) for digest in ("daily", "weekly", "monthly")]

    assert known == [
        Weighed(made_at=NOW + timedelta(days=1), entry_ids=frozenset()),
        Weighed(made_at=NOW + timedelta(days=2), entry_ids=frozenset({"c"})),
        None,
    ]


def test_what_the_loser_of_two_was_chosen_from_is_forgotten(engine: Engine) -> None:
    """Its entries may have come in after the edition that there is was chosen."""
    store = Editions(engine)
    store.add_edition(rendered(), weighed={"a"})

    store.add_edition(replace(rendered(), text="Something else"), weighed={"a", "b"})

    assert store.last_weighed("daily") == Weighed(made_at=NOW, entry_ids=frozenset({"a"}))


def test_what_an_edition_of_an_older_version_was_chosen_from_is_unknown(blank_url: str) -> None:
    """Nobody noted it; to take that for nothing would dish up what it left over."""
    opened = open_engine(blank_url)
    migrate_to(opened, "0012")
    store = Editions(opened)
    store.add_edition(rendered())

    migrate(opened)
    known = store.last_weighed("daily")
    opened.dispose()

    assert known == Weighed(made_at=NOW, entry_ids=None)


def test_what_was_carried_long_ago_is_known_by_page_and_title(engine: Engine) -> None:
    """Ids are a feed's own; the same article in another feed has another."""
    store = Editions(engine)
    with engine.begin() as connection:
        connection.execute(insert(entries), [stored_entry("daily-1-a"), stored_entry("daily-9-a")])
    store.add_edition(rendered(1, day=14))

    assert store.items_carried("daily", NOW) == {("https://lab.example/daily-1-a", "Title")}
    assert store.items_carried("daily", NOW + timedelta(days=1)) == frozenset()


def stored_entry(entry_id: str) -> dict[str, object]:
    """Return an entry's row."""
    return {
        "id": entry_id,
        "feed_url": "https://lab.example/feed",
        "feed_title": "Lab",
        "url": f"https://lab.example/{entry_id}",
        "title": "Title",
        "summary": "",
        "language": "en",
        "published_at": NOW,
        "published_is_guess": False,
        "first_seen_at": NOW,
        "links": [],
    }

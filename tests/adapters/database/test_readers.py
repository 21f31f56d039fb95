"""Askings, choices, the archive's search and erasure, on both databases."""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from threading import Barrier

from sqlalchemy import Engine, select

from aidigest.adapters.database import (
    Choices,
    Deliveries,
    Editions,
    Figures,
    Published,
    Rights,
    Signups,
    Subscribers,
)
from aidigest.adapters.database.tables import metadata
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.editions.edition import RenderedEdition
from aidigest.core.readers.joining import CONFIRM_WITHIN, Answer, Askers, Asking, Limit, Limits
from aidigest.core.readers.preferences import Preferences, Variant
from aidigest.core.readers.rights import hashed_address
from aidigest.core.readers.subscriber import Signup
from samples import edition, story, usual

NOW = datetime(2026, 9, 14, tzinfo=UTC)
ASKING = Asking(address="Linh@example.org", language="vi", digests=("daily",), text="Send me it.")
WHO = Askers(address="a", network="n")


def rendered(number: int = 12, **stories: str) -> RenderedEdition:
    """Return an edition of that number, a day for each."""
    made = edition(*(story(1, title=title) for title in stories.values())) if stories else usual()
    day = made.date + timedelta(days=number - 12)
    texts = {"subject": "s", "html": "h", "text": "t", "markdown": "m"}
    return RenderedEdition(edition=replace(made, number=number, date=day), **texts)


def test_an_asking_is_mailed_once_and_confirmed_once(engine: Engine) -> None:
    """Two processes look for mails that are due; only one gets each."""
    signups = Signups(engine)
    asked = signups.ask(ASKING, WHO, Limits(), now=NOW)
    first, second = signups.take_due(now=NOW), signups.take_due(now=NOW)
    assert first is not None
    signups.mailed(first.id)

    reader = signups.confirm(first.id, now=NOW)
    again = signups.confirm(first.id, now=NOW + timedelta(hours=1))

    assert (asked, second) == (Answer.TAKEN, None)
    assert reader == again
    assert len(Rights(engine).dossier("linh@example.org")["consents"]) == 1
    assert signups.take_due(now=NOW + timedelta(days=1)) is None


def test_two_clicks_at_once_confirm_once(engine: Engine) -> None:
    """A double click is two requests, and both people and browsers want an answer."""
    signups = Signups(engine)
    signups.ask(ASKING, WHO, Limits(), now=NOW)
    waiting = signups.take_due(now=NOW)
    assert waiting is not None
    together = Barrier(8)

    def click(_number: int) -> int | None:
        together.wait()
        return signups.confirm(waiting.id, now=NOW)

    with ThreadPoolExecutor(8) as clicks:
        readers = set(clicks.map(click, range(8)))

    assert len(readers) == 1
    assert None not in readers
    assert len(Rights(engine).dossier("linh@example.org")["consents"]) == 1


def test_a_mail_whose_sender_died_is_taken_again(engine: Engine) -> None:
    """It is in hand for some minutes, not for ever."""
    signups = Signups(engine)
    signups.ask(ASKING, WHO, Limits(), now=NOW)
    signups.take_due(now=NOW)

    again = signups.take_due(now=NOW + timedelta(minutes=6))

    assert again is not None
    assert again.attempts == 1


def test_limits_count_within_their_time(engine: Engine) -> None:
    """And what is old is deleted."""
    signups = Signups(engine)
    limits = Limits(network=Limit(count=2, within=timedelta(hours=1)))
    asked = [signups.ask(ASKING, WHO, limits, now=NOW) for _ in range(3)]

    later = signups.ask(ASKING, WHO, limits, now=NOW + timedelta(hours=2))
    signups.forget_old(now=NOW + 3 * CONFIRM_WITHIN)

    assert asked == [Answer.TAKEN, Answer.TAKEN, Answer.TOO_MANY]
    assert later is Answer.TAKEN
    assert Rights(engine).dossier("linh@example.org") == {}


def test_an_old_link_confirms_nothing(engine: Engine) -> None:
    """Seven days are enough to read one's mail."""
    signups = Signups(engine)
    signups.ask(ASKING, WHO, Limits(), now=NOW)
    waiting = signups.take_due(now=NOW)
    assert waiting is not None

    assert signups.confirm(waiting.id, now=NOW + CONFIRM_WITHIN) is None
    assert Subscribers(engine).find("linh@example.org") is None


def test_choices_are_heeded_when_an_audience_is_frozen(engine: Engine) -> None:
    """Left out by name, or given an hour; and the count adds up."""
    subscribers, choices = Subscribers(engine), Choices(engine)
    names = ("all", "chips", "away", "late")
    signups = [Signup(address=f"{one}@example.org", digests=("daily",)) for one in names]
    subscribers.add(signups, now=NOW)
    ids = {one.address.partition("@")[0]: one.id for one in subscribers.active()}
    daily = Preferences(digests=("daily",))
    chosen = {
        "chips": replace(daily, topics=("chips",)),
        "away": replace(daily, paused_until=NOW + timedelta(days=7)),
        "late": replace(daily, topics=("models",), hour=8, zone="Europe/Berlin"),
    }
    for name, preferences in chosen.items():
        choices.choose(ids[name], preferences, text="", now=NOW)
    edition_id, _ = Editions(engine).add_edition(rendered())

    audience = Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)

    assert audience == 2
    assert set(Deliveries(engine).excluded(edition_id)) == {"chips@example.org", "away@example.org"}
    late = Rights(engine).dossier("late@example.org")["deliveries"][0]
    assert late["due_at"] == NOW + timedelta(hours=6)
    assert choices.variants() == {
        ids["chips"]: Variant(topics=("chips",)),
        ids["late"]: Variant(topics=("models",)),
    }


def test_a_choice_that_cannot_be_right_harms_nobody_else(engine: Engine) -> None:
    """The form let hours such as 999 through once; they must not stop everybody's edition."""
    subscribers, choices = Subscribers(engine), Choices(engine)
    names = ("odd", "lost", "late")
    signups = [Signup(address=f"{one}@example.org", digests=("daily",)) for one in names]
    subscribers.add(signups, now=NOW)
    ids = {one.address.partition("@")[0]: one.id for one in subscribers.active()}
    hours = {"odd": (999, "UTC"), "lost": (7, "Mars/Olympus"), "late": (8, "Europe/Berlin")}
    for name, (hour, zone) in hours.items():
        chosen = Preferences(digests=("daily",), hour=hour, zone=zone)
        choices.choose(ids[name], chosen, text="", now=NOW)
    edition_id, _ = Editions(engine).add_edition(rendered())

    audience = Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)

    due = {
        one.address: one.due_at
        for one in Deliveries(engine).in_state(edition_id, DeliveryState.PENDING)
    }
    assert audience == 3
    assert due == {"odd@example.org": NOW, "lost@example.org": NOW}


def test_stories_are_found_by_all_of_the_words(engine: Engine) -> None:
    """In any order of the words, the latest edition first, and cut into pages."""
    editions, published = Editions(engine), Published(engine)
    editions.add_edition(rendered(12, a="Luật trí tuệ nhân tạo", b="Copper robots"))
    editions.add_edition(rendered(13, a="Luật mới về robot", b="50% off"))

    count, found = published.search(("luật",), limit=1)
    _, rest = published.search(("luật",), limit=1, offset=1)
    both, _ = published.search(("nhân", "luật"), limit=9)

    assert (count, both) == (2, 1)
    assert [one.edition.number for one in (*found, *rest)] == [13, 12]
    assert published.search(("%",), limit=9)[0] == 1
    assert published.search(("x" * 40,), limit=9) == (0, ())
    assert [one.number for one in published.listed("daily", limit=9)] == [13, 12]
    assert published.count("weekly") == 0


def test_an_erased_person_is_in_no_table(engine: Engine) -> None:
    """Rows that point to others go in the right order; one hash stays."""
    signups, subscribers = Signups(engine), Subscribers(engine)
    signups.ask(ASKING, WHO, Limits(), now=NOW)
    waiting = signups.take_due(now=NOW)
    assert waiting is not None
    signups.confirm(waiting.id, now=NOW)
    subscribers.add([Signup(address="bob@example.org", digests=("daily",))], now=NOW)
    edition_id, _ = Editions(engine).add_edition(rendered())
    Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)

    deleted = Rights(engine).erase("LINH@example.org", now=NOW)

    with engine.connect() as connection:
        tables = metadata.sorted_tables
        rows = [str(row) for one in tables for row in connection.execute(select(one))]
    assert deleted == 5
    assert not [row for row in rows if "linh" in row.casefold()]
    assert [hashed_address("linh@example.org") in row for row in rows].count(True) == 1
    assert subscribers.count("daily") == 1
    assert Rights(engine).erase("nobody@example.org", now=NOW) == 0


def test_figures_count_what_there_is(engine: Engine) -> None:
    """On both databases, with nothing in them and with something."""
    figures = Figures(engine)
    before = {one.name: one.values for one in figures.all(now=NOW)}
    Subscribers(engine).add([Signup(address="a@b.example", digests=("daily",))], now=NOW)
    edition_id, _ = Editions(engine).add_edition(rendered())
    Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW)

    after = {one.name: one.values for one in figures.all(now=NOW)}

    assert before["editions"] == ()
    assert after["editions"] == ((("daily",), 1),)
    assert after["deliveries"] == ((("daily", "pending"), 1),)
    assert len(figures.entries_by_day(now=NOW, days=14)) == 14

"""What is done about feeds between their polls."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Alarm, AlarmKind, Feed, FeedState, Fresh, Validators
from aidigest.errors import NotFoundError, RelayError
from aidigest.steps.outcomes import PollOutcome, PollStatus
from aidigest.steps.tend import look_for_the_dead, release, revive, tell_maintainer
from fakes import FakeFeedStore, FakeFetcher, FakeMailer

NOW = datetime(2026, 9, 14, tzinfo=UTC)
DAY = timedelta(days=1)
URL = "https://a.example/rss"
DEAD = Alarm(kind=AlarmKind.DEAD, since=NOW - 3 * DAY, detail="gone")
HELD = Alarm(kind=AlarmKind.QUARANTINED, since=NOW, detail="held")


def held_entry() -> Entry:
    """Return an entry that waits for a person."""
    return Entry(
        id="e1",
        feed_url=URL,
        feed_title="",
        guid=None,
        url=None,
        title="A",
        summary="",
        language="en",
        published_at=NOW - 20 * DAY,
        published_is_guess=False,
        first_seen_at=NOW - 20 * DAY,
        held_at=NOW - DAY,
    )


@pytest.mark.parametrize(("as_news", "seen"), [(True, NOW), (False, NOW - 20 * DAY)])
def test_what_is_held_is_let_go_as_news_or_as_old(*, as_news: bool, seen: datetime) -> None:
    """And the alarm ends with it; other alarms stay."""
    store = FakeFeedStore(FeedState(url=URL, alarms=(HELD, DEAD)))
    store.entries["e1"] = held_entry()

    count = release(URL, store=store, clock=lambda: NOW, as_news=as_news)

    assert count == 1
    assert (store.entries["e1"].held_at, store.entries["e1"].first_seen_at) == (None, seen)
    assert store.states[URL].alarms == (DEAD,)
    assert release(URL, store=store, clock=lambda: NOW, as_news=True) == 0


def test_a_feed_that_was_given_up_is_asked_again() -> None:
    """Its memory stays: the next request is conditional."""
    given = Validators(etag='"a"')
    store = FakeFeedStore(
        FeedState(url=URL, gone=True, failures=9, alarms=(DEAD,), validators=given)
    )

    revive(URL, store=store)

    state = store.states[URL]
    assert (state.gone, state.failures, state.next_poll_at) == (False, 0, None)
    assert (state.alarms, state.validators) == ((), given)


def test_a_revived_feed_begins_to_fail_anew() -> None:
    """Its old failures must not call it dead at the first new one."""
    store = FakeFeedStore(FeedState(url=URL, failures=9, failing_since=NOW - 30 * DAY))

    revive(URL, store=store)

    assert store.states[URL].failing_since is None


def test_nobody_can_tend_a_feed_that_nobody_polled() -> None:
    """A slip of the pen gets an answer."""
    with pytest.raises(NotFoundError):
        revive(URL, store=FakeFeedStore())
    with pytest.raises(NotFoundError):
        release(URL, store=FakeFeedStore(), clock=lambda: NOW, as_news=True)


def test_a_feed_that_has_just_died_gets_a_proposal() -> None:
    """Its site is asked once, when the alarm goes on."""
    state = FeedState(url=URL, site_url="https://a.example/", alarms=(DEAD,))
    store = FakeFeedStore(state)
    page = b"<html><link rel=alternate type=application/rss+xml href=/new></html>"
    fetcher = FakeFetcher({"https://a.example/": Fresh(body=page, url="https://a.example/")})
    died = PollOutcome(feed=Feed(url=URL), status=PollStatus.GONE, alarms=(DEAD,))

    look_for_the_dead([died, replace(died, alarms=())], store=store, fetcher=fetcher)
    look_for_the_dead([replace(died, alarms=())], store=store, fetcher=fetcher)

    assert store.states[URL].alarms == (replace(DEAD, proposal="https://a.example/new"),)
    assert fetcher.urls == ["https://a.example/"]


def tell(
    store: FakeFeedStore, mailer: FakeMailer, *, now: datetime = NOW, to: str = "ops@example.org"
) -> int:
    """Tell the maintainer of the one feed that is listed."""
    return tell_maintainer(
        [URL, "https://never.example/"],
        to=to,
        sender="News <news@example.org>",
        envelope_sender="bounces@example.org",
        store=store,
        mailer=mailer,
        clock=lambda: now,
        sign=lambda message: b"Signed: yes\r\n" + message,
    )


def test_the_maintainer_is_written_to_once_about_what_lasts() -> None:
    """Of feeds that are no longer listed nobody wants to hear."""
    unlisted = FeedState(url="https://b.example/", alarms=(DEAD,))
    store, mailer = FakeFeedStore(FeedState(url=URL, alarms=(DEAD, HELD)), unlisted), FakeMailer()

    counts = [tell(store, mailer), tell(store, mailer), tell(store, mailer, now=NOW + 2 * DAY)]

    assert counts == [1, 0, 1]
    assert mailer.taken == ["ops@example.org"] * 2
    assert [alarm.told_at for alarm in store.states[URL].alarms] == [NOW, NOW + 2 * DAY]


def test_a_maintainer_with_a_name_is_written_to_at_the_address() -> None:
    """The setting's own hint says `Name <address>`, which no envelope takes."""
    store, mailer = FakeFeedStore(FeedState(url=URL, alarms=(DEAD,))), FakeMailer()

    tell(store, mailer, to="Ops <ops@example.org>")

    assert mailer.taken == ["ops@example.org"]
    assert b"\r\nTo: Ops <ops@example.org>\r\n" in mailer.messages[0][1]


def test_an_alarm_mail_is_signed_and_comes_back_to_where_bounces_are_read() -> None:
    """A receiver that trusts the domain for its signature knows this mail for ours, too."""
    store, mailer = FakeFeedStore(FeedState(url=URL, alarms=(DEAD,))), FakeMailer()

    tell(store, mailer)

    ((sender, message),) = mailer.messages
    assert sender == "bounces@example.org"
    assert message.startswith(b"Signed: yes\r\nFrom: News <news@example.org>\r\n")


def test_mail_that_could_not_be_handed_over_is_tried_again() -> None:
    """An alarm counts as told once a relay has it."""
    store = FakeFeedStore(FeedState(url=URL, alarms=(DEAD,)))
    mailer = FakeMailer(connections=[RelayError("down")])

    with pytest.raises(RelayError):
        tell(store, mailer)

    assert tell(store, mailer) == 1
    assert mailer.taken == ["ops@example.org"]


def test_a_poll_that_ends_while_the_mail_is_sent_is_not_undone() -> None:
    """What it stored is newer than what we read before the mail."""
    store = FakeFeedStore(FeedState(url=URL, alarms=(DEAD,)))
    polled = FeedState(url=URL, alarms=(DEAD,), polls=7, next_poll_at=NOW + DAY)

    class SlowMailer(FakeMailer):
        def send(self, recipient: str, on_offer: object) -> tuple[int, str]:
            store.set_states([polled])
            return 250, "taken"

    assert tell(store, SlowMailer()) == 1
    assert store.states[URL] == replace(polled, alarms=(replace(DEAD, told_at=NOW),))

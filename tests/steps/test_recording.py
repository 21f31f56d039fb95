"""What polls bring is stored in groups, each whole or not at all."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest

from aidigest.core.feeds.feed import Answer, Failed, Feed, FeedState, Fresh, NotModified, Trouble
from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed
from aidigest.core.polling.history import Polled, PollRecord
from aidigest.errors import StoreError
from aidigest.steps.recording import Fetched, Recorder
from aidigest.steps.turns import Due
from fakes import FakeFeedStore

NOW = datetime(2026, 9, 14, tzinfo=UTC)
OUT = Failed(reason="connection refused")


class CountingStore(FakeFeedStore):
    """Remembers how much came at a time."""

    def __init__(self, *states: FeedState) -> None:
        super().__init__(*states)
        self.batches: list[list[str]] = []
        self.known_asked: list[Sequence[str]] = []

    def record_polls(self, records: Iterable[PollRecord]) -> None:
        """Note the addresses."""
        records = list(records)
        self.batches.append([record.state.url for record in records])
        super().record_polls(records)

    def known_entries(self, feed_urls: Sequence[str]) -> dict[str, tuple[object, ...]]:  # type: ignore[override]  # Only passed on.
        """Note who is asked about."""
        self.known_asked.append(feed_urls)
        return super().known_entries(feed_urls)  # type: ignore[return-value]  # As above.


def fetched(
    name: str, answer: Answer, *, title: str = "", state: FeedState | None = None
) -> Fetched:
    """Return what came of a feed; a title stands for a parsed document of one entry."""
    url = f"https://{name}.example/rss"
    one = ParsedEntry(
        guid=title, url=None, title=title, summary="", language="en", published_at=None
    )
    parsed = ParsedFeed(title="", entries=(one,), complete=True) if title else None
    return Fetched(
        due=Due(feed=Feed(url=url), state=state or FeedState(url=url), site=f"{name}.example"),
        polled=Polled(result=answer, parsed=parsed),
        took_s=0.1,
    )


def fresh(name: str, title: str) -> Fetched:
    """Return a document of one entry."""
    return fetched(name, Fresh(body=title.encode(), url=f"https://{name}.example/rss"), title=title)


def record(store: FakeFeedStore, *fetched: Fetched, known: Sequence[FeedState] = ()) -> list[str]:
    """Record those; return whose outcome was reported, in order."""
    seen: list[str] = []
    recorder = Recorder(
        store=store,
        clock=lambda: NOW,
        cutoffs=(),
        on_recorded=lambda _, stored: seen.append(stored.state.url),
    )
    with recorder.running(known):
        for one in fetched:
            recorder.add(one)
    return seen


def test_what_comes_is_stored_and_reported() -> None:
    """Entries and state together."""
    store = CountingStore()

    seen = record(store, fresh("a", "one"))

    assert seen == ["https://a.example/rss"]
    assert store.titles == ["one"]
    assert store.states["https://a.example/rss"].last_success_at == NOW


def test_what_comes_together_is_stored_together() -> None:
    """A transaction for each of a thousand feeds would wait for the disk a thousand times."""
    store = CountingStore()

    seen = record(store, *(fresh(f"f{n}", f"{n}") for n in range(200)))

    assert (len(seen), len(store.entries)) == (200, 200)
    assert len(store.batches) < 20


def test_only_feeds_that_were_read_before_are_looked_up() -> None:
    """A thousand new feeds have no known entries."""
    store, url = CountingStore(), "https://b.example/rss"
    old = FeedState(url=url, first_polled_at=NOW)

    record(
        store,
        fresh("a", "one"),
        fetched("b", Fresh(body=b"x", url=url), title="two", state=old),
        fetched("c", NotModified()),
    )

    assert store.known_asked == [[url]]


@pytest.mark.parametrize(
    "answer", [NotModified(), Failed(reason="status 500", status=500)], ids=["304", "500"]
)
def test_who_cannot_be_reached_is_blamed_if_somebody_answers(answer: Answer) -> None:
    """Whatever the answer and whenever it comes: it shows that our network is there."""
    store = CountingStore()
    out = [fetched(name, OUT) for name in "abc"]

    record(store, *out[:2], fetched("d", answer), out[2])

    failures = [store.states[one.due.feed.url].failures for one in out]
    assert failures == [1, 1, 1]


@pytest.mark.parametrize(
    ("count", "failures", "trouble"), [(2, 1, Trouble.UNREACHED), (3, 0, Trouble.OUTAGE)]
)
def test_nobody_in_reach_is_an_outage_if_there_are_enough(
    count: int, failures: int, trouble: Trouble
) -> None:
    """Two feeds that are down are two feeds that are down."""
    store = CountingStore()

    seen = record(store, *(fetched(name, OUT) for name in "abc"[:count]))

    assert {state.failures for state in store.states.values()} == {failures}
    assert {state.trouble for state in store.states.values()} == {trouble}
    assert len(seen) == count


def test_an_outage_goes_on_even_if_one_feed_alone_is_due() -> None:
    """The state of the others says that nobody was in reach before either."""
    out = [
        FeedState(url=f"https://{n}.example/", last_polled_at=NOW, trouble=Trouble.OUTAGE)
        for n in "xyz"
    ]
    store = CountingStore()

    record(store, fetched("a", OUT), known=out)

    assert store.states["https://a.example/rss"].failures == 0


def test_a_store_that_fails_ends_the_poll_and_nothing_is_reported() -> None:
    """What is not stored has not happened."""

    class FullStore(FakeFeedStore):
        def record_polls(self, records: Iterable[PollRecord]) -> None:
            raise StoreError("no room")

    with pytest.raises(StoreError):
        record(FullStore(), fresh("a", "one"), fetched("b", OUT))

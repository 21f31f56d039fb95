"""What polls bring is stored in groups, each whole or not at all."""

import threading
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

import pytest

from aidigest.core.feeds import Answer, Failed, Feed, FeedState, Fresh, NotModified, Trouble
from aidigest.core.parsed import ParsedEntry, ParsedFeed
from aidigest.core.polling import Polled, PollRecord
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


def recorder(store: FakeFeedStore, seen: list[str]) -> Recorder:
    """Return a recorder that notes what it has stored."""
    return Recorder(
        store=store,
        clock=lambda: NOW,
        cutoffs=(),
        on_recorded=lambda one, record: seen.append(record.state.url),
    )


def test_what_comes_is_stored_and_reported() -> None:
    """Entries and state together."""
    store, seen = CountingStore(), list[str]()

    recorder(store, seen).add(fresh("a", "one"))

    assert seen == ["https://a.example/rss"]
    assert store.titles == ["one"]
    assert store.states["https://a.example/rss"].last_success_at == NOW


def test_what_comes_while_somebody_writes_is_written_by_them_together() -> None:
    """A transaction for each of a thousand feeds would wait for the disk a thousand times."""
    writing, go_on = threading.Event(), threading.Event()

    class SlowStore(CountingStore):
        def record_polls(self, records: Iterable[PollRecord]) -> None:
            writing.set()
            assert go_on.wait(timeout=10)
            super().record_polls(records)

    store, seen = SlowStore(), list[str]()
    recording = recorder(store, seen)
    first = threading.Thread(target=recording.add, args=[fresh("a", "one")])
    first.start()
    assert writing.wait(timeout=10)

    for name in "bcd":
        recording.add(fresh(name, name))
    assert seen == []
    go_on.set()
    first.join(timeout=10)

    assert [len(batch) for batch in store.batches] == [1, 3]
    assert len(seen) == 4


def test_nothing_is_lost_when_many_bring_at_once() -> None:
    """Whoever comes just as the writer leaves must write themselves."""
    store, seen = CountingStore(), list[str]()
    recording = recorder(store, seen)

    def bring(number: int) -> None:
        for each in range(40):
            recording.add(fresh(f"t{number}-{each}", f"{number}-{each}"))

    threads = [threading.Thread(target=bring, args=[number]) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(timeout=30)

    assert (len(seen), len(store.entries)) == (320, 320)


def test_only_feeds_that_were_read_before_are_looked_up() -> None:
    """A thousand new feeds have no known entries."""
    store, seen = CountingStore(), list[str]()
    url = "https://b.example/rss"
    old = FeedState(url=url, first_polled_at=NOW)
    recording = recorder(store, seen)

    recording.add(fresh("a", "one"))
    recording.add(fetched("b", Fresh(body=b"x", url=url), title="two", state=old))
    recording.add(fetched("c", NotModified()))

    assert store.known_asked == [[url]]


def test_who_cannot_be_reached_waits_until_somebody_answers() -> None:
    """Only then is it the feed's own trouble."""
    store, seen = CountingStore(), list[str]()
    recording = recorder(store, seen)

    recording.add(fetched("a", OUT))
    before = list(seen)
    recording.add(fetched("b", NotModified()))
    recording.add(fetched("c", OUT))

    assert before == []
    assert store.batches == [
        ["https://a.example/rss", "https://b.example/rss"],
        ["https://c.example/rss"],
    ]
    assert [state.failures for state in store.states.values()] == [1, 0, 1]


def test_an_answer_of_any_kind_shows_that_the_network_is_there() -> None:
    """A 500 comes from a server."""
    store, seen = CountingStore(), list[str]()
    recording = recorder(store, seen)

    for name in "abc":
        recording.add(fetched(name, OUT))
    recording.add(fetched("d", Failed(reason="status 500", status=500)))
    recording.finish([])

    assert {state.failures for state in store.states.values()} == {1}


@pytest.mark.parametrize(("count", "failures"), [(2, 1), (3, 0)])
def test_at_the_end_nobody_in_reach_is_an_outage_if_there_are_enough(
    count: int, failures: int
) -> None:
    """Two feeds that are down are two feeds that are down."""
    store, seen = CountingStore(), list[str]()
    recording = recorder(store, seen)
    for name in "abc"[:count]:
        recording.add(fetched(name, OUT))

    recording.finish([])

    assert {state.failures for state in store.states.values()} == {failures}
    assert {state.trouble for state in store.states.values()} == {Trouble.UNREACHED}
    assert len(seen) == count


def test_an_outage_goes_on_even_if_one_feed_alone_is_due() -> None:
    """The state of the others says that nobody was in reach before either."""
    out = [
        FeedState(url=f"https://{n}.example/", last_polled_at=NOW, trouble=Trouble.UNREACHED)
        for n in "xyz"
    ]
    store, seen = CountingStore(), list[str]()
    recording = recorder(store, seen)
    recording.add(fetched("a", OUT))

    recording.finish(out)

    assert store.states["https://a.example/rss"].failures == 0


def test_a_store_that_fails_says_so_to_whoever_writes_and_reports_nothing() -> None:
    """What is not stored has not happened."""

    class FullStore(FakeFeedStore):
        def record_polls(self, records: Iterable[PollRecord]) -> None:
            raise StoreError("no room")

    seen: list[str] = []

    with pytest.raises(StoreError):
        recorder(FullStore(), seen).add(fresh("a", "one"))

    assert seen == []

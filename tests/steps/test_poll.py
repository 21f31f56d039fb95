"""Due feeds are fetched, parsed and stored; one feed's trouble stops no other."""

import threading
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.entries import Entry
from aidigest.core.feeds import (
    Blocked,
    Failed,
    Feed,
    FeedState,
    FetchRequest,
    FetchResult,
    Fresh,
    Gone,
    NotModified,
    Throttled,
    Validators,
)
from aidigest.core.parsing import ParsedEntry, ParsedFeed
from aidigest.core.polling import body_hash
from aidigest.errors import ParseError, StoreError
from aidigest.steps.poll import PollOutcome, PollReport, PollStatus, poll

NOW = datetime(2026, 9, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def feed(url: str) -> Feed:
    """Return a feed of that address."""
    return Feed(url=url, title=url)


A, B, C = (feed(f"https://{name}.example/rss") for name in "abc")


class FakeStore:
    """A FeedStore in memory."""

    def __init__(self, *states: FeedState) -> None:
        self.states = {state.url: state for state in states}
        self.entries: dict[str, Entry] = {}

    def feed_states(self) -> dict[str, FeedState]:
        """Return what is remembered."""
        return dict(self.states)

    def record_poll(self, state: FeedState, entries: Iterable[Entry]) -> int:
        """Keep the state and what is new."""
        new = {entry.id: entry for entry in entries if entry.id not in self.entries}
        self.states[state.url] = state
        self.entries |= new
        return len(new)

    def entries_since(self, since: datetime) -> tuple[Entry, ...]:
        """Return what was first seen since then."""
        return tuple(one for one in self.entries.values() if one.first_seen_at >= since)


class BrokenStore(FakeStore):
    """A FeedStore whose disk is full."""

    def record_poll(self, state: FeedState, entries: Iterable[Entry]) -> int:
        """Fail."""
        raise StoreError(f"no room for {state.url} and {len(list(entries))} entries")


@dataclass
class FakeFetcher:
    """Answers by address, and remembers in which order it was asked."""

    answers: Mapping[str, FetchResult | Exception]
    asked: list[FetchRequest] = field(default_factory=list)

    def fetch(self, request: FetchRequest) -> FetchResult:
        """Look the answer up."""
        self.asked.append(request)
        answer = self.answers[request.url]
        if isinstance(answer, Exception):
            raise answer
        return answer

    @property
    def urls(self) -> list[str]:
        """The addresses, in order."""
        return [request.url for request in self.asked]


class WordsParser:
    """Takes each word of a body for a title; `html` is no feed, and `cut` ends it too early."""

    def parse(self, body: bytes, *, feed: Feed, headers: Mapping[str, str], url: str) -> ParsedFeed:
        """Read the words."""
        words = body.decode().split()
        if "html" in words:
            raise ParseError(feed.url, "an HTML page")
        found = (
            ParsedEntry(
                guid=word, url=None, title=word, summary="", language="en", published_at=None
            )
            for word in words
        )
        return ParsedFeed(title="", entries=tuple(found), complete="cut" not in words)


def fresh(body: str, *, etag: str | None = None) -> Fresh:
    """Return a body."""
    return Fresh(body=body.encode(), url="https://x.example", validators=Validators(etag=etag))


def run(
    feeds: Iterable[Feed], answers: Mapping[str, FetchResult | Exception], store: FakeStore
) -> tuple[PollReport, FakeFetcher]:
    """Poll once."""
    fetcher = FakeFetcher(answers)
    report = poll(feeds, store=store, fetcher=fetcher, parser=WordsParser(), clock=lambda: NOW)
    return report, fetcher


def statuses(report: PollReport) -> list[PollStatus]:
    """Return what each feed came to."""
    return [outcome.status for outcome in report.outcomes]


def test_entries_and_state_are_stored_together() -> None:
    """The validators say what we have; without the entries they would be a lie."""
    store = FakeStore()

    report, _ = run([A], {A.url: fresh("one two", etag='"a"')}, store)

    assert (report.new, report.counts) == (2, {PollStatus.READ: 1})
    assert [entry.title for entry in store.entries.values()] == ["one", "two"]
    assert store.states[A.url].validators.etag == '"a"'


def test_every_kind_of_answer_is_an_outcome_and_stops_no_other() -> None:
    """A broken feed, and even a broken program, costs only that feed."""
    answers: dict[str, FetchResult | Exception] = {
        "https://a.example/": fresh("one"),
        "https://b.example/": fresh("html"),
        "https://c.example/": fresh("two cut"),
        "https://d.example/": NotModified(),
        "https://e.example/": Gone(),
        "https://f.example/": Throttled(status=429),
        "https://g.example/": Throttled(status=503),
        "https://h.example/": Blocked(reason="a wall"),
        "https://i.example/": Failed(reason="status 500", status=500),
        "https://j.example/": ZeroDivisionError("oops"),
        "https://k.example/": fresh("three"),
    }
    store = FakeStore()

    report, _ = run([feed(url) for url in answers], answers, store)

    assert [status.name for status in statuses(report)] == [
        *("READ", "UNREADABLE", "CUT", "UNCHANGED", "GONE", "THROTTLED"),
        *("FAILED", "BLOCKED", "FAILED", "FAILED", "READ"),
    ]
    assert report.outcomes[9].detail == "unexpected ZeroDivisionError: oops"
    assert len(store.states) == len(answers)
    assert sorted(e.title for e in store.entries.values()) == ["cut", "one", "three", "two"]


def test_what_is_not_due_is_left_alone() -> None:
    """The next time was agreed with the server; a restart does not change it."""
    later = FeedState(url=A.url, next_poll_at=NOW + HOUR)
    gone = FeedState(url=B.url, gone=True)

    report, fetcher = run([A, B, C], {C.url: NotModified()}, FakeStore(later, gone))

    assert (fetcher.urls, report.not_due) == ([C.url], 2)


def test_a_person_may_ask_for_everything() -> None:
    """It is the way to revive a feed that was gone; the request is still conditional."""
    given = Validators(etag='"a"')
    gone = FeedState(url=A.url, gone=True, validators=given)
    store = FakeStore(gone)
    fetcher = FakeFetcher({A.url: NotModified()})

    poll(
        [A],
        store=store,
        fetcher=fetcher,
        parser=WordsParser(),
        clock=lambda: NOW,
        everything=True,
    )

    assert fetcher.asked == [FetchRequest(url=A.url, validators=given)]
    assert not store.states[A.url].gone


def test_a_body_that_did_not_change_is_not_parsed() -> None:
    """Parsing is most of the work, and many servers know no validators."""
    known = FeedState(url=A.url, body_hash=body_hash(b"html"))

    report, _ = run([A], {A.url: fresh("html", etag='"new"')}, store := FakeStore(known))

    assert statuses(report) == [PollStatus.UNCHANGED]
    assert store.states[A.url].validators.etag == '"new"'


def test_feeds_of_one_host_are_asked_in_turn() -> None:
    """One request at a time, in the maintainer's order, however many workers there are."""
    feeds = [feed(f"https://a.example/{n}") for n in range(20)]

    _, fetcher = run(feeds, {one.url: NotModified() for one in feeds}, FakeStore())

    assert fetcher.urls == [one.url for one in feeds]


def test_a_host_that_asks_for_quiet_is_left_alone_by_its_other_feeds() -> None:
    """Ten more requests after a 429 are what gets an address banned."""
    feeds = [feed(f"https://a.example/{n}") for n in range(3)]
    quiet = Throttled(status=429, headers={"retry-after": "7200"})
    answers: dict[str, FetchResult | Exception] = {
        feeds[0].url: NotModified(),
        feeds[1].url: quiet,
    }
    store = FakeStore()

    report, fetcher = run(feeds, answers, store)

    assert fetcher.urls == [feeds[0].url, feeds[1].url]
    assert statuses(report)[2] is PollStatus.HELD_BACK
    assert report.outcomes[2].next_poll_at == report.outcomes[1].next_poll_at
    assert store.states[feeds[2].url].failures == 0


def test_a_feed_listed_twice_is_asked_once() -> None:
    """Two topics may list one feed; its server should not notice."""
    report, fetcher = run([A, A], {A.url: NotModified()}, FakeStore())

    assert (fetcher.urls, len(report.outcomes)) == ([A.url], 1)


def test_each_outcome_is_reported_as_it_comes() -> None:
    """Progress is shown while slow feeds are still under way."""
    seen: list[PollOutcome] = []
    first_is_done = threading.Event()

    class SlowFetcher(FakeFetcher):
        def fetch(self, request: FetchRequest) -> FetchResult:
            if request.url == B.url:
                assert first_is_done.wait(timeout=10)
            return super().fetch(request)

    def on_result(outcome: PollOutcome) -> None:
        seen.append(outcome)
        first_is_done.set()

    report = poll(
        [B, A],
        store=FakeStore(),
        fetcher=SlowFetcher({A.url: NotModified(), B.url: NotModified()}),
        parser=WordsParser(),
        clock=lambda: NOW,
        on_result=on_result,
    )

    assert [outcome.feed for outcome in seen] == [A, B]
    assert [outcome.feed for outcome in report.outcomes] == [B, A]


def test_stopping_forgets_what_is_under_way() -> None:
    """A fetch that we broke off says nothing about the feed; it is asked again later."""
    stopping = threading.Event()
    store = FakeStore()

    class StoppedFetcher(FakeFetcher):
        def fetch(self, request: FetchRequest) -> FetchResult:
            stopping.set()
            return super().fetch(request)

    report = poll(
        [A, feed("https://a.example/2")],
        store=store,
        fetcher=StoppedFetcher({A.url: Failed(reason="broken off")}),
        parser=WordsParser(),
        clock=lambda: NOW,
        stop=stopping.is_set,
    )

    assert (report.outcomes, store.states) == ((), {})


def test_a_broken_database_is_not_the_feeds_fault() -> None:
    """It ends the poll, loudly."""
    with pytest.raises(StoreError):
        run([A, B], {A.url: NotModified(), B.url: NotModified()}, BrokenStore())


def test_the_archive_of_a_new_feed_is_stored_but_is_no_news() -> None:
    """Otherwise its second poll would bring the rest of it as news."""
    words = " ".join(f"w{n}" for n in range(40))
    store = FakeStore()

    first, _ = run([A], {A.url: fresh(words)}, store)

    assert (first.new, len(store.entries)) == (10, 40)
    assert len(store.entries_since(NOW - HOUR)) == 10

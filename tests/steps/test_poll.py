"""Due feeds are fetched, parsed and stored; one feed's trouble stops no other."""

import threading
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.feeds.feed import (
    Blocked,
    Failed,
    Feed,
    FeedState,
    FetchRequest,
    FetchResult,
    Fresh,
    Gone,
    NotModified,
    SiteState,
    Throttled,
    Validators,
)
from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed
from aidigest.core.polling.history import PollRecord, body_hash
from aidigest.errors import ParseError, StoreError
from aidigest.steps.outcomes import PollOutcome, PollReport, PollStatus
from aidigest.steps.poll import Plan, poll
from fakes import FakeFeedStore, FakeFetcher

NOW = datetime(2026, 9, 14, tzinfo=UTC)
HOUR = timedelta(hours=1)


def feed(url: str) -> Feed:
    """Return a feed of that address."""
    return Feed(url=url, title=url)


A, B, C = (feed(f"https://{name}.example/rss") for name in "abc")


class BrokenStore(FakeFeedStore):
    """A FeedStore whose disk is full."""

    def record_polls(self, records: Iterable[PollRecord]) -> None:
        """Fail."""
        raise StoreError(f"no room for {len(list(records))} polls")


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
    return Fresh(body=body.encode(), url=A.url, validators=Validators(etag=etag))


def run(
    feeds: Iterable[Feed], answers: Mapping[str, FetchResult | Exception], store: FakeFeedStore
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
    store = FakeFeedStore()

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
    store = FakeFeedStore()

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

    report, fetcher = run([A, B, C], {C.url: NotModified()}, FakeFeedStore(later, gone))

    assert (fetcher.urls, report.not_due) == ([C.url], 2)


def by_hand(store: FakeFeedStore, *, now: datetime = NOW) -> FakeFetcher:
    """Poll everything, as a person asks for it."""
    fetcher = FakeFetcher({A.url: NotModified()})
    poll(
        [A],
        store=store,
        fetcher=fetcher,
        parser=WordsParser(),
        clock=lambda: now,
        plan=Plan(everything=True),
    )
    return fetcher


def test_a_person_may_ask_for_what_is_not_due() -> None:
    """Once; further clicks within the hour ask nobody, and the request is conditional."""
    given = Validators(etag='"a"')
    store = FakeFeedStore(FeedState(url=A.url, validators=given, next_poll_at=NOW + HOUR))

    clicks = [by_hand(store, now=NOW + timedelta(minutes=n)) for n in range(5)]

    assert [len(one.asked) for one in clicks] == [1, 0, 0, 0, 0]
    assert clicks[0].asked == [FetchRequest(url=A.url, validators=given)]


def test_not_even_a_person_has_a_feed_asked_that_is_gone() -> None:
    """It is revived by name, so that nobody does it by accident."""
    assert by_hand(FakeFeedStore(FeedState(url=A.url, gone=True))).asked == []


def test_a_body_that_did_not_change_is_not_parsed() -> None:
    """Parsing is most of the work, and many servers know no validators."""
    known = FeedState(url=A.url, body_hash=body_hash(b"html"))

    report, _ = run([A], {A.url: fresh("html", etag='"new"')}, store := FakeFeedStore(known))

    assert statuses(report) == [PollStatus.UNCHANGED]
    assert store.states[A.url].validators.etag == '"new"'


def test_feeds_of_one_host_are_asked_in_turn() -> None:
    """One request at a time, however many workers there are."""
    feeds = [feed(f"http://10.0.0.1/{n}") for n in range(20)]
    under_way: list[int] = []

    class CountingFetcher(FakeFetcher):
        def fetch(self, request: FetchRequest) -> FetchResult:
            self.asked.append(request)
            under_way.append(len(self.asked))
            answer = NotModified()
            under_way.remove(len(self.asked))
            return answer

    fetcher = CountingFetcher({})

    poll(feeds, store=FakeFeedStore(), fetcher=fetcher, parser=WordsParser(), clock=lambda: NOW)

    assert sorted(fetcher.urls) == sorted(one.url for one in feeds)
    assert under_way == []


def test_a_site_that_asks_for_quiet_is_left_alone_by_its_other_feeds() -> None:
    """Ten more requests after a 429 are what gets an address banned."""
    feeds = [feed(f"http://10.0.0.1/{n}") for n in range(5)]
    quiet = Throttled(status=429, headers={"retry-after": "7200"})
    store = FakeFeedStore()

    report, fetcher = run(feeds, {one.url: quiet for one in feeds}, store)

    assert len(fetcher.urls) == 1
    assert sorted(statuses(report)) == [*([PollStatus.HELD_BACK] * 4), PollStatus.THROTTLED]
    assert all(state.next_poll_at >= NOW + 2 * HOUR for state in store.states.values())  # type: ignore[operator]  # They are set.
    assert sum(state.failures for state in store.states.values()) == 1


def test_the_quiet_of_a_site_outlasts_the_run() -> None:
    """Its feeds that become due meanwhile are not asked either."""
    quiet = SiteState(site="10.0.0.1:80", quiet_until=NOW + HOUR, quiet_because_of="a feed of it")
    store = FakeFeedStore(sites=[quiet])

    report, fetcher = run([feed("http://10.0.0.1/new")], {}, store)

    assert (fetcher.urls, statuses(report)) == ([], [PollStatus.HELD_BACK])


def test_when_nobody_can_be_reached_no_feed_is_blamed() -> None:
    """It is our own network that is out; as soon as somebody answers, it is not."""
    feeds = [feed(f"https://{name}.example/") for name in "abcd"]
    out = {one.url: Failed(reason="connection refused") for one in feeds}
    store, other = FakeFeedStore(), FakeFeedStore()

    report, _ = run(feeds, out, store)
    run(feeds, {**out, feeds[3].url: NotModified()}, other)

    assert report.outage_since == NOW
    assert [state.failures for state in store.states.values()] == [0, 0, 0, 0]
    assert sorted(state.failures for state in other.states.values()) == [0, 1, 1, 1]


def test_a_long_queue_at_a_slow_site_is_left_to_later_runs() -> None:
    """Fifty subreddits are a minute apart; the others must not wait for them."""
    feeds = [feed(f"https://www.reddit.com/r/{n}/.rss") for n in range(50)]
    store = FakeFeedStore()
    answers = {one.url: NotModified() for one in [*feeds, A]}

    report, fetcher = run([*feeds, A], answers, store)

    assert len(fetcher.urls) == 2
    assert statuses(report).count(PollStatus.HELD_BACK) == 49
    assert store.sites["reddit.com"].last_asked_at == NOW


def test_a_feed_listed_twice_is_asked_once() -> None:
    """Two topics may list one feed; its server should not notice."""
    report, fetcher = run([A, A], {A.url: NotModified()}, FakeFeedStore())

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
        store=FakeFeedStore(),
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
    store = FakeFeedStore()

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
    store = FakeFeedStore()

    first, _ = run([A], {A.url: fresh(words)}, store)

    assert (first.new, len(store.entries)) == (10, 40)
    assert len(store.entries_since(NOW - HOUR)) == 10

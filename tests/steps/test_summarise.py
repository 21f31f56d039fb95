"""Summaries by a language model: a real endpoint on the loopback, and all that goes wrong."""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, date, datetime
from http.server import BaseHTTPRequestHandler

import pytest

from aidigest.adapters.llm import ChatWriter
from aidigest.core.editions.digest import Digest
from aidigest.core.feeds.feed import About, Feed
from aidigest.core.stories.topics import Topic
from aidigest.steps.compose import Composed, Composer
from aidigest.steps.summarise import Summariser
from composing import FakeArchive, FakeEditions, FakeEntries, NoEdits, PlainRenderer
from httpserver import Answer, Script, running
from storysamples import entry

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
EXTRACT = "The firm from Hue will read maps of four hundred villages from May."


class FakeSpending:
    """A SpendingStore with a day's requests left."""

    def __init__(self, left: int = 10) -> None:
        self.left = left

    def take(self, day: date, wanted: int, *, most: int) -> int:
        """Give what is left."""
        taken = min(wanted, most, self.left)
        self.left -= taken
        return taken


def completion(text: object) -> Answer:
    """Return what an endpoint answers."""
    body = {"choices": [{"message": {"role": "assistant", "content": text}}]}
    return Answer(body=json.dumps(body).encode(), headers={"Content-Type": "application/json"})


@contextmanager
def posted(*answers: Answer | Script) -> Iterator[str]:
    """Serve the answers at an endpoint; yield its base."""
    with running() as server:
        server.script("/v1/chat/completions", *answers)
        yield server.url("/v1")


def summary_made(base_url: str, *, patience_s: float = 20.0, left: int = 10) -> tuple[str, str]:
    """Compose an edition of one story; return its summary, and why a model's was refused."""
    refused: list[str] = []
    writer = ChatWriter(base_url=base_url, model="m", key="k", timeout_s=5.0)
    summariser = Summariser(
        writer=writer,
        spending=FakeSpending(left),
        daily_requests=5,
        patience_s=patience_s,
        on_refused=lambda _story, why: refused.append(why),
    )
    told = replace(
        entry("a", "Lumenward raises $40 million for its AI map reader", EXTRACT),
        feed_url="https://feed.example/rss",
    )
    desk = Composer(
        feeds=(Feed(url="https://feed.example/rss", title="F", about=About.AI),),
        topics=(Topic(id="other", title={"en": "Other"}),),
        entries=FakeEntries(told),
        editions=FakeEditions(),
        edits=NoEdits(),
        renderer=PlainRenderer(),
        archive=FakeArchive(),
        summariser=summariser,
    )
    made = desk.compose(Digest(id="daily", title="Daily"), now=NOW)
    writer.close()
    assert isinstance(made, Composed)
    return made.rendered.edition.stories[0].summary, "; ".join(refused)


def test_a_true_summary_is_taken() -> None:
    """That is what the endpoint is there for."""
    better = "Lumenward of Hue has $40 million to read village maps, beginning in May."
    with posted(completion(better)) as base_url:
        assert summary_made(base_url) == (better, "")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (completion("Lumenward has raised $90 million."), "no source has the number 90"),
        (completion(""), "it is no whole sentence"),
        (completion(None), "answers without text"),
        (Answer(body=b"<html>busy</html>"), "no completion"),
        (Answer(status=500), "answers 500"),
        (Answer(status=429), "answers 429"),
    ],
)
def test_whatever_else_comes_the_extract_stands(answer: Answer, reason: str) -> None:
    """An edition never fails by a language model."""
    with posted(answer) as base_url:
        summary, refused = summary_made(base_url)

    assert summary == EXTRACT
    assert reason in refused


def test_nobody_listening_is_no_trouble() -> None:
    """The endpoint may be down for weeks."""
    summary, refused = summary_made("http://127.0.0.1:9/v1")

    assert summary == EXTRACT
    assert "cannot be asked" in refused


def test_an_edition_does_not_wait() -> None:
    """Readers get their mail at seven."""
    is_made = threading.Event()

    def slowly(handler: BaseHTTPRequestHandler) -> None:
        is_made.wait(20)
        handler.close_connection = True

    with posted(slowly) as base_url:
        summary, refused = summary_made(base_url, patience_s=0.1)
        is_made.set()

    assert (summary, refused) == (EXTRACT, "it did not come in time")


def test_without_budget_nothing_is_asked() -> None:
    """A day costs what the operator said, and no more."""
    with posted(Answer(status=500)) as base_url:
        assert summary_made(base_url, left=0) == (EXTRACT, "")

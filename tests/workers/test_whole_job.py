"""The worker on every engine and database: it polls, composes, and sends each reader one copy."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from aidigest.app import App
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.readers.subscriber import Signup
from homes import RSS, make_home
from httpserver import Answer, running
from kill.relay import RecordingRelay
from kill.relay import running as taking_mail

READERS = 40
#: The feed, a day later.
NEWER = """<?xml version="1.0"?><rss version="2.0"><channel><title>The Harbor Wire</title>
<item><guid>3</guid><title>Copper Labs opens a school for machine learning</title>
<link>https://wire.example/school</link>
<pubDate>Sun, 13 Sep 2026 20:10:00 +0000</pubDate></item></channel></rss>"""

YESTERDAY = "2026-09-13T07:00:00+07:00"


@pytest.fixture
def relay() -> Iterator[RecordingRelay]:
    """A good relay."""
    with taking_mail(RecordingRelay()) as good:
        yield good


def make_yesterday(home: Path, environ: dict[str, str]) -> None:
    """Make the digest's first edition: with it behind them, workers make up for a missed hour."""
    with App.open(home, environ | {"AIDIGEST_NOW": YESTERDAY}) as app:
        app.polling.poll()
        app.sending.send(app.settings.digest(None))
        readers = [f"reader{number}@example.org" for number in range(READERS)]
        app.subscribers.add(
            [Signup(address=address, digests=("daily",)) for address in readers], now=app.clock()
        )


def test_workers_send_each_reader_one_copy(
    pair: str, database_url: str, tmp_path: Path, relay: RecordingRelay
) -> None:
    """Where workers can share, two are at it: each feed is asked once and nobody mailed twice."""
    with running() as feeds:
        feeds.script("/rss", Answer(body=RSS.encode()), Answer(body=NEWER.encode()))
        home = make_home(
            tmp_path / "home", feeds={feeds.url("/rss"): "The Harbor Wire"}, smtp_url=relay.url
        )
        environ = {"DATABASE_URL": database_url}
        make_yesterday(home, environ)
        command = [sys.executable, "-m", "aidigest", "--home", str(home), "worker"]
        with ExitStack() as workers:
            children = [
                workers.enter_context(
                    subprocess.Popen(command, env=os.environ | environ, stderr=subprocess.PIPE)  # noqa: S603
                )
                for _ in range(2 if pair.startswith("Procrastinate") else 1)
            ]
            relay.until(lambda: len(relay.copies) == READERS, timeout=90)
            for child in children:
                child.send_signal(signal.SIGTERM)
            told = [child.communicate(timeout=30)[1].decode() for child in children]

    with App.open(home, environ) as app:
        edition_id = app.editions.edition_on("daily", app.clock().date())
        assert edition_id is not None, "\n".join(told)
        assert app.deliveries.counts(edition_id[0]) == {DeliveryState.SENT: READERS}
    assert set(relay.copies.values()) == {1}
    assert len(relay.copies) == READERS
    assert len(feeds.requests["/rss"]) == 2

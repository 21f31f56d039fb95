"""The worker as a platform runs it: started, told to stop, and gone in time."""

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from threading import Event

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from aidigest.app import App
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.jobs import Job, JobKind
from aidigest.logs import set_up_logs
from aidigest.worker import Desk, Lookout
from engines import catch_up
from homes import NEWER_RSS, RSS, make_home, run
from httpserver import Answer, HttpServer, running
from smtpserver import serving_smtp


class Relay:
    """Counts the mails it takes."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self.first = Event()

    async def handle_DATA(  # noqa: N802 - aiosmtpd's name.
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Take it."""
        self.taken += envelope.rcpt_tos
        self.first.set()
        return "250 2.0.0 kept"


@pytest.fixture
def relay() -> Iterator[tuple[Relay, str]]:
    """A relay and its address."""
    taking = Relay()
    with serving_smtp(taking) as port:
        yield taking, f"smtp://127.0.0.1:{port}"


@pytest.fixture
def feeds() -> Iterator[HttpServer]:
    """A web server with one feed."""
    with running() as server:
        server.script("/rss", Answer(body=RSS.encode()))
        yield server


@pytest.fixture
def home(tmp_path: Path, feeds: HttpServer, relay: tuple[Relay, str]) -> Path:
    """A home with a feed, a relay and a reader."""
    folder = make_home(
        tmp_path / "home", feeds={feeds.url("/rss"): "The Harbor Wire"}, smtp_url=relay[1]
    )
    assert run(folder, "subscribers", "add", "ada@example.org").exit_code == 0
    return folder


def at(home: Path, instant: str, **environ: str) -> App:
    """Open the home at that time."""
    return App.open(home, {"AIDIGEST_NOW": instant, **environ})


def start(home: Path) -> "subprocess.Popen[str]":
    """Start the real worker."""
    command = [sys.executable, "-m", "aidigest", "--home", str(home), "worker"]
    return subprocess.Popen(command, stderr=subprocess.PIPE, text=True)  # noqa: S603 - Our own.


def test_the_worker_stops_when_it_is_told_to(home: Path) -> None:
    """Platforms send SIGTERM and kill what is left ten seconds later."""
    with start(home) as worker:
        assert worker.stderr is not None
        first = worker.stderr.readline()
        worker.send_signal(signal.SIGTERM)
        rest = worker.communicate(timeout=10)[1]

    assert "worker.started" in first
    assert "worker.stopped" in rest
    assert worker.returncode == 0


def test_a_slip_in_one_job_is_told_and_ends_nothing(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What one job stumbles over must not end the thread that does all of its kind."""
    set_up_logs()
    with App.open(home, {}) as app:
        Desk(app, Lookout(app)).do(Job(kind=JobKind.DELIVER, about="no number"))

    assert 'worker.failed reason="ValueError: ' in capsys.readouterr().err


def test_a_caller_outlives_the_worker_it_stopped(home: Path) -> None:
    """The timer that ends a stuck worker must not end what runs after a clean stop."""
    code = (
        "import os, sys, threading; from pathlib import Path; from datetime import timedelta\n"
        "from aidigest.app import App; from aidigest.worker import work\n"
        "with App.open(Path(sys.argv[1]), os.environ) as app:\n"
        "    app.stop.set(); work(app, grace=timedelta(seconds=1))\n"
        "threading.Event().wait(2); sys.exit(3)\n"
    )

    done = subprocess.run(  # noqa: S603 - Our own interpreter and script.
        [sys.executable, "-c", code, str(home)], env=dict(os.environ), check=False
    )

    assert done.returncode == 3


def test_a_send_that_died_is_finished_by_the_worker(
    home: Path, relay: tuple[Relay, str], feeds: HttpServer
) -> None:
    """Nobody has to notice: the rows are the queue."""
    run(home, "poll")
    with App.open(home, {}) as app:
        composed = app.composing.compose(app.settings.digest(None))
        assert composed.__class__.__name__ == "Composed"
        edition_id = app.editions.edition_on("daily", app.clock().date())
        assert edition_id is not None
        app.deliveries.freeze_audience(edition_id[0], "daily", now=app.clock())
        with app.deliveries.round(edition_id[0], now=app.clock()) as round_:
            assert round_.claim(1)

    with start(home) as worker:
        finished = relay[0].first.wait(timeout=20)
        worker.send_signal(signal.SIGTERM)
        worker.communicate(timeout=10)

    assert finished
    assert relay[0].taken == ["ada@example.org"]


def test_a_missed_edition_is_made_up_for(
    home: Path, relay: tuple[Relay, str], feeds: HttpServer
) -> None:
    """The machine was down at seven; at nine the edition is still worth reading."""
    feeds.script("/rss", Answer(body=RSS.encode()), Answer(body=NEWER_RSS.encode()))
    with at(home, "2026-09-13T23:00:00+07:00") as app:
        app.polling.poll()
        app.sending.send(app.settings.digest(None))

    with at(home, "2026-09-14T09:00:00+07:00") as app:
        catch_up(app)
        catch_up(app)
        made = app.editions.edition_on("daily", date(2026, 9, 14))

    assert made is not None
    assert relay[0].taken == ["ada@example.org"] * 2


def test_an_edition_that_was_due_before_midnight_keeps_its_date(
    home: Path, relay: tuple[Relay, str], feeds: HttpServer
) -> None:
    """Else the next evening's would find its own date taken, and not be made."""
    feeds.script("/rss", Answer(body=RSS.encode()), Answer(body=NEWER_RSS.encode()))
    config = home / "config" / "aidigest.toml"
    written = config.read_text(encoding="utf-8")
    late = re.sub(r'schedule = ".*?"', 'schedule = "59 23 * * *"', written)
    config.write_text(late, encoding="utf-8")
    with at(home, "2026-09-12T23:59:30+07:00") as app:
        app.polling.poll()
        app.sending.send(app.settings.digest(None))

    with at(home, "2026-09-14T00:01:30+07:00") as app:
        catch_up(app)
        catch_up(app)
        made = [app.editions.id_on("daily", date(2026, 9, day)) for day in (12, 13, 14)]

    assert late != written
    assert None not in made[:2]
    assert made[2] is None
    assert relay[0].taken == ["ada@example.org"] * 2


def test_an_edition_that_was_never_sent_is_told_when_the_next_is_due(
    home: Path, feeds: HttpServer, capsys: pytest.CaptureFixture[str]
) -> None:
    """The worker died between making and sending it, and was away for the whole day."""
    feeds.script("/rss", Answer(body=RSS.encode()), Answer(body=NEWER_RSS.encode()))
    with at(home, "2026-09-13T23:00:00+07:00") as app:
        app.polling.poll()
        app.composing.compose(app.settings.digest(None))
    set_up_logs(verbose=True)

    with at(home, "2026-09-14T09:00:00+07:00") as app:
        catch_up(app)
        first = capsys.readouterr().err
        catch_up(app)

    assert "warning edition.unsent digest=daily number=1 date=2026-09-13" in first
    assert "edition.unsent" not in capsys.readouterr().err


def test_what_was_left_over_days_ago_is_given_up_by_name(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The relay was down, and then the machine was, over a long weekend."""
    with at(home, "2026-09-11T09:00:00+07:00", SMTP_URL="smtp://127.0.0.1:1") as app:
        app.polling.poll()
        app.sending.send(app.settings.digest(None))
        made = app.editions.id_on("daily", date(2026, 9, 11))
    set_up_logs(verbose=True)

    with at(home, "2026-09-14T06:00:00+07:00") as app:
        catch_up(app)
        counts = app.deliveries.counts(made or 0)

    assert counts == {DeliveryState.EXPIRED: 1}
    assert "not sent after 2026-09-11 22:00 UTC: 1 given up" in capsys.readouterr().err


def test_a_first_edition_waits_for_its_hour(home: Path, relay: tuple[Relay, str]) -> None:
    """Who sets up a worker at nine does not expect it to write to everybody at once."""
    with at(home, "2026-09-14T09:00:00+07:00") as app:
        app.polling.poll()
        catch_up(app)

    assert relay[0].taken == []


def test_what_is_deferred_is_sent_when_its_time_has_come(home: Path) -> None:
    """A relay that says later gets the mail later, from the worker."""
    with at(home, "2026-09-14T07:00:00+07:00") as app:
        app.polling.poll()
        composed = app.composing.compose(app.settings.digest(None))
        stored = app.editions.edition_on("daily", composed.rendered.edition.date)  # type: ignore[union-attr]  # There is news.
        assert stored is not None
        app.deliveries.freeze_audience(stored[0], "daily", now=app.clock())
        catch_up(app)

        assert app.deliveries.counts(stored[0]) == {DeliveryState.SENT: 1}

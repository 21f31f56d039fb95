"""The demo: the whole job on invented feeds, over real loopback HTTP and SMTP."""

import os
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from rich.table import Table

from aidigest.app import App
from aidigest.app.sending import Sent
from aidigest.core.editions.edition import Edition
from aidigest.core.readers.subscriber import Signup
from aidigest.demo.documents import CONTENT_TYPES, document
from aidigest.demo.feeds_server import Page, serve_feeds
from aidigest.demo.home import clear_home, feed_path, write_config
from aidigest.demo.outlets import Outlet, outlets
from aidigest.demo.smtp_server import serve_smtp
from aidigest.steps.compose import Skipped

#: What a home's own environment might set, and the demo must not heed.
_NOT_FOR_THE_DEMO = {"DATABASE_URL", "SMTP_URL", "AIDIGEST_SECRET_KEY", "AIDIGEST_NOW"}

READERS = (
    Signup(address="ada@example.org", name="Ada", language="en", digests=("daily",)),
    Signup(address="grace@example.com", name="Grace", language="en", digests=("daily",)),
    Signup(address="linh@example.net", name="Trần Thùy Linh", language="vi", digests=("daily",)),
)


def run_demo(folder: Path) -> None:
    """Poll, compose and send in a home of the demo's own, and show what came of it.

    Raises:
        SettingsError: The folder is not the demo's to empty.
    """
    console = Console()
    clear_home(folder)
    with _running_home(folder) as app, _progress(console) as progress:
        app.subscribers.add(READERS, now=app.clock())
        _poll(app, progress)
        sent = _send(app, progress)
    if isinstance(sent, Skipped):
        console.print(f"No edition: {sent.reason}.")
        return
    console.print(_table(sent.composed.rendered.edition))
    _say_where(console, folder, sent)


@contextmanager
def _running_home(folder: Path) -> Iterator[App]:
    """Start the outlets' server and the relay, and open a home that uses them."""
    told = outlets()
    with ExitStack() as stack:
        feeds_at = stack.enter_context(serve_feeds(_pages(told, now=datetime.now(UTC))))
        smtp_url, _ = stack.enter_context(serve_smtp(folder / "mails"))
        write_config(folder, told, feeds_at=feeds_at, smtp_url=smtp_url)
        environ = {k: v for k, v in os.environ.items() if k not in _NOT_FOR_THE_DEMO}
        yield stack.enter_context(App.open(folder, environ))


def _pages(told: tuple[Outlet, ...], *, now: datetime) -> dict[str, Page]:
    return {
        feed_path(outlet): Page(
            body=document(outlet, now=now), content_type=CONTENT_TYPES[outlet.format]
        )
        for outlet in told
    }


@contextmanager
def _progress(console: Console) -> Iterator[Progress]:
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=console) as progress:
        yield progress


def _poll(app: App, progress: Progress) -> None:
    task = progress.add_task("Polling", total=len(app.settings.feeds))
    app.polling.poll(on_result=lambda _outcome: progress.advance(task))


def _send(app: App, progress: Progress) -> Sent | Skipped:
    composing = progress.add_task("Composing", total=1)
    digest = app.settings.digest(None)
    app.composing.compose(digest)
    progress.advance(composing)
    sending = progress.add_task("Sending", total=len(READERS))
    return app.sending.send(digest, on_update=lambda _delivery, _update: progress.advance(sending))


def _table(edition: Edition) -> Table:
    table = Table(
        title=f"{edition.digest_title}, no. {edition.number}, {edition.date}",
        box=SIMPLE_HEAD,
        title_justify="left",
    )
    for column in ("Topic", "Story", "Told by"):
        table.add_column(column, overflow="fold")
    for section in edition.sections:
        for number, story in enumerate(section.stories):
            told_by = dict.fromkeys(entry.feed for entry in story.entries)
            table.add_row("" if number else section.title, story.title, ", ".join(told_by))
    return table


def _say_where(console: Console, folder: Path, sent: Sent) -> None:
    edition = sent.composed.rendered.edition
    places = {
        "mails": folder / "mails",
        "Markdown": folder / "var" / "archive" / edition.digest_id / f"{edition.date}.md",
        "database": folder / "var" / "aidigest.db",
    }
    console.print(f"Sent to {sent.audience} readers.")
    for what, path in places.items():
        console.print(f"  {what:<9} {path}", soft_wrap=True, highlight=False)
    console.print(f"Look around: aidigest --home {folder} preview", highlight=False)

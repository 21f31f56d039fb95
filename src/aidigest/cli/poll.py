"""`aidigest poll`."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import Home, json_option, new_table, pass_home, print_json, print_table
from aidigest.core.counting import counted

if TYPE_CHECKING:
    from aidigest.steps.outcomes import PollOutcome, PollReport

#: Nobody may come by again before the edition, so what is due within this is asked now.
_AHEAD = timedelta(minutes=75)
#: Somebody is waiting, but a site with many feeds is still asked slowly.
_PATIENCE = timedelta(minutes=10)


@click.command()
@click.option("--all", "everything", is_flag=True, help="Also the feeds that are not due.")
@json_option
@pass_home
def poll(home: Home, *, everything: bool, as_json: bool) -> None:
    """Fetch the feeds that are due, and store new entries.

    With --all a feed that is not due is asked, too, but no more than once an
    hour, and never while its server wants to be left alone.
    """
    from aidigest.steps.poll import Plan

    plan = Plan(everything=everything, ahead=_AHEAD, patience=_PATIENCE)
    with home.app() as app, _progress(len(app.settings.feeds)) as advance:
        listed = len(app.settings.feeds)
        report = app.polling.poll(plan, patience_s=_PATIENCE.total_seconds(), on_result=advance)
    if as_json:
        print_json(_report_json(report))
        return
    _print_troubles(report)
    asked = counted(len(report.outcomes), "feed", "feeds")
    new = counted(report.new, "new entry", "new entries")
    click.echo(f"{asked} asked, {report.not_due} not due yet, {new}.")
    if not listed:
        click.echo("config/feeds.toml lists none yet; `aidigest feeds add URL` adds one.")
    if report.outage_since is not None:
        click.echo("Nothing at all could be reached: is our own network out? No feed is blamed.")


@contextmanager
def _progress(total: int) -> Iterator[Callable[["PollOutcome"], None]]:
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("Polling", total=total)

        def advance(_outcome: "PollOutcome") -> None:
            progress.advance(task)

        yield advance


def _print_troubles(report: "PollReport") -> None:
    table = new_table("feed", "status", "why")
    for outcome in report.outcomes:
        if not outcome.status.is_well:
            table.add_row(outcome.feed.url, outcome.status, outcome.detail)
        for alarm in outcome.alarms:
            table.add_row(outcome.feed.url, alarm.kind, alarm.words)
    if table.row_count:
        print_table(table)


def _report_json(report: "PollReport") -> dict[str, Any]:
    return {
        "asked": len(report.outcomes),
        "not_due": report.not_due,
        "new": report.new,
        "outage_since": report.outage_since,
        "feeds": [
            {
                "url": outcome.feed.url,
                "title": outcome.feed.title,
                "status": outcome.status,
                "ok": outcome.status.is_well,
                "new": outcome.new,
                "detail": outcome.detail,
                "took_s": round(outcome.took_s, 3),
                "next_poll_at": outcome.next_poll_at,
                "next_poll_reason": outcome.next_poll_reason,
                "alarms": [{"kind": a.kind, "detail": a.words} for a in outcome.alarms],
            }
            for outcome in report.outcomes
        ],
    }

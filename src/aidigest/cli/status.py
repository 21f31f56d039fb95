"""`aidigest status`."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import Home, json_option, new_table, pass_home, print_json, print_table
from aidigest.cli.resolve import print_uncertain
from aidigest.core.counting import counted

if TYPE_CHECKING:
    from aidigest.app import App
    from aidigest.core.editions.digest import Digest


@click.command()
@json_option
@pass_home
def status(home: Home, *, as_json: bool) -> None:
    """Show how feeds, editions and deliveries stand."""
    with home.app() as app:
        found = {
            "now": app.clock(),
            "feeds": _feeds(app),
            "digests": [_digest(app, digest) for digest in app.settings.digests],
        }
    if as_json:
        print_json(found)
    else:
        _print_status(found)


def _feeds(app: "App") -> dict[str, Any]:
    from aidigest.core.polling.alarms import outage_since

    states = app.feeds.feed_states()
    listed = [(feed, states.get(feed.url)) for feed in app.settings.feeds]
    polled = [state for _, state in listed if state is not None]
    failing = [state for state in polled if state.failures or state.gone]
    return {
        "listed": len(listed),
        "never_polled": len(listed) - len(polled),
        "failing": [
            {"url": state.url, "status": state.last_status, "failures": state.failures}
            for state in failing
        ],
        "outage_since": outage_since(polled),
        "alarms": [
            {
                "url": state.url,
                "kind": alarm.kind,
                "since": alarm.since,
                "detail": alarm.words,
            }
            for state in polled
            for alarm in state.alarms
        ],
    }


def _digest(app: "App", digest: "Digest") -> dict[str, Any]:
    latest = app.editions.latest(digest.id)
    found: dict[str, Any] = {
        "id": digest.id,
        "subscribers": app.subscribers.count(digest.id),
        "next_edition_at": app.sending.next_edition_at(digest),
        "latest": None,
        "never_sent": [asdict(one) for one in app.sending.unsent(digest)],
        "uncertain": [
            {"number": number, "address": address}
            for number, address in app.sending.uncertain(digest)
        ],
    }
    if latest is not None:
        edition_id = app.editions.id_on(digest.id, latest.date)
        counts = app.deliveries.counts(edition_id) if edition_id is not None else {}
        found["latest"] = {
            "number": latest.number,
            "date": latest.date,
            "stories": len(latest.stories),
            "begun": edition_id is not None and app.deliveries.is_frozen(edition_id),
            "deliveries": {state.value: count for state, count in counts.items()},
            "progress": _progress(app, edition_id, counts) if edition_id is not None else None,
        }
    return found


def _progress(app: "App", edition_id: int, counts: "Mapping[Any, int]") -> dict[str, Any]:
    """Say how far sending is, and when it will be done; nothing where nobody can know."""
    from aidigest.core.delivery.deliveries import UNFINISHED, DeliveryState

    total = sum(counts.values())
    waiting = counts.get(DeliveryState.DEFERRED, 0)
    left = sum(counts.get(state, 0) for state in UNFINISHED) - waiting
    lately = app.progress.lately(edition_id, now=app.clock())
    is_sending = app.workload.is_being_sent(edition_id)
    rate = lately.per_second if is_sending else 0.0
    return {
        "total": total,
        "done": total - left - waiting,
        "left": left,
        "waiting": waiting,
        "sending": is_sending,
        "per_second": round(rate, 1),
        "remaining_s": round(left / rate) if rate and left else None,
        "next_due_at": app.deliveries.next_due_at(edition_id),
        "last_activity_at": lately.last_at,
        "stalled": is_sending and left > 0 and not lately.settled,
    }


def _in_words(latest: dict[str, Any] | None) -> str:
    """Say how deliveries stand as a person would."""
    if latest is None:
        return ""
    if not latest["begun"]:
        return "not sent"
    lines = [", ".join(f"{count} {state}" for state, count in latest["deliveries"].items())]
    progress = latest["progress"]
    if progress and (progress["left"] or progress["waiting"]):
        lines.append(f"{progress['done']} of {progress['total']} done")
        if progress["remaining_s"] is not None:
            lines.append(f"{progress['per_second']}/s, {progress['remaining_s']} s to go")
        elif progress["stalled"]:
            lines.append("no progress for a minute")
        elif not progress["sending"]:
            lines.append("nobody is sending")
        if progress["waiting"]:
            lines.append(f"{progress['waiting']} wait for another try")
    return "\n".join(filter(None, lines))


def _print_status(found: dict[str, Any]) -> None:
    _print_feeds(found["feeds"])
    _print_digests(found["digests"])


def _print_feeds(feeds: dict[str, Any]) -> None:
    click.echo(
        f"{counted(feeds['listed'], 'feed', 'feeds')}: {len(feeds['failing'])} failing,"
        f" {feeds['never_polled']} never polled."
    )
    if feeds["outage_since"]:
        click.echo(
            f"Nothing at all could be reached since {feeds['outage_since']:%m-%d %H:%M} UTC."
        )
    if feeds["failing"]:
        table = new_table("feed", "times", "why")
        for one in feeds["failing"]:
            table.add_row(one["url"], str(one["failures"]), one["status"])
        print_table(table)
    if feeds["alarms"]:
        table = new_table("feed", "alarm", "since", "what")
        for one in feeds["alarms"]:
            table.add_row(one["url"], one["kind"], f"{one['since']:%m-%d %H:%M}", one["detail"])
        print_table(table)


def _print_digests(digests: list[dict[str, Any]]) -> None:
    table = new_table("digest", "subscribers", "latest edition", "deliveries", "next")
    for one in digests:
        latest = one["latest"]
        table.add_row(
            one["id"],
            str(one["subscribers"]),
            f"{latest['number']}, {latest['date']}" if latest else "none yet",
            _in_words(latest),
            f"{one['next_edition_at']:%Y-%m-%d %H:%M} UTC",
        )
    print_table(table)
    for one in digests:
        _print_uncertain(one["id"], one["uncertain"])
        for edition in one["never_sent"]:
            number, day = edition["number"], edition["date"]
            click.echo(f"Edition {number} of {one['id']}, {day}, was made and never sent.")


def _print_uncertain(digest_id: str, uncertain: list[dict[str, Any]]) -> None:
    if uncertain:
        what = f"Nobody knows whether these got their copy of {digest_id}"
        who = (f"{one['address']} (edition {one['number']})" for one in uncertain)
        print_uncertain(what, who, digest_id=digest_id)

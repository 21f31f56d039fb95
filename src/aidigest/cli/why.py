"""`aidigest why`."""

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import Home, json_option, pass_home, print_json

if TYPE_CHECKING:
    from datetime import date

    from aidigest.app import App
    from aidigest.core.delivery.bounces import Bounce
    from aidigest.core.delivery.deliveries import Delivery
    from aidigest.core.feeds.entry import Entry
    from aidigest.core.stories.story import Story


_SEVERAL = (list, tuple, frozenset)


@click.command()
@click.argument("thing")
@json_option
@pass_home
def why(home: Home, thing: str, *, as_json: bool) -> None:
    """Explain a feed, a story, an entry or a delivery.

    THING is a feed's address, the id of a story or an entry, the address of the
    page that an entry leads to, or a subscriber's address.
    """
    from aidigest.errors import NotFoundError

    with home.app() as app:
        found = _feed(app, thing) or _subscriber(app, thing) or _story(app, thing)
    if found is None:
        raise NotFoundError("feed, story, entry or subscriber", thing)
    if as_json:
        print_json(found)
    else:
        _print_tree(found)


def _feed(app: "App", url: str) -> dict[str, Any] | None:
    state = app.feeds.feed_states().get(url)
    if state is None and url not in {feed.url for feed in app.settings.feeds}:
        return None
    return {"feed": url, **(asdict(state) if state else {"status": "never polled"})}


def _subscriber(app: "App", text: str) -> dict[str, Any] | None:
    address = _as_it_is_kept(text)
    reader, suppression = app.subscribers.find(address), app.subscribers.suppression(address)
    if reader is None and suppression is not None:
        # Somebody erased, or never subscribed; and still there is a reason for getting nothing.
        since = suppression.since
        return {"address": address, "suppressed": suppression.reason, "since": since}
    if reader is None:
        return None
    return {
        "subscriber": reader.address,
        "digests": reader.digests,
        "since": reader.created_at,
        "suppressed": suppression.reason if suppression else None,
        "deliveries": [_delivery_tree(app, one) for one in app.deliveries.history(reader.id)],
        "left_out_of": [
            {"edition": _edition_name(app, edition_id), "reason": reason}
            for edition_id, reason in app.progress.left_out_of(reader.id)
        ],
        "bounces": [_bounce_tree(app, one) for one in app.bounces.bounces_of(reader.id)],
    }


def _as_it_is_kept(text: str) -> str:
    """Return an address as subscribing makes it, its domain in ASCII; other text as it is."""
    from aidigest.core.readers.subscriber import clean_address

    try:
        return clean_address(text)
    except ValueError:
        return text


def _delivery_tree(app: "App", delivery: "Delivery") -> dict[str, Any]:
    from aidigest.core.delivery.deliveries import UNFINISHED

    return {
        "edition": _edition_name(app, delivery.edition_id),
        "state": delivery.state,
        "attempts": delivery.attempts,
        "reason": delivery.reason,
        "reply": f"{delivery.code or ''} {delivery.reply}".strip(),
        "due_at": delivery.due_at if delivery.state in UNFINISHED else None,
    }


def _bounce_tree(app: "App", bounce: "Bounce") -> dict[str, Any]:
    return {
        "at": bounce.at,
        "kind": bounce.kind,
        "status": bounce.status,
        "said": bounce.diagnostic,
        "edition": _edition_name(app, bounce.edition_id) if bounce.edition_id else None,
    }


def _edition_name(app: "App", edition_id: int) -> str:
    stored = app.editions.by_id(edition_id)
    if stored is None:
        return str(edition_id)
    edition = stored[1].edition
    return _named(edition.digest_id, edition.number, edition.date)


def _named(digest_id: str, number: int, day: "date") -> str:
    return f"{digest_id} {number}, {day}"


def _story(app: "App", thing: str) -> dict[str, Any] | None:
    from aidigest.core.urls import canonical_url

    language, page = app.settings.digest(None).language, canonical_url(thing)
    for story in app.composer.all_stories(language, now=app.clock()):
        ids = {story.id, *(entry.id for entry in story.entries)}
        if thing in ids or page in {canonical_url(one.url) for one in story.entries if one.url}:
            return _story_tree(app, story)
    return None


def _story_tree(app: "App", story: "Story") -> dict[str, Any]:
    return {
        "story": story.id,
        "title": story.title,
        "is_ai": story.verdict.is_ai,
        "ai_score": story.verdict.score,
        "ai_reasons": story.verdict.reasons,
        "topic": story.filing.topic,
        "topic_reasons": story.filing.reasons,
        "score": story.score,
        "score_reasons": story.score_reasons,
        "carried_in": _carried_in(app, story),
        "entries": [_entry_tree(entry) for entry in story.entries],
        "merges": [asdict(merge) for merge in story.merges],
    }


def _carried_in(app: "App", story: "Story") -> list[str]:
    editions = (one for entry in story.entries for one in app.editions.editions_with(entry.id))
    return sorted({_named(one.digest_id, one.number, one.date) for one in editions})


def _entry_tree(entry: "Entry") -> dict[str, Any]:
    return {
        "id": entry.id,
        "feed": entry.feed_title,
        "title": entry.title,
        "url": entry.url,
        "first_seen": entry.first_seen_at,
    }


def _print_tree(value: Any, indent: str = "") -> None:
    for name, what in value.items():
        if isinstance(what, dict):
            click.echo(f"{indent}{name}")
            _print_tree(what, indent + "  ")
        elif isinstance(what, _SEVERAL) and any(isinstance(one, dict) for one in what):
            click.echo(f"{indent}{name}")
            for one in what:
                _print_tree(one, indent + "  ")
                click.echo("")
        else:
            words = "; ".join(map(str, what)) if isinstance(what, _SEVERAL) else what
            click.echo(f"{indent}{name}: {'' if words is None else words}")

"""One invented story on its way from a feed to an inbox, with the values it has at each station.

The whole job is done once, over loopback HTTP and SMTP, on the demo's outlets at a fixed
time. docs/how-it-works.md quotes what comes out; its blocks are marked `<!-- value: NAME -->`.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from email import policy
from email.message import EmailMessage
from email.parser import BytesParser
from html import unescape
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from click.testing import CliRunner

from aidigest.app import App
from aidigest.cli import main
from aidigest.core.feeds.feed import Feed
from aidigest.core.feeds.identity import by_id
from aidigest.core.feeds.parsed import ParsedEntry
from aidigest.core.readers.subscriber import Signup
from aidigest.demo.documents import CONTENT_TYPES, document
from aidigest.demo.feeds_server import Page, serve_feeds
from aidigest.demo.home import feed_path, write_config
from aidigest.demo.outlets import outlets
from aidigest.demo.smtp_server import serve_smtp
from aidigest.web.health import health_site

#: Seven o'clock in Hà Nội: the demo's digest is due.
NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
READER = "linh@example.org"
OUTLET = "Silicon Orchard"
TITLE = "Skarn's 300-megawatt data centre will heat its own greenhouses"

_FIELDS = (
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
)

#: The feeds' server has another port at each run; the page writes this one.
_SERVER = "http://127.0.0.1:8000"
_ADDRESS = re.compile(r"http://127\.0\.0\.1:\d+(?=/[a-z-]+\b)")
_VALUE = re.compile(
    r"(?P<mark><!-- value: (?P<name>\w+) -->\n```\w*\n)(?P<text>(?:(?!```).*\n)*)(?=```\n)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Journey:
    """What a run came to."""

    values: Mapping[str, str]  #: By the station's name.
    metrics: str  #: What /metrics answers afterwards.


def how_it_works(page: str, journey: Journey) -> str:
    """Return the page with the journey's values in its marked blocks.

    Raises:
        KeyError: A block is marked with a name that is no station's.
    """
    return _VALUE.sub(lambda block: f"{block['mark']}{journey.values[block['name']]}\n", page)


def quoted(page: str) -> tuple[str, ...]:
    """Return the names of the stations that a page quotes."""
    return tuple(block["name"] for block in _VALUE.finditer(page))


def travel() -> Journey:
    """Do the whole job once and return its values."""
    with TemporaryDirectory() as folder, _home(Path(folder)) as app:
        app.subscribers.add(
            (Signup(address=READER, name="Linh", language="en", digests=("daily",)),), now=NOW
        )
        app.polling.poll()
        app.sending.send(app.settings.digest(None))
        return Journey(values=_values(app), metrics=_metrics(app))


@contextmanager
def _home(folder: Path) -> Iterator[App]:
    told = outlets()
    pages = {
        feed_path(one): Page(body=document(one, now=NOW), content_type=CONTENT_TYPES[one.format])
        for one in told
    }
    with serve_feeds(pages) as feeds_at, serve_smtp(folder / "mails") as (smtp_url, _):
        write_config(folder, told, feeds_at=feeds_at, smtp_url=smtp_url)
        with App.open(folder, {"AIDIGEST_NOW": NOW.isoformat()}) as app:
            yield app


def _values(app: App) -> dict[str, str]:
    home = app.settings.home
    stories = _json(home, "stories", "--all")
    story = next(one for one in stories if one["title"] == TITLE)
    who = next(one for one in stories if one["title"].startswith("Ai sẽ vô địch"))
    feed = next(one for one in _json(home, "feeds", "list") if one["title"] == OUTLET)
    kept = next((home / "mails").iterdir()).read_bytes()
    message = BytesParser(EmailMessage, policy=policy.default).parsebytes(kept)
    values = {
        "item": _item(),
        "feed": _pretty({key: feed[key] for key in ("url", "status", "next_poll_reason")}),
        "entry": _pretty(story["entries"][0]),
        "who": _pretty({key: who[key] for key in ("title", "is_ai", "ai_score")}),
        "others": "\n".join(f"{one['feed']}: {one['title']}" for one in story["entries"][1:]),
        "why": _pretty(story["why"]),
        "archive": _paragraph(next((home / "var/archive/daily").iterdir()).read_text("utf-8")),
        "header": "\n".join(f"{name}: {message[name]}" for name in _FIELDS),
        "text": _paragraph(_text(message)),
        "delivery": _run(home, "why", READER),
    }
    ids = {one["id"]: _id_on_the_page(one) for one in story["entries"]}
    return {name: _steady(text, ids) for name, text in values.items()}


def _item() -> str:
    outlet = next(one for one in outlets() if one.title == OUTLET)
    one = next(entry for entry in outlet.entries if unescape(unescape(entry.title)) == TITLE)
    document_of_one = document(replace(outlet, entries=(one,)), now=NOW).decode()
    inside = document_of_one.partition("<item>")[2].partition("</item>")[0]
    return "\n".join(("<item>", *re.findall(r"<\w+.*?</\w+>", inside), "</item>"))


def _text(message: EmailMessage) -> str:
    plain = message.get_body(("plain",))
    return str(plain.get_content()) if isinstance(plain, EmailMessage) else ""


def _paragraph(text: str) -> str:
    """Return the story's lines, from its headline to the next one's."""
    start = text.index(next(line for line in text.splitlines() if TITLE in line))
    return re.split(r"\n(?=#+ |\* |\w[^\n]*\n---)", text[start:], maxsplit=1)[0]


def _id_on_the_page(entry: Mapping[str, str]) -> str:
    """Return the id that the entry would have, were the server at the page's port."""
    parsed = ParsedEntry(
        guid=entry["url"],
        url=entry["url"],
        title=entry["title"],
        summary="",
        language=entry["language"],
        published_at=None,
    )
    (as_run,) = by_id(Feed(url=entry["feed_url"]), [parsed])
    if as_run != entry["id"]:
        raise ValueError(f"{entry['title']!r} has got its id otherwise than this script thinks")
    (on_the_page,) = by_id(Feed(url=_ADDRESS.sub(_SERVER, entry["feed_url"])), [parsed])
    return on_the_page


def _steady(text: str, ids: Mapping[str, str]) -> str:
    text = _ADDRESS.sub(_SERVER, text)
    for there, here in ids.items():
        text = text.replace(there, here)
    return "\n".join(line.rstrip() for line in text.strip().splitlines())


def _json(home: Path, *arguments: str) -> Any:
    return json.loads(_run(home, *arguments, "--json"))


def _run(home: Path, *arguments: str) -> str:
    ran = CliRunner().invoke(
        main,
        ["--home", str(home), *arguments],
        env={"AIDIGEST_NOW": NOW.isoformat()},
        catch_exceptions=False,
    )
    return ran.stdout


def _metrics(app: App) -> str:
    client = health_site(app).test_client()
    client.get("/healthz")
    return client.get("/metrics").text


def _pretty(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)

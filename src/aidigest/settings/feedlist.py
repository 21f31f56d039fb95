"""Lists of feeds: adding to `feeds.toml`, and OPML (opml.org/spec2.opml) in and out."""

from collections.abc import Iterable

import tomlkit
from lxml import etree

from aidigest.core.feeds.feed import Feed
from aidigest.core.urls import safe_url
from aidigest.errors import Problem, SettingsError
from aidigest.settings.checks import LANGUAGE, check_feeds
from aidigest.settings.tables import Notes
from aidigest.settings.values import Settings


def add_feeds(settings: Settings, feeds: Iterable[Feed]) -> None:
    """Append tables to the home's list; what is in it stays as it is, comments too.

    Raises:
        SettingsError: With them the list could not be read again; nothing was written.
    """
    feeds = tuple(feeds)
    _check(settings, feeds)
    path = settings.home / "config" / "feeds.toml"
    text = path.read_text(encoding="utf-8")
    tables = [_table(feed) for feed in feeds]
    unfinished = path.with_suffix(".toml.part")
    unfinished.write_text("\n".join([text.rstrip("\n"), "", *tables]), encoding="utf-8")
    unfinished.replace(path)


def read_opml(document: bytes, *, name: str) -> tuple[Feed, ...]:
    """Return the feeds of an OPML document, each once; raise SettingsError if it is none."""
    # No entities, no network: the file may come from anywhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        problem = Problem(where=name, what=f"is no OPML: {error}")
        raise SettingsError((problem,)) from error
    outlines = [dict(one.attrib) for one in root.iter("outline") if one.get("xmlUrl")]
    found = {url: _feed(url, one) for one in outlines if (url := safe_url(one["xmlUrl"]))}
    return tuple(found.values())


def write_opml(feeds: Iterable[Feed], *, title: str) -> bytes:
    """Write the feeds as OPML 2.0."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for feed in feeds:
        etree.SubElement(
            body,
            "outline",
            type="rss",
            text=feed.title,
            title=feed.title,
            xmlUrl=feed.url,
            language=feed.language,
        )
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _check(settings: Settings, feeds: tuple[Feed, ...]) -> None:
    notes = Notes(file="config/feeds.toml", problems=[])
    topics = [topic.id for topic in settings.topics]
    check_feeds((*settings.feeds, *feeds), topics, notes)
    if notes.problems:
        raise SettingsError(tuple(notes.problems))


def _language(text: str) -> str:
    # RSS writes en-us, others en_US; whoever writes `English` is taken for the default.
    language = text.strip().replace("_", "-").lower()
    return language if LANGUAGE.fullmatch(language) else "en"


def _feed(url: str, outline: dict[str, str]) -> Feed:
    title = outline.get("title") or outline.get("text") or url
    return Feed(url=url, title=title, language=_language(outline.get("language", "")))


def _table(feed: Feed) -> str:
    values = {
        "url": feed.url,
        "title": feed.title,
        "language": feed.language,
        "about": feed.about.value,
    }
    if feed.topic is not None:
        values["topic"] = feed.topic
    return tomlkit.dumps({"feeds": [values]})

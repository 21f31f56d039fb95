"""Lists of feeds: adding to `feeds.toml`, and OPML (opml.org/spec2.opml) in and out."""

from collections.abc import Iterable

import tomlkit
from lxml import etree

from aidigest.core.feeds.feed import About, Feed
from aidigest.core.languages import is_language
from aidigest.core.text import plain_text
from aidigest.core.urls import safe_url
from aidigest.errors import Problem, SettingsError
from aidigest.settings.checks import check_feeds, why_no_feed
from aidigest.settings.tables import Notes, keyed
from aidigest.settings.values import Settings
from aidigest.whole import write_whole


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
    write_whole(path, "\n".join([text.rstrip("\n"), "", *tables]))


def read_opml(document: bytes, *, name: str) -> tuple[tuple[Feed, ...], tuple[Problem, ...]]:
    """Return the feeds of an OPML document, each once, and what is wrong with others.

    Raises:
        SettingsError: It is none.
    """
    # No entities, no network: the file may come from anywhere.
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    try:
        root = etree.fromstring(document, parser)
    except etree.XMLSyntaxError as error:
        problem = Problem(where=name, what=f"is no OPML: {error}")
        raise SettingsError((problem,)) from error
    if root.tag != "opml":
        raise SettingsError((Problem(where=name, what=f"is no OPML: it begins <{root.tag}>"),))
    notes = Notes(file=name, problems=[])
    found: dict[str, Feed] = {}
    for outline in root.iter("outline"):
        # Some programs write `xmlurl`.
        said = {str(key).lower(): str(value) for key, value in outline.attrib.items()}
        written = said.get("xmlurl", "")
        url = safe_url(written)
        if url is not None:
            found[url] = _feed(url, said)
        elif written:
            notes.note(f"line {outline.sourceline}", why_no_feed(written))
    return tuple(found.values()), tuple(notes.problems)


def write_opml(feeds: Iterable[Feed], *, title: str) -> bytes:
    """Write the feeds as OPML 2.0."""
    root = etree.Element("opml", version="2.0")
    etree.SubElement(etree.SubElement(root, "head"), "title").text = title
    body = etree.SubElement(root, "body")
    for feed in feeds:
        outline = etree.SubElement(body, "outline", type="rss", text=feed.title, title=feed.title)
        said = {"xmlUrl": feed.url, "language": feed.language, **_our_own(feed)}
        for key, value in said.items():
            outline.set(key, value)
    return bytes(etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True))


def _our_own(feed: Feed) -> dict[str, str]:
    """Return what OPML has no word for, under our names: others leave it alone."""
    kept = {"about": feed.about.value, "weight": f"{feed.weight:g}"}
    return kept if feed.topic is None else {**kept, "topic": feed.topic}


def _check(settings: Settings, feeds: tuple[Feed, ...]) -> None:
    notes = Notes(file="config/feeds.toml", problems=[])
    topics = [topic.id for topic in settings.topics]
    check_feeds(keyed("feeds", (*settings.feeds, *feeds)), topics, notes)
    if notes.problems:
        raise SettingsError(tuple(notes.problems))


def _language(text: str) -> str:
    # RSS writes en-us, others en_US; whoever writes `English` is taken for the default.
    language = text.strip().replace("_", "-").lower()
    return language if is_language(language) else "en"


def _feed(url: str, outline: dict[str, str]) -> Feed:
    # OPML 2.0: the text "may contain encoded HTML markup".
    title = plain_text(outline.get("title", "")) or plain_text(outline.get("text", "")) or url
    about = outline.get("about", "")
    return Feed(
        url=url,
        title=title,
        language=_language(outline.get("language", "")),
        about=About(about) if about in set(About) else About.MIXED,
        topic=outline.get("topic") or None,
        weight=_weight(outline.get("weight", "")),
    )


def _weight(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 1.0  # The usual one.


def _table(feed: Feed) -> str:
    values: dict[str, str | float] = {
        "url": feed.url,
        "title": feed.title,
        "language": feed.language,
        "about": feed.about.value,
    }
    if feed.topic is not None:
        values["topic"] = feed.topic
    if feed.weight != 1:
        values["weight"] = feed.weight
    return tomlkit.dumps({"feeds": [values]})

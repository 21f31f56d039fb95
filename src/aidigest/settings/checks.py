"""What must hold between the values of a config, beyond their types."""

import re
from collections.abc import Mapping, Sequence
from email.utils import getaddresses, parseaddr
from pathlib import Path
from zoneinfo import ZoneInfo, available_timezones

from aidigest.core import languages
from aidigest.core.editions.digest import Digest, check_schedule
from aidigest.core.feeds.feed import Feed
from aidigest.core.readers.subscriber import clean_address
from aidigest.core.stories.lexicon import parse_phrase
from aidigest.core.stories.topics import Topic
from aidigest.core.urls import linkable, safe_url
from aidigest.settings.looks import looks
from aidigest.settings.tables import Notes, guess
from aidigest.settings.values import (
    EmbeddingSettings,
    FetchSettings,
    LlmSettings,
    Site,
    WebSettings,
)

#: Ids stand in file names, addresses and mail headers.
_ID = re.compile(r"[a-z][a-z0-9-]{0,40}")


def check_site(site: Site | None, notes: Notes) -> None:
    """Check who publishes."""
    if site is None:
        return
    check_mailbox(site.sender, "site.from", notes)
    if site.reply_to is not None:
        check_mailbox(site.reply_to, "site.reply_to", notes)
    if site.maintainer is not None:
        check_mailbox(site.maintainer, "site.maintainer", notes)
    check_base_url(site.base_url, "site.base_url", notes)


def check_fetch(fetch: FetchSettings, notes: Notes) -> None:
    """Check that feeds can be fetched at all."""
    if fetch.workers < 1:
        notes.note("fetch.workers", "must be 1 or more")
    if fetch.timeout_s <= 0:
        notes.note("fetch.timeout_s", "must be above 0")
    if fetch.max_bytes < 1:
        notes.note("fetch.max_bytes", "must be 1 or more")


def check_web(web: WebSettings, notes: Notes) -> None:
    """Check how the pages are served."""
    if web.proxies < 0:
        notes.note("web.proxies", "must be 0 or more")


def check_embeddings(embeddings: EmbeddingSettings, notes: Notes) -> None:
    """Check how a sentence model is used."""
    if not 0 < embeddings.least < 1:
        notes.note("embeddings.least", "must be above 0 and below 1")


def check_llm(llm: LlmSettings, notes: Notes) -> None:
    """Check what is needed for a language model, where one is wanted."""
    if not llm.base_url:
        return
    if safe_url(llm.base_url) is None:
        notes.note("llm.base_url", f"{llm.base_url!r} is no http or https address")
    if not llm.model:
        notes.note("llm.model", "is missing: the name that the endpoint knows the model by")
    if llm.daily_requests < 0:
        notes.note("llm.daily_requests", "must be 0 or more")
    for name in ("timeout_s", "patience_s"):
        if getattr(llm, name) <= 0:
            notes.note(f"llm.{name}", "must be above 0")


def check_digests(digests: Mapping[str, Digest], topics: list[str], notes: Notes) -> None:
    """Check the publications; there must be one."""
    if not digests and not notes.problems:
        notes.note("digests", "is missing: at least one [[digests]] table is needed")
    _check_ids({key: digest.id for key, digest in digests.items()}, notes)
    for key, digest in digests.items():
        _check_schedule(digest.schedule, f"{key}.schedule", notes)
        check_zone(digest.timezone, f"{key}.timezone", notes)
        check_language(digest.language, f"{key}.language", notes)
        for topic in digest.topics:
            _check_topic(topic, topics, f"{key}.topics", notes)
        if digest.max_stories < 1:
            notes.note(f"{key}.max_stories", "must be 1 or more")
        if digest.max_pictures < 0:
            notes.note(f"{key}.max_pictures", "must be 0 or more; 0 shows none")


def check_looks(digests: Mapping[str, Digest], folders: Sequence[Path], notes: Notes) -> None:
    """Check that there are templates for each digest's look."""
    there = looks(folders)
    for key, digest in digests.items():
        if digest.look not in there:
            what = f"there is no look {digest.look!r}; there is: {', '.join(there)}"
            notes.note(f"{key}.look", what)


def check_feeds(feeds: Mapping[str, Feed], topics: list[str], notes: Notes) -> None:
    """Check the sources; an address may stand there once."""
    first: dict[str, str] = {}
    for key, feed in feeds.items():
        if safe_url(feed.url) is None:
            notes.note(f"{key}.url", why_no_feed(feed.url))
        if (place := first.setdefault(feed.url, key)) != key:
            notes.note(f"{key}.url", f"{feed.url} stands there already, as {place}; keep one")
        if feed.topic is not None:
            _check_topic(feed.topic, topics, f"{key}.topic", notes)
        check_language(feed.language, f"{key}.language", notes)
        if not 0 < feed.weight <= 10:  # noqa: PLR2004 - The one place where the bounds stand.
            notes.note(f"{key}.weight", "must be above 0 and at most 10")


def why_no_feed(url: str) -> str:
    """Say why an address cannot be listed; a password in it stays out of the words."""
    login, at, _ = re.split("[/?#]", url.partition("://")[2], maxsplit=1)[0].rpartition("@")
    if at:
        return (
            f"{url.replace(f'{login}@', '')!r} stands there with a user or password, which logs and"
            " pages would show; list an address that needs none, as with a token of its own"
        )
    return f"{url!r} is no address of a feed; it begins with https://"


def check_topics(topics: Mapping[str, Topic], notes: Notes) -> None:
    """Check the headings; there must be one."""
    if not topics and not notes.problems:
        notes.note("topics", "is missing: at least one [[topics]] table is needed")
    _check_ids({key: topic.id for key, topic in topics.items()}, notes)
    for key, topic in topics.items():
        for language in (*topic.title, *topic.words):
            check_language(language, key, notes)
        for language, words in topic.words.items():
            for word in words:
                _check_word(word, f"{key}.words.{language}", notes)
        for word in topic.exclude:
            _check_word(word, f"{key}.exclude", notes)


def check_base_url(url: str, key: str, notes: Notes) -> None:
    """Check the address that links of a mail begin with."""
    if safe_url(url) is None:
        notes.note(key, f"{url!r} is no address; write it as https://digest.example.org")
    elif not url.isascii():
        notes.note(key, f"{url!r} must be in ASCII, as mail has it: {linkable(url)}")
    if "?" in url or "#" in url:
        notes.note(key, "must not have a query or a fragment: more is written behind it")
    if url.endswith("/"):
        notes.note(key, "must not end with a slash")


def check_mailbox(text: str, key: str, notes: Notes) -> None:
    """Check a mailbox, `Name <address>` or the address alone."""
    address = parseaddr(text)[1]
    try:
        clean_address(address)
        is_one = len(getaddresses([text])) == 1 and text.isprintable()
    except ValueError:
        is_one = False
    if not is_one or not address.isascii():
        notes.note(key, f"{text!r} is no mail address; write it as Name <news@example.org>")


def check_zone(zone: str, key: str, notes: Notes) -> None:
    """Check a time zone."""
    try:
        ZoneInfo(zone)
    except (KeyError, ValueError, OSError):
        close = guess(zone, sorted(available_timezones())) if "/" in zone else ""
        hint = close if close.startswith(",") else "; write it as Asia/Ho_Chi_Minh or Europe/Berlin"
        notes.note(key, f"there is no time zone {zone!r}{hint}")


def check_language(language: str, key: str, notes: Notes) -> None:
    """Check a language."""
    try:
        languages.check_language(language)
    except ValueError as error:
        notes.note(key, str(error))


def _check_word(word: str, key: str, notes: Notes) -> None:
    try:
        parse_phrase(word)
    except ValueError as error:
        notes.note(key, str(error))


def _check_ids(ids: Mapping[str, str], notes: Notes) -> None:
    seen: set[str] = set()
    for key, one in ids.items():
        if not _ID.fullmatch(one):
            notes.note(f"{key}.id", f"{one!r} must be of a-z, 0-9 and -")
        if one in seen:
            notes.note(f"{key}.id", f"{one!r} stands there already")
        seen.add(one)


def _check_schedule(schedule: str, key: str, notes: Notes) -> None:
    try:
        check_schedule(schedule)
    except ValueError as error:
        notes.note(key, str(error))


def _check_topic(topic: str, known: list[str], key: str, notes: Notes) -> None:
    if topic not in known:
        notes.note(key, f"there is no topic {topic!r}{guess(topic, known)}")

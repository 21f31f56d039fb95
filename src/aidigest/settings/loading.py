"""Reading a home: three TOML files, and the environment (environment.py)."""

import tomllib
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

from aidigest.core.digests import Digest
from aidigest.core.feeds import Feed
from aidigest.core.topics import Topic
from aidigest.core.troubles import system_words
from aidigest.core.urls import host
from aidigest.errors import Problem, SettingsError
from aidigest.settings.checks import (
    check_digests,
    check_extras,
    check_feeds,
    check_fetch,
    check_site,
    check_topics,
)
from aidigest.settings.environment import read_environment
from aidigest.settings.sending import SendingSettings, check_sending
from aidigest.settings.shipped import shipped
from aidigest.settings.tables import Notes, read_list, read_table
from aidigest.settings.values import (
    EmbeddingSettings,
    FetchSettings,
    LlmSettings,
    Settings,
    Site,
    WebSettings,
)

#: The tables of aidigest.toml, and what each is read into; docs/reference/settings.md lists them.
MAIN_TABLES: Mapping[str, type] = {
    "site": Site,
    "digests": Digest,
    "fetch": FetchSettings,
    "sending": SendingSettings,
    "web": WebSettings,
    "embeddings": EmbeddingSettings,
    "llm": LlmSettings,
}
#: Key of [site] -> field, where the two differ.
SITE_KEYS = {"from": "sender"}

#: What is off unless a home switches it on.
Extras = tuple[EmbeddingSettings, LlmSettings]

_HOW_TO_BEGIN = "`aidigest init DIR` makes a home, `--home DIR` names one"


def load_settings(home: Path, environ: Mapping[str, str]) -> Settings:
    """Read a home and the environment.

    Args:
        home: The folder with `config/`.
        environ: The real environment; it wins over `.env`.

    Raises:
        SettingsError: With every problem, each by file and key.
    """
    problems: list[Problem] = []
    main = Notes(file="config/aidigest.toml", problems=problems)
    site, fetch, sending, extras, digests = _read_main(home, main)
    web = _read_web(home, main)
    feed_notes = Notes(file="config/feeds.toml", problems=problems)
    feeds = read_list(
        Feed, _read(home, feed_notes, ["feeds"]).get("feeds", []), "feeds", feed_notes
    )
    topic_notes = Notes(file="config/topics.toml", problems=problems)
    topics = _read_topics(home, topic_notes)
    known = [topic.id for topic in topics]
    check_site(site, main)
    check_fetch(fetch, main)
    check_extras(extras, main)
    check_sending(sending, main)
    check_digests(digests, known, main)
    check_feeds(feeds, known, feed_notes)
    check_topics(topics, topic_notes)
    environment = read_environment(home, environ, Notes(file="environment", problems=problems))
    if problems or site is None or fetch is None or sending is None or extras is None:
        raise SettingsError(tuple(problems))
    allow_private = environment.pop("allow_private") or fetch.allow_private
    return Settings(
        home=home,
        site=site,
        digests=tuple(replace(one, title=one.title or site.name) for one in digests),
        feeds=tuple(replace(one, title=one.title or host(one.url)) for one in feeds),
        topics=topics,
        fetch=replace(fetch, allow_private=allow_private),
        embeddings=extras[0],
        llm=extras[1],
        sending=sending,
        web=web,
        **environment,
    )


def _read_main(
    home: Path, notes: Notes
) -> tuple[
    Site | None,
    FetchSettings | None,
    SendingSettings | None,
    Extras | None,
    tuple[Digest, ...],
]:
    file = _read(home, notes, list(MAIN_TABLES))
    if not file:
        return None, None, None, None, ()
    site = read_table(Site, file.get("site", {}), "site", notes, names=SITE_KEYS)
    fetch = read_table(FetchSettings, file.get("fetch", {}), "fetch", notes)
    sending = read_table(SendingSettings, file.get("sending", {}), "sending", notes)
    digests = read_list(Digest, file.get("digests", []), "digests", notes)
    llm = read_table(LlmSettings, file.get("llm", {}), "llm", notes)
    embeddings = read_table(EmbeddingSettings, file.get("embeddings", {}), "embeddings", notes)
    extras = (embeddings, llm) if embeddings is not None and llm is not None else None
    return site, fetch, sending, extras, digests


def _read_web(home: Path, notes: Notes) -> WebSettings:
    # Whatever else is wrong with the file has been noted already.
    with suppress(OSError, ValueError):
        table = tomllib.loads((home / notes.file).read_text(encoding="utf-8-sig")).get("web", {})
        web = read_table(WebSettings, table, "web", notes)
        if web is not None and web.proxies < 0:
            notes.note("web.proxies", "must be 0 or more")
        return web or WebSettings()
    return WebSettings()


def _read_topics(home: Path, notes: Notes) -> tuple[Topic, ...]:
    # A home without topics of its own uses those that came with the program.
    root = home if (home / notes.file).exists() else shipped("config").parent
    return read_list(Topic, _read(root, notes, ["topics"]).get("topics", []), "topics", notes)


def _read(home: Path, notes: Notes, keys: list[str]) -> dict[str, Any]:
    try:
        # Some editors put a byte order mark before the text.
        table = tomllib.loads((home / notes.file).read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        notes.note("", f"is not in {home.resolve()}; {_HOW_TO_BEGIN}")
        return {}
    except tomllib.TOMLDecodeError as error:
        notes.note("", f"cannot be read: {error}")
        return {}
    except UnicodeDecodeError as error:
        notes.note("", f"is not in UTF-8 ({error.reason} at byte {error.start}); save it so")
        return {}
    except OSError as error:
        notes.note("", f"cannot be read: {system_words(error)}")
        return {}
    for name in table.keys() - set(keys):
        notes.unknown(name, "table", keys)
    return table

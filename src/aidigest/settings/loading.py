"""Reading a home: three TOML files, and the environment (environment.py)."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, TypeVar

from aidigest.core.editions.digest import Digest
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.topics import Topic
from aidigest.core.urls import host
from aidigest.errors import Problem, SettingsError
from aidigest.settings.checks import (
    check_digests,
    check_embeddings,
    check_feeds,
    check_fetch,
    check_llm,
    check_looks,
    check_site,
    check_topics,
    check_web,
)
from aidigest.settings.environment import read_environment
from aidigest.settings.looks import template_folders
from aidigest.settings.sending import SendingSettings, check_sending
from aidigest.settings.shipped import shipped
from aidigest.settings.tables import Notes, read_list, read_table, read_text, table_lines
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

T = TypeVar("T")

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
    main = _read_main(home, Notes(file="config/aidigest.toml", problems=problems))
    topics = _read_topics(home, Notes(file="config/topics.toml", problems=problems))
    known = [topic.id for topic in topics.values()]
    if main is not None:
        check_digests(main.digests, known, main.notes)
        check_looks(main.digests, template_folders(home), main.notes)
    feeds = _read_feeds(home, known, Notes(file="config/feeds.toml", problems=problems))
    environment = read_environment(home, environ, Notes(file="environment", problems=problems))
    if problems or main is None or main.site is None:
        raise SettingsError(tuple(problems))
    name = main.site.name
    allow_private = environment.pop("allow_private") or main.fetch.allow_private
    return Settings(
        home=home,
        site=main.site,
        digests=tuple(replace(one, title=one.title or name) for one in main.digests.values()),
        feeds=tuple(replace(one, title=one.title or host(one.url)) for one in feeds.values()),
        topics=tuple(topics.values()),
        fetch=replace(main.fetch, allow_private=allow_private),
        embeddings=main.embeddings,
        llm=main.llm,
        sending=main.sending,
        web=main.web,
        **environment,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Main:
    """What aidigest.toml says; in place of a table that cannot be read stands the usual one."""

    notes: Notes
    site: Site | None
    digests: Mapping[str, Digest]  # By their keys, as `digests[0]`.
    fetch: FetchSettings
    sending: SendingSettings
    web: WebSettings
    embeddings: EmbeddingSettings
    llm: LlmSettings


def _read_main(home: Path, notes: Notes) -> _Main | None:
    file = _read(home, notes, list(MAIN_TABLES))
    if file is None:
        return None

    def table(kind: type[T], key: str) -> T:
        return read_table(kind, file.get(key, {}), key, notes) or kind()

    main = _Main(
        notes=notes,
        site=read_table(Site, file.get("site", {}), "site", notes, names=SITE_KEYS),
        digests=read_list(Digest, file.get("digests", []), "digests", notes),
        fetch=table(FetchSettings, "fetch"),
        sending=table(SendingSettings, "sending"),
        web=table(WebSettings, "web"),
        embeddings=table(EmbeddingSettings, "embeddings"),
        llm=table(LlmSettings, "llm"),
    )
    check_site(main.site, notes)
    check_fetch(main.fetch, notes)
    check_sending(main.sending, notes)
    check_web(main.web, notes)
    check_embeddings(main.embeddings, notes)
    check_llm(main.llm, notes)
    return main


def _read_feeds(home: Path, topics: list[str], notes: Notes) -> Mapping[str, Feed]:
    file = _read(home, notes, ["feeds"]) or {}
    feeds = read_list(Feed, file.get("feeds", []), "feeds", notes)
    check_feeds(feeds, topics, notes)
    return feeds


def _read_topics(home: Path, notes: Notes) -> Mapping[str, Topic]:
    # A home without topics of its own uses those that came with the program.
    root = home if (home / notes.file).exists() else shipped("config").parent
    file = _read(root, notes, ["topics"]) or {}
    topics = read_list(Topic, file.get("topics", []), "topics", notes)
    check_topics(topics, notes)
    return topics


def _read(home: Path, notes: Notes, keys: list[str]) -> dict[str, Any] | None:
    """Return the tables of a file; None where it cannot be read, which is noted."""
    try:
        text = read_text(home / notes.file, notes)
        if text is None:
            return None
        table = tomllib.loads(text)
    except FileNotFoundError:
        notes.note("", f"is not in {home.resolve()}; {_HOW_TO_BEGIN}")
        return None
    except tomllib.TOMLDecodeError as error:
        notes.note("", f"cannot be read: {error}")
        return None
    notes.lines.update(table_lines(text, table))
    for name in table.keys() - set(keys):
        notes.unknown(name, "table", keys)
    return table

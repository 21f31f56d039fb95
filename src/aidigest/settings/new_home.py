"""A home that begins: the config that comes with the program, with somebody's answers in it."""

import secrets
import shutil
import tomllib
from contextlib import ExitStack
from dataclasses import dataclass
from email.utils import parseaddr
from pathlib import Path
from typing import Any

import tomlkit

from aidigest.errors import Problem, SettingsError
from aidigest.settings.shipped import shipped

_ENV = """\
# What is secret. A variable of the real environment wins over a line in here.

# Signs the links for leaving. Whoever has it can unsubscribe anybody: keep it to yourself.
AIDIGEST_SECRET_KEY={key}

# Who takes our mail: smtp://user:password@host:587 or smtps://…
SMTP_URL={smtp_url}

# Where bounces arrive, and mails of readers who write to leave; if you have a mailbox for them.
# MAILBOX_URL=imaps://user:password@mail.example.org/INBOX

# A SQLite file in var/ is used if this is not set.
# DATABASE_URL=postgresql://user:password@host/aidigest
"""

_IGNORED = """\
# Secrets, and data that the program keeps.
/.env
/var/
"""

_FILES = ("config/aidigest.toml", "config/feeds.toml", "config/topics.toml", ".env")

#: Begins the table of one feed.
_FEED = "[[feeds]]"


@dataclass(frozen=True, slots=True, kw_only=True)
class NewHome:
    """What is to be known before a home can be written; each value is checked already."""

    name: str  #: Of the publication.
    address: str  #: What it is sent from.
    base_url: str  #: Where its web pages are, or will be.
    timezone: str  #: IANA's name.
    languages: tuple[str, ...]  #: The digest's own first; feeds in others are left out.
    smtp_url: str
    lists_feeds: bool = True  #: Whether it begins with the feeds that come with the program.
    brings_templates: bool = False  #: Whether the templates are copied, to be changed.


def write_home(folder: Path, new: NewHome) -> None:
    """Write a home; whatever is in the folder already stays as it is.

    Raises:
        SettingsError: There is a home already; nothing was written.
        OSError: It cannot be written; what was begun is gone again.
    """
    refuse_home(folder, templates=new.brings_templates)
    with ExitStack() as undo:
        for name, text in _texts(new).items():
            _write(folder / name, text, undo)
        if new.brings_templates:
            undo.callback(shutil.rmtree, folder / "templates", ignore_errors=True)
            shutil.copytree(shipped("templates"), folder / "templates")
        if not (folder / ".gitignore").exists():
            _write(folder / ".gitignore", _IGNORED, undo)
        undo.pop_all()


def refuse_home(folder: Path, *, templates: bool) -> None:
    """Raise SettingsError if anything is there already that a new home would write."""
    names = (*_FILES, "templates") if templates else _FILES
    there = tuple(
        Problem(where=str(folder / name), what="is there already; nothing was written")
        for name in names
        if (folder / name).exists()
    )
    if there:
        raise SettingsError(there)


def is_home(folder: Path) -> bool:
    """Return whether there is a home already."""
    return (folder / _FILES[0]).exists()


def add_templates(folder: Path) -> int:
    """Copy the shipped templates that a home lacks; return how many files those are."""
    source = shipped("templates")
    there = {path: folder / "templates" / path.relative_to(source) for path in source.rglob("*")}
    missing = {path: goal for path, goal in there.items() if path.is_file() and not goal.exists()}
    for path, goal in missing.items():
        goal.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, goal)
    return len(missing)


def _texts(new: NewHome) -> dict[str, str]:
    key = secrets.token_urlsafe(32)
    env = _ENV.format(key=key, smtp_url=new.smtp_url)
    return dict(
        zip(_FILES, (_main(new), _feeds(new), _shipped_text("topics.toml"), env), strict=True)
    )


def _write(path: Path, text: str, undo: ExitStack) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    # Nobody else on the machine is to read the key, and somebody else's file is no place for it.
    path.touch(mode=0o600 if path.name == ".env" else 0o666, exist_ok=False)
    undo.callback(path.unlink, missing_ok=True)
    path.write_text(text, encoding="utf-8", newline="\n")


def _main(new: NewHome) -> str:
    text = _shipped_text("aidigest.toml")
    # Comments stay where they are: they are the manual.
    file: Any = tomlkit.parse(text)
    site, digest = file["site"], file["digests"][0]
    site["name"] = digest["title"] = new.name
    if new.address != parseaddr(site["from"])[1]:
        site["reply_to"] = new.address
    site["from"] = mailbox(new.name, new.address)
    site["base_url"] = new.base_url
    digest["timezone"] = new.timezone
    digest["language"] = new.languages[0]
    return tomlkit.dumps(file)


def mailbox(name: str, address: str) -> str:
    """Return `Name <address>`; a name that holds what mail reads as signs is quoted."""
    if all(sign.isalnum() or sign in " -'" for sign in name):
        return f"{name} <{address}>"
    escaped = name.replace("\\", r"\\").replace('"', r"\"")
    return f'"{escaped}" <{address}>'


def _feeds(new: NewHome) -> str:
    paragraphs = _shipped_text("feeds.toml").split("\n\n")
    if not new.lists_feeds:
        return paragraphs[0] + "\n"
    return "\n\n".join(one for one in paragraphs if _is_wanted(one, new.languages))


def _is_wanted(paragraph: str, languages: tuple[str, ...]) -> bool:
    if not paragraph.startswith(_FEED):
        return True
    (feed,) = tomllib.loads(paragraph)["feeds"]
    return feed["language"] in languages


def _shipped_text(name: str) -> str:
    return (shipped("config") / name).read_text(encoding="utf-8")

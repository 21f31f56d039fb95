"""What is set by the environment: what is secret, and what differs from machine to machine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from difflib import get_close_matches
from io import StringIO
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath
from typing import Any
from urllib.parse import quote, unquote, urlsplit

from dotenv import dotenv_values
from dotenv.parser import parse_stream

from aidigest.core.delivery.mailboxes import parse_mailbox_url
from aidigest.core.delivery.relays import parse_smtp_url
from aidigest.settings.tables import Notes, guess, read_text

#: Every variable that we read.
VARIABLES = (
    "DATABASE_URL",
    "SMTP_URL",
    "MAILBOX_URL",
    "AIDIGEST_SECRET_KEY",
    "AIDIGEST_OPERATOR_TOKEN",
    "AIDIGEST_LLM_KEY",
    "AIDIGEST_NOW",
    "AIDIGEST_ALLOW_PRIVATE",
    "AIDIGEST_HOME",
    "AIDIGEST_HEALTH_PORT",
    "AIDIGEST_LOG",
    "AIDIGEST_LOG_ADDRESSES",
    "PORT",
)
_LOOKS_LIKE_OURS = 0.8

_FILE_EXAMPLE = (
    "sqlite:///var/aidigest.db for a file in the home, or sqlite:////srv/aidigest.db for one"
    " anywhere"
)
_SERVER_EXAMPLE = (
    "postgresql://user:password@host:5432/aidigest, where the signs @ : / # ? in user and password"
    " are %40 %3A %2F %23 %3F"
)


def read_environment(home: Path, environ: Mapping[str, str], notes: Notes) -> dict[str, Any]:
    """Return what the environment sets, by the names of `Settings`.

    Args:
        home: The folder with `.env`.
        environ: The real environment; it wins over `.env`.
        notes: Takes the problems.
    """
    env = {**_read_file(home / ".env", notes), **environ}
    smtp_url = env.get("SMTP_URL") or "smtp://localhost:25"
    for url in smtp_url.split():
        try:
            parse_smtp_url(url)
        except ValueError as error:
            notes.note("SMTP_URL", str(error))
    keys = [key for one in env.get("AIDIGEST_SECRET_KEY", "").split(",") if (key := one.strip())]
    return {
        "database_url": database_url(
            env.get("DATABASE_URL") or "sqlite:///var/aidigest.db", "DATABASE_URL", notes, home=home
        ),
        "smtp_url": smtp_url,
        "llm_key": env.get("AIDIGEST_LLM_KEY") or None,
        "mailbox_url": _mailbox_url(env, notes),
        "secret_key": keys[0] if keys else None,
        "old_secret_keys": tuple(keys[1:]),
        "operator_token": env.get("AIDIGEST_OPERATOR_TOKEN") or None,
        "now": _instant(env, notes),
        "logs_addresses": _switch(env, "AIDIGEST_LOG_ADDRESSES", notes),
        "allow_private": _switch(env, "AIDIGEST_ALLOW_PRIVATE", notes),
    }


def _read_file(path: Path, notes: Notes) -> dict[str, str]:
    """Return what `.env` sets; a line that cannot be read or a name nobody knows is noted."""
    notes = Notes(file=path.name, problems=notes.problems)
    try:
        text = read_text(path, notes) or ""
    except FileNotFoundError:
        return {}
    wrong = [one.original.line for one in parse_stream(StringIO(text)) if one.error]
    for line in wrong:
        notes.note(f"line {line}", "cannot be read; write it as NAME=value")
    if wrong:
        return {}
    values = dotenv_values(stream=StringIO(text))
    for name in values.keys() - set(VARIABLES):
        # Other programs may keep theirs here; only what looks like ours is a slip.
        if close := get_close_matches(name, VARIABLES, n=1, cutoff=_LOOKS_LIKE_OURS):
            notes.note(name, f'is no variable of ours, did you mean "{close[0]}"?')
    return {name: value for name, value in values.items() if value is not None}


def database_url(url: str, key: str, notes: Notes, *, home: Path) -> str:
    """Return the address of a database as SQLAlchemy reads it; what is wrong is noted at *key*."""
    scheme = url.partition(":")[0].partition("+")[0]
    # Heroku and its kin still write `postgres:`.
    if scheme == "postgres":
        return "postgresql" + url.removeprefix("postgres")
    known = ["sqlite", "postgresql"]
    if scheme not in known:
        notes.note(key, f"begins with {scheme!r}{guess(scheme, known)}")
    elif scheme == "sqlite":
        _check_file(url, key, notes)
        return _absolute(home, url)
    else:
        _check_server(url, key, notes)
    return url


def _absolute(home: Path, url: str) -> str:
    """Return the address of a SQLite file, which is named as seen from the home.

    Seen from wherever the command is called, a second, empty one would be made there.
    """
    start, slashes, place = url.partition(":///")
    name, mark, options = place.partition("?")
    if not slashes or name in {"", ":memory:"} or name.startswith("file:"):
        return url
    path = unquote(name)
    if PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute():
        return url
    return f"{sqlite_url((home / path).resolve()).replace('sqlite', start, 1)}{mark}{options}"


def _check_file(url: str, key: str, notes: Notes) -> None:
    # With two slashes, the first folder would be a host, of which a file has none.
    rest = url.partition(":")[2]
    if not rest.startswith("///") and rest.partition("?")[0] != "//":
        notes.note(key, f"names no file; write it as {_FILE_EXAMPLE}")


def _check_server(url: str, key: str, notes: Notes) -> None:
    try:
        parts = urlsplit(url)
        is_complete = "://" in url and (parts.port is None or bool(parts.hostname))
    except ValueError:
        is_complete = False
    if not is_complete:
        notes.note(key, f"cannot be read; write it as {_SERVER_EXAMPLE}")


def sqlite_url(path: PurePath) -> str:
    r"""Return the address of a SQLite file, as SQLAlchemy reads it.

    Drive letters, spaces and backslashes of Windows are taken as they are; what
    an address would read as its end or as a code is percent-encoded.
    """
    return f"sqlite:///{quote(path.as_posix(), safe='/: ')}"


def _mailbox_url(env: Mapping[str, str], notes: Notes) -> str | None:
    url = env.get("MAILBOX_URL") or None
    if url is not None:
        try:
            parse_mailbox_url(url)
        except ValueError as error:
            notes.note("MAILBOX_URL", str(error))
    return url


def _instant(env: Mapping[str, str], notes: Notes) -> datetime | None:
    text = env.get("AIDIGEST_NOW")
    if not text:
        return None
    try:
        instant = datetime.fromisoformat(text)
        return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)
    except (ValueError, OverflowError):
        notes.note("AIDIGEST_NOW", f"{text!r} is no instant; write it as 2026-09-14T07:00:00+07:00")
        return None


def _switch(env: Mapping[str, str], name: str, notes: Notes) -> bool:
    value = env.get(name, "").strip().lower()
    if value not in {"", "0", "1", "false", "true", "no", "yes"}:
        notes.note(name, f"is {value!r}; write 1 or 0")
    return value in {"1", "true", "yes"}

"""What is set by the environment: what is secret, and what differs from machine to machine."""

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path, PurePath
from typing import Any
from urllib.parse import quote

from dotenv import dotenv_values

from aidigest.core.mailboxes import parse_mailbox_url
from aidigest.core.relays import parse_smtp_url
from aidigest.settings.tables import Notes, guess


def read_environment(home: Path, environ: Mapping[str, str], notes: Notes) -> dict[str, Any]:
    """Return what the environment sets, by the names of `Settings`.

    Args:
        home: The folder with `.env`.
        environ: The real environment; it wins over `.env`.
        notes: Takes the problems.
    """
    env = {name: value for name, value in dotenv_values(home / ".env").items() if value is not None}
    env |= environ
    smtp_url = env.get("SMTP_URL") or "smtp://localhost:25"
    for url in smtp_url.split():
        try:
            parse_smtp_url(url)
        except ValueError as error:
            notes.note("SMTP_URL", str(error))
    keys = [key for one in env.get("AIDIGEST_SECRET_KEY", "").split(",") if (key := one.strip())]
    return {
        "database_url": _database_url(home, env, notes),
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


def _database_url(home: Path, env: Mapping[str, str], notes: Notes) -> str:
    url = env.get("DATABASE_URL") or sqlite_url((home / "var" / "aidigest.db").resolve())
    scheme = url.partition(":")[0].partition("+")[0]
    # Heroku and its kin still write `postgres:`.
    if scheme == "postgres":
        return "postgresql" + url.removeprefix("postgres")
    known = ["sqlite", "postgresql"]
    if scheme not in known:
        notes.note("DATABASE_URL", f"begins with {scheme!r}{guess(scheme, known)}")
    return url


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
    except ValueError:
        notes.note("AIDIGEST_NOW", f"{text!r} is no instant; write it as 2026-09-14T07:00:00+07:00")
        return None
    return instant.replace(tzinfo=instant.tzinfo or UTC).astimezone(UTC)


def _switch(env: Mapping[str, str], name: str, notes: Notes) -> bool:
    value = env.get(name, "").strip().lower()
    if value not in {"", "0", "1", "false", "true", "no", "yes"}:
        notes.note(name, f"is {value!r}; write 1 or 0")
    return value in {"1", "true", "yes"}

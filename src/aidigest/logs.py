"""Logging: one line an event, a constant name and its fields.

    2026-09-14T00:00:03Z info feed.polled url=https://… status=read new=3

`Event` lists every name, and docs/reference/events.md its fields. Addresses of readers
are in none.
"""

import json
import logging
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from enum import StrEnum

from aidigest.errors import AidigestError, BusyError

_LOGGER = logging.getLogger("aidigest")


class Event(StrEnum):
    """What is worth a line."""

    FEED_POLLED = "feed.polled"  #: One feed was asked; `status` says what it came to.
    FEED_ALARM = "feed.alarm"  #: Something about a feed that an operator should know.
    POLL_OUTAGE = "poll.outage"  #: Nothing at all could be reached.
    POLL_DONE = "poll.done"  #: All that was due has been asked.
    EDITION_COMPOSED = "edition.composed"  #: An edition was made and stored.
    EDITION_SKIPPED = "edition.skipped"  #: There was nothing to put into one.
    EDITION_UNSENT = "edition.unsent"  #: One was made, and never sent.
    EDITION_EDITED = "edition.edited"  #: A maintainer changed one before it is made.
    SUMMARY_REFUSED = "summary.refused"  #: A language model's summary was not used.
    DELIVERY_NOT_SENT = "delivery.not_sent"  #: A message was refused, put off, or nobody knows.
    EDITION_SENT = "edition.sent"  #: A run over an edition's deliveries ended.
    ALARMS_MAILED = "alarms.mailed"  #: The maintainer was written to.
    MAILBOX_READ = "mailbox.read"  #: Bounces, complaints and mails for leaving were read.
    MAIL_LEFT = "mail.left"  #: A mail in the mailbox could not be handled and is left alone.
    SIGNUPS_MAILED = "signups.mailed"  #: Who asked for a digest on the web was asked back.
    WEB_STARTED = "web.started"  #: The web process answers.
    WEB_STOPPED = "web.stopped"  #: It answers no more.
    ENGINE_TROUBLE = "engine.trouble"  #: Jobs could not be handed out, or not be given back.
    WORKER_STARTED = "worker.started"  #: The worker is at work.
    WORKER_STOPPING = "worker.stopping"  #: It was asked to stop and finishes what is in hand.
    WORKER_STOPPED = "worker.stopped"  #: It has stopped; nothing is lost.
    WORKER_FAILED = "worker.failed"  #: A job failed; it is tried again when it is next due.


def set_up_logs(*, verbose: bool = False, as_json: bool = False) -> None:
    """Send our lines to standard error, for `journalctl` and its kin.

    Args:
        verbose: Whether every event is told, or only what went wrong.
        as_json: Whether each line is a JSON object.
    """
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_JsonLine() if as_json else _Line())
    _LOGGER.handlers[:] = [handler]
    _LOGGER.propagate = False
    _LOGGER.setLevel(logging.INFO if verbose else logging.WARNING)


def log(
    event: Event,
    slip: BaseException | None = None,
    /,
    *,
    level: int = logging.INFO,
    **fields: object,
) -> None:
    """Write an event with its fields; None is left out.

    Args:
        event: Its name.
        slip: A mistake of ours behind it, which is told with all its lines.
        level: How bad it is.
        fields: What is to be known of it.
    """
    known = {name: value for name, value in fields.items() if value is not None}
    words = [f"{name}={_value(value)}" for name, value in known.items()]
    line = " ".join((event.value, *words))
    told = {"event": event.value, "fields": known}
    _LOGGER.log(level, "%s", line, exc_info=slip, extra=told)


def errors_logged(step: Callable[[], object]) -> Callable[[], None]:
    """Return the step of a worker with its errors logged in place of raised: it comes round again.

    An error of `errors.py` says enough; a slip of ours is told with all its lines.
    """

    def run() -> None:
        try:
            step()
        except BusyError:
            pass  # Whoever is at it does it.
        except AidigestError as error:
            log(Event.WORKER_FAILED, level=logging.ERROR, reason=str(error))
        except Exception as error:  # noqa: BLE001 - A slip in one step must not end all others.
            reason = f"{type(error).__name__}: {error}"
            log(Event.WORKER_FAILED, error, level=logging.ERROR, reason=reason)

    return run


class _Line(logging.Formatter):
    """One line: the time in UTC, the level, the event."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        line = f"{at:%Y-%m-%dT%H:%M:%SZ} {record.levelname.lower()} {record.getMessage()}"
        return f"{line}\n{self.formatException(record.exc_info)}" if record.exc_info else line


class _JsonLine(logging.Formatter):
    """One JSON object: the time in UTC, the level, the event and its fields."""

    def format(self, record: logging.LogRecord) -> str:
        at = datetime.fromtimestamp(record.created, UTC)
        event = getattr(record, "event", record.getMessage())
        told = {"at": at.isoformat(), "level": record.levelname.lower(), "event": event}
        if record.exc_info:
            told["traceback"] = self.formatException(record.exc_info)
        return json.dumps(told | getattr(record, "fields", {}), ensure_ascii=False, default=str)


def _value(value: object) -> str:
    text = f"{value:.2f}" if isinstance(value, float) else str(value)
    plain = text.isprintable() and not set(text) & set(' "=')
    return text if plain and text else json.dumps(text, ensure_ascii=False)

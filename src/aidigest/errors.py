"""Every error this program raises on purpose.

AidigestError
├── SettingsError            the home, its config or its environment is wrong
├── NotFoundError            a digest, edition, address or feed nobody knows
├── MadeError                an edition that is made, and so never changes
├── FeedError                one feed, named by its address
│   └── ParseError           an answer came back that is not a feed
├── StoreError               the database cannot be used
│   └── UnstorableError      it can, and does not take this value
├── BusyError                another process is at it
├── RenderError              a template, named by its file
├── WriterError              a language model gave no usable answer
├── UnfitError               a message that breaks a rule of the linter
├── BrowserError             the browser that takes pictures
├── ImportRowsError          rows of a file that were left out, by line
├── MailboxError             bounces cannot be read
│   └── KeptMailError        but for one mail, which the server does not give out or away
└── MailError                mail could not be handed over
    ├── RelayError           the relay as a whole: connection, login, policy
    ├── RecipientError       one address was refused; others may pass
    └── UnansweredError      offered whole, and no reply came

Errors carry their subject as attributes and chain their cause. Only the
command line turns them into words and exit codes.
"""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum


class AidigestError(Exception):
    """The root of the tree."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Problem:
    """One thing wrong with the settings.

    Args:
        where: File and key, as `config/feeds.toml: feeds[3].ulr`.
        what: What is wrong, and the guess or the way out.
    """

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


class SettingsError(AidigestError, ValueError):
    """The settings cannot be used; every problem is named at once."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class NotFoundError(AidigestError, LookupError):
    """Something was asked for by a name nobody knows."""

    def __init__(self, kind: str, name: str, *, known: tuple[str, ...] = ()) -> None:
        hint = f"; there is: {', '.join(known)}" if known else ""
        super().__init__(f"no {kind} named {name!r}{hint}")
        self.kind = kind
        self.name = name
        self.known = known


class MadeError(AidigestError):
    """An edition was to be changed that is made already."""

    def __init__(self, digest_id: str, day: date) -> None:
        super().__init__(
            f"the edition of {digest_id} for {day} is made, and an edition never changes;"
            " edit the next one before its hour"
        )
        self.digest_id = digest_id
        self.day = day


class FeedError(AidigestError):
    """Something about one feed."""

    def __init__(self, feed_url: str, reason: str) -> None:
        super().__init__(f"{feed_url}: {reason}")
        self.feed_url = feed_url
        self.reason = reason


class ParseError(FeedError, ValueError):
    """An answer came back that is not a feed."""


class StoreError(AidigestError):
    """The database cannot be used."""


class UnstorableError(StoreError, ValueError):
    """The database works, and does not take a value; it will not take it later either."""


class BusyError(AidigestError):
    """Another process does the same just now."""

    def __init__(self, doing: str) -> None:
        super().__init__(f"another process is {doing} just now; try again when it is done")
        self.doing = doing


class RenderError(AidigestError):
    """A template cannot be rendered."""

    def __init__(self, template: str, reason: str, *, line: int | None = None) -> None:
        place = f"{template}:{line}" if line is not None else template
        super().__init__(f"{place}: {reason}")
        self.template = template
        self.line = line
        self.reason = reason


class WriterError(AidigestError):
    """A language model gave no usable answer; an edition goes without."""


class UnfitError(AidigestError):
    """The linter found errors in the message; nothing was sent."""

    def __init__(self, errors: tuple[str, ...]) -> None:
        said = "\n".join(f"  {one}" for one in errors)
        super().__init__(
            f"nothing was sent, the message has errors:\n{said}\n"
            "`aidigest preview --check` says more;"
            " `aidigest send --despite-findings` sends it anyway"
        )
        self.errors = errors


class BrowserError(AidigestError):
    """The browser that takes pictures cannot be used."""


class ImportRowsError(AidigestError, ValueError):
    """Rows of an imported file that were left out; the good ones are kept."""

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("\n".join(str(problem) for problem in problems))
        self.problems = problems


class MailboxError(AidigestError):
    """The mailbox that bounces arrive in cannot be read."""


class KeptMailError(MailboxError):
    """The server does not give out one mail, or does not let go of it; the others it may."""


class Stage(StrEnum):
    """How far the talk with the relay had come; RFC 5321, section 3."""

    CONNECT = "connect"  #: Up to and with the login: no recipient has been named.
    MAIL = "mail"  #: The sender is named.
    RCPT = "rcpt"  #: The recipient is named.
    DATA = "data"  #: The message itself, up to and with the relay's reply to it.


class MailError(AidigestError):
    """Mail could not be handed over."""

    def __init__(
        self,
        reason: str,
        *,
        code: int | None = None,
        reply: str = "",
        stage: Stage = Stage.CONNECT,
    ) -> None:
        super().__init__(reason)
        self.reason = reason
        self.code = code
        self.reply = reply
        self.stage = stage


class RelayError(MailError, ConnectionError):
    """The relay as a whole cannot be used; nobody's address is at fault."""


class RecipientError(MailError):
    """One address was refused; the next may pass."""

    def __init__(self, recipient: str, *, code: int, reply: str, stage: Stage = Stage.RCPT) -> None:
        reason = f"{recipient} was refused: {code} {reply}"
        super().__init__(reason, code=code, reply=reply, stage=stage)
        self.recipient = recipient


class UnansweredError(MailError, TimeoutError):
    """The message was offered whole and no reply came: nobody knows whether it was taken."""

"""`[sending]`: how fast mail goes out, where refusals come back to, and what is signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time
from pathlib import Path

from aidigest.core.delivery.pace import Limits, WarmUp, parse_rate
from aidigest.core.readers.subscriber import clean_address
from aidigest.settings.tables import Notes

#: Stands in `return_path` for what tells one reader's refusals from another's.
VERP_MARK = "{}"

_MOST_CONNECTIONS = 1000


@dataclass(frozen=True, slots=True, kw_only=True)
class WarmUpSettings:
    """`[sending.warm_up]`: a new sender begins with little."""

    since: date  #: The first day.
    first_day: int = 200  #: Messages on it.
    growth: float = 1.5  #: Times as many on each further day.

    def value(self) -> WarmUp:
        """Return it as the rules take it."""
        since = datetime.combine(self.since, time(), UTC)
        return WarmUp(since=since, first_day=self.first_day, growth=self.growth)


@dataclass(frozen=True, slots=True, kw_only=True)
class DkimSettings:
    """`[sending.dkim]`: what signs the messages."""

    domain: str  #: That of the sender, or one above it.
    selector: str  #: Where the public key is: SELECTOR._domainkey.DOMAIN.
    key_file: str  #: A private key in PEM or, for Ed25519, base64; in the home.

    def path(self, home: Path) -> Path:
        """Return where the key is."""
        return home / self.key_file


@dataclass(frozen=True, slots=True, kw_only=True)
class SendingSettings:
    """`[sending]`."""

    connections: int = 8  #: To each relay at a time, at most.
    rate: str | None = None  #: Of each relay, as `14/s`.
    domains: Mapping[str, str] = field(default_factory=dict)  #: Rates by recipients' domain.
    warm_up: WarmUpSettings | None = None  #: Left out, a new sender starts at full pace.
    #: Where refusals come back to; `bounces+{}@example.org` tells whose they are.
    return_path: str | None = None
    dkim: DkimSettings | None = None  #: Left out, the relay signs.

    def limits(self, relays: Sequence[str]) -> Limits:
        """Return the rates; they have been checked."""
        return Limits(
            relays={name: parse_rate(self.rate) for name in relays if self.rate},
            domains={name.lower(): parse_rate(rate) for name, rate in self.domains.items()},
            warm_up=self.warm_up.value() if self.warm_up else None,
        )


def check_sending(sending: SendingSettings, notes: Notes) -> None:
    """Check what only makes sense together, or in its own form."""
    if not 1 <= sending.connections <= _MOST_CONNECTIONS:
        notes.note("sending.connections", f"must be from 1 to {_MOST_CONNECTIONS}")
    _check_rates(sending, notes)
    if sending.return_path is not None:
        _check_return_path(sending.return_path, notes)
    if sending.warm_up is not None:
        _check_warm_up(sending.warm_up, notes)


def _check_rates(sending: SendingSettings, notes: Notes) -> None:
    rates = {f"sending.domains.{name}": rate for name, rate in sending.domains.items()}
    if sending.rate is not None:
        rates["sending.rate"] = sending.rate
    for key, rate in rates.items():
        try:
            parse_rate(rate)
        except ValueError as error:
            notes.note(key, str(error))


def _check_return_path(path: str, notes: Notes) -> None:
    key = "sending.return_path"
    if path.count(VERP_MARK) > 1 or VERP_MARK in path.rpartition("@")[2]:
        notes.note(key, f"may hold {VERP_MARK} once, before the @, as bounces+{{}}@example.org")
        return
    try:
        clean_address(path.replace(VERP_MARK, "x"))
    except ValueError as error:
        notes.note(key, str(error))


def _check_warm_up(warm_up: WarmUpSettings, notes: Notes) -> None:
    if warm_up.first_day < 1:
        notes.note("sending.warm_up.first_day", "must be 1 or more")
    if warm_up.growth < 1.1:  # noqa: PLR2004 - The one place where the bound stands.
        notes.note("sending.warm_up.growth", "must be 1.1 or more, or it never ends")

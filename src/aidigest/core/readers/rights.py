"""What people may ask of us: all that is kept about them, and to be forgotten."""

import csv
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from hashlib import sha256

from aidigest.core.readers.subscriber import (
    Suppression,
    clean_address,
    no_formula,
    normal_address,
    with_formula,
)
from aidigest.core.rows import split_rows
from aidigest.errors import Problem

#: Begins a suppression that no longer holds the address itself.
HASHED = "sha256:"
ERASED = "erased at their own wish"

_HASH_LENGTH = 64
_COLUMNS = ("address", "reason", "since")


@dataclass(frozen=True, slots=True, kw_only=True)
class SuppressionList:
    """What an imported file holds: what is good, and what is wrong with the others."""

    suppressions: tuple[Suppression, ...]
    problems: tuple[Problem, ...]


def hashed_address(address: str) -> str:
    """Return what is kept of somebody who was erased: enough to know them if they come back.

    It is plain SHA-256, as other senders' lists have it, so that lists can be
    exchanged. Whoever has the address can make the hash; nobody reads it back.
    """
    return HASHED + sha256(normal_address(address).encode()).hexdigest()


def is_hashed(text: str) -> bool:
    """Whether it is such a hash, and no address."""
    digits = text.removeprefix(HASHED)
    return (
        text.startswith(HASHED)
        and len(digits) == _HASH_LENGTH
        and not set(digits) - set("0123456789abcdef")
    )


def format_suppressions(suppressions: Iterable[Suppression]) -> str:
    """Write the list in a form that `parse_suppressions` reads and a spreadsheet shows safely."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in suppressions:
        cells = (one.address, one.reason, one.since.isoformat())
        writer.writerow([no_formula(cell) for cell in cells])
    return written.getvalue()


def parse_suppressions(text: str, *, name: str, now: datetime) -> SuppressionList:
    """Read a list of suppressions: address or hash, and optionally a reason and an instant.

    Args:
        text: The file's contents.
        name: The file's name, for the problems.
        now: Since when those are suppressed that the file gives no instant for.
    """
    read = split_rows(text, name=name)
    found: dict[str, Suppression] = {}
    problems = [*read.problems]
    for line, row in read.rows:
        cells = [with_formula(cell.strip()) for cell in row]
        if not any(cells) or (line == 1 and cells[0].lower() in {"address", "email"}):
            continue
        try:
            one = _suppression(cells, now)
        except ValueError as error:
            problems.append(Problem(where=f"{name}:{line}", what=str(error)))
        else:
            found.setdefault(normal_address(one.address), one)
    return SuppressionList(suppressions=tuple(found.values()), problems=tuple(problems))


def _suppression(cells: Sequence[str], now: datetime) -> Suppression:
    address, reason, since = (*cells, "", "")[:3]
    at = datetime.fromisoformat(since) if since else now
    if at.tzinfo is None:
        raise ValueError(f"{since!r} has no zone; write it as 2026-09-14T07:00:00+07:00")
    if not is_hashed(address):
        address = clean_address(address)
    return Suppression(address=address, reason=reason or "on an imported list", since=at)

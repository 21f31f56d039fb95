"""A subscriber: somebody who asked for a digest; and lists of them as CSV."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from aidigest.core.languages import check_language
from aidigest.core.rows import split_rows
from aidigest.errors import Problem

#: RFC 5321, section 4.5.3.1.
_LONGEST_LOCAL_PART = 64
_LONGEST_ADDRESS = 254

_ANY_ADDRESS = re.compile(r"[^\s@<>]+@[^\s@<>]+")
_LOCAL_PART = re.compile(r"[^\s@\"(),:;<>\[\\\]\x00-\x1f\x7f]+")
_DOMAIN_LABEL = re.compile(r"(?!-)[a-z0-9-]{1,63}(?<!-)")

#: A spreadsheet takes a cell that begins so for a formula.
_FORMULA_SIGNS = ("=", "+", "-", "@", "\t", "\r")

_COLUMNS = ("address", "name", "language", "digests")
_COLUMN_NAMES = {
    "address": "address",
    "email": "address",
    "e-mail": "address",
    "mail": "address",
    "email address": "address",
    "e-mail address": "address",
    "name": "name",
    "language": "language",
    "digests": "digests",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Subscriber:
    """A reader and the digests they asked for."""

    id: int
    address: str  #: As written by the reader; compared by `normal_address`.
    name: str = ""
    language: str | None = None
    digests: tuple[str, ...] = ()  #: Ids of the digests they get now.
    created_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Signup:
    """Somebody to be subscribed."""

    address: str
    name: str = ""
    language: str | None = None
    digests: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Suppression:
    """An address we no longer write to, and why."""

    address: str
    reason: str
    since: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class SignupList:
    """What an imported file holds: the rows that are good, and what is wrong with the others."""

    signups: tuple[Signup, ...]
    problems: tuple[Problem, ...]


def clean_address(text: str) -> str:
    """Return the address as mail takes it: NFC, no space around, the domain in ASCII.

    Raises:
        ValueError: It is no address; the words say why.
    """
    local, at, domain = unicodedata.normalize("NFC", text).strip().rpartition("@")
    if not at or not local or not domain:
        raise ValueError(f"{text!r} is no mail address: it needs a name, an @ and a domain")
    if not local.isascii():
        # RFC 6531 would allow it, where every server on the way does; few do.
        raise ValueError(f"{text!r} is no mail address that all servers take: ASCII before the @")
    if not _LOCAL_PART.fullmatch(local) or local.startswith(".") or local.endswith("."):
        raise ValueError(f"{text!r} is no mail address: the part before the @ cannot be so")
    address = f"{local}@{_ascii_domain(domain, text)}"
    if len(local.encode()) > _LONGEST_LOCAL_PART or len(address.encode()) > _LONGEST_ADDRESS:
        raise ValueError(f"{text!r} is no mail address: it is too long")
    return address


def but_for(signups: Sequence[Signup], digests: Mapping[str, Sequence[str]]) -> tuple[Signup, ...]:
    """Return the signups without those digests of an address, and none that is for nothing."""
    kept = (
        replace(one, digests=tuple(d for d in one.digests if d not in digests.get(one.address, ())))
        for one in signups
    )
    return tuple(one for one in kept if one.digests)


def normal_address(address: str) -> str:
    """Return the form in which addresses are compared.

    Letters' case is ignored throughout. RFC 5321 lets a host tell `Ada@` from
    `ada@`; none does, and people mix the two.
    """
    return unicodedata.normalize("NFC", address).strip().casefold()


def masked(text: str, address: str) -> str:
    """Return the text without the address in it, as logs have it.

    Relays like to quote it; whatever else looks like an address is taken out too.
    """
    return _ANY_ADDRESS.sub(
        "<address>", re.sub(re.escape(address), "<address>", text, flags=re.IGNORECASE)
    )


def half_hidden(address: str) -> str:
    """Return the address so that its owner knows it, and whoever got the link forwarded does not.

    >>> half_hidden("linh@example.org")
    'l…@example.org'
    """
    local, _, domain = address.rpartition("@")
    return f"{local[:1]}…@{domain}"


def parse_csv(text: str, *, name: str, digests: Sequence[str]) -> SignupList:
    """Read a list of subscribers.

    The columns are address, name, language and digests (ids with a space
    between), in that order or as a header row has them. Separators may be
    commas, semicolons or tabs.

    Args:
        text: The file's contents.
        name: The file's name, for the problems.
        digests: The ids of the digests there are; who names none gets them all.
    """
    read = split_rows(text, name=name, separator=_separator(text))
    columns, rows = _columns([row for row in read.rows if any(cell.strip() for cell in row[1])])
    if "address" not in columns:
        what = f"no column is called address or email; there is: {', '.join(columns)}"
        return SignupList(signups=(), problems=(*read.problems, Problem(where=name, what=what)))
    signups: dict[str, Signup] = {}
    problems = [*read.problems]
    for line, row in rows:
        try:
            signup = _signup(dict(zip(columns, row, strict=False)), digests)
            if normal_address(signup.address) in signups:
                raise ValueError(f"{signup.address} stands in the file already")  # noqa: TRY301
            signups[normal_address(signup.address)] = signup
        except ValueError as error:
            problems.append(Problem(where=f"{name}:{line}", what=str(error)))
    return SignupList(signups=tuple(signups.values()), problems=tuple(problems))


def format_csv(subscribers: Iterable[Subscriber]) -> str:
    """Write the list in a form that `parse_csv` reads and a spreadsheet shows safely."""
    written = io.StringIO()
    writer = csv.writer(written, lineterminator="\n")
    writer.writerow(_COLUMNS)
    for one in subscribers:
        cells = (one.address, one.name, one.language or "", " ".join(one.digests))
        writer.writerow([no_formula(cell) for cell in cells])
    return written.getvalue()


def no_formula(cell: str) -> str:
    """Return the cell so that no spreadsheet runs it."""
    return f"'{cell}" if cell.startswith(_FORMULA_SIGNS) else cell


def with_formula(cell: str) -> str:
    """Return the cell as it was before `no_formula`."""
    return cell[1:] if cell.startswith("'") and cell[1:].startswith(_FORMULA_SIGNS) else cell


def _ascii_domain(domain: str, text: str) -> str:
    try:
        ascii_form = domain.encode("idna").decode().lower().rstrip(".")
    except UnicodeError as error:
        raise ValueError(f"{text!r} is no mail address: there is no such domain") from error
    labels = ascii_form.split(".")
    if len(labels) == 1 and ascii_form != "localhost":
        raise ValueError(f"{text!r} is no mail address: the domain has no dot")
    if not all(_DOMAIN_LABEL.fullmatch(label) for label in labels):
        raise ValueError(f"{text!r} is no mail address: there is no such domain")
    return ascii_form


def _separator(text: str) -> str:
    first_line = text.lstrip().partition("\n")[0]
    return max(",;\t", key=first_line.count)


def _columns(
    rows: list[tuple[int, list[str]]],
) -> tuple[tuple[str, ...], list[tuple[int, list[str]]]]:
    header = [cell.strip().lower() for cell in rows[0][1]] if rows else []
    if "@" in "".join(header) or not any(cell in _COLUMN_NAMES for cell in header):
        return _COLUMNS, rows
    return tuple(_COLUMN_NAMES.get(cell, cell) for cell in header), rows[1:]


def _signup(row: dict[str, str], digests: Sequence[str]) -> Signup:
    cells = {column: with_formula(cell.strip()) for column, cell in row.items()}
    wanted = tuple(cells.get("digests", "").split()) or tuple(digests)
    unknown = [digest for digest in wanted if digest not in digests]
    if unknown:
        raise ValueError(f"there is no digest {unknown[0]!r}; there is: {', '.join(digests)}")
    language = cells.get("language") or None
    if language is not None:
        check_language(language)
    return Signup(
        address=clean_address(cells.get("address", "")),
        name=cells.get("name", ""),
        language=language,
        digests=wanted,
    )

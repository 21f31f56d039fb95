"""From a TOML table to a value; every problem is noted, by file and key."""

import dataclasses
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from difflib import get_close_matches
from functools import cache
from pathlib import Path
from typing import Any, TypeVar

from pydantic import TypeAdapter, ValidationError
from pydantic_core import SchemaValidator

from aidigest.core.troubles import system_words
from aidigest.errors import Problem

T = TypeVar("T")

#: Kinds for which nothing else is taken, not even text that reads like one.
_EXACT = {"int", "float", "bool"}
#: What is wanted, by the beginning of pydantic's names for what is wrong; its own words are
#: those of Python.
_WANTED = {
    "int": "a whole number, as 30",
    "float": "a number, as 30 or 0.5",
    "bool": "true or false",
    "string": "a text in quotes",
    "tuple": 'a list, as ["one", "two"]',
    "dict": "a table",
    "dataclass": "a table",
    "date": "a date, as 2026-09-14",
}
#: The head of a table in a list, as `[[feeds]]`.
_HEAD = re.compile(r"""\s*\[\[\s*["']?([\w-]+)["']?\s*\]\]""")


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """The problems found so far in one file."""

    file: str
    problems: list[Problem]
    #: Where the tables of lists begin, by their keys: nobody counts to `feeds[37]`.
    lines: dict[str, int] = dataclasses.field(default_factory=dict)

    def note(self, key: str, what: str) -> None:
        """Note what is wrong at that key."""
        where = f"{self.file}: {key}" if key else self.file
        line = self.lines.get(key.partition(".")[0])
        place = f" (in the table at line {line})" if line else ""
        self.problems.append(Problem(where=where, what=f"{what}{place}"))

    def unknown(self, key: str, name: str, known: list[str]) -> None:
        """Note a name nobody knows, with a guess at what was meant."""
        self.note(key, f"unknown {name}{guess(key.rpartition('.')[2], known)}")


def read_text(path: Path, notes: Notes) -> str | None:
    """Return what a file says; None where it cannot be read, which is noted.

    Raises:
        FileNotFoundError: There is no such file.
    """
    try:
        # Some editors put a byte order mark before the text.
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        raise
    except UnicodeDecodeError as error:
        notes.note("", f"is not in UTF-8 ({error.reason} at byte {error.start}); save it so")
    except OSError as error:
        notes.note("", f"cannot be read: {system_words(error)}")
    return None


def table_lines(text: str, file: Mapping[str, Any]) -> dict[str, int]:
    """Return the line at which each table of a list begins, by its key, as `feeds[3]`.

    Where heads and tables differ in number, some were written in another form or stand in a
    text; no line is better than a wrong one.

    Args:
        text: Of the file.
        file: What was read from it.
    """
    heads: dict[str, list[int]] = defaultdict(list)
    for number, line in enumerate(text.split("\n"), start=1):
        if head := _HEAD.match(line):
            heads[head[1]].append(number)
    found: dict[str, int] = {}
    for name, lines in heads.items():
        if isinstance(file.get(name), list) and len(file[name]) == len(lines):
            found |= keyed(name, lines)
    return found


def keyed(name: str, items: Iterable[T]) -> dict[str, T]:
    """Return the items of a list by their keys in the file, as `feeds[3]`."""
    return {f"{name}[{place}]": item for place, item in enumerate(items)}


def guess(word: str, known: list[str]) -> str:
    """Return a half-sentence that says what may have been meant by *word*."""
    close = get_close_matches(word, known, n=1)
    if close:
        return f', did you mean "{close[0]}"?'
    return f"; there is: {', '.join(known)}" if known else ""


def read_table(
    kind: type[T],
    table: Any,
    key: str,
    notes: Notes,
    *,
    names: Mapping[str, str] | None = None,
) -> T | None:
    """Make a value of a table, or note what keeps it from being one.

    Args:
        kind: A dataclass; its fields are the keys the table may have.
        table: What the file holds.
        key: Where in the file, as `feeds[3]`.
        notes: Takes the problems.
        names: Key in the file -> field, where the two differ.
    """
    if not isinstance(table, dict):
        notes.note(key, "must be a table")
        return None
    names = names or {}
    keys = [_key(field.name, names) for field in dataclasses.fields(kind)]  # type: ignore[arg-type]  # Every kind is a dataclass.
    for name in table.keys() - set(keys):
        notes.unknown(f"{key}.{name}", "key", keys)
    values = {names.get(name, name): value for name, value in table.items() if name in keys}
    try:
        made: T = _reader(kind).validate_python(values)  # type: ignore[arg-type]  # A class is hashable.
    except ValidationError as error:
        for fault in error.errors():
            notes.note(".".join([key, *_path(fault["loc"], names)]), _words(fault))
        return None
    return made


def read_list(
    kind: type[T],
    tables: Any,
    key: str,
    notes: Notes,
) -> dict[str, T]:
    """Make a value of each table of a list, by its key, as `feeds[3]`.

    Those that cannot be read are left out and noted.
    """
    if not isinstance(tables, list):
        notes.note(key, f"must be a list of tables, each under [[{key}]]")
        return {}
    read = {
        place: read_table(kind, table, place, notes) for place, table in keyed(key, tables).items()
    }
    return {place: value for place, value in read.items() if value is not None}


@cache
def _reader(kind: type) -> SchemaValidator:
    """Return what reads that kind; making one takes longer than reading thirty feeds with it."""
    return SchemaValidator(_exact(TypeAdapter(kind).core_schema))


def _exact(schema: Any) -> Any:
    """Return a schema that takes no text for a number, and no number for true or false.

    Strict throughout, it would refuse lists for tuples and words for enums, which is all
    that TOML has.
    """
    if isinstance(schema, list):
        return [_exact(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    inner = {name: _exact(one) for name, one in schema.items()}
    return {**inner, "strict": True} if schema.get("type") in _EXACT else inner


def _key(field: str, names: Mapping[str, str]) -> str:
    return next((key for key, name in names.items() if name == field), field)


def _path(location: tuple[int | str, ...], names: Mapping[str, str]) -> list[str]:
    first, *rest = (str(part) for part in location)
    return [_key(first, names), *rest]


def _words(fault: Any) -> str:
    if fault["type"] == "missing":
        return "is missing"
    wanted = _WANTED.get(fault["type"].partition("_")[0])
    if wanted is not None:
        return f"must be {wanted}, not {_written(fault['input'])}"
    return str(fault["msg"]).replace("Input should", "should")


def _written(value: Any) -> str:
    """Return a value about as TOML has it."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, list | dict):
        return "a list" if isinstance(value, list) else "a table"
    return f'the text "{value}"' if isinstance(value, str) else str(value)

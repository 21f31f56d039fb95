"""Lists as spreadsheets write them: rows of cells, each with the number of its line."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Self

from aidigest.errors import Problem

_OPEN = "a quote opens in this row that nothing closes; take it out, or close it in the row"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What could be read of a list, and what could not."""

    rows: tuple[tuple[int, list[str]], ...]  #: With the number of each one's first line.
    problems: tuple[Problem, ...]


@dataclass(slots=True)
class _Lines:
    """The lines of a text, which are read on from wherever one likes."""

    lines: Sequence[str]
    at: int = field(default=0, init=False)  #: How many have been read.

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> str:
        if self.at >= len(self.lines):
            raise StopIteration
        self.at += 1
        return self.lines[self.at - 1]


def split_rows(text: str, *, name: str, separator: str = ",") -> Rows:
    """Read a list; a row that cannot be read, as one with a huge cell, costs no other.

    Args:
        text: The file's contents.
        name: The file's, for the problems.
        separator: Stands between cells.
    """
    lines = io.StringIO(text.removeprefix("\ufeff"), newline="").readlines()
    source = _Lines(lines)
    reader = csv.reader(source, delimiter=separator)
    rows: list[tuple[int, list[str]]] = []
    problems: list[Problem] = []
    while (start := source.at) < len(lines):
        try:
            row = next(reader)
            _check_quotes(lines[start : source.at], separator)
        except csv.Error as error:
            is_open = source.at > start + 1
            what = _OPEN if is_open else f"this cannot be read: {error}"
            problems.append(Problem(where=f"{name}:{start + 1}", what=what))
            # What the row has swallowed are most often rows of their own.
            source.at = start + 1
        else:
            rows.append((start + 1, row))
    return Rows(rows=tuple(rows), problems=tuple(problems))


def _check_quotes(lines: Sequence[str], separator: str) -> None:
    """Raise csv.Error if a row of several lines is none by the rules; one of one line may be odd.

    A quote that is left open goes on to the next one in the file, or to its end.
    """
    if len(lines) > 1:
        list(csv.reader(lines, delimiter=separator, strict=True))

"""Lists as spreadsheets write them: rows of cells, each with the number of its line."""

import csv
import io
from dataclasses import dataclass

from aidigest.errors import Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Rows:
    """What could be read of a list, and what could not."""

    rows: tuple[tuple[int, list[str]], ...]  #: With the number of each one's last line.
    problems: tuple[Problem, ...]


def split_rows(text: str, *, name: str, separator: str = ",") -> Rows:
    """Read a list; a row that cannot be read, as one with a huge cell, costs no other.

    Args:
        text: The file's contents.
        name: The file's, for the problems.
        separator: Stands between cells.
    """
    reader = csv.reader(io.StringIO(text.removeprefix("\ufeff"), newline=""), delimiter=separator)
    rows: list[tuple[int, list[str]]] = []
    problems: list[Problem] = []
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return Rows(rows=tuple(rows), problems=tuple(problems))
        except csv.Error as error:
            where = f"{name}:{reader.line_num}"
            problems.append(Problem(where=where, what=f"this cannot be read: {error}"))
        else:
            rows.append((reader.line_num, row))

"""What every command has at hand: the home, and ways to answer."""

import io
import json
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any

import click

from aidigest.errors import ImportRowsError, Problem

if TYPE_CHECKING:
    # Both are heavy, and `--help` needs neither.
    from rich.table import Table
    from rich.text import Text

    from aidigest.app import App
    from aidigest.settings import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """The folder and the environment that the command was called in."""

    folder: Path
    environ: Mapping[str, str]

    def settings(self) -> "Settings":
        """Read the config; raise SettingsError."""
        from aidigest.settings import load_settings

        return load_settings(self.folder, self.environ)

    @contextmanager
    def app(self) -> Iterator["App"]:
        """Open the program on this home, and close it at the end."""
        from aidigest.app import App

        with App.open(self.folder, self.environ) as app:
            yield app


pass_home = click.make_pass_decorator(Home)

#: The advice for lists of addresses.
SAVE_AS_CSV = "save it as CSV in UTF-8; nothing was imported"

json_option = click.option(
    "--json", "as_json", is_flag=True, help="Answer in JSON, on standard output alone."
)

digest_argument = click.argument("digest", required=False)


def read_rows(file: IO[bytes], *, name: str, advice: str) -> str:
    """Return the text of a file with rows in it; raise ImportRowsError if it is not in UTF-8.

    Args:
        file: As click opened it.
        name: What errors call it.
        advice: What to do then.
    """
    try:
        return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        what = f"is not in UTF-8 ({error.reason} at byte {error.start}): {advice}"
        raise ImportRowsError((Problem(where=name, what=what),)) from error


def complain(words: str) -> None:
    """Say on standard error what went wrong, each line as ours."""
    for line in words.splitlines():
        click.echo(f"aidigest: {line}", err=True)


def print_what_can_be(stream: object) -> None:
    """Have a question mark stand for what a stream cannot show, as where it is in Latin-1."""
    if isinstance(stream, io.TextIOWrapper):
        stream.reconfigure(errors="replace")


def print_json(value: Any) -> None:
    """Print JSON that a person can read, too; instants in ISO 8601.

    Where the output cannot show every letter they are escaped, which loses nothing.
    """
    is_short_of_letters = not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
    click.echo(json.dumps(value, ensure_ascii=is_short_of_letters, indent=2, default=_plain))


def print_table(table: "Table") -> None:
    """Print a table as wide as the terminal, or as a pipe can take."""
    from rich.console import Console

    # Feeds' titles may look like markup of rich's.
    Console(highlight=False, soft_wrap=False, markup=False).print(table)


def two_lines(first: str, second: str) -> "Text":
    """Return a cell with a second line in the background."""
    from rich.text import Text

    return Text.assemble(first, *(("\n", (second, "dim")) if second else ()))


def new_table(*columns: str) -> "Table":
    """Return an empty table in the one style we have."""
    from rich.box import SIMPLE_HEAD
    from rich.table import Table

    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in columns:
        table.add_column(column, overflow="fold")
    return table


def _plain(value: object) -> Any:
    if isinstance(value, frozenset):
        return sorted(value)
    return value.isoformat() if isinstance(value, datetime) else str(value)

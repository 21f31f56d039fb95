"""`aidigest topics`."""

from pathlib import Path
from typing import IO, TYPE_CHECKING

import click

from aidigest.cli.context import (
    Home,
    json_option,
    new_table,
    pass_home,
    print_json,
    print_table,
    read_rows,
)
from aidigest.errors import ImportRowsError

if TYPE_CHECKING:
    from aidigest.core.stories.labelled import Confusion


@click.group()
def topics() -> None:
    """Try the topics of config/topics.toml."""


@topics.command()
@click.argument("file", type=click.File("rb"))
@json_option
@pass_home
def check(home: Home, file: IO[bytes], *, as_json: bool) -> None:
    """File the labelled texts of FILE and show which topics are taken for which.

    FILE holds JSON objects, one a line, or a table with commas or tabs and a
    head; topic and title are needed, summary, url and language help. Rows that
    cannot be used are named by line, and the others are counted. Nothing is
    stored.
    """
    from aidigest.core.stories.labelled import read_labelled
    from aidigest.core.stories.topics import confusion

    name = Path(getattr(file, "name", "-")).name
    shown = home.settings().topics
    found = read_labelled(
        read_rows(file, name=name, advice="save it so"),
        name=name,
        topics=[topic.id for topic in shown],
    )
    table = confusion(found.rows, topics=shown)
    if as_json:
        print_json(_json(table))
    else:
        _print(table)
    if found.problems:
        raise ImportRowsError(found.problems)


def _json(table: "Confusion") -> dict[str, object]:
    return {
        "total": table.total,
        "right": table.right,
        "accuracy": round(table.right / max(1, table.total), 4),
        "topics": {
            topic: {
                "labelled": table.labelled(topic),
                "precision": round(table.precision(topic), 4),
                "recall": round(table.recall(topic), 4),
                "filed": {
                    filed: table.counts[topic, filed]
                    for filed in table.topics
                    if table.counts[topic, filed]
                },
            }
            for topic in table.topics
        },
    }


def _print(table: "Confusion") -> None:
    # Numbers stand for the topics above, so that the table fits in 80 columns.
    numbers = [str(number) for number, _ in enumerate(table.topics, start=1)]
    shown = new_table("labelled", *numbers, "rec.", "prec.")
    for number, topic in zip(numbers, table.topics, strict=True):
        counts = (str(table.counts[topic, filed] or "") for filed in table.topics)
        rates = (f"{table.recall(topic):.2f}", f"{table.precision(topic):.2f}")
        shown.add_row(f"{number} {topic}", *counts, *rates)
    print_table(shown)
    share = table.right / max(1, table.total)
    click.echo(f"{table.right} of {table.total} as labelled: {share:.3f}")

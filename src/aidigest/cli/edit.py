"""`aidigest edit`."""

from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import (
    Home,
    digest_argument,
    json_option,
    new_table,
    pass_home,
    print_json,
    print_table,
)
from aidigest.core.counting import counted

if TYPE_CHECKING:
    from aidigest.core.editions.edition import Edition
    from aidigest.core.editions.edits import Edit


@click.command()
@digest_argument
@click.option("--pin", "pins", multiple=True, metavar="STORY", help="Put it first of its topic.")
@click.option("--hide", "hides", multiple=True, metavar="STORY", help="Leave it out.")
@click.option(
    "--move",
    "moves",
    multiple=True,
    type=(str, click.IntRange(min=1)),
    metavar="STORY PLACE",
    help="Put it at that place under its topic; 1 is the first.",
)
@click.option("--undo", "undone", multiple=True, metavar="STORY", help="Take an edit back.")
@json_option
@pass_home
def edit(
    home: Home,
    digest: str | None,
    *,
    pins: tuple[str, ...],
    hides: tuple[str, ...],
    moves: tuple[tuple[str, int], ...],
    undone: tuple[str, ...],
    as_json: bool,
) -> None:
    """Change today's edition of DIGEST before it is made.

    Without options it shows the stories as they would stand. STORY is the id
    of a story or of one of its entries, as `aidigest stories` shows it. Edits
    count for this one edition.
    """
    from aidigest.core.editions.edits import EditAction

    with home.app() as app:
        wanted = app.settings.digest(digest)
        for story in undone:
            app.composing.undo_edit(wanted, story)
        for story in pins:
            app.composing.edit(wanted, story, EditAction.PIN)
        for story in hides:
            app.composing.edit(wanted, story, EditAction.HIDE)
        for story, position in moves:
            app.composing.edit(wanted, story, EditAction.MOVE, position=position)
        edition, edits = app.composing.edited(wanted)
    if as_json:
        print_json(_json(edition, edits))
    else:
        _print(edition, edits)


def _json(edition: "Edition", edits: "tuple[Edit, ...]") -> dict[str, Any]:
    return {
        "digest": edition.digest_id,
        "date": edition.date.isoformat(),
        "edits": [
            {"story": one.story_id, "action": one.action, "position": one.position} for one in edits
        ],
        "topics": [
            {
                "id": section.id,
                "stories": [{"id": story.id, "title": story.title} for story in section.stories],
            }
            for section in edition.sections
        ],
    }


def _print(edition: "Edition", edits: "tuple[Edit, ...]") -> None:
    table = new_table("topic", "place", "id", "story")
    for section in edition.sections:
        for place, story in enumerate(section.stories, start=1):
            table.add_row(section.id, str(place), story.id, story.title)
    print_table(table)
    for one in edits:
        where = f" to place {one.position}" if one.position else ""
        click.echo(f"{one.action}{where}: {one.story_id}")
    click.echo(f"{counted(len(edits), 'edit', 'edits')} for the edition of {edition.date}.")

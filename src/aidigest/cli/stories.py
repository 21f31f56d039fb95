"""`aidigest stories`."""

from typing import TYPE_CHECKING, Any

import click

from aidigest.cli.context import (
    Home,
    json_option,
    new_table,
    pass_home,
    print_json,
    print_table,
    two_lines,
)

if TYPE_CHECKING:
    from aidigest.core.feeds.entry import Entry
    from aidigest.core.stories.story import Merge, Story


@click.command()
@click.option(
    "--all", "everything", is_flag=True, help="Everything kept, also what is not about AI."
)
@json_option
@pass_home
def stories(home: Home, *, everything: bool, as_json: bool) -> None:
    """Show the stories, and why each stands where it does."""
    from aidigest.core.editions.window import FIRST_WINDOW

    with home.app() as app:
        now = app.clock()
        language = app.settings.digest(None).language
        if everything:
            found = app.composer.all_stories(language, now=now)
        else:
            recent = app.composer.stories(language, since=now - FIRST_WINDOW, now=now)
            found = tuple(story for story in recent if story.verdict.is_ai)
    if as_json:
        print_json([_story_json(story) for story in found])
    else:
        _print_stories(found)


def _story_json(story: "Story") -> dict[str, Any]:
    return {
        "id": story.id,
        "title": story.title,
        "summary": story.summary,
        "topic": story.filing.topic,
        "is_ai": story.verdict.is_ai,
        "ai_score": round(story.verdict.score, 4),
        "score": round(story.score, 4),
        "why": {
            "ai": story.verdict.reasons,
            "topic": story.filing.reasons,
            "score": story.score_reasons,
            "merges": [_merge_json(merge) for merge in story.merges],
        },
        "entries": [_entry_json(entry) for entry in story.entries],
    }


def _merge_json(merge: "Merge") -> dict[str, Any]:
    return {
        "entry": merge.entry_id,
        "with": merge.with_entry_id,
        "similarity": round(merge.similarity, 4),
        "reason": merge.reason,
    }


def _entry_json(entry: "Entry") -> dict[str, Any]:
    return {
        "id": entry.id,
        "url": entry.url,
        "title": entry.title,
        "feed": entry.feed_title,
        "feed_url": entry.feed_url,
        "language": entry.language,
        "published": entry.published_at,
        "first_seen": entry.first_seen_at,
    }


def _print_stories(found: "tuple[Story, ...]") -> None:
    table = new_table("id", "topic", "score", "story, and why")
    for story in found:
        outlets = sorted({entry.feed_title for entry in story.entries})
        why = "; ".join((*story.verdict.reasons, *story.filing.reasons, *story.score_reasons))
        table.add_row(
            story.id,
            story.filing.topic if story.verdict.is_ai else "not AI",
            f"{story.score:.2f}",
            two_lines(f"{story.title}\n{', '.join(outlets)}", why),
        )
    print_table(table)
    click.echo(f"{len(found)} in all.")

"""`edition.json`: an edition as other programs read it, by the design's contract."""

from typing import Any

from aidigest.core.editions.edition import EditionReference, EditionStory, RenderedEdition


def contract_json(rendered: RenderedEdition) -> dict[str, Any]:
    """Return `edition.json`, as the design's contract for outside checks has it."""
    edition = rendered.edition
    return {
        "edition": {
            "digest": edition.digest_id,
            "number": edition.number,
            "date": edition.date.isoformat(),
            "language": edition.language,
            "subject": rendered.subject,
        },
        "topics": [
            {
                "id": section.id,
                "title": section.title,
                "stories": [_story_json(story) for story in section.stories],
            }
            for section in edition.sections
        ],
    }


def _story_json(story: EditionStory) -> dict[str, Any]:
    return {
        "id": story.id,
        "title": story.title,
        "summary": story.summary,
        "url": story.url,
        "published": story.published_at.isoformat(),
        "language": story.language,
        "score": round(story.score, 4),
        "entries": [
            {
                "title": entry.title,
                "url": entry.url,
                "feed": entry.feed,
                "published": entry.published_at.isoformat(),
            }
            for entry in story.entries
        ],
        **_update_json(story.update_of),
    }


def _update_json(edition: EditionReference | None) -> dict[str, Any]:
    if edition is None:
        return {}
    return {"update_of": {"number": edition.number, "date": edition.date.isoformat()}}

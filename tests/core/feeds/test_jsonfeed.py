"""JSON Feed is read by ourselves."""

import pytest

from aidigest.core.feeds import jsonfeed
from aidigest.core.feeds.parsed import RawEntry


def test_items_are_read_with_what_they_have() -> None:
    """Ids may be numbers, and any field may be missing or of the wrong type."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": "Notes",
        "items": [
            {
                "id": 7,
                "external_url": "https://a.example/7",
                "title": "Seven",
                "summary": "Short",
                "content_html": "<p>Long</p>",
                "date_published": "2026-09-14T10:00:00Z",
            },
            {"id": None, "title": ["x"]},
            "no item",
        ],
    }

    title, home, items = jsonfeed.read(document)

    assert (title, home) == ("Notes", "")
    assert items == (
        RawEntry(
            guid="7",
            url="https://a.example/7",
            title="Seven",
            texts=("Short", "<p>Long</p>"),
            dates=("2026-09-14T10:00:00Z",),
        ),
        RawEntry(guid=None, url=None, title="", texts=(), dates=()),
    )


@pytest.mark.parametrize("document", [{}, [], {"version": 1}, {"version": "2.0", "items": []}])
def test_other_json_is_no_feed(document: object) -> None:
    """Errors of an API come as JSON too."""
    with pytest.raises(ValueError, match=r"jsonfeed\.org"):
        jsonfeed.read(document)

"""What feeds offer as images, in each format."""

import pytest

from aidigest.core.feeds.imagelinks import ImageLink, in_text, named_in_json, named_in_xml


def test_media_rss_and_enclosures_name_images() -> None:
    """Thumbnails, contents and enclosures; what is heard or seen moving is left out."""
    entry = {
        "media_thumbnail": [{"url": "https://a.example/t.jpg", "width": "160", "height": "90"}],
        "media_content": [
            {"url": "https://a.example/v.mp4", "medium": "video"},
            {"url": "https://a.example/c.jpg", "medium": "image", "width": "1200px"},
            {"url": "https://a.example/s.svg", "type": "image/svg+xml", "medium": "image"},
            {},
        ],
        "links": [
            {"rel": "alternate", "href": "https://a.example/"},
            {"rel": "enclosure", "type": "audio/mpeg", "href": "https://a.example/p.mp3"},
            {"rel": "enclosure", "type": "image/jpeg", "href": "https://a.example/e.jpg"},
        ],
    }

    assert [(one.url, one.width, one.height, one.is_named) for one in named_in_xml(entry)] == [
        ("https://a.example/t.jpg", 160, 90, True),
        ("https://a.example/c.jpg", 1200, None, True),
        ("https://a.example/e.jpg", None, None, True),
    ]


def test_json_feed_names_images() -> None:
    """By two fields of an item, and as attachments."""
    item = {
        "image": "https://a.example/i.jpg",
        "banner_image": "https://a.example/b.jpg",
        "attachments": [
            {"url": "https://a.example/p.mp3", "mime_type": "audio/mpeg"},
            {"url": "https://a.example/a.png", "mime_type": "image/png"},
            "nonsense",
        ],
    }

    assert [one.url.rpartition("/")[2] for one in named_in_json(item)] == [
        "i.jpg",
        "b.jpg",
        "a.png",
    ]


@pytest.mark.parametrize("wrong", [None, 7, "x", {"url": 1}, [None], [{"url": None}]])
def test_fields_of_the_wrong_type_offer_nothing(wrong: object) -> None:
    """Feeds come from anybody."""
    keys = ("image", "attachments", "media_thumbnail", "media_content", "links")
    item = dict.fromkeys(keys, wrong)

    found = [*named_in_json(item), *named_in_xml(item)]

    assert all(one.url in ("", "x") for one in found)


def test_a_text_names_its_first_images() -> None:
    """Attributes come in any order and quoting; the first of two of a name counts."""
    text = (
        "<p>Before <IMG alt='It&#39;s \"here\"' width=640 height='480px' src=/a.jpg?x=1&amp;y=2>"
        '<img src="b.jpg" width="50%" src="c.jpg"/><imgx src="no.jpg"><img>'
    )

    assert list(in_text(text)) == [
        ImageLink(url="/a.jpg?x=1&y=2", width=640, height=480, alt='It\'s "here"'),
        ImageLink(url="b.jpg"),
    ]


def test_a_wall_of_images_is_not_read_through() -> None:
    """Its picture is among the first, or it has none."""
    assert len(list(in_text("<img src=a.jpg>" * 10_000))) == 5

"""A body becomes plain entries, or an error that says what it was."""

from datetime import UTC, datetime

import pytest

from aidigest.core.feeds.parsed import ParsedEntry, ParsedFeed
from aidigest.core.feeds.parsing import parse_feed
from aidigest.errors import ParseError

URL = "https://feed.example/news/rss"


def parse(body: str | bytes, *, language: str = "en", content_type: str = "") -> ParsedFeed:
    """Parse a body that came from `URL`."""
    raw = body if isinstance(body, bytes) else body.encode()
    return parse_feed(raw, headers={"content-type": content_type}, url=URL, language=language)


def rss(*items: str, head: str = "") -> str:
    """Wrap items."""
    inside = "".join(f"<item>{item}</item>" for item in items)
    return f'<?xml version="1.0"?><rss version="2.0"><channel>{head}{inside}</channel></rss>'


def entry(item: str, *, language: str = "en") -> ParsedEntry:
    """Parse a feed of one item."""
    return parse(rss(item), language=language).entries[0]


def test_an_item_becomes_plain() -> None:
    """Title, text, address, date and links, each as a reader would have it."""
    found = entry(
        "<title>Kestrel&amp;#8217;s &lt;b&gt;day&lt;/b&gt;</title>"
        "<link>/story?id=1&amp;b=2</link><guid isPermaLink='false'>k1</guid>"
        "<pubDate>Mon, 14 Sep 2026 19:46:22 GMT+7</pubDate>"
        "<description><![CDATA[<a href='/story?id=1&b=2'><img src='x.png'></a></br>"
        "The <a href='https://lab.example/paper?utm_source=x'>paper</a> is out.]]></description>"
    )

    assert found == ParsedEntry(
        guid="k1",
        url="https://feed.example/story?id=1&b=2",
        title="Kestrel’s day",
        summary="The paper is out.",
        language="en",
        published_at=datetime(2026, 9, 14, 12, 46, 22, tzinfo=UTC),
        links=("https://lab.example/paper?utm_source=x",),
    )


def test_atom_is_read() -> None:
    """With its own words for everything."""
    found = parse(
        '<feed xmlns="http://www.w3.org/2005/Atom"><title>Lab</title><entry><id>tag:1</id>'
        '<title type="html">A &amp;lt; B</title><link href="https://lab.example/1"/>'
        "<updated>2026-09-14T10:00:00Z</updated>"
        '<content type="html">&lt;p&gt;All of the long text.&lt;/p&gt;</content></entry></feed>'
    )

    assert found.title == "Lab"
    assert found.entries[0].title == "A < B"
    assert found.entries[0].summary == "All of the long text."
    assert found.entries[0].published_at == datetime(2026, 9, 14, 10, tzinfo=UTC)


def test_json_feed_is_read() -> None:
    """Which feedparser does not do."""
    found = parse(
        '{"version": "https://jsonfeed.org/version/1", "title": "Notes", "items": [{"id": 1,'
        ' "url": "https://a.example/1", "content_text": "One two three."}]}'
    )

    assert (found.title, found.complete) == ("Notes", True)
    assert found.entries[0].title == "One two three."


@pytest.mark.parametrize(
    "body",
    [
        rss(
            '<title>T</title><link>https://a.example/1</link><media:thumbnail width="640"'
            ' height="360" url="/p.jpg" xmlns:media="http://search.yahoo.com/mrss/"/>'
        ),
        rss(
            "<title>T</title><link>https://a.example/1</link>"
            "<enclosure url='/talk.mp3' type='audio/mpeg' length='1'/>"
            "<enclosure url='/p.jpg' type='image/jpeg' length='1'></enclosure>"
        ),
        rss(
            "<title>T</title><link>https://a.example/1</link><description><![CDATA["
            "<img src='https://stats.example/pixel.png' width=1 height=1>Words"
            " <img src='p.jpg' width=640 height=360>]]></description>"
        ),
        (
            '{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "1", "title": "T",'
            ' "url": "https://a.example/1", "image": "https://a.example/p.jpg"}]}'
        ),
    ],
    ids=["named", "enclosed", "in the text", "JSON Feed"],
)
def test_an_items_picture_is_found(body: str) -> None:
    """Whichever way the format has to name it; addresses start from the item's own page."""
    picture = parse(body).entries[0].picture

    assert picture is not None
    assert picture.url == "https://a.example/p.jpg"


def test_a_guid_is_kept_as_it_is_written() -> None:
    """It names the item, wherever its feed moves to: it is no address to be completed."""
    assert entry("<title>T</title><guid>1312386</guid>").guid == "1312386"


@pytest.mark.parametrize(
    ("item", "page"),
    [
        ("<guid>https://a.example/1</guid>", "https://a.example/1"),
        ("<link></link><guid>https://a.example/1</guid>", "https://a.example/1"),
        ("<guid>https://a.example/1</guid><link />", "https://a.example/1"),
        ("<guid>https://a.example/1</guid><link>\n<![CDATA[ ]]></link>", "https://a.example/1"),
        ("<link/><guid isPermaLink='false'>https://a.example/1</guid>", None),
        ("<guid>4711</guid>", None),
        ("<guid>news/4711</guid>", None),
        ("<guid>tag:a.example,2026:1</guid>", None),
        ("<guid>4711</guid><link>4711</link>", "https://feed.example/news/4711"),
    ],
)
def test_without_a_link_a_guid_is_the_address_if_it_is_one(item: str, page: str | None) -> None:
    """A bare number made a headline lead to a page that is not there (RSS 2.0, `guid`)."""
    assert entry(f"<title>Kestrel</title>{item}").url == page


@pytest.mark.parametrize(
    ("base", "page"),
    [
        ("", "https://feed.example/news/1"),
        (' xml:base="https://site.example/blog/"', "https://site.example/blog/1"),
        (' xml:base="/blog/"', "https://feed.example/blog/1"),
    ],
    ids=["none", "absolute", "relative"],
)
def test_relative_addresses_start_from_the_feeds_base(base: str, page: str) -> None:
    """The feed's own address, unless xml:base says otherwise (RFC 4287, section 2)."""
    found = parse(
        f'<feed xmlns="http://www.w3.org/2005/Atom"{base}><title>F</title><link href="."/>'
        '<entry><id>tag:1</id><title>T</title><link href="1"/></entry></feed>'
    )

    assert found.entries[0].url == page
    assert found.site_url == page.removesuffix("1")


def test_a_title_is_made_where_there_is_none() -> None:
    """Some blogs have none; an item with neither title nor text says nothing."""
    found = parse(
        rss(f"<description>{'word ' * 60}</description>", "<link>https://a.example/1</link>")
    )

    assert len(found.entries) == 1
    assert found.entries[0].title.startswith("word word")
    assert found.entries[0].title.endswith("word…")
    assert len(found.entries[0].title) <= 90


def test_a_description_that_says_nothing_gives_way_to_the_text() -> None:
    """`Read more` is no summary."""
    found = entry(
        "<title>T</title><description>Read more</description>"
        '<encoded xmlns="http://purl.org/rss/1.0/modules/content/">'
        "The whole of the article, word for word, is here.</encoded>"
    )

    assert found.summary == "The whole of the article, word for word, is here."


@pytest.mark.parametrize(
    ("described", "summary"),
    [("<description>A new model.</description>", "A new model."), ("", "A bird over the harbor.")],
    ids=["a story with a picture", "a film"],
)
def test_a_caption_is_no_description_but_where_there_is_none(described: str, summary: str) -> None:
    """What a photograph shows stood under the headline in place of the news; films have no more."""
    media = "http://search.yahoo.com/mrss/"
    found = parse(
        f'<rss xmlns:media="{media}"><channel><item><title>T</title><media:content url="/1.jpg">'
        "<media:description>A bird over the harbor.</media:description></media:content>"
        f"{described}</item></channel></rss>"
    )

    assert found.entries[0].summary == summary


def test_endless_texts_and_titles_are_cut() -> None:
    """A digest quotes; it does not reprint."""
    found = entry(f"<title>{'title ' * 900}</title><description>{'text ' * 90_000}</description>")

    assert len(found.title) <= 300
    assert len(found.summary) <= 2_000


def test_of_a_feeds_endless_title_the_beginning_is_read() -> None:
    """Markup for a megabyte of text takes seconds to be made plain."""
    feed = parse(rss(head=f"<title>{'title ' * 90_000}</title>"))

    assert len(feed.title) <= 64 * 1024


def test_hostile_addresses_are_dropped() -> None:
    """A title may be linked only to the web."""
    found = entry(
        "<title>T</title><link>javascript:alert(1)</link>"
        "<description>&lt;a href='data:text/html,x'&gt;click&lt;/a&gt;</description>"
    )

    assert (found.url, found.links) == (None, ())


def test_the_first_date_that_can_be_read_counts() -> None:
    """A feed that writes nonsense in one field often has a date in the other."""
    found = entry(
        "<title>T</title><pubDate>soon</pubDate>"
        '<date xmlns="http://purl.org/dc/elements/1.1/">2026-09-14</date>'
    )

    assert found.published_at == datetime(2026, 9, 14, tzinfo=UTC)


def test_the_language_decides_how_a_date_is_read() -> None:
    """The entry's own letters tell the language, whatever the maintainer left unset."""
    item = "<title>Bản tin buổi tối</title><pubDate>08/12/2025 19:28</pubDate>"

    found = entry(item)

    assert found.language == "vi"
    assert found.published_at == datetime(2025, 12, 8, 12, 28, tzinfo=UTC)


@pytest.mark.parametrize(
    ("declared", "configured", "spoken"),
    [("de-AT", "en", "de"), ("en-us", "fr", "fr"), ("", "en", "en"), ("english", "en", "en")],
)
def test_a_feed_says_its_language_unless_the_maintainer_does(
    declared: str, configured: str, spoken: str
) -> None:
    """English is what blog software declares when nobody cares."""
    body = rss("<title>T</title>", head=f"<language>{declared}</language>")

    assert parse(body, language=configured).entries[0].language == spoken


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("", "an empty body"),
        (" \n", "an empty body"),
        ("<html><title>Too Many Requests</title>", "an HTML page, not a feed: Too Many Requests"),
        ("just words", "not a feed: it begins 'just words'"),
        ('{"error": 1}', "not a JSON Feed"),
        ("{" * 100_000, "not a JSON Feed"),
        (b"\x1f\x8bxx", "broken gzip"),
        (b"\x89PNG\r\n\x00\x00", "not a feed"),
    ],
)
def test_what_is_no_feed_is_named(body: str | bytes, reason: str) -> None:
    """The operator reads what came instead."""
    with pytest.raises(ParseError) as caught:
        parse(body)

    assert reason in caught.value.reason


def test_an_empty_feed_is_a_feed() -> None:
    """A journal that rests at weekends is not broken."""
    assert parse(rss(head="<title>Quiet</title>")) == ParsedFeed(
        title="Quiet", entries=(), complete=True
    )


def test_a_cut_feed_gives_what_it_has() -> None:
    """Its validators must not be kept, or the rest would never come."""
    whole = rss(*(f"<title>Story {n}</title>" for n in range(5)))

    cut = parse(whole[: whole.index("Story 3")])

    assert [one.title for one in cut.entries] == ["Story 0", "Story 1", "Story 2"]
    assert not cut.complete


@pytest.mark.parametrize(
    "body",
    [
        rss("<title>R&D</title><link>https://a.example/?a=1&b=2</link>"),
        rss("<title>R&amp;D&nbsp;</title>"),
        "\n\n" + rss("<title>R&amp;D</title>"),
        rss("<title>R&amp;\x02D</title>"),
    ],
    ids=["bare ampersand", "unknown entity", "leading newline", "control character"],
)
def test_a_feed_that_is_not_well_formed_is_read_all_the_same(body: str) -> None:
    """Half of the web's feeds break a rule of XML now and then."""
    found = parse(body)

    assert [one.title for one in found.entries] == ["R&D"]
    assert found.complete


@pytest.mark.parametrize("encoding", ["windows-1251", "utf-16", "utf-8"])
def test_encodings_are_followed(encoding: str) -> None:
    """As the declaration has them."""
    body = rss("<title>Новости дня</title>").replace("?>", f' encoding="{encoding}"?>')

    assert parse(body.encode(encoding)).entries[0].title == "Новости дня"


def test_entities_do_not_explode() -> None:
    """A billion laughs end in few, and no file is read."""
    bomb = (
        '<!DOCTYPE rss [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">'
        '<!ENTITY x SYSTEM "file:///etc/hostname">]>'
    )
    body = rss("<title>T &b; &x;</title>").replace("<rss", f"{bomb}<rss")

    found = parse(body)

    assert len(found.entries[0].title) < 40

"""What would keep feedparser busy for nothing is taken out of feeds."""

from aidigest.core.feeds import trimming


def test_what_nobody_reads_is_taken_out() -> None:
    """Authors, categories and the podcast's own are often more than half of a feed's elements."""
    body = (
        b"<item><category domain='a'>AI</category><dc:creator><![CDATA[Ana Ito]]></dc:creator>"
        b"<title>Kestrel</title><slash:comments>3</slash:comments><category/><enclosure url='a'/>"
        b"<itunes:duration>3</itunes:duration><itunes:summary>Yes</itunes:summary></item>"
    )

    kept = b"<item><title>Kestrel</title><itunes:summary>Yes</itunes:summary></item>"
    assert trimming.without_the_unread(body) == kept


def test_what_names_people_and_is_not_simple_is_renamed() -> None:
    """Whatever names an author costs feedparser quadratic time, also between tags."""
    body = (
        b"<dc:Creator x='1'>aaa<x/>aaa</dc:Creator><author>a<b/></author><authority>a</authority>"
    )

    renamed = (
        b"<dc:unread x='1'>aaa<x/>aaa</dc:unread><unread>a<b/></unread><authority>a</authority>"
    )
    assert trimming.without_the_unread(body) == renamed


def test_of_a_huge_archive_both_ends_are_read() -> None:
    """Some feeds put the latest first, some last; nobody waits for the middle."""
    items = [b"<item><title>%d</title></item>" % n for n in range(5_000)]
    body = b"<rss><channel>%s</channel></rss>" % b"".join(items)

    kept = trimming.without_the_middle(body)

    assert kept.count(b"<item>") == trimming.MOST_ENTRIES
    assert kept.startswith(b"<rss><channel><item><title>0<")
    assert kept.endswith(b"<title>4999</title></item></channel></rss>")


def test_of_a_feed_full_of_tags_fewer_items_are_read() -> None:
    """What counts is the work; markup inside of CDATA makes little."""
    crowded = b"<item>%s</item>" % (b"<b>x</b>" * 100)
    quiet = b"<item><![CDATA[%s]]></item>" % (b"<b>x</b>" * 100)

    assert not trimming.has_too_many_tags(
        kept := trimming.without_the_middle(b"<rss>%s</rss>" % (crowded * 500))
    )
    assert 50 < kept.count(b"<item>") < 65
    assert trimming.without_the_middle(b"<rss>%s</rss>" % (quiet * 500)) == b"<rss>%s</rss>" % (
        quiet * 500
    )
    assert trimming.has_too_many_tags(
        trimming.without_the_middle(b"<rss>" + b"<b>" * (trimming.MOST_TAGS + 1))
    )


def test_of_a_feed_full_of_references_fewer_items_are_read() -> None:
    """Eight of them cost what a tag does, and escaped markup is made of them; letters are not."""
    escaped = b"<item>%s</item>" % (b"&lt;b&gt;" * 400)
    quiet = b"<item>%s<![CDATA[%s]]></item>" % (b"&#30340;" * 400, b"&lt;b&gt;" * 400)

    kept = trimming.without_the_middle(b"<rss>%s</rss>" % (escaped * 500))

    assert 110 < kept.count(b"<item>") < 125
    letters = b"<rss>%s</rss>" % (b"<item>%s</item>" % (b"&#30340;" * 400) * 500)
    assert trimming.without_the_middle(letters).count(b"<item>") == 500
    assert trimming.without_the_middle(letters, letters_cost=True).count(b"<item>") < 250
    assert trimming.without_the_middle(b"<rss>%s</rss>" % (quiet * 500)).count(b"<item>") == 500


def test_one_heavy_item_costs_no_more_than_itself() -> None:
    """The first one has the head of the feed before it, without which nothing can be read."""
    light, heavy = b"<item>1</item>", b"<item>%s</item>" % (b"&lt;b&gt;" * 70_000)

    for items in ([heavy], [heavy, light, light], [light, light, heavy], [light, heavy, light]):
        kept = trimming.without_the_middle(b"<rss>%s</rss>" % b"".join(items))

        assert kept.startswith(b"<rss><item>")
        assert kept.endswith(b"</item></rss>")
        assert kept.count(light) == items.count(light)


def test_entities_of_entities_are_dropped() -> None:
    """A billion laughs cost seconds even where the parser stops them."""
    nested = b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY b "&a;&a;"><!ENTITY c "&#233;">]><r>&b;</r>'

    kept = trimming.without_nested_entities(nested)

    assert kept == b'<!DOCTYPE r [<!ENTITY a "ha"><!ENTITY c "&#233;">]><r>&b;</r>'


def test_a_thousand_namespaces_are_too_many() -> None:
    """Each element costs feedparser the number of those declared."""
    few = b"<item xmlns:dc='x' xmlns:content='y'>" * 1_000
    many = b"".join(b"<x%d:a xmlns:x%d='x'>" % (n, n) for n in range(1_000))

    assert not trimming.has_too_many_namespaces(few)
    assert trimming.has_too_many_namespaces(many)

"""Bodies are unpacked and repaired before they are parsed."""

import gzip

import pytest

from aidigest.core.feeds import bodies

VIETNAMESE = "<rss><channel><title>Tiếng Việt rõ ràng, đầy đủ dấu</title></channel></rss>"


def test_a_zipped_body_is_unpacked_without_being_asked() -> None:
    """Some servers send gzip and do not say so."""
    assert bodies.unpacked(gzip.compress(b"<rss/>")) == b"<rss/>"


def test_a_bomb_is_refused() -> None:
    """A small body may unpack to gigabytes."""
    with pytest.raises(ValueError, match="when unzipped"):
        bodies.unpacked(gzip.compress(bytes(20_000_000)))


def test_broken_gzip_is_refused() -> None:
    """What begins like gzip and is none cannot be read."""
    with pytest.raises(ValueError, match="broken gzip"):
        bodies.unpacked(b"\x1f\x8bnot really")


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-be"])
def test_wide_characters_hide_nothing(encoding: str) -> None:
    """In UTF-16 an author of half a megabyte passed what looks for authors in bytes."""
    assert bodies.in_bytes_of_ascii(VIETNAMESE.encode(encoding)) == VIETNAMESE.encode()
    assert bodies.in_bytes_of_ascii(VIETNAMESE.encode()) == VIETNAMESE.encode()


@pytest.mark.parametrize("junk", [b"\n\n", b"This XML file has no style\n", b"\xef\xbb\xbf"])
def test_junk_before_the_feed_is_cut_off(junk: bytes) -> None:
    """XML wants its declaration first; servers put blank lines before it."""
    assert bodies.without_leading_junk(junk + b"<?xml version='1.0'?><rss/>").startswith(b"<?xml")


@pytest.mark.parametrize(
    ("body", "title"),
    [
        (b"<!DOCTYPE html><title>Too Many</title>", "Too Many"),
        (b"\xef\xbb\xbf\n<!-- x --><HTML><body>", ""),
        (b"<?xml version='1.0'?><!DOCTYPE html><html>", ""),
        (b"<rss><channel><title>HTML</title></channel></rss>", None),
    ],
)
def test_html_pages_are_known(body: bytes, title: str | None) -> None:
    """They are the usual thing to come instead of a feed."""
    assert bodies.html_title(body) == title


@pytest.mark.parametrize(
    ("body", "whole"),
    [
        (b"<rss><channel></channel></rss>\n<!-- cached -->", True),
        (b"<rdf:RDF></rdf:RDF>", True),
        (b"<feed></feed >", True),
        (b"<rss><channel><item>", False),
    ],
)
def test_a_cut_document_shows_at_its_end(body: bytes, whole: bool) -> None:  # noqa: FBT001  # A parameter of the test.
    """A connection that breaks leaves the root element open."""
    assert bodies.has_end(body) is whole


def test_one_bad_byte_does_not_turn_a_feed_into_mojibake() -> None:
    """Feedparser would read all of it as ISO-8859-2."""
    body = (VIETNAMESE * 20).encode() + b"\xff"

    repaired = bodies.repaired_utf8(body)

    assert repaired is not None
    assert repaired.decode() == VIETNAMESE * 20 + "\ufffd"


def test_a_wrong_declaration_is_put_right() -> None:
    """The bytes say more than the declaration."""
    body = b'<?xml version="1.0" encoding="utf-16"?>' + VIETNAMESE.encode()

    repaired = bodies.repaired_utf8(body)

    assert repaired == b'<?xml version="1.0" encoding="utf-8"?>' + VIETNAMESE.encode()


@pytest.mark.parametrize(
    "body",
    [
        "<rss>Trên trời</rss>".encode("utf-16"),
        "<rss>Новости дня</rss>".encode("cp1251"),
        ("<rss>" + "plain words " * 400 + "café</rss>").encode("latin-1"),
        "<rss>ニュース</rss>".encode("iso-2022-jp"),
    ],
    ids=["utf-16", "windows-1251", "one accent in latin-1", "iso-2022-jp"],
)
def test_other_encodings_are_left_to_their_declaration(body: bytes) -> None:
    """A single Latin-1 accent in a long English feed does not make it broken UTF-8."""
    assert bodies.repaired_utf8(body) is None


def test_letters_are_written_out() -> None:
    """Whole languages come as numbers; what is markup or Windows' own stays a reference."""
    body = b"<t>&#7879; &#x1EC7; &#60;b&#x3E; &#38;#233; &#146; &#x110000; &#xD800;</t>"

    repaired = bodies.repaired_utf8(body)

    expected = "<t>ệ ệ &#60;b&#x3E; &#38;#233; &#146; &#x110000; &#xD800;</t>"
    assert repaired == expected.encode()


def test_what_breaks_xml_is_repaired() -> None:
    """Control characters and bare ampersands; not those in CDATA, where they are allowed."""
    body = b"<a>R&D \x0b&amp; &#233; <![CDATA[x?a=1&b=2]]> AT&T</a>"

    repaired = bodies.repaired_utf8(body)

    assert repaired == b"<a>R&amp;D &amp; \xc3\xa9 <![CDATA[x?a=1&b=2]]> AT&amp;T</a>"


@pytest.mark.parametrize(
    "reference", ["&#xD800;", "&#0;", "&#x0B;", "&#1114112;", "&#99999999999;"]
)
def test_a_reference_to_no_character_becomes_a_replacement(reference: str) -> None:
    """One of them makes feedparser give up on the whole feed."""
    body = f"<t>a {reference} &#233; &#x1F600; &#xe9;</t>".encode()

    assert bodies.with_real_characters(body) == b"<t>a &#xFFFD; &#233; &#x1F600; &#xe9;</t>"

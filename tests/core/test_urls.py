"""Which addresses may be shown, and which are the same page."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from aidigest.core.urls import canonical_url, host, joined, safe_url, server, unwrapped


@pytest.mark.parametrize(
    ("address", "whole"),
    [
        ("b?c=1", "https://a.example/x/b?c=1"),
        (" /b ", "https://a.example/b"),
        ("//b.example/c", "https://b.example/c"),
        ("HTTP://b.example", "HTTP://b.example"),
        ("mailto:a@b.example", "mailto:a@b.example"),
        ("//[::1", ""),
    ],
)
def test_an_address_is_completed_by_its_page(address: str, whole: str) -> None:
    """Whatever cannot be an address is none, and no error: feeds are full of them."""
    assert joined("https://a.example/x/y", address) == whole


@pytest.mark.parametrize(
    "url",
    [
        "javascript:alert(1)",
        "java\tscript:alert(1)",
        "data:text/html,x",
        "//a.example/x",
        "/x",
        "http://",
        "http://user:secret@a.example/",
        "http://a.example:99999/",
        "http://a.example:0/",
        "http://a.example\\@b.example/",
        "http://[::1",
        "https://a.example/\x00",
        "https://a.example/\u202egnp.exe",
        "https://a.example/" + "x" * 5_000,
        "",
    ],
)
def test_unsafe_addresses_are_no_links(url: str) -> None:
    """Only absolute http and https addresses that mean what they show."""
    assert safe_url(url) is None


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        (" https://a.example/x y ", "https://a.example/x%20y"),
        ('https://a.example/"><script>', "https://a.example/%22%3E%3Cscript%3E"),
        ("http://[::1]:8000/x", "http://[::1]:8000/x"),
        ("https://tin-tức.example/bài", "https://tin-tức.example/bài"),
    ],
)
def test_what_could_end_an_attribute_is_escaped(url: str, safe: str) -> None:
    """Links go into HTML, and into the angle brackets of plain text."""
    assert safe_url(url) == safe


@pytest.mark.parametrize(
    "url",
    [
        "http://www.a.example/story/",
        "https://A.example:443/story#comments",
        "https://a.example/story?utm_source=rss&at_medium=RSS",
        "https://a.example/story/index.html",
        "https://www.google.com/url?rct=j&url=https://a.example/story&ct=ga",
    ],
)
def test_addresses_of_one_page_compare_alike(url: str) -> None:
    """The same article comes by many roads."""
    assert canonical_url(url) == "https://a.example/story"


@pytest.mark.parametrize(
    "url",
    [
        "https://a.example/Story",
        "https://a.example/story?id=1",
        "https://a.example:8443/story",
        "https://b.example/story",
        "https://a.example/%E9",
        "https://a.example/%E8",
    ],
)
def test_addresses_of_other_pages_do_not(url: str) -> None:
    """Paths tell letters apart, and a query may choose the article."""
    others = {"https://a.example/story", "https://a.example/%E8"} - {url}

    assert canonical_url(url) not in {canonical_url(other) for other in others}


def test_the_order_of_a_query_makes_no_difference() -> None:
    """Servers that rewrite links do not keep it."""
    assert canonical_url("https://a.example/?b=2&a=1") == canonical_url("http://a.example?a=1&b=2")


def test_only_search_engines_links_are_unwrapped() -> None:
    """Anybody may have a page called /url."""
    wrapped = "https://a.example/url?url=https://b.example/"

    assert unwrapped(wrapped) == wrapped


@given(st.text(max_size=80) | st.from_regex(r"https?://[a-z.]{1,10}(:\d{1,6})?/.{0,20}"))
@example("\x85HTTP://0")
def test_no_text_breaks_us(text: str) -> None:
    """Feeds hold anything where an address should be; what is safe stays so."""
    canonical_url(text).encode()
    host(text)
    safe = safe_url(text)

    assert safe is None or safe_url(safe) == safe
    assert canonical_url(canonical_url(text)) == canonical_url(text)


def test_a_host_is_a_name_in_lower_case() -> None:
    """Port and password are left out."""
    assert host("https://ada:pw@News.Example:8443/feed") == "news.example"
    assert host("no address") == ""


def test_a_server_is_a_host_and_a_port() -> None:
    """Two programs on one machine do not answer for each other."""
    assert server("https://News.Example/feed") == "news.example:443"
    assert server("http://ada:pw@news.example:8000/") == "news.example:8000"
    assert server("no address") == ""

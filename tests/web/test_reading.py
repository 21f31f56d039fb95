"""Reading on the web: stable addresses, search, feeds, and nothing from elsewhere."""

import json
import re
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import feedparser
import pytest
from lxml import etree

from aidigest.core.editions.edition import EditionReference, EditionTelling
from samples import edition, hostile, story, usual
from websites import Web, web

PAGES = ["/", "/archive", "/archive/daily", "/archive/daily/2026-09-14", "/stories/s1"]


@pytest.mark.parametrize("page", [*PAGES, "/subscribe", "/robots.txt", "/style.css", "/icon.svg"])
def test_every_page_is_there_in_both_languages(house: Web, page: str) -> None:
    """A template that fails in one language fails readers of that language only."""
    answers = [house.client.get(f"{page}?lang={language}") for language in ("en", "vi")]

    assert [one.status_code for one in answers] == [200, 200]


def test_the_home_page_has_the_latest_edition_and_a_form(house: Web) -> None:
    """The first look says what one would get."""
    page = house.client.get("/").text

    assert "Northwind ships release 1 of its Kestrel language model" in page
    assert '<form class="card" method="post" action="/subscribe"' in page


def test_a_page_speaks_the_language_of_its_visitor(house: Web) -> None:
    """Browsers say which; a link says it, too, and wins."""
    asked = house.client.get("/archive", headers={"Accept-Language": "vi,en;q=0.5"}).text
    linked = house.client.get("/archive?lang=en", headers={"Accept-Language": "vi"}).text

    assert "<h1>Lưu trữ</h1>" in asked
    assert "<h1>Archive</h1>" in linked


@pytest.mark.parametrize(
    ("words", "count"),
    [
        ("kestrel", 1),
        ("ARDOVA Thông Qua", 1),
        ("copper robots", 1),
        ("sông hàn", 1),
        ("copper nothing", 0),
        ("100%", 0),
        ("thong qua", 0),
    ],
)
def test_the_archive_is_searched_by_words(house: Web, words: str, count: int) -> None:
    """All words, in any case, in any place; diacritics are half of a Vietnamese word."""
    page = house.client.get("/archive", query_string={"q": words, "lang": "en"}).text

    assert f"{count} stor{'y' if count == 1 else 'ies'} found." in page


def test_a_search_takes_signs_for_signs(tmp_path: Path) -> None:
    """A percent sign in a question is no wildcard."""
    with web(tmp_path, edition=edition(story(1, title="Growth of 40_percent"))) as house:
        page = house.client.get("/archive?q=40apercent&lang=en").text

    assert "0 stories found." in page


def test_headings_speak_the_language_of_the_page(house: Web) -> None:
    """Stories keep theirs, and say which it is."""
    page = house.client.get("/archive/daily/2026-09-14?lang=vi").text

    assert "Mô hình và phòng nghiên cứu" in page
    assert '<h3 lang="en" dir="ltr">' in page


def test_an_update_is_marked_and_leads_to_what_it_carries_further(tmp_path: Path) -> None:
    """Only the mail said so; who read it online met the same story twice without a word."""
    before = EditionReference(number=11, date=date(2026, 9, 13))
    made = edition(replace(story(1), update_of=before), story(2))
    with web(tmp_path, edition=made) as house:
        page = house.client.get("/archive/daily/2026-09-14?lang=en").text
        vietnamese = house.client.get("/?lang=vi").text
        feed = house.client.get("/feeds/daily.json").json

    link = '<b>Update</b> <a href="/archive/daily/2026-09-13?lang=en">to No. 11, Sep 13, 2026</a>'
    assert page.count("<b>Update</b>") == 1
    assert link in page
    assert "cho số 11, 13 thg 9, 2026</a>" in vietnamese
    assert feed is not None
    assert "<b>Update</b> to No. 11, Sep 13, 2026" in feed["items"][0]["content_html"]


def test_a_story_has_one_address_for_good(house: Web) -> None:
    """Links are shared; the mail links the story's place in its edition."""
    found = house.client.get("/archive/daily/2026-09-14").text
    told = house.client.get("/stories/s3")

    assert 'id="s3"' in found
    assert 'id="models"' in found
    assert told.status_code == 200
    assert "/archive/daily/2026-09-14?lang=en#s3" in told.text


def test_a_link_within_the_site_keeps_the_language_that_was_chosen(house: Web) -> None:
    """From an edition to a story and back one fell out of Vietnamese into the browser's."""
    asking = {"Accept-Language": "en"}
    pages = ("/", "/archive", "/archive?q=kestrel", "/archive/daily/2026-09-14", "/stories/s1")

    links = {
        link
        for page in pages
        for link in re.findall(
            r'<a [^>]*href="(/(?!feeds/)[^"]*)"',
            house.client.get(f"{page}{'&' if '?' in page else '?'}lang=vi", headers=asking).text,
        )
    }

    assert "/stories/s1?lang=vi" in links
    assert [link for link in links if "lang=" not in link] == []


def test_another_language_of_a_search_is_the_same_search(house: Web) -> None:
    """The words asked for were lost, and so was the page of the list."""
    found = house.client.get("/archive?q=k%26+kestrel&lang=en").text
    further = house.client.get("/archive?page=2&lang=en").text

    assert '<a href="/archive?q=k%26%20kestrel&amp;lang=vi" lang="vi"' in found
    assert '<a href="/archive?page=2&amp;lang=vi" lang="vi"' in further


def test_a_story_is_told_in_the_language_of_its_page(tmp_path: Path) -> None:
    """The Vietnamese edition has the Vietnamese headline; its link led to an English one."""
    told = story(1, outlets=2)
    lead = replace(told.entries[1], language="vi")
    telling = EditionTelling(
        lead_id=lead.id, title="Northwind ra mắt Kestrel 1", summary="", published_is_guess=False
    )
    both = replace(told, entries=(told.entries[0], lead), tellings=(telling,))
    with web(tmp_path, edition=edition(both)) as house:
        pages = [house.client.get(f"/stories/s1?lang={one}").text for one in ("vi", "en")]

    assert "<h1>Northwind ra mắt Kestrel 1</h1>" in pages[0]
    assert "<h1>Northwind ships release 1 of its Kestrel language model</h1>" in pages[1]


@pytest.mark.parametrize("page", ["/", "/archive", "/archive/daily/2026-09-14"])
def test_the_name_of_an_edition_in_another_language_says_so(house: Web, page: str) -> None:
    """Or a screen reader speaks English words as if they were Vietnamese."""
    ours, other = (house.client.get(f"{page}?lang={language}").text for language in ("en", "vi"))

    name = r' lang="en" dir="ltr">The Daily Digest'
    assert re.search(name, other)
    assert not re.search(name, ours)


@pytest.mark.parametrize(
    "path",
    [
        "/archive/nothing",
        "/archive/daily/2026-09-15",
        "/archive/daily/20260914",
        "/archive/daily/today",
        "/stories/none",
        "/stories/%00",
        "/feeds/none.atom",
        "/feeds/daily.exe",
        "/feeds/topics/none.json",
        "/operator",
        "/archive//daily",
    ],
)
def test_what_is_not_there_is_not_found(house: Web, path: str) -> None:
    """And never a redirect to somewhere else; the browser's tab says so, too."""
    answer = house.client.get(path, headers={"Accept-Language": "en"})

    assert answer.status_code == 404
    assert "<title>Not found: Example News</title>" in answer.text


def test_a_page_that_is_not_there_links_no_other_site(house: Web) -> None:
    """A path that begins with two strokes would be another site's address in the link."""
    asked = {"PATH_INFO": "//evil.example/"}

    page = house.client.get("/?lang=en", environ_overrides=asked).text

    assert "evil.example" not in page
    assert '<a href="/?lang=vi"' in page


def test_the_feeds_say_the_same_in_both_forms(house: Web) -> None:
    """Atom (RFC 4287) and JSON Feed 1.1, of editions and of each topic."""
    atom = feedparser.parse(house.client.get("/feeds/daily.atom").data)
    as_json = json.loads(house.client.get("/feeds/daily.json").data)
    topic = feedparser.parse(house.client.get("/feeds/topics/models.atom").data)

    assert not atom.bozo
    assert atom.entries[0].link == "https://digest.example.org/archive/daily/2026-09-14"
    assert [one["url"] for one in as_json["items"]] == [one.link for one in atom.entries]
    assert [one.title for one in topic.entries] == [
        "Northwind ships release 1 of its Kestrel language model",
        "Ardova thông qua luật về trí tuệ nhân tạo",
    ]


def test_feeds_of_hostile_stories_can_be_read(tmp_path: Path) -> None:
    """What XML has no place for is left out, and markup is text."""
    with web(tmp_path, edition=hostile()) as house:
        atom = house.client.get("/feeds/daily.atom").data
        page = house.client.get("/archive/daily/2026-09-14").text

    content = etree.fromstring(atom).findtext(".//{*}entry/{*}content")
    assert content is not None
    assert "<script" not in content
    assert "<script" not in page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_asks_nothing_of_other_sites(house: Web, page: str) -> None:
    """No font, no image, no script, no counter: reading leaves no trace elsewhere."""
    text = house.client.get(page).text
    loaded = re.findall(r"<(?:img|script|iframe|link rel=\"(?:stylesheet|icon)\")[^>]*>", text)

    assert all("://" not in tag for tag in loaded)
    assert "<script" not in text


def test_pages_tell_those_who_link_them_what_they_are(house: Web) -> None:
    """Open Graph and a canonical address, under the site's own name."""
    page = house.client.get("/archive/daily/2026-09-14?lang=en", headers={"Host": "x.example"}).text

    assert '<meta property="og:type" content="article">' in page
    assert (
        '<link rel="canonical" href="https://digest.example.org/archive/daily/2026-09-14">' in page
    )
    assert "x.example" not in page


@pytest.mark.parametrize("page", PAGES[1:])
def test_a_page_has_one_address_however_it_was_first_asked_for(house: Web, page: str) -> None:
    """The page is kept for all who come later, and search engines go by its canonical address."""
    house.client.get(f"{page}/?lang=en")

    text = house.client.get(f"{page}?lang=en").text

    assert f'<link rel="canonical" href="https://digest.example.org{page}">' in text
    assert f'<a href="{page}?lang=vi"' in text


def test_robots_are_kept_off_what_is_one_readers_own(house: Web) -> None:
    """A link for leaving must not be in a search engine."""
    text = house.client.get("/robots.txt").text
    own = house.client.get(f"/unsubscribe/{house.token(house.subscribe())}")

    assert "Disallow: /unsubscribe/" in text
    assert own.headers["X-Robots-Tag"] == "noindex, nofollow"
    assert own.headers["Cache-Control"] == "no-store"


def test_a_page_that_has_not_changed_is_not_sent_again(house: Web) -> None:
    """Feed readers ask every hour."""
    first = house.client.get("/feeds/daily.atom")
    again = house.client.get("/feeds/daily.atom", headers={"If-None-Match": first.headers["ETag"]})
    before = usual()
    house.publish(replace(before, number=13, date=before.date + timedelta(days=1)))
    changed = house.client.get(
        "/feeds/daily.atom", headers={"If-None-Match": first.headers["ETag"]}
    )

    assert (again.status_code, again.data) == (304, b"")
    assert changed.status_code == 200


def test_the_archive_is_cut_into_pages(house: Web) -> None:
    """However long it has been going on; and a wild number is the first page."""
    first = house.client.get("/archive?page=1&lang=en")
    wild = house.client.get("/archive?page=99999999999999999999&lang=en")

    assert first.text == wild.text

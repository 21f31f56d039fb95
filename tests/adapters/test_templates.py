"""The shipped templates, and what happens to an operator's own."""

import json
import re
from dataclasses import replace
from datetime import date
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment
from lxml import html as lxml_html

import samples
from aidigest.adapters.inlining import inline
from aidigest.adapters.templates import TemplateRenderer
from aidigest.core.editions.edition import (
    UNSUBSCRIBE_MARK,
    Edition,
    EditionReference,
    RenderedEdition,
)
from aidigest.core.feeds.pictures import Picture
from aidigest.core.messages.message import MessageWriter, Publisher
from aidigest.core.proof.lint import Level, check_message
from aidigest.core.urls import linkable
from aidigest.errors import RenderError
from aidigest.settings import Site

SHIPPED = Path(__file__).parents[2] / "templates"
SITE = Site(
    name="Harbor <Digest>",
    base_url="https://digest.example",
    sender="Digest <digest@digest.example>",
    postal_address="1 Quay Street, Harbor",
)
ARCHIVED = "https://digest.example/archive/daily/2026-09-14"
EDITIONS = {
    "usual": samples.usual(),
    "vietnamese": samples.vietnamese(),
    "arabic": samples.arabic(),
    "hostile": samples.hostile(),
    "bare": samples.bare(),
    "no stories": samples.edition(),
}


def render(edition: Edition, *own: Path) -> RenderedEdition:
    """Render with an operator's folders before the shipped one."""
    return TemplateRenderer((*own, SHIPPED), site=SITE).render(edition)


def document(page: str) -> Any:
    """Return the page as lxml reads it; its stubs know no HtmlElement."""
    return lxml_html.document_fromstring(page)


def template(folder: Path, name: str, text: str) -> Path:
    """Write an operator's template; return the folder."""
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return folder


@pytest.fixture(scope="module", params=EDITIONS)
def every(request: pytest.FixtureRequest) -> RenderedEdition:
    """Each sample, rendered once."""
    return render(EDITIONS[request.param])


def test_the_leads_outlet_is_named_first_even_if_it_tells_the_story_twice() -> None:
    """Whose headline it is must not vanish into "and 2 more"."""
    told = samples.story(1, outlets=6)
    twice = replace(told, entries=(*told.entries, replace(told.entries[0], id="again")))

    text = render(samples.edition(twice)).text

    assert text.index("Harbor Wire") < text.index("Báo Sen")


def test_every_story_is_in_all_three_texts(every: RenderedEdition) -> None:
    """Rule M6: a reader of plain text misses nothing."""
    text = " ".join(every.text.split())
    page = document(every.html)
    shown = [" ".join(head.text_content().split()) for head in page.iter("h3")]

    titles = [" ".join(story.title.split()) for story in every.edition.stories]
    assert shown == titles
    assert all(title in text for title in titles)
    assert every.markdown.count("\n### ") == len(titles)


def test_every_link_is_a_storys_or_the_one_for_leaving(every: RenderedEdition) -> None:
    """Rules T10 and T12: nothing in a feed makes a link of its own."""
    page = document(every.html)
    known = {entry.url for story in every.edition.stories for entry in story.entries}
    known |= {story.url for story in every.edition.stories}

    links = [link.get("href").partition("#")[0] for link in page.iter("a")]
    plain = {linkable(url) for url in known if url}
    ours = {UNSUBSCRIBE_MARK, f"{UNSUBSCRIBE_MARK}/preferences", ARCHIVED}
    assert set(links) <= plain | ours
    assert links.count(UNSUBSCRIBE_MARK) == 1
    assert every.text.count(UNSUBSCRIBE_MARK) == 2


def test_the_document_is_one_that_mail_clients_take(every: RenderedEdition) -> None:
    """Rules T1 to T4, T7 and T10."""
    page = document(every.html)

    assert every.html.startswith("<!DOCTYPE html>")
    assert page.findtext(".//title") == every.subject
    assert page.get("lang") == every.edition.language == page.find("body/div").get("lang")
    assert len(list(page.iter("h1"))) == 1
    assert all(table.get("role") == "presentation" for table in page.iter("table"))
    assert not list(page.iter("script", "form", "iframe", "object", "link", "img"))
    assert sum(len(sheet.text or "") for sheet in page.iter("style")) < 16_000


@pytest.mark.parametrize("look", ["daily", "brief", "letter"])
def test_no_line_of_a_narrow_screen_begins_with_a_dot(look: str) -> None:
    """A dot between two words stays with the first, wherever the line ends."""
    page = document(render(replace(samples.usual(), look=look)).html)

    dots = [dot.text for dot in page.iter("span") if dot.get("class") == "dot"]
    assert set(dots) == {"\xa0· "}


@pytest.mark.parametrize("look", ["daily", "brief", "letter"])
def test_no_line_of_a_narrow_screen_begins_with_the_bare_number_of_an_issue(look: str) -> None:
    """At 320 pixels the look `letter` had "128" alone under the date."""
    page = document(render(replace(samples.usual(), look=look)).html)

    issue = page.find_class("issue")[0].text_content()
    assert issue.endswith("No.\xa012")


def test_text_lines_are_short_unless_an_address_is_longer(every: RenderedEdition) -> None:
    """Rule M7: an address is never broken, and all else fits a terminal."""
    for line in every.text.splitlines():
        assert len(line) <= 76 or " " not in line.strip().removeprefix("* ")
    for story in every.edition.stories:
        assert story.url is None or linkable(story.entries[0].url or "") in every.text.split()


def test_an_address_with_hyphens_is_never_broken() -> None:
    """Most addresses of news have them, and are longer than a line."""
    url = f"https://news.example/{'one-word-' * 20}end"

    assert url in render(samples.edition(samples.story(1, url=url))).text


def test_front_matter_is_yaml_that_site_generators_read(every: RenderedEdition) -> None:
    """JSON's strings and lists are YAML's too, so each value reads back."""
    _, matter, _ = every.markdown.split("---\n", 2)
    values = dict(line.split(": ", 1) for line in matter.splitlines())

    assert json.loads(values["title"]) == every.subject
    assert json.loads(values["tags"]) == [section.id for section in every.edition.sections]
    assert values["date"] == "2026-09-14T00:00:00+00:00"
    assert set(values) == {"title", "date", "digest", "number", "lang", "tags"}


def test_feeds_words_are_words_in_html_and_markdown() -> None:
    """Rule T12: titles and summaries mean harm, or know no better."""
    hostile = render(samples.hostile())

    assert "<script" not in hostile.html
    assert r"### [\<script\>alert(1)\</script\> & " in hostile.markdown
    assert r"\[link\](javascript:alert(1)) \`code\` \*star\*" in hostile.markdown
    assert "### [Bcc: everybody@example.org X: y](<" in hostile.markdown


@pytest.mark.parametrize(
    ("summary", "written"),
    [
        ("{{ site.key }} {% include x %}", "&#123;&#123; site.key }} &#123;% include x %}"),
        ("- not a list", r"\- not a list"),
        ("2. not a list", r"2\. not a list"),
        ("--- not a rule", r"\--- not a rule"),
        ("# not a heading", r"\# not a heading"),
    ],
)
def test_the_archive_runs_nothing_a_summary_says(summary: str, written: str) -> None:
    """Jekyll runs braces before it reads Markdown."""
    edition = samples.edition(samples.story(1, summary=summary))

    assert f"\n\n{written}\n\n" in render(edition).markdown


@pytest.mark.parametrize("written", ["How &lt;b&gt; came to stand for <b>", "AT&T; R&D"])
def test_the_archive_shows_an_entity_as_the_headline_has_it(written: str) -> None:
    """News about markup says `&lt;`, and a reader of Markdown would show `<` for it."""
    archived = render(samples.edition(samples.story(1, title=written))).markdown

    headline = re.search(r"### \[(.*)\]\(<", archived)
    assert headline
    assert unescape(headline[1].replace("\\", "")) == written


def test_an_edition_speaks_its_language() -> None:
    """A Vietnamese reader finds no English word that is ours."""
    vietnamese = render(samples.vietnamese())

    assert "Thứ Hai, 14 tháng 9, 2026 · Số 12" in vietnamese.text
    assert "và 3 nguồn khác" in vietnamese.text
    assert "Hủy đăng ký" in vietnamese.html
    assert "Unsubscribe" not in vietnamese.html
    assert "Monday" not in vietnamese.html + vietnamese.text + vietnamese.markdown


HEADER = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (f'{HEADER}msgid "Preferences"\nmsgstr "Pilihan\n', ':4: msgstr "Pilihan cannot be read; '),
        (f'{HEADER}msgid "Preferences"\nmsgstr Pilihan\n', ":4: msgstr Pilihan cannot be read; "),
        (f'{HEADER}msgid "Preferences"\n\nmsgid "Update"\nmsgstr ""\n', ":3: missing msgstr for"),
        (
            f'{HEADER}msgid "No. %(number)s"\nmsgstr "Nr %(nomor)s"\n',
            ":3: 'No. %(number)s': unknown named placeholder 'nomor'",
        ),
        (
            f'{HEADER}"Plural-Forms: nplurals=1; plural=much;\\n"\n',
            ": invalid token in plural form: much",
        ),
        ("msgid 'x'".encode("utf-16"), ": is not in UTF-8 (invalid start byte); save it so"),
    ],
)
def test_a_mistake_in_words_is_told_with_file_and_line(
    tmp_path: Path, written: str | bytes, said: str
) -> None:
    """Without its last quote a word lost a letter; other mistakes were a traceback, or English."""
    catalogue = tmp_path / "locale/id/messages.po"
    catalogue.parent.mkdir(parents=True)
    catalogue.write_bytes(written if isinstance(written, bytes) else written.encode())

    with pytest.raises(RenderError) as refused:
        render(replace(samples.usual(), language="id"), tmp_path)

    assert str(refused.value).startswith(f"{catalogue}{said}")


def test_every_word_of_the_templates_is_translated() -> None:
    """A sentence added to a template is easily forgotten in the catalogue."""
    catalogue = (SHIPPED / "locale/vi/messages.po").read_text(encoding="utf-8")
    told = re.compile(r"{% trans [^%]*%}(.*?){%|{% trans %}(.*?){%")

    for file in (*SHIPPED.glob("*/*.html"), *SHIPPED.glob("*/*.txt"), *SHIPPED.glob("*/*.md")):
        if file.parent.name == "web":
            continue  # Those have a catalogue, and a test, of their own.
        for match in told.finditer(file.read_text(encoding="utf-8")):
            words = re.sub(r"{{ (\w+) }}", r"%(\1)s", match[1] or match[2])
            assert f'msgid "{words}"' in catalogue, f"{file}: {words}"


def test_a_language_without_a_catalogue_still_has_its_dates_and_direction() -> None:
    """Arabic is read from the right; an English headline in it from the left."""
    page = document(render(samples.arabic()).html)

    assert page.get("dir") == page.find("body/div").get("dir") == "rtl"
    assert "سبتمبر" in page.find_class("issue")[0].text_content()
    assert [head.get("dir") for head in page.iter("h3")] == [None, "ltr"]


def test_a_headline_in_another_language_says_so() -> None:
    """Rule T2: a screen reader would mispronounce it."""
    page = document(render(samples.usual()).html)

    assert [head.get("lang") for head in page.iter("h3")] == [None, "vi", None, None]


def test_a_guessed_time_says_about_and_an_older_one_its_day() -> None:
    """Times are of the digest's zone, and never surer than we are."""
    texts = render(samples.edition(samples.story(1, is_guess=True), samples.story(90)))

    assert "\n  about 06:38\n" in texts.text
    assert "\n  about" not in render(samples.edition(samples.story(1))).text
    assert re.search(r"\n  \d\d:\d\d, Sep 13\n", texts.text)


def test_a_story_without_address_and_summary_is_still_told() -> None:
    """Some feeds give a title and nothing else."""
    bare = render(samples.bare())

    assert '<h3 class="lead headline"' in bare.html
    assert 'class="summary"' not in bare.html
    assert "None" not in bare.html + bare.text + bare.markdown
    assert "* Tamarind opens a plant\n  06:38\n  Harbor Wire\n" in bare.text


def test_a_long_title_is_cut_in_the_subject_and_nowhere_else() -> None:
    """A subject is read on a phone; the headline is the story."""
    long = render(samples.edition(samples.story(1, title="word " * 80 + "end")))

    assert len(long.subject) <= 110
    assert long.subject.endswith("…")
    assert "word end" in " ".join(long.text.split())


def test_styles_are_inlined_and_the_dark_sheet_keeps_its_force() -> None:
    """Rule T8: an inlined style wins over a sheet that has no `!important`."""
    page = render(samples.usual()).html
    sheet = page[page.index("prefers-color-scheme: dark") :].partition("[data-ogsc]")[0]

    assert re.search(r"<h3 class=\"headline\" style=\"[^\"]*font-size:18px", page)
    rules = re.findall(r"{([^{}]+)}", sheet)
    assert len(rules) > 5
    assert all("!important" in rule for block in rules for rule in block.split(";") if rule.strip())
    assert "<!--[if mso]>" in page


@pytest.mark.parametrize(
    ("look", "font"),
    [("daily", "Arial, sans-serif"), ("letter", 'Cambria, "Times New Roman", serif')],
)
def test_outlook_for_windows_is_told_a_font_of_the_looks_own_kind(look: str, font: str) -> None:
    """It was Arial in each, so the look that is set like a letter was none there."""
    page = render(replace(samples.usual(), look=look)).html

    told = page.partition("<!--[if mso]><style>")[2].partition("</style>")[0]
    assert f"font-family: {font} !important" in told


def test_a_sheet_may_use_what_the_inliner_does_not_know() -> None:
    """An operator's sheet is theirs; a rule it cannot inline must not stop the mail."""
    page = inline(
        "<!DOCTYPE html><html><head><style>p { color: red; zoom: odd(1); }</style></head>"
        "<body><p>Hi</p></body></html>"
    )

    assert "color:red" in page


def test_a_rule_for_dark_screens_in_the_first_sheet_keeps_its_force_too() -> None:
    """An operator may write it beside the others."""
    page = inline(
        "<!DOCTYPE html><html><head><style>p { color: red; }"
        " @media (prefers-color-scheme: dark) { p { color: blue !important; } }</style></head>"
        "<body><p>Hi</p></body></html>"
    )

    assert re.search(r"color:\s*blue\s*!important", page.partition("</style>")[0])


def test_a_usual_edition_is_small_enough_for_gmail() -> None:
    """Rule M8: Gmail cuts a message at about 102 KB of HTML."""
    assert len(render(samples.large(40)).html.encode()) < 80_000


def test_headlines_alone_are_read_sooner() -> None:
    """The look `brief` gives them alone, and said that reading it takes as long as all of it."""
    told = samples.large(40)

    brief, daily = (render(replace(told, look=look)) for look in ("brief", "daily"))
    for part in ("html", "text"):
        assert "2-minute read" in getattr(brief, part)
        assert "6-minute read" in getattr(daily, part)


def test_one_topic_alone_needs_no_contents() -> None:
    """Who chose one topic read its heading twice in the first lines, every day."""
    one, two = (document(render(samples.large(count)).html) for count in (1, 2))

    assert not one.find_class("inside")
    assert two.find_class("inside")[0].text_content() == "Models\xa01\xa0· Business\xa01"


def test_an_edition_without_stories_counts_none() -> None:
    """The text began with "0 stories · 0 outlets · 1-minute read"; the HTML never did."""
    text = render(samples.edition()).text

    assert "0 stories" not in text
    assert "There is no news today." in text


def test_the_same_edition_renders_the_same() -> None:
    """What was previewed is what is sent."""
    assert render(samples.usual()) == render(samples.usual())


def test_an_operators_template_comes_before_the_shipped_one(tmp_path: Path) -> None:
    """One file is changed, and the others stay ours."""
    own = template(tmp_path, "daily/subject.txt", "  Own {{ edition.number }}\n subject ")

    texts = render(samples.usual(), own)

    assert texts.subject == "Own 12 subject"
    assert "<title>Own 12 subject</title>" in texts.html


def test_an_operators_block_extends_the_shipped_base(tmp_path: Path) -> None:
    """A footer is changed without copying the page."""
    own = template(
        tmp_path,
        "daily/email.html",
        '{% extends "_base/email.html" %}\n'
        "{% block footer %}<p>Own {{ site.name }}</p>{% endblock %}",
    )

    assert "<p>Own Harbor &lt;Digest&gt;</p>" in render(samples.usual(), own).html


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("one\n{{ edition.titel }}", 2, "no attribute 'titel'"),
        ("one\ntwo\n{{ nothing }}", 3, "'nothing' is undefined"),
        ("{% if %}", 1, "Expected an expression"),
        ("one\n{{ 1 / 0 }}", 2, "division by zero"),
        ("one\n{{ edition.number | on_day }}", 2, "AssertionError"),
        ("one\n{% include 'gone.txt' %}", 2, "gone.txt"),
    ],
)
def test_a_mistake_in_a_template_is_named_by_file_and_line(
    tmp_path: Path, text: str, line: int, reason: str
) -> None:
    """An operator must find it without reading our code."""
    own = template(tmp_path, "daily/email.txt", text)

    with pytest.raises(RenderError, match=re.escape(reason)) as caught:
        render(samples.usual(), own)

    assert caught.value.template == str(tmp_path / "daily/email.txt")
    assert caught.value.line == line
    assert caught.value.__cause__ is not None


def test_a_page_that_is_none_is_named(tmp_path: Path) -> None:
    """The inliner fails on an empty file, in words about itself."""
    own = template(tmp_path, "daily/email.html", "")

    with pytest.raises(RenderError, match=r"daily/email\.html: no page"):
        render(samples.usual(), own)


def test_a_look_that_does_not_exist_is_named() -> None:
    """A digest may name a look of its own."""
    renderer = TemplateRenderer((SHIPPED,), site=SITE)

    with pytest.raises(RenderError, match=r"weekly/subject\.txt"):
        renderer.render(replace(samples.usual(), look="weekly"))


def test_a_look_that_lacks_a_file_is_told_which_it_needs(tmp_path: Path) -> None:
    """A list of looks in which it stands helped nobody who had written the first file alone."""
    own = template(tmp_path, "ours/email.html", '{% extends "daily/email.html" %}')

    with pytest.raises(RenderError) as refused:
        render(replace(samples.usual(), look="ours"), own)

    needed = "beside email.html a look has email.txt, edition.md, subject.txt"
    assert str(refused.value) == f"ours/subject.txt: is not there; {needed}"


def test_the_look_that_the_page_teaches_is_a_good_one(tmp_path: Path) -> None:
    """docs/how-to/looks.md shows a look of one's own; what it shows works, and breaks no rule."""
    taught = (SHIPPED.parent / "docs" / "how-to" / "looks.md").read_text(encoding="utf-8")
    page = re.search(r"`templates/ours/email.html`\n\n```jinja\n(.*?)```", taught, re.DOTALL)
    assert page
    own = template(tmp_path, "ours/email.html", page[1])
    for name, words in re.findall(r"`templates/ours/([\w.]+)`:\s`({%[^`]*)`", taught):
        template(tmp_path, f"ours/{name}", words)

    rendered = render(replace(samples.usual(), look="ours"), own)

    assert "Written by people in Đà Nẵng." in rendered.html
    assert "color:#00695c" in rendered.html
    publisher = Publisher(base_url=SITE.base_url, sender=SITE.sender)
    writer = MessageWriter(rendered, publisher=publisher, key="a key for tests")
    found = check_message(
        writer.write("a@b.example", subscriber_id=1, now=samples.NOW), now=samples.NOW
    )
    assert [one for one in found if one.level is not Level.NOTE] == []


@pytest.mark.parametrize("look", ["daily", "brief", "letter"])
def test_an_update_names_what_it_updates(look: str) -> None:
    """A reader who knows the story sees at once why it is here again."""
    again = replace(samples.story(1), update_of=EditionReference(number=11, date=date(2026, 9, 13)))

    texts = render(replace(samples.edition(again), look=look))

    assert "to No. 11, Sep 13" in texts.html
    assert "Update to No. 11, Sep 13: https://digest.example/archive/daily/2026-09-13" in texts.text
    assert "*Update to No. 11, Sep 13*" in texts.markdown


def test_a_picture_stands_beside_its_headline_in_a_box_of_its_size() -> None:
    """Text does not jump when it arrives; where no form is known, a photograph's is taken."""
    known = Picture(url="https://news.example/a.jpg", width=320, height=160)
    unknown = Picture(url="https://news.example/b.jpg", alt='Two robots, "dancing"')
    pictured = (replace(samples.story(n), picture=one) for n, one in enumerate((known, unknown)))

    images = list(document(render(samples.edition(*pictured)).html).iter("img"))

    assert [(one.get("alt"), one.get("width"), one.get("height")) for one in images] == [
        ("", "96", "48"),
        ('Two robots, "dancing"', "96", "60"),
    ]


def test_a_story_stands_beside_its_picture_whole() -> None:
    """A short headline alone left a hole under itself, as high as the picture."""
    picture = Picture(url="https://news.example/a.jpg", width=320, height=320)
    page = document(render(samples.edition(replace(samples.story(1), picture=picture))).html)

    told, pictured = next(page.iter("img")).getparent().getparent()
    assert [one.get("class") for one in told] == ["lead headline", "summary", "sources"]
    assert pictured.get("class") == "picture"


@pytest.mark.parametrize("look", ["brief", "letter"])
def test_the_looks_made_of_words_show_no_picture(look: str) -> None:
    """A minute's reading, or a letter, gains nothing by them."""
    picture = Picture(url="https://news.example/a.jpg", width=320, height=160)
    pictured = replace(samples.edition(replace(samples.story(1), picture=picture)), look=look)

    assert "<img" not in render(pictured).html


def test_a_feed_gets_no_readers_own_address_for_leaving() -> None:
    """What stands for it until a mail is written is no secret, and a link of a feed may hold it."""
    plain = render(samples.edition(samples.story(1)))
    story = samples.story(1, url=f"https://evil.example/?t={UNSUBSCRIBE_MARK}")

    texts = render(samples.edition(replace(story, title=f"Kestrel {UNSUBSCRIBE_MARK} is out")))

    for part in ("html", "text", "subject", "markdown"):
        marks = getattr(plain, part).count(UNSUBSCRIBE_MARK)
        assert getattr(texts, part).count(UNSUBSCRIBE_MARK) == marks


def test_an_address_beyond_ascii_is_the_same_in_all_three_texts() -> None:
    """HTML's writer escapes letters in addresses; text and Markdown must not differ from it."""
    texts = render(samples.edition(samples.story(1, url="https://báo.example/tin tức?q=<ễ>")))

    address = "https://xn--bo-mia.example/tin%20t%E1%BB%A9c?q=%3C%E1%BB%85%3E"
    assert address in texts.html
    assert f"({'<'}{address}" in texts.markdown
    assert address in texts.text


@pytest.mark.parametrize("domain", ["messages", "web"])
def test_every_catalogue_can_be_read(domain: str) -> None:
    """What a merge leaves behind in one is passed over in silence, and words with it."""
    for path in (SHIPPED / "locale").glob(f"*/{domain}.po"):
        with path.open("rb") as file:
            assert len(read_po(file, abort_invalid=True)) > 0


def test_the_looks_say_everything_in_vietnamese() -> None:
    """And the catalogue has no words that nothing says."""
    with (SHIPPED / "locale" / "vi" / "messages.po").open("rb") as file:
        known = {_singular(one.id) for one in read_po(file) if one.id and one.string}
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    said = {
        _singular(words)
        for folder in ("_base", "daily", "brief", "letter")
        for path in (SHIPPED / folder).iterdir()
        for _, _, words in environment.extract_translations(path.read_text("utf-8"))  # type: ignore[attr-defined]  # The extension adds it.
    }

    assert said == known


def _singular(words: Any) -> str:
    return words if isinstance(words, str) else str(words[0])

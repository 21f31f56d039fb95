"""What feeds write is made plain, and plain text is left alone."""

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.text import guess_language, plain_text, sentences, shortened


@pytest.mark.parametrize(
    "title",
    ["a < b and c > d", "AT&T", "List<int>", "Map<String, int>", "I <3 robots", "1 <2> 3", "R&D;"],
)
def test_signs_in_plain_titles_survive(title: str) -> None:
    """Not everything with a bracket is markup."""
    assert plain_text(title) == title


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("Kestrel&#8217;s &amp; Co", "Kestrel’s & Co"),
        ("Kestrel&amp;#8217;s", "Kestrel’s"),
        ("&lt;b&gt;Bold&lt;/b&gt; move", "Bold move"),
        ("&amp;lt;a href=&amp;quot;x&amp;quot;&amp;gt;Link&amp;lt;/a&amp;gt;", "Link"),
        ("The &lt;div&gt; element", "The <div> element"),
        ("<p>One</p><p>Two<br>Three</br>Four", "One Two Three Four"),
        ("H<sub>2</sub>O is <i>wet</i>", "H2O is wet"),
        ("<script>alert(1)</script>Safe<style>p{}</style>", "Safe"),
        ("<script>never closed", ""),
        ("<img src='x' alt=\"a > b\">Caption", "Caption"),
        ("<lite-video id='1'>Film</lite-video>", "Film"),
        ("<o:p>Office</o:p>", "Office"),
        ("<custom role=x>text</custom>", "text"),
        ("<!-- hidden -->Shown", "Shown"),
        ("<![CDATA[Words]]>", "Words"),
        ('Cut in <a href="https://feed.exa', "Cut in"),
        ("a\u00a0b\r\n\tc\x00d", "a b c d"),
        ("zero\u200bwidth\ufeff\u00ad", "zerowidth"),
        ("e\u0301", "é"),
        ("half \ud83d surrogate", "half surrogate"),
    ],
)
def test_markup_and_entities_leave_no_residue(markup: str, text: str) -> None:
    """A reader sees words, however often the feed escaped them."""
    assert plain_text(markup) == text


@pytest.mark.parametrize(
    ("written", "plain"),
    [
        ("**Northwind** and **Kestrel AI** met *twice*.", "Northwind and Kestrel AI met twice."),
        ("**Northwind**'s new model", "Northwind's new model"),
        ("新模型**Kestrel**，已发布", "新模型Kestrel，已发布"),
        ("<p>**Northwind**</p><p>won</p>", "Northwind won"),
    ],
)
def test_marks_of_emphasis_are_no_words(written: str, plain: str) -> None:
    """Some feeds hold Markdown, whose asterisks a reader would see before every name."""
    assert plain_text(written) == plain


@pytest.mark.parametrize(
    "text",
    [
        "2 ** 3 ** 4 is a lot",
        "x**2 + y**2 = z**2",
        "f(*args, **kwargs) and g(**options)",
        "call(**one, **other)",
        "src/**/*.py and tests/**/*.py",
        "a * b * c",
        "Terms apply* to all plans*",
        "**",
    ],
)
def test_asterisks_of_code_and_footnotes_stay(text: str) -> None:
    """Only pairs around words are Markdown; a program without its asterisks is another one."""
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("my work.<sup>1</sup> The next", "my work. The next"),
        ("a plain prompt,<sup>10</sup> with", "a plain prompt, with"),
        ('strong binders<sup id="fn"><a href="#1">[3]</a></sup> hold', "strong binders hold"),
        ('said so.”<a href="#2"><sup>2</sup></a> And', "said so.” And"),
        ("10<sup>6</sup> tonnes on 3 km<sup>2</sup>", "106 tonnes on 3 km2"),
        ("(a+b)<sup>2</sup> and E=mc<sup>2</sup>", "(a+b)2 and E=mc2"),
        ("the 5<sup>th</sup> model<sup>®</sup>", "the 5th model®"),
    ],
)
def test_numbers_of_footnotes_are_no_text(markup: str, text: str) -> None:
    """Behind a stop they keep a sentence from ending; powers are something else."""
    assert plain_text(markup) == text


def test_joiners_stay_where_they_carry_meaning() -> None:
    """An emoji of a profession is three characters held together by one."""
    assert plain_text("👩\u200d💻 works") == "👩\u200d💻 works"


@given(st.text())
def test_plain_text_is_one_clean_line(text: str) -> None:
    """Whatever comes, what leaves can be stored, printed and put into a mail."""
    plain = plain_text(text)

    assert plain == plain.strip()
    assert unicodedata.is_normalized("NFC", plain)
    assert not re.search(r"[\x00-\x1f\x7f-\x9f\u200b\ufeff\ud800-\udfff]|\s\s", plain)
    plain.encode()


@pytest.mark.parametrize(
    "part",
    [
        "<",
        "<a ",
        "<a href='",
        "<!--",
        "<script>",
        "&",
        "<b",
        "<x y=",
        "**a",
        "*a **",
        "words<sup>",
        "words<a x",
    ],
)
def test_hostile_markup_takes_linear_time(part: str) -> None:
    """Ten thousand of each finish at once; quadratic patterns would hang the test."""
    assert len(plain_text(part * 20_000)) <= len(part) * 20_000


def test_sentences_end_where_they_end() -> None:
    """Titles, places, initials, versions and numbers have dots inside."""
    text = (
        "The U.S. Army asked Dr. Ito of Foo Inc. for v1.5 at 3.5 million. “Yes,” she said! "
        "It was no. 5 of the list. He said no. Then nothing… Why?"
    )

    assert sentences(text) == (
        "The U.S. Army asked Dr. Ito of Foo Inc. for v1.5 at 3.5 million.",
        "“Yes,” she said!",
        "It was no. 5 of the list.",
        "He said no.",
        "Then nothing…",
        "Why?",
    )


@pytest.mark.parametrize(
    "sentence",
    [
        "The test (Ito et al. 2016) is known.",
        "In St. Elmo and on Fifth Ave. Ito stayed.",
        "It was built c. 1900 by Ito.",
    ],
)
def test_short_forms_end_no_sentence(sentence: str) -> None:
    """A sentence that ends in "et al." was cut in the middle."""
    assert sentences(sentence) == (sentence,)


def test_vietnamese_sentences_end_where_they_end() -> None:
    """TP.HCM is a place, PGS.TS. a rank, and 1.000 a thousand."""
    text = "TP.HCM có trung tâm mới. PGS.TS. Lan nói về 1.000 đồng. TP. Huế thì sao? Chưa rõ."

    assert sentences(text) == (
        "TP.HCM có trung tâm mới.",
        "PGS.TS. Lan nói về 1.000 đồng.",
        "TP. Huế thì sao?",
        "Chưa rõ.",
    )


@given(st.text(alphabet="ab .!?…\"'A1\n", max_size=60))
def test_sentences_lose_no_word(text: str) -> None:
    """Splitting only takes away space."""
    assert "".join("".join(sentences(text)).split()) == "".join(text.split())


@pytest.mark.parametrize(
    ("text", "default", "language"),
    [
        ("Hà Nội mở trung tâm dữ liệu mới", "en", "vi"),
        ("Bản tin hôm nay", "en", "vi"),
        ("Nguyễn joins the language team of Northwind in Oslo", "en", "en"),
        ("Le modèle arrive en février", "fr", "fr"),
        ("Compania lansează în România", "ro", "ro"),
        ("", "en", "en"),
    ],
)
def test_vietnamese_shows_by_its_letters(text: str, default: str, language: str) -> None:
    """A name in an English headline does not make it Vietnamese."""
    assert guess_language(text, default) == language


def test_text_is_cut_between_words() -> None:
    """Half a word helps nobody."""
    assert shortened("one two three", 9) == "one two…"
    assert shortened("one two", 7) == "one two"
    assert shortened("unbreakable", 5) == "unbr…"


@pytest.mark.parametrize(
    ("text", "default", "language"),
    [
        ("本文提出Proteus，一种解决长上下文的新范式", "en", "zh"),
        ("新しいモデルを発表", "en", "ja"),
        ("Новая языковая модель", "en", "ru"),
        ("Нова мовна модель", "uk", "uk"),
        ("نموذج لغوي جديد", "en", "ar"),
        ("The sign Σ stands for a sum", "en", "en"),
        ("12:30", "en", "en"),
    ],
)
def test_a_script_gives_the_language_away(text: str, default: str, language: str) -> None:
    """A screen reader, and the mail's `lang`, must not take Chinese for English."""
    guessed = guess_language(text, default)

    assert guessed == language

"""Header fields as bytes: what a client must be able to read, whatever a feed wrote."""

import re
from email.header import decode_header, make_header

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.headers import clean, mailbox_field, plain_field, text_field

VIETNAMESE = "Quốc hội thông qua luật về trí tuệ nhân tạo, có hiệu lực từ ngày mai; " * 4
FAMILY = "👩‍👩‍👧‍👦"


def decoded(field: bytes) -> str:
    """Return a field's value as a client shows it."""
    value = field.decode("ascii").partition(": ")[2].removesuffix("\r\n")
    return str(make_header(decode_header(value.replace("\r\n ", " "))))


@pytest.mark.parametrize(
    "subject",
    [
        "Plain words",
        VIETNAMESE.strip(),
        f"Family {FAMILY * 8} day",
        "W" * 400,
        "=?utf-8?q?trick?=",
        "a" * 59 + " é",
        "Shaking \U0001fae8 and not yet named \U0001faff",
        "14\u200f/9\u200f/2026: النشرة",
    ],
)
def test_a_subject_comes_back_as_it_was_written(subject: str) -> None:
    """Rules H10 and H13: a reader sees the title and no code."""
    assert decoded(text_field("Subject", subject)) == subject


@given(st.text(min_size=1, max_size=120))
def test_any_text_makes_a_field_of_whole_words_and_short_lines(text: str) -> None:
    """Feeds' titles are any text; RFC 2047 asks this of every word."""
    field = text_field("Subject", text.encode(errors="replace").decode())

    words = re.findall(rb"=\?utf-8\?b\?([^?]*)\?=", field)
    assert all(len(line) <= 76 for line in field.split(b"\r\n"))
    assert b"?==?" not in field
    assert all(decode_header(f"=?utf-8?b?{word.decode()}?=")[0][0].decode() for word in words)


def test_letters_stay_whole_between_words() -> None:
    """A client may decode word by word, so no emoji or accented letter is cut."""
    field = text_field("Subject", f"{FAMILY} ế" * 20)

    for word in re.findall(r"=\?utf-8\?b\?[^?]*\?=", field.decode()):
        assert len(word) <= 75
        assert not str(make_header(decode_header(word))).startswith("\u200d")


@pytest.mark.parametrize("ending", ["\r\n", "\n", "\r", "\u2028", "\x85", "\x0b", "\x00"])
def test_a_line_break_in_a_title_starts_no_field(ending: str) -> None:
    """Rule H15: a title must not write into the header."""
    field = text_field("Subject", f"Title{ending}Bcc: everybody@example.org")

    assert field == b"Subject: Title Bcc: everybody@example.org\r\n"


def test_a_long_machine_read_field_breaks_at_spaces_only() -> None:
    """Rule H11: an encoded word here takes the one-click button away."""
    url = f"<https://digest.example/{'t' * 120}>"

    field = plain_field("List-Unsubscribe", f"{url}, <mailto:a@digest.example>")

    assert field.decode() == (f"List-Unsubscribe: {url},\r\n <mailto:a@digest.example>\r\n")


@pytest.mark.parametrize("value", ["a\r\nBcc: b", "ngày", "a\x00"])
def test_a_machine_read_field_refuses_what_it_cannot_hold(value: str) -> None:
    """A wrong byte here is a mistake of ours, not of a feed."""
    with pytest.raises(ValueError, match="X-Field cannot hold"):
        plain_field("X-Field", value)


@pytest.mark.parametrize(
    ("mailbox", "written"),
    [
        ("a@digest.example", b"From: a@digest.example\r\n"),
        ("The Digest <a@digest.example>", b"From: The Digest <a@digest.example>\r\n"),
        ('"Digest, The" <a@digest.example>', b'From: "Digest, The" <a@digest.example>\r\n'),
    ],
)
def test_a_mailbox_is_written_plainly_where_it_can_be(mailbox: str, written: bytes) -> None:
    """RFC 5322, section 3.4: a comma outside quotes would make two addresses."""
    assert mailbox_field("From", mailbox) == written


def test_a_vietnamese_name_is_encoded_and_its_address_is_not() -> None:
    """Rule H11: an address within an encoded word is no address."""
    field = mailbox_field("From", "Bản tin buổi sáng <a@digest.example>")

    assert field.endswith(b"?=\r\n <a@digest.example>\r\n")
    assert decoded(field) == "Bản tin buổi sáng <a@digest.example>"


def test_an_address_outside_ascii_is_refused_beside_an_encoded_name() -> None:
    """Rule H14: we offer no SMTPUTF8, so such a field would be raw bytes."""
    with pytest.raises(ValueError, match="From cannot hold"):
        mailbox_field("From", "Bản tin <tin@báo.example>")


def test_clean_keeps_joined_emoji_and_composes_letters() -> None:
    """Controls go, but what holds a letter together is none."""
    assert clean(f" e\u0302\u0301\t{FAMILY}\u202e ") == f"ế {FAMILY}"

"""A message's bytes, read back as a mail client reads them."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from urllib.parse import parse_qs, urlsplit

import pytest
from itsdangerous import URLSafeSerializer

from aidigest.core.editions.edition import UNSUBSCRIBE_MARK, RenderedEdition
from aidigest.core.messages.message import MessageWriter, Publisher
from aidigest.core.messages.unsubscribe import Leaving, read
from aidigest.errors import RecipientError
from samples import NOW, edition, rendered, story, vietnamese

KEY = "a key for tests"
PUBLISHER = Publisher(
    base_url="https://digest.example",
    sender="Bản tin AI <digest@digest.example>",
    reply_to="people@digest.example",
)
ONCE = [
    "Date",
    "From",
    "To",
    "Subject",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Feedback-ID",
    "Auto-Submitted",
    "Content-Language",
]


def writer(
    words: RenderedEdition | None = None, *, publisher: Publisher = PUBLISHER, mark: str = ""
) -> MessageWriter:
    """Return the writer of an edition."""
    return MessageWriter(words or rendered(), publisher=publisher, key=KEY, mark=mark)


def write(words: RenderedEdition | None = None, *, mark: str = "") -> bytes:
    """Return the message to reader 7."""
    return writer(words, mark=mark).write("an@reader.example", subscriber_id=7, now=NOW)


def parse(message: bytes) -> EmailMessage:
    """Read a message back; it has no defects."""
    parsed = message_from_bytes(message, policy=default)
    assert not parsed.defects
    return parsed


def part(message: bytes, kind: str) -> str:
    """Return a part's text with plain line ends."""
    body = parse(message).get_body((kind,))
    assert body is not None
    content: str = body.get_content()
    return content.replace("\r\n", "\n")


def test_every_field_stands_once() -> None:
    """Rule H1: Gmail refuses a mail with two of them."""
    parsed = parse(write())

    assert sorted(parsed.keys()) == sorted(ONCE)
    assert parsed["To"] == "an@reader.example"
    assert parsed["From"] == "Bản tin AI <digest@digest.example>"
    assert parsed["List-Id"] == '"The Daily Digest" <daily.digest.example>'
    assert parsed["Auto-Submitted"] == "auto-generated"


def test_a_list_is_named_only_in_letters_that_need_no_encoding() -> None:
    """Rules H11 and H16: people filter on the field, and an encoded word breaks it."""
    parsed = parse(write(replace(rendered(), edition=vietnamese())))

    assert parsed["List-Id"] == "<daily.digest.example>"


def test_the_button_for_leaving_is_offered_as_rfc_8058_has_it() -> None:
    """Rules H17, H18 and H20: one https, one mailto, nothing encoded, no address of a reader."""
    message = write()
    parsed = parse(message)
    header = message.partition(b"\r\n\r\n")[0]
    uris = re.findall(r"<([^<>\s]+)>", parsed["List-Unsubscribe"])
    web, mail = uris

    assert b"\r\nList-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n" in header
    assert b"\r\nList-Unsubscribe: <https://" in header
    token = web.removeprefix("https://digest.example/unsubscribe/")
    assert read(token, keys=[KEY]) == Leaving(digest_id="daily", subscriber_id=7)
    assert urlsplit(mail).path == "people@digest.example"
    assert parse_qs(urlsplit(mail).query) == {"subject": [f"unsubscribe {token}"]}
    assert "reader.example" not in parsed["List-Unsubscribe"] + parsed["Message-ID"]


def test_a_message_id_is_the_same_on_each_try_and_another_for_each_reader() -> None:
    """Rule H6: a copy sent twice shows once, and no two readers' mails share one."""
    first = writer().message_id("an@reader.example")

    assert first == writer().message_id("an@reader.example")
    assert first != writer().message_id("binh@reader.example")
    assert re.fullmatch(r"<daily\.12\.[0-9a-f]{32}@digest\.example>", first)


def test_a_second_try_differs_by_its_date_alone() -> None:
    """What was previewed is what is sent, whenever that is."""
    first = write()
    later = writer().write("an@reader.example", subscriber_id=7, now=NOW + timedelta(minutes=5))

    assert first.replace(b"00:00:00 +0000", b"00:05:00 +0000") == later


def test_text_comes_before_html_and_nothing_else() -> None:
    """Rule M1: clients show the last part they can."""
    parsed = parse(write())

    kinds = [one.get_content_type() for one in parsed.walk()]
    assert kinds == ["multipart/alternative", "text/plain", "text/html"]
    assert all(one.get_content_charset() == "utf-8" for one in parsed.iter_parts())


def test_the_parts_are_the_rendered_ones_with_the_readers_own_link() -> None:
    """Nothing is lost on the way, whatever bytes a letter has."""
    words = rendered()
    message = write(words)
    url = writer(words).unsubscribe_url(7)[0]

    assert part(message, "plain") == words.text.replace(UNSUBSCRIBE_MARK, url)
    assert part(message, "html") == words.html.replace(UNSUBSCRIBE_MARK, url)
    assert UNSUBSCRIBE_MARK.encode() not in message


@pytest.mark.parametrize("before", range(60, 90))
def test_lines_are_short_and_end_alike_wherever_the_link_stands(before: int) -> None:
    """Rules E3 and M2: a line over 76 is what relays fold, and break the link with."""
    text = f"{'x' * (before - 2)}é{UNSUBSCRIBE_MARK} {UNSUBSCRIBE_MARK} \r\n\rend\n"
    html = f"<p>{'y ' * before}<a href={UNSUBSCRIBE_MARK}>"
    words = rendered(text=text, html=html)
    message = write(words)
    body = message.partition(b"\r\n\r\n")[2]

    assert all(len(line) <= 76 for line in body.split(b"\r\n"))
    assert not re.search(rb"(?<!\r)\n|\r(?!\n)", message)
    url = writer(words).unsubscribe_url(7)[0]
    assert part(message, "plain") == f"{'x' * (before - 2)}é{url} {url} \n\nend\n"


def test_an_address_with_signs_of_quoted_printable_survives() -> None:
    """A base address is an operator's: it may be long and hold an equals sign."""
    publisher = Publisher(
        base_url=f"https://digest.example/{'a=' * 60}", sender="digest@digest.example"
    )
    message = writer(publisher=publisher).write("a@b.example", subscriber_id=7, now=NOW)

    url = writer(publisher=publisher).unsubscribe_url(7)[0]
    assert f"Leave: {url}\n" in part(message, "plain")


def test_the_boundary_is_in_no_part() -> None:
    """Rule M4: a story that quotes a boundary does not end the part."""
    message = write()
    boundary = parse(message).get_boundary()
    assert boundary is not None

    again = write(rendered(text=f"--{boundary}--\n{UNSUBSCRIBE_MARK}"))

    assert part(again, "plain").startswith(f"--{boundary}--\n")
    assert len(boundary) <= 70


def test_a_subject_full_of_line_breaks_adds_no_field() -> None:
    """Rule H15: an operator's template may let a title through as it is."""
    parsed = parse(write(rendered(subject="News\r\nBcc: everybody@example.org\r\n\r\nBody")))

    assert parsed["Subject"] == "News Bcc: everybody@example.org Body"
    assert "Bcc" not in parsed


def test_a_test_copy_is_marked() -> None:
    """Nobody should take it for today's edition."""
    assert parse(write(mark="[Test] "))["Subject"] == "[Test] Bản tin: Số 12"


def test_the_header_names_the_recipient_as_the_envelope_does() -> None:
    """What no header can hold is told by the same codes, whoever finds it first."""
    message = writer().write("an@bücher.example", subscriber_id=7, now=NOW)
    with pytest.raises(RecipientError) as caught:
        writer().write("chị@reader.example", subscriber_id=7, now=NOW)

    assert parse(message)["To"] == "an@xn--bcher-kva.example"
    assert caught.value.reply.startswith("5.6.7")


def test_without_an_address_for_replies_leaving_mail_goes_to_the_sender() -> None:
    """A reply must reach somebody."""
    publisher = Publisher(base_url="https://d.example", sender="D <d@d.example>")
    parsed = parse(writer(publisher=publisher).write("a@b.example", subscriber_id=1, now=NOW))

    assert "Reply-To" not in parsed
    assert "<mailto:d@d.example?" in parsed["List-Unsubscribe"]


def test_a_token_longer_than_a_line_is_broken_where_decoding_joins_it() -> None:
    """A digest may have a long name, and its token is in every link for leaving."""
    words = replace(rendered(), edition=replace(edition(story(1)), digest_id="d" * 60))
    message = write(words)
    url, token = writer(words).unsubscribe_url(7)

    assert len(token) > 76
    assert all(len(line) <= 76 for line in message.partition(b"\r\n\r\n")[2].split(b"\r\n"))
    assert f"Leave: {url}\n" in part(message, "plain")
    assert f"<{url}>, <mailto:" in parse(message)["List-Unsubscribe"]


def test_a_link_mailed_before_tokens_were_made_faster_still_works() -> None:
    """Old mails stay in mailboxes for years."""
    mailed = URLSafeSerializer(KEY, salt="unsubscribe").dumps(["daily", 7])

    assert writer().unsubscribe_url(7)[1] == mailed

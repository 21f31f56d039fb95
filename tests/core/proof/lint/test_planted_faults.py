"""Each rule, and a message that breaks it."""

import re
from pathlib import Path

import pytest

from aidigest.core.proof.clients import shipped_support
from aidigest.core.proof.lint import Level, check_message, feed_words, is_fit
from aidigest.preview.samples import SAMPLE_TIME
from mails import message, sampled, with_bytes, with_html, with_text

SUPPORT = shipped_support()
_MARK = "xxUNSUBSCRIBExURLxx"


def rules(raw: bytes) -> set[str]:
    """Return the ids of the rules that a message breaks, notes left out."""
    words = feed_words(sampled("1").edition)
    found = check_message(raw, quoted=words, support=SUPPORT, now=SAMPLE_TIME)
    return {one.rule for one in found if one.level is not Level.NOTE}


def swapped(old: str, new: str) -> bytes:
    """Return a good message with every such string in its HTML replaced."""
    return with_html(lambda html: html.replace(old, new))


def inserted(new: str) -> bytes:
    """Return a good message with something more at the end of its masthead."""
    return swapped("</h1>", f"</h1>{new}")


def test_the_message_that_faults_are_planted_in_has_none() -> None:
    """Or the tests below would show nothing."""
    assert rules(message(sampled("1"))) == set()


DKIM = (
    b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed;"
    b" h=from:from:list-unsubscribe:list-unsubscribe-post"
)

HEADER_FAULTS = [
    ("H1", b"Date: ", b"Date: Mon, 14 Sep 2026 00:00:00 +0000\r\nDate: "),
    ("H1", b"Feedback-ID: ", b"X-Was: "),
    ("H1", b"Reply-To: ", b"Reply-To: a@b.example\r\nReply-To: "),
    ("H2", b"From: ", b"From: a@digest.example, "),
    ("H3", b"From: Harbor Digests <digest@digest.example>", b"From: digest@digest.example"),
    ("H3", b"From: Harbor Digests", b"From: =?utf-8?b?8J+UpSBOZXdz?="),
    ("H3", b"From: Harbor Digests", b'From: "reader@example.org"'),
    ("H4", b"<digest@digest.example>\r\n", b"<digest@gmail.com>\r\n"),
    ("H5", b"00:00:00 +0000", b"00:00:00 GMT"),
    ("H5", b"14 Sep 2026", b"13 Sep 2026"),
    ("H6", b"Message-ID: <", b"Message-ID: "),
    ("H6", b"@digest.example>\r\nDate", b"@elsewhere.example>\r\nDate"),
    ("H6", b"Message-ID: <", b"Message-ID: <" + b"a" * 500),
    ("H7", b"To: reader@example.org", b"Cc: reader@example.org"),
    ("H7", b"To: reader@example.org", b"To: reader@example.org, other@example.org"),
    ("H8", b"Subject: The Morning", b"Subject: Re: The Morning"),
    ("H9", b"MIME-Version: ", b"X-Long: " + b"a " * 17_000 + b"b\r\nMIME-Version: "),
    ("H9", b"MIME-Version: ", b"X-Many: x\r\n" * 5_001 + b"MIME-Version: "),
    ("H9", b"MIME-Version: ", (b"X: " + b"a " * 15_000 + b"b\r\n") * 18 + b"MIME-Version: "),
    ("H10", b"Subject: ", b"Subject: =?utf-8?b?" + b"4buF" * 18 + b"?= "),
    ("H10", b"Subject: ", b"Subject: " + b"x" * 40 + b" =?utf-8?b?" + b"4buF" * 8 + b"?= "),
    ("H10", b"Subject: ", b"Subject: =?utf-8?b?4bs=?= =?utf-8?b?hQ==?= "),
    ("H11", b"List-Id: ", b"List-Id: =?utf-8?b?VGlu?= "),
    ("H12", b"Subject: ", b"Subject: =?utf-8?b?VGlu?==?utf-8?b?VGlu?= "),
    ("H13", b"Subject: The Morning", b"Subject: An Evening"),
    ("H14", b"Subject: The", "Subject: Thễ".encode()),
    ("H15", b"Subject: The", b"Subject: T\x01he"),
    ("H16", b"List-Id: ", b"List-Id: nothing "),
    ("H16", b"List-Id: ", b'List-Id: "' + b"a" * 250 + b'"'),
    ("H17", b"<mailto:", b"<mail to:"),
    ("H17", b"List-Unsubscribe: <https:", b"List-Unsubscribe: <http:"),
    ("H17", b"List-Unsubscribe: <", b"List-Unsubscribe: <https://x.example/>, <"),
    ("H17", b"<mailto:", b"<x-mailto:"),
    ("H17", b"List-Unsubscribe: <", b"List-Unsubscribe: "),
    ("H18", b"List-Unsubscribe=One-Click", b"List-Unsubscribe=OneClick"),
    ("H20", b"/unsubscribe/", b"/unsubscribe/reader@example.org/"),
    ("H21", b"MIME-Version: ", b"DKIM-Signature: v=1; h=from:subject; b=x\r\nMIME-Version: "),
    *(
        ("H22", b"MIME-Version: ", DKIM.replace(old, new) + b"\r\nMIME-Version: ")
        for old, new in (
            (b"v=1", b"v=1; l=9"),
            (b"rsa-sha256", b"rsa-sha1"),
            (b"relaxed/relaxed", b"relaxed/simple"),
            (b"from:from", b"from"),
        )
    ),
    ("H24", b"MIME-Version: ", b"Precedence: junk\r\nMIME-Version: "),
    ("H23", b"auto-generated", b"auto-replied"),
    ("H25", b"Feedback-ID: 128:", b"Feedback-ID: 128 "),
    ("H25", b"Feedback-ID: 128", b"Feedback-ID: reader@example.org"),
    ("H26", b"Reply-To: people@", b"Reply-To: no-reply@"),
    ("H27", b"sample.digest.example>", b"sample.elsewhere.example>"),
    ("H28", b"auto-generated", b"auto-generated "),
    ("H28", b"Auto-Submitted: ", b"Auto-Submitted:\r\n \r\n "),
]


@pytest.mark.parametrize(("rule", "old", "new"), HEADER_FAULTS)
def test_a_fault_in_the_header_is_found(rule: str, old: bytes, new: bytes) -> None:
    """Rules H1 to H28."""
    assert rule in rules(with_bytes(old, new))


@pytest.mark.parametrize("subject", [b"", b"ALL CAPITAL LETTERS", b"x" * 900 + b" " + b"x" * 99])
def test_a_subject_nobody_would_open_is_found(subject: bytes) -> None:
    """Rule H8."""
    good = message(sampled("1"))
    raw = re.sub(
        rb"Subject: (?:.|\r\n )*?\r\n(?! )", b"Subject: " + subject + b"\r\n", good, count=1
    )

    assert "H8" in rules(raw)


def test_a_signature_as_ours_and_a_precedence_of_lists_are_no_faults() -> None:
    """Or the faults planted in them would show nothing."""
    added = DKIM + b"\r\nPrecedence: bulk\r\nMIME-Version: "

    assert rules(with_bytes(b"MIME-Version: ", added)) == set()


MIME_FAULTS = [
    ("E3", b"MIME-Version: ", b"X-Nul: \0\r\nMIME-Version: "),
    ("M1", b"MIME-Version: 1.0", b"MIME-Version: 2.0"),
    (
        "M2",
        b"Content-Type: multipart",
        b"Content-Transfer-Encoding: base64\r\nContent-Type: multipart",
    ),
    ("M5", b"text/html; charset=utf-8", b"text/html; charset=utf-8\r\nContent-ID: <unused>"),
    ("E3", b"\r\nMIME-Version", b"\nMIME-Version"),
    ("E4", b"MIME-Version: ", b"X-Long: " + b"a" * 999 + b"\r\nMIME-Version: "),
    ("M1", b"multipart/alternative", b"multipart/mixed"),
    ("M1", b"text/plain; charset=utf-8", b"text/html; charset=utf-8"),
    ("M2", b"text/html; charset=utf-8", b"text/html; charset=latin-1"),
    ("M2", b"Encoding: quoted-printable", b"Encoding: 8bit"),
    (
        "M2",
        b"Encoding: quoted-printable\r\n\r\n",
        b"Encoding: quoted-printable\r\n\r\n" + b"a" * 77 + b"\r\n",
    ),
    (
        "M9",
        b"text/html; charset=utf-8",
        b"text/html; charset=utf-8\r\nContent-Disposition: attachment",
    ),
]


@pytest.mark.parametrize(("rule", "old", "new"), MIME_FAULTS)
def test_a_fault_in_the_parts_is_found(rule: str, old: bytes, new: bytes) -> None:
    """Rules E3, E4 and M1 to M9."""
    assert rule in rules(with_bytes(old, new))


def test_a_boundary_that_stands_in_a_part_is_found() -> None:
    """Rule M4."""
    good = message(sampled("1"))
    boundary = re.search(rb'boundary="([^"]+)"', good)
    assert boundary
    raw = good.replace(b"\r\n\r\n", b"\r\n\r\n--" + boundary[1] + b"\r\n\r\n", 1)

    assert "M4" in rules(raw)


@pytest.mark.parametrize(
    ("rule", "new"),
    [
        ("M5", '<img src="cid:gone" alt="" width="1" height="1">'),
        ("M6", "<h3>A story of the page alone</h3>"),
        ("M6", '<a href="https://page.example/alone">Alone</a>'),
        ("M8", "x" * 100_000),
        ("M8", "x" * 92_000),
        ("M9", "<p>" + "ế" * 25_000 + "</p>"),
    ],
)
def test_a_fault_between_the_parts_is_found(rule: str, new: str) -> None:
    """Rules M5, M6, M8 and M9."""
    assert rule in rules(inserted(new))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("\n-- \n", "\n" + "long " * 20 + "\n-- \n"),
        ("\n-- \n", "\n&amp;\n-- \n"),
        ("\n-- \n", "\na\u200bb\n-- \n"),
        (f"\n{_MARK}\n", "\ngone\n"),
    ],
)
def test_a_fault_in_the_text_is_found(old: str, new: str) -> None:
    """Rule M7."""
    assert "M7" in rules(with_text(lambda text: text.replace(old, new)))


PAGE_FAULTS = [
    ("T1", "<!DOCTYPE html>", "<!doctype html>"),
    ("T1", "</head>", "</head><head></head>"),
    ("T1", '<body class="page"', '<body><body class="page"'),
    ("T1", "<title>", "<title></title><x>"),
    ("T2", '<html lang="en"', "<html"),
    ("T2", '<div class="wrapper" lang="en"', '<div class="wrapper"'),
    ("T3", 'role="presentation" class="outer"', 'class="outer"'),
    ("T4", "<h1", "<h2"),
    ("T4", "<h2", "<h4"),
    ("T4", ">Unsubscribe</a>", "></a>"),
    ("T4", ">Unsubscribe</a>", ">here</a>"),
    ("T4", ">Unsubscribe</a>", ">»</a>"),
    ("T4", ">Unsubscribe</a>", ">https://digest.example/unsubscribe</a>"),
    ("T4", ">Unsubscribe</a>", ">Preferences</a>"),
    ("T4", "line-height:28px", "line-height:20px"),
    ("T6", 'name="color-scheme"', 'name="x"'),
    ("T8", "color: #cbd2db !important", "color: #cbd2db"),
    ("T8", 'style="margin:0; font-size:34px', 'style="color:red !important; font-size:34px'),
    ("T12", f'<a class="footlink" href="{_MARK}/preferences"', '<a href="/preferences"'),
    ("T10", "https://digest.example/archive", "http://digest.example/archive"),
    ("T10", "https://digest.example/archive", "https://localhost/archive"),
    ("T10", "https://digest.example/archive", "https://digest.example/ar{{chive"),
    ("T12", "https://digest.example/archive", "javascript:alert"),
    ("T15", f'<a class="footlink" href="{_MARK}"', '<a href="https://digest.example/"'),
    ("T15", "Harbor Digests", "Somebody"),
    ("T16", 'class="column" width="100%"', 'class="column" width="800"'),
    ("T17", "<!--[if mso]><table", "<![if mso]><table"),
    ("T17", "</td></tr></table><![endif]-->", "</td></tr></table>-->"),
]


@pytest.mark.parametrize(("rule", "old", "new"), PAGE_FAULTS)
def test_a_fault_in_the_page_is_found(rule: str, old: str, new: str) -> None:
    """Rules T1 to T17."""
    assert rule in rules(swapped(old, new))


@pytest.mark.parametrize(
    ("rule", "new"),
    [
        ("T3", '<img src="https://x.example/a.png" width="9" height="9">'),
        ("T3", '<img src="https://x.example/a.png" alt="A">'),
        ("T4", "<h1>Another</h1>"),
        ("T5", '<p style="color:#999999">Grey on white</p>'),
        ("T5", '<p style="color:#777777;background-color:#888888">Grey on grey</p>'),
        ("T7", f"<style>{'.a { color: red !important; } ' * 700}</style>"),
        ("T7", "<style>@media print { @font-face { font-family: x } }</style>"),
        ("T9", '<p style="float:left">Floats</p>'),
        ("T10", "<script>1</script>"),
        ("T10", "<form></form>"),
        ("T10", "<p>{{ edition.title }}</p>"),
        ("T10", "<p>None</p>"),
        ("T10", "<p>Dear %%NAME%%</p>"),
        ("T10", '<img src="http://x.example/a.png" alt="" width="9" height="9">'),
        ("T11", "<p>\x92</p>"),
        ("T11", "<p>\ufffd</p>"),
        ("T12", '<p onclick="x()">Click</p>'),
        (
            "T4",
            '<a href="https://x.example/"><img src="cid:a" alt="" width="9" height="9"></a>',
        ),
        ("T4", "<h3></h3>"),
        ("T13", '<p style="display:none">Cheap watches</p>'),
        ("T13", '<p style="font-size:0">Cheap watches</p>'),
        ("T16", '<p style="width:900px">Wide</p>'),
    ],
)
def test_something_that_has_no_place_in_a_page_is_found(rule: str, new: str) -> None:
    """Rules T3 to T16, by what an operator's template may add."""
    assert rule in rules(inserted(new))


def test_text_that_only_dark_mode_hides_is_found() -> None:
    """Rule T5: the header that stayed white under light letters."""
    raw = swapped(
        "color: #f1f3f6 !important; }\n  .summary", "color: #171b20 !important; }\n  .summary"
    )

    found = [one for one in check_message(raw, now=SAMPLE_TIME) if one.rule == "T5"]
    assert found
    assert "in dark" in found[0].what
    assert found[0].level is Level.ERROR
    assert not is_fit(found)


@pytest.mark.parametrize(
    ("rule", "words"), [("T14", ""), ("T14", "Short"), ("T13", "A lottery that you have won")]
)
def test_a_bad_preheader_is_found(rule: str, words: str) -> None:
    """Rules T13 and T14: the inbox would show the date and the number, or a lure."""
    raw = with_html(
        lambda html: re.sub(
            r'(<div class="preheader"[^>]*>)[^<]*', rf"\g<1>{words}", html, flags=re.DOTALL
        )
    )

    assert rule in rules(raw)


def test_text_that_only_forced_inversion_hides_is_found() -> None:
    """Rule T5: dark blue on cyan, whose lightness meets in the middle where both are turned."""
    raw = inserted('<p style="color:#16194b;background-color:#26ced6">Inverted</p>')

    told = [one.what for one in check_message(raw, now=SAMPLE_TIME) if one.rule == "T5"]
    assert told
    assert all("forced dark" in one for one in told)


def test_styles_that_were_not_inlined_are_found() -> None:
    """Rule T18: Gmail's mobile page drops every sheet."""
    raw = with_html(lambda html: re.sub(r""" style=("[^"]*"|'[^']*')""", "", html))

    assert "T18" in rules(raw)


def test_what_a_feed_wrote_is_no_leftover() -> None:
    """A headline about templates, or an outlet called None, is news."""
    raw = inserted("<p>Why {{ braces }} confuse None</p>")

    assert "T10" in rules(raw)
    quoted = (*feed_words(sampled("1").edition), "Why {{ braces }} confuse None")
    assert not [
        one for one in check_message(raw, quoted=quoted, now=SAMPLE_TIME) if one.rule == "T10"
    ]


def test_a_link_for_leaving_on_this_machine_is_a_warning() -> None:
    """Who tries the program out has no https yet."""
    raw = message(sampled("1")).replace(b"<https://digest.example/", b"<http://localhost:8000/")

    found = [one for one in check_message(raw, now=SAMPLE_TIME) if one.rule == "H17"]
    assert [one.level for one in found] == [Level.WARNING]


def test_every_rule_that_the_page_of_rules_lists_has_a_planted_fault() -> None:
    """A rule without one may be a rule that nothing breaks."""
    page = (Path(__file__).parents[4] / "docs" / "reference" / "rules.md").read_text("utf-8")
    rows = re.findall(r"^\| ([EHMTLS][^|]*) \|", page, re.MULTILINE)
    listed = {rule for row in rows for rule in _spelt_out(row)}
    planted = set(re.findall(r"\b[EHMT]\d+\b", Path(__file__).read_text("utf-8")))

    # L1 and S1 need a network and SpamAssassin, and have tests where these are.
    assert listed - planted == {"L1", "S1"}


def _spelt_out(row: str) -> set[str]:
    """Return the rules of a row such as "H10 to H14", or "M1, M2, M4"."""
    spans = re.findall(r"([A-Z])(\d+)(?: to [A-Z](\d+))?", row)
    return {
        f"{letter}{number}"
        for letter, first, last in spans
        for number in range(int(first), int(last or first) + 1)
    }

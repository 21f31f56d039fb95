"""What mail clients support: the shipped facts, and reading caniemail's own."""

import pytest
from lxml import html as lxml_html

from aidigest.core.proof.clients import (
    CLIENTS,
    from_caniemail,
    read_support,
    seen_by,
    shipped_support,
    uses,
    write_support,
)

ANSWER = {
    "data": [
        {
            "slug": "css-float",
            "last_test_date": "2026-01-02",
            "stats": {
                "outlook": {"windows": {"2007": "y", "2019": "n #1"}},
                "gmail": {"ios": {"2019-06": "a #2", "2020-01": "y"}},
            },
        }
    ]
}


def test_the_newest_version_of_a_client_counts() -> None:
    """Nobody is helped by what Outlook 2007 could."""
    support = from_caniemail(ANSWER, source="https://facts.example")

    assert support.lacks("outlook/windows", "css-float")
    assert support.answers["css-float"]["gmail/ios"] == "y"
    assert support.answers["css-float"]["yahoo/ios"] == "u"
    assert support.date == "2026-01-02"


def test_facts_are_written_as_they_are_read() -> None:
    """A home's own table is of the shipped one's form."""
    support = shipped_support()

    assert read_support(write_support(support)) == support
    assert support.source.startswith("https://www.caniemail.com/")
    assert len(support.answers) > 200
    assert all(set(row) == set(CLIENTS) for row in support.answers.values())


def test_what_somebody_else_wrote_is_escaped() -> None:
    """Names and answers come from the network, and must not end a string of ours."""
    stats = {"gmail": {"ios": {"1": '"'}, "android": {"1": ""}}}
    named = {"slug": 'css-"\x7f\n', "last_test_date": 'a"\\', "stats": stats}
    support = from_caniemail({"data": [named]}, source="https://facts.example/\x07")

    assert read_support(write_support(support)) == support
    assert support.answers['css-"\x7f\n']["gmail/ios"] == "u"


@pytest.mark.parametrize("answer", [{}, {"data": [{}]}, {"data": [{"slug": "a", "stats": 3}]}])
def test_another_answer_is_refused(answer: dict[str, object]) -> None:
    """The facts there were are kept."""
    with pytest.raises(ValueError, match="caniemail"):
        from_caniemail(answer, source="https://facts.example")


def test_a_page_is_left_without_what_a_client_lacks() -> None:
    """By subtraction: Outlook knows no float, and no rounded corner."""
    page = (
        "<!DOCTYPE html><html><head>"
        "<style>@media (prefers-color-scheme: dark) { p { color: red } }</style>"
        '</head><body><p style="float:left; color:#111; border-radius:4px">Hi</p>'
        "</body></html>"
    )
    support = shipped_support()

    assert 'style="color:#111"' in seen_by(page, "outlook/windows", support)
    assert "prefers-color-scheme" not in seen_by(page, "gmail/ios", support)
    assert "prefers-color-scheme" in seen_by(page, "apple-mail/ios", support)


def test_every_kind_of_use_is_found() -> None:
    """Elements, attributes, properties, units, addresses."""
    page = lxml_html.document_fromstring(
        '<p align="left" style="display:flex; margin-top:calc(1px + 2%)">'
        '<a href="#x">x</a><img src="https://a.example/b.jpeg?c"></p>'
    )

    found = {use.feature for use in uses(page, ())}
    assert {
        "html-p",
        "html-align",
        "css-display-flex",
        "css-margin",
        "css-unit-calc",
        "css-unit-percent",
        "html-anchor-links",
        "image-jpg",
    } <= found

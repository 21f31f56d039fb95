"""Addresses and lists of readers, as people write them."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.readers.subscriber import (
    Signup,
    Subscriber,
    clean_address,
    format_csv,
    normal_address,
    parse_csv,
)

DIGESTS = ("daily", "weekly")


def problems(text: str) -> list[str]:
    """Return what is wrong with a list."""
    found = parse_csv(text, name="list.csv", digests=DIGESTS)
    return [str(one) for one in found.problems]


@pytest.mark.parametrize(
    ("written", "clean"),
    [
        (" ada@Example.ORG ", "ada@example.org"),
        ("Ada.Lovelace+news@example.org", "Ada.Lovelace+news@example.org"),
        ("linh@bánhmì.example", "linh@xn--bnhm-5na3e.example"),
        ("root@localhost", "root@localhost"),
    ],
)
def test_an_address_is_written_as_mail_takes_it(written: str, clean: str) -> None:
    """Domains do not care for case; the part before the @ is left as it is."""
    assert clean_address(written) == clean


@pytest.mark.parametrize(
    "text",
    [
        "", "ada", "@example.org", "ada@", "ada@nodot", "a b@example.org", "ada@exa mple.org",
        ".ada@example.org", "ada@-example.org", "a\r\nBcc: x@example.org", "x" * 65 + "@x.org",
        "ada@" + "x" * 64 + ".org", "Ada <ada@example.org>", "đức@example.org", "a\u200bb@x.org",
    ],
)  # fmt: skip
def test_what_is_no_address_is_refused_in_words(text: str) -> None:
    """Above all what would put a line of its own into a mail's header."""
    with pytest.raises(ValueError, match="is no mail address"):
        clean_address(text)


def test_addresses_are_compared_without_case() -> None:
    """People write their own in two ways."""
    assert normal_address("ADA@Example.org ") == normal_address("ada@example.ORG")


@pytest.mark.parametrize(
    "text",
    [
        "address,name,language,digests\nada@example.org,Ada,en,daily\n",
        "\ufeffName;E-Mail;Language;Digests\r\nAda;ada@example.org;en;daily\r\n",
        "ada@example.org\tAda\ten\tdaily",
        "ada@example.org,Ada,en,daily\n\n,,,\n",
    ],
)
def test_lists_come_in_many_shapes(text: str) -> None:
    """With and without a header, a mark at the front, and whatever separator the office has."""
    found = parse_csv(text, name="list.csv", digests=DIGESTS)

    ada = Signup(address="ada@example.org", name="Ada", language="en", digests=("daily",))
    assert (found.signups, found.problems) == ((ada,), ())


def test_who_names_no_digest_gets_them_all() -> None:
    """A plain list of addresses is enough."""
    found = parse_csv("ada@example.org\n", name="list.csv", digests=DIGESTS)

    assert found.signups[0].digests == DIGESTS


def test_bad_rows_are_named_by_line_and_the_good_ones_kept() -> None:
    """One slip among a thousand rows must not cost the thousand."""
    text = "address\nada@example.org\nnobody\nADA@example.org\nbob@example.org\n"

    found = parse_csv(text, name="list.csv", digests=DIGESTS)

    assert [one.address for one in found.signups] == ["ada@example.org", "bob@example.org"]
    assert [one.where for one in found.problems] == ["list.csv:3", "list.csv:4"]


def test_a_row_with_a_huge_cell_is_named_by_line_and_the_others_kept() -> None:
    """A broken export, say with a quote that nothing closes, is no reason for a traceback."""
    text = f"address,name\nada@example.org,{'x' * 140_000}\nbob@example.org,Bob\n"

    found = parse_csv(text, name="list.csv", digests=DIGESTS)

    assert [one.address for one in found.signups] == ["bob@example.org"]
    assert [str(one) for one in found.problems] == [
        "list.csv:2: this cannot be read: field larger than field limit (131072)"
    ]


def test_a_list_of_one_huge_cell_is_named_by_line() -> None:
    """It may be in the very first row, where the names of the columns are looked for."""
    assert problems(f'"{"x" * 140_000}') == [
        "list.csv:1: this cannot be read: field larger than field limit (131072)"
    ]


@pytest.mark.parametrize(
    ("bob", "named"),
    [
        ("bob@example.org,Bob", ["list.csv:2"]),
        ('bob@example.org,"Bob"', ["list.csv:2"]),
        ('bob@example.org,"Bob', ["list.csv:2", "list.csv:3"]),
    ],
)
def test_an_open_quote_is_named_where_it_opens_and_swallows_no_rows(
    bob: str, named: list[str]
) -> None:
    """It goes on to the next quote or to the end of the file, over rows that are right."""
    text = f'address,name\nada@example.org,"Ada\n{bob}\ncy@example.org,"Cy, the third"\n'

    found = parse_csv(text, name="list.csv", digests=DIGESTS)

    assert [one.where for one in found.problems] == named
    assert all("a quote opens in this row" in one.what for one in found.problems)
    assert found.signups[-1].name == "Cy, the third"
    assert len(found.signups) + len(named) == 3


def test_a_cell_of_several_lines_is_one_cell() -> None:
    """Spreadsheets write such cells in quotes; what is wrong with the row is named by its first."""
    text = 'address,name\nada@example.org,"Ada\nL."\nbob,"Bob\nB."\n'

    found = parse_csv(text, name="list.csv", digests=DIGESTS)

    assert [one.name for one in found.signups] == ["Ada\nL."]
    assert [one.where for one in found.problems] == ["list.csv:4"]


def test_odd_quotes_within_a_line_cost_nothing() -> None:
    """Nobody's row is swallowed by them."""
    text = 'ada@example.org,"Ada "the Countess" L"\nbob@example.org,"Bob'

    found = parse_csv(text, name="list.csv", digests=DIGESTS)

    assert [one.address for one in found.signups] == ["ada@example.org", "bob@example.org"]
    assert found.problems == ()


def test_an_unknown_digest_is_answered_with_those_there_are() -> None:
    """A misspelt digest would otherwise subscribe nobody to anything."""
    assert problems("address,digests\nada@example.org,dayly\n") == [
        "list.csv:2: there is no digest 'dayly'; there is: daily, weekly"
    ]


def test_a_word_that_is_no_language_is_named_by_line() -> None:
    """The reader would get English, and nobody would know why."""
    text = "address,language\nada@example.org,zzzz\nbob@example.org,en-GB\nlinh@example.org,vi\n"

    found = parse_csv(text, name="list.csv", digests=DIGESTS)

    assert [one.language for one in found.signups] == ["en-GB", "vi"]
    assert [str(one) for one in found.problems] == [
        "list.csv:2: 'zzzz' is no language; write it as en or vi"
    ]


@given(name=st.text(alphabet=st.characters(exclude_categories=["C", "Z"]), max_size=20))
def test_a_list_survives_the_way_out_and_in(name: str) -> None:
    """Whatever people are called; and no cell is a formula on the way."""
    reader = Subscriber(
        id=1,
        address="ada@example.org",
        name=name,
        language="vi",
        digests=DIGESTS,
        created_at=datetime(2026, 9, 14, tzinfo=UTC),
    )

    written = format_csv([reader])
    found = parse_csv(written, name="list.csv", digests=DIGESTS)

    assert [one.name for one in found.signups] == [name]
    assert not written.splitlines()[1].partition(",")[2].startswith(("=", "+", "-", "@"))

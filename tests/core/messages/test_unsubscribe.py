"""Tokens for leaving."""

import re

import pytest
from itsdangerous import URLSafeSerializer

from aidigest.core.messages.unsubscribe import Leaving, read, sign

LEAVING = Leaving(digest_id="daily", subscriber_id=41)


def test_a_token_says_who_leaves_what() -> None:
    """One click must be enough."""
    assert read(sign(LEAVING, key="old"), keys=["old"]) == LEAVING


def test_links_of_an_older_key_go_on_working() -> None:
    """A key is changed; mails from before are still in the readers' boxes."""
    token = sign(LEAVING, key="old")

    assert read(token, keys=["old", "new"]) == LEAVING


def test_a_token_is_the_same_each_time_and_needs_no_quoting() -> None:
    """It stands in an address, and a mail tried again is the same mail."""
    token = sign(LEAVING, key="key")

    assert token == sign(LEAVING, key="key")
    assert re.fullmatch(r"[\w.-]+", token, re.ASCII)


@pytest.mark.parametrize("token", ["", ".", "x", "é", "WyJkYWlseSIsNDFd.AAAA", "a" * 10_000])
def test_what_we_have_not_signed_is_refused(token: str) -> None:
    """Rule H20: nobody leaves in another's name."""
    with pytest.raises(ValueError, match="not one of ours"):
        read(token, keys=["key"])


def test_a_changed_token_is_refused() -> None:
    """The number of the next reader is easy to guess, its signature is not."""
    mine, others = (
        sign(LEAVING, key="key"),
        sign(Leaving(digest_id="daily", subscriber_id=42), key="key"),
    )
    forged = f"{others.rpartition('.')[0]}.{mine.rpartition('.')[2]}"

    with pytest.raises(ValueError, match="not one of ours"):
        read(forged, keys=["key"])


def test_token_is_the_one_that_the_library_makes() -> None:
    """Ours is made faster, for a send signs for every reader; links in old mails are theirs."""
    library = URLSafeSerializer(["key"], salt="unsubscribe")

    assert sign(Leaving(digest_id="daily", subscriber_id=123_456), key="key") == library.dumps(
        ["daily", 123_456]
    )

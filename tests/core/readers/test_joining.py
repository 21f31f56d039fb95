"""Joining: limits, signed links and stamps, as plain rules."""

from datetime import UTC, datetime, timedelta

import pytest

from aidigest.core.messages.unsubscribe import Leaving, sign
from aidigest.core.readers.joining import (
    FORM_LASTS,
    Answer,
    Limits,
    answer,
    askers,
    is_our_form,
    read_confirmation,
    sign_confirmation,
    sign_form,
)

NOW = datetime(2026, 9, 14, tzinfo=UTC)


@pytest.mark.parametrize(
    ("counts", "decided"),
    [
        ((0, 0, 0), Answer.TAKEN),
        ((2, 19, 999), Answer.TAKEN),
        ((3, 0, 0), Answer.ENOUGH),
        ((0, 20, 0), Answer.TOO_MANY),
        ((3, 20, 0), Answer.TOO_MANY),
        ((0, 0, 1000), Answer.TOO_MANY),
    ],
)
def test_how_often_may_be_asked(counts: tuple[int, int, int], decided: Answer) -> None:
    """What a network hears never depends on the address it asks for."""
    address, network, everybody = counts

    assert decided is answer(address=address, network=network, everybody=everybody, limits=Limits())


def test_a_link_to_confirm_is_ours_or_nobodys() -> None:
    """Any of our keys is good; a link for leaving is no link for confirming."""
    token = sign_confirmation(7, key="old")
    leaving = sign(Leaving(digest_id="daily", subscriber_id=7), key="new")

    assert read_confirmation(token, keys=["old", "new"]) == 7
    for forged in (f"{token}x", "x", "", "é", leaving):
        with pytest.raises(ValueError, match="not one of ours"):
            read_confirmation(forged, keys=["old", "new"])
    with pytest.raises(ValueError, match="not one of ours"):
        read_confirmation(token, keys=["new"])


def test_a_form_is_good_for_a_day() -> None:
    """And one of the future is not ours."""
    stamp = sign_form(NOW, key="k")

    assert is_our_form(stamp, NOW + FORM_LASTS, keys=["k", "newer"])
    assert not is_our_form(stamp, NOW + FORM_LASTS + timedelta(seconds=1), keys=["k"])
    assert not is_our_form(stamp, NOW - timedelta(seconds=1), keys=["k"])
    assert not is_our_form(stamp, NOW, keys=["newer"])
    assert not is_our_form("\ud800", NOW, keys=["k"])


def test_askers_are_counted_under_hashes_that_need_our_key() -> None:
    """Whoever gets the database alone cannot try addresses against them."""
    ours, theirs = (askers("a@b.example", "203.0.113.5", key=key) for key in ("k", "x"))

    assert ours.address != theirs.address
    assert ours.address != ours.network
    assert "203" not in ours.network

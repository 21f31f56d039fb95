"""Tests of numbers with what they count."""

import pytest

from aidigest.core.counting import counted


@pytest.mark.parametrize(("number", "words"), [(0, "0 entries"), (1, "1 entry"), (2, "2 entries")])
def test_one_is_not_called_several(number: int, words: str) -> None:
    """A person reads "1 entries" twice, and wonders what else is put together so."""
    assert counted(number, "entry", "entries") == words

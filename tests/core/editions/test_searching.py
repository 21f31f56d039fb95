"""Searching: text and questions in one form."""

import pytest

from aidigest.core.editions.searching import asked_words, searchable


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("Kestrel  MODEL kestrel", ("kestrel", "model")),
        ("Luâ\u0323t", ("luật",)),
        ("GPT-4.1, o'neill!", ("gpt-4.1", "o'neill")),
        ("STRASSE straße", ("strasse",)),
        ("\x00\ud800 '\" %", ()),
        ("a b c d e f g h i j", tuple("abcdefgh")),
        ("x" * 99, ("x" * 40,)),
        ("人工智能", ("人工智能",)),
    ],
)
def test_a_question_becomes_words(question: str, words: tuple[str, ...]) -> None:
    """Each once, few, and in the form in which text is kept."""
    assert asked_words(question) == words


def test_text_is_kept_in_the_same_form() -> None:
    """A word that is asked for stands in it, however it was written."""
    kept = searchable("Luâ\u0323t  về\nAI", "GPT-4.1")

    assert all(word in kept for word in asked_words("luật VỀ ai gpt-4.1"))

"""Lists of words as maintainers write them."""

import pytest

from aidigest.core.stories.lexicon import Lexicon, parse_phrase


@pytest.mark.parametrize(
    ("line", "text", "is_there"),
    [
        ("lawsuit", "The Lawsuit begins", True),
        ("lawsuit", "Lawsuits begin", False),
        ("robot*", "New robotics lab", True),
        ("data center*", "Two data centers", True),
        ("data center", "data for the center", False),
        ("EU", "The EU agrees", True),
        ("EU", "một khu vực eu", False),
        ("AI", "Ai là người thắng", False),
        ("text-to-image", "a text-to-image tool", True),
        ("Nvidia", "Nvidia's profit", True),
        ("trí tuệ", "TRÍ TUỆ nhân tạo", True),
        ("vitamin c", "Vitamin C helps", True),
        ("Series A", "a Series A round", True),
        ("Series A", "a series a round", False),
        ("data h*", "Data hubs open", True),
        ("data hub*", "Data at the hub", False),
        ("robot arm", "a robot", False),
        ("chip in the car*", "the chip in the cars", True),
    ],
)
def test_words_match_as_the_notation_says(line: str, text: str, *, is_there: bool) -> None:
    """The comment at the head of topics.toml is the promise."""
    assert bool(list(Lexicon([[line]]).find(text))) is is_there


def test_a_boost_is_read() -> None:
    """Maintainers weigh words with ^."""
    assert parse_phrase("ruling^2.5").boost == 2.5
    assert parse_phrase("model^-2").boost == -2


def test_a_line_without_a_word_is_an_error() -> None:
    """It would match nothing, or everything."""
    with pytest.raises(ValueError, match="no word"):
        parse_phrase("*")
    with pytest.raises(ValueError, match="too short"):
        parse_phrase("ad*")


def test_of_phrases_that_begin_with_one_word_each_is_found_in_order() -> None:
    """The first that stands there names the reason, so their order is part of the answer."""
    lexicon = Lexicon([["robot", "robot arm*", "robo*", "robot vacuum"]])

    found = [phrase.text for phrase in lexicon.find("A robot arms race, a robot vacuum")]

    assert found == ["robot", "robot arm*", "robo*", "robot vacuum"]

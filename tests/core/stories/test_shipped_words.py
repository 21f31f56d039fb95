"""The counts of common words that ship with the program fit the rest of what ships."""

import tomllib
from importlib.resources import files

from aidigest.core.stories.rarity import common_words
from aidigest.core.stories.similarity import words_and_neighbours
from aidigest.core.stories.words import bare_words


def test_words_that_speak_for_ai_count_as_common() -> None:
    """Else two stories were alike for saying `machine learning`; `make train` counts them."""
    text = files("aidigest.core.stories").joinpath("relevance_cues.toml").read_text("utf-8")
    phrases = [phrase for cues in tomllib.loads(text)["cues"] for phrase in cues["words"]]
    everyday = [phrase.removesuffix("*") for phrase in phrases if phrase == phrase.lower()]

    wanted = {word for phrase in everyday for word in words_and_neighbours(bare_words(phrase))}

    assert wanted <= common_words().keys()

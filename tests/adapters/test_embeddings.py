"""A sentence model of this machine."""

from pathlib import Path

import pytest

from aidigest.adapters.embeddings import Embeddings
from aidigest.errors import SettingsError

WORDS = {"flood": (1, 0), "lũ": (1, 0.1), "robot": (0, 1), "the": (0.1, 0.1)}


def tiny_model(folder: Path) -> Path:
    """Write a static model of four words and two dimensions."""
    why = "model2vec is not here: pip install 'aidigest[embeddings]'"
    model2vec = pytest.importorskip("model2vec", reason=why)
    numpy = pytest.importorskip("numpy", reason=why)
    tokenizers = pytest.importorskip("tokenizers", reason=why)
    vocabulary = {"[UNK]": 0, **{word: place for place, word in enumerate(WORDS, start=1)}}
    tokenizer = tokenizers.Tokenizer(
        tokenizers.models.WordLevel(vocab=vocabulary, unk_token="[UNK]")
    )
    tokenizer.pre_tokenizer = tokenizers.pre_tokenizers.Whitespace()
    vectors = numpy.array([(0, 0), *WORDS.values()], dtype="float32")
    model2vec.StaticModel(vectors, tokenizer).save_pretrained(folder)
    return folder


# Older model2vec leaves a file open when it writes a model, which only the test does.
@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_texts_that_mean_the_same_are_named(tmp_path: Path) -> None:
    """Across languages, which share no word."""
    found = Embeddings(tiny_model(tmp_path / "m"), least=0.5).alike(
        ["the flood", "the robot", "lũ", "unheard of"], ["en", "en", "vi", "en"]
    )

    assert set(found) == {(0, 2)}
    assert found[0, 2] == pytest.approx(1.0, abs=0.1)


@pytest.mark.filterwarnings("ignore:unclosed file:ResourceWarning")
def test_a_language_that_the_model_does_not_know_is_not_all_one_story(tmp_path: Path) -> None:
    """A real English model found 0.8 between any two Vietnamese texts, and joined them all."""
    texts = [f"{'the ' * 9}{'flood' if number % 2 else 'robot'}" for number in range(40)]

    found = Embeddings(tiny_model(tmp_path / "m"), least=0.5).alike(texts, ["vi"] * len(texts))

    assert found
    assert all(texts[one] == texts[other] for one, other in found)


@pytest.mark.parametrize("folder", ["missing", "."])
def test_a_folder_without_a_model_is_named(tmp_path: Path, folder: str) -> None:
    """Nothing is downloaded in its place."""
    with pytest.raises(SettingsError, match=r"embeddings\.model"):
        Embeddings(tmp_path / folder, least=0.9)

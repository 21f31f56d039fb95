"""Which texts mean the same, by a sentence model in a folder of this machine."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from aidigest.errors import Problem, SettingsError

if TYPE_CHECKING:
    from numpy.typing import NDArray

    Vectors = NDArray[Any]  #: A row for each text.

#: So many texts are compared with all others at a time: a square of that side fits in memory.
_AT_ONCE = 512
#: The average of a few texts is what they tell, and not their language: so many more are assumed
#: that have nothing in common.
_UNSEEN = 10


class Embeddings:
    """The Meaning of the steps.

    Args:
        folder: Of a model of model2vec or sentence-transformers; nothing is downloaded.
        least: From which cosine on two texts may tell one story; at 1 they surely do.
    """

    def __init__(self, folder: Path, *, least: float) -> None:
        self._model = _load(folder)
        self._least = least

    def alike(self, texts: Sequence[str], languages: Sequence[str]) -> dict[tuple[int, int], float]:
        """Return how likely each pair tells one story, the smaller place first.

        What all texts of a language have in common is taken away before: to a model that knows
        the language little, they would all be alike, and unlike those of any other.
        """
        import numpy as np  # noqa: PLC0415 - It comes with the extra.

        units = _units(np.asarray(self._model.encode(list(texts)), dtype="float32"))
        for language in sorted(set(languages)):
            spoken = [place for place, one in enumerate(languages) if one == language]
            units[spoken] -= units[spoken].sum(axis=0) / (len(spoken) + _UNSEEN)
        units = _units(units)
        found: dict[tuple[int, int], float] = {}
        for start in range(0, len(texts), _AT_ONCE):
            cosines = units[start : start + _AT_ONCE] @ units.T
            for row, column in zip(*np.nonzero(cosines >= self._least), strict=True):
                place = start + int(row)
                if place < int(column):
                    above = float(cosines[row, column]) - self._least
                    found[place, int(column)] = min(1.0, above / (1 - self._least))
        return found


def _units(vectors: "Vectors") -> "Vectors":
    """Return vectors of length 1; those of no length stay."""
    import numpy as np  # noqa: PLC0415 - It comes with the extra.

    lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
    return vectors / np.where(lengths == 0, 1, lengths)


def _load(folder: Path) -> Any:
    if not folder.is_dir():
        raise _wrong(f"{folder} is no folder; a model is named by where it lies on this machine")
    if not (folder / "modules.json").exists() and not _is_static(folder):
        raise _wrong(f"{folder} holds no model: neither model2vec's nor sentence-transformers'")
    try:
        if _is_static(folder):
            from model2vec import StaticModel  # noqa: PLC0415 - It comes with the extra.

            return StaticModel.from_pretrained(str(folder), force_download=False)
        from sentence_transformers import (  # noqa: PLC0415 - Whoever uses it has it.
            SentenceTransformer,
        )

        return SentenceTransformer(str(folder), local_files_only=True)
    except ImportError as error:
        raise _wrong(f"cannot be loaded: {error}; pip install 'aidigest[embeddings]'") from error
    except (OSError, ValueError, KeyError) as error:
        raise _wrong(f"{folder} holds no model that can be read: {error}") from error


def _is_static(folder: Path) -> bool:
    """Say whether model2vec can read it: token vectors, and no network around them."""
    modules = folder / "modules.json"
    is_alone = not modules.exists() or "StaticEmbedding" in modules.read_text(encoding="utf-8")
    return is_alone and (folder / "tokenizer.json").exists()


def _wrong(what: str) -> SettingsError:
    return SettingsError((Problem(where="config/aidigest.toml: embeddings.model", what=what),))

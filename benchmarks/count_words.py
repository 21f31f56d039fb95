"""Count in how many news texts each common word occurs: `core/stories/common_words.tsv`.

    python benchmarks/count_words.py [FOLDER]

FOLDER (default ../shared/data) holds `topics/editors-sections.dev.jsonl` (English) and
`feeds/vietnamese/daily-json/*.json`. Words, and pairs of neighbours, of at least
`LEAST` of a language's texts are kept, with the share of texts that have them; the
words of `core/stories/relevance_cues.toml` too, which AI news of any language is made of.
"""

import json
import sys
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

from aidigest.core.stories.similarity import words_and_neighbours
from aidigest.core.stories.words import bare_words
from aidigest.core.text import plain_text
from evaluate import ROOT

TARGET = ROOT / "src" / "aidigest" / "core" / "stories" / "common_words.tsv"
LEAST = 0.003
#: What is assumed of words that speak for AI.
OF_CUES = 0.03


def main() -> None:
    """Count both languages and write the larger share of each word."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT.parent / "shared" / "data"
    shares: dict[str, float] = {}
    for phrase in cues():
        shares.update(dict.fromkeys(words_and_neighbours(bare_words(phrase)), OF_CUES))
    for texts in (english(folder), vietnamese(folder)):
        for word, share in common(texts).items():
            shares[word] = max(share, shares.get(word, 0.0))
    lines = [f"{word}\t{share:.4f}" for word, share in sorted(shares.items())]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{len(lines)} words and pairs of words")


def cues() -> Iterator[str]:
    """Yield what speaks for AI and is no name: common in AI news, though not in the press."""
    file = ROOT / "src" / "aidigest" / "core" / "stories" / "relevance_cues.toml"
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["cues"]
    phrases = (phrase.removesuffix("*") for table in tables for phrase in table["words"])
    return (phrase for phrase in phrases if phrase == phrase.lower())


def english(folder: Path) -> Iterator[str]:
    """Yield titles and summaries of the AI newsletter."""
    file = folder / "topics" / "editors-sections.dev.jsonl"
    rows = (json.loads(line) for line in file.read_text(encoding="utf-8").splitlines())
    return (plain_text(f"{row['title']}. {row['summary']}") for row in rows)


def vietnamese(folder: Path) -> Iterator[str]:
    """Yield titles and summaries of the Vietnamese press, each once."""
    files = sorted((folder / "feeds" / "vietnamese" / "daily-json").glob("*.json"))
    rows = [row for file in files for row in json.loads(file.read_text(encoding="utf-8"))]
    return iter(
        {row["title"]: plain_text(f"{row['title']}. {row['summary']}") for row in rows}.values()
    )


def common(texts: Iterable[str]) -> dict[str, float]:
    """Return the share of texts that have each common word or pair."""
    bags = [set(words_and_neighbours(bare_words(text))) for text in texts]
    counts = Counter(word for bag in bags for word in bag)
    return {word: n / len(bags) for word, n in counts.items() if n >= LEAST * len(bags)}


if __name__ == "__main__":
    main()

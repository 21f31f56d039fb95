"""What the words of the shipped `config/topics.toml` file, and what they must not."""

import csv
import tomllib
from pathlib import Path

import pytest

from aidigest.core.stories.topics import Topic, file_story, topic_lexicon
from storysamples import entry

ROOT = Path(__file__).parents[3]
TABLES = tomllib.loads((ROOT / "config" / "topics.toml").read_text(encoding="utf-8"))["topics"]
TOPICS = [
    Topic(
        id=table["id"],
        title=table["title"],
        words={language: tuple(words) for language, words in table.get("words", {}).items()},
    )
    for table in TABLES
]
LEXICON = topic_lexicon(TOPICS)


def topic_of(title: str, language: str = "en") -> str:
    """File a headline under the shipped topics."""
    story = [entry("x", title, language=language)]
    return file_story(story, feeds={}, topics=TOPICS, lexicon=LEXICON).topic


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Sự kiện ra mắt trợ lý AI cho người dùng", "products"),
        ("Google tiết lộ lộ trình chip AI mới", "chips"),
        ("Tác giả bài báo khoa học về học máy nhận giải", "research"),
    ],
)
def test_a_syllable_within_another_word_is_not_the_word(title: str, topic: str) -> None:
    """`kiện` is a lawsuit, `lộ` a leak and `giả` a fake only where they stand for themselves."""
    found = topic_of(title, "vi")

    assert found == topic


@pytest.mark.parametrize("title", ["Warner signs composers", "Hackathon winners celebrate"])
def test_what_begins_like_a_danger_is_none(title: str) -> None:
    """`warn*` would find Warner, and `hack*` a hackathon."""
    found = topic_of(title)

    assert found != "safety"


@pytest.mark.parametrize(
    ("title", "topic"),
    [
        ("Chip start-up raises $200 million", "business"),
        ("Hãng chip gọi vốn 200 triệu USD", "business"),
        ("OpenAI acquires a maker of coding tools", "business"),
        ("Writers sue OpenAI over training data", "policy"),
        ("Nhà văn kiện OpenAI", "policy"),
    ],
)
def test_what_happens_outweighs_to_whom(title: str, topic: str) -> None:
    """Money raised is business news, and a lawsuit one of law, whatever the company makes."""
    found = topic_of(title)

    assert found == topic


@pytest.mark.parametrize("topic", TOPICS, ids=lambda topic: topic.id)
def test_no_word_is_listed_in_two_languages(topic: Topic) -> None:
    """The words of all languages are looked for in every story: it would count twice."""
    listed = [word.split("^")[0] for words in topic.words.values() for word in words]

    assert len(listed) == len(set(listed))


def test_four_of_five_labelled_headlines_go_where_a_reader_put_them() -> None:
    """Headlines of our own, labelled in two passes; either label is right."""
    with (ROOT / "tests" / "data" / "topics.tsv").open(encoding="utf-8") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))

    right = sum(topic_of(row["title"]) in {row["first"], row["second"]} for row in rows)

    assert right >= 0.8 * len(rows)

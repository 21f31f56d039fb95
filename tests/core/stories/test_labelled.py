"""Labelled texts, and how often we agree with them."""

from collections import Counter

import pytest

from aidigest.core.stories.labelled import Confusion, read_labelled
from aidigest.core.stories.topics import confusion
from storysamples import TOPICS

IDS = [topic.id for topic in TOPICS]


@pytest.mark.parametrize(
    "text",
    [
        '{"topic": "chips", "title": "Nvidia chips"}\n\n{"topic": "policy", "title": "A court"}\n',
        "topic\ttitle\nchips\tNvidia chips\npolicy\tA court\n",
        "title,topic\nNvidia chips,chips\nA court,policy\n",
    ],
)
def test_lines_of_json_and_tables_are_read(text: str) -> None:
    """Maintainers keep such lists in whatever they have."""
    found = read_labelled(text, name="x", topics=IDS)

    assert [(topic, entry.title) for topic, entry in found.rows] == [
        ("chips", "Nvidia chips"),
        ("policy", "A court"),
    ]
    assert found.problems == ()


def test_bad_rows_are_named_by_line_and_the_good_ones_kept() -> None:
    """One typing error must not cost the list."""
    text = "topic\ttitle\nchip\tNvidia\npolicy\tA court\nchips\t\n"

    found = read_labelled(text, name="mine.tsv", topics=IDS)

    assert len(found.rows) == 1
    assert [str(problem) for problem in found.problems] == [
        "mine.tsv:2: topic 'chip' is unknown, did you mean \"chips\"?",
        "mine.tsv:4: has no topic and title; both are needed",
    ]


def test_a_row_that_cannot_be_read_is_named_by_line_and_the_others_kept() -> None:
    """A huge cell is most often a quote that nothing closes."""
    text = f"topic,title\nchips,{'x' * 140_000}\npolicy,A court\n"

    found = read_labelled(text, name="mine.csv", topics=IDS)

    assert [topic for topic, _ in found.rows] == ["policy"]
    assert [problem.where for problem in found.problems] == ["mine.csv:2"]


def test_the_table_counts_what_is_taken_for_what() -> None:
    """Recall and precision of each topic follow from it."""
    text = "topic\ttitle\nchips\tNvidia chips\nchips\tA court case\npolicy\tA court rules\n"
    rows = read_labelled(text, name="x", topics=IDS).rows

    table = confusion(rows, topics=TOPICS)

    assert table == Confusion(
        topics=("chips", "policy", "other"),
        counts=Counter({("chips", "chips"): 1, ("chips", "policy"): 1, ("policy", "policy"): 1}),
    )
    assert (table.right, table.total) == (2, 3)
    assert (table.recall("chips"), table.precision("policy")) == (0.5, 0.5)

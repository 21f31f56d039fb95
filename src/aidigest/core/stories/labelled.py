"""Labelled texts of a file, and how often we agree with their labels."""

import json
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from difflib import get_close_matches
from typing import Any

from aidigest.core.feeds.entry import Entry
from aidigest.core.rows import split_rows
from aidigest.core.text import guess_language, plain_text
from aidigest.errors import Problem

_UNDATED = datetime(2000, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class LabelledTexts:
    """What could be read of a file, and what could not."""

    rows: tuple[tuple[str, Entry], ...]  #: Topic id and text.
    problems: tuple[Problem, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Confusion:
    """Which topic the texts of each labelled topic were filed under."""

    topics: tuple[str, ...]
    counts: Counter[tuple[str, str]]  #: By (labelled, filed).

    @property
    def total(self) -> int:
        """How many texts there are."""
        return self.counts.total()

    @property
    def right(self) -> int:
        """How many are filed as they are labelled."""
        return sum(self.counts[topic, topic] for topic in self.topics)

    def labelled(self, topic: str) -> int:
        """How many are labelled with the topic."""
        return sum(self.counts[topic, filed] for filed in self.topics)

    def recall(self, topic: str) -> float:
        """What share of the topic's texts is filed under it; 0 where it has none."""
        return self.counts[topic, topic] / max(1, self.labelled(topic))

    def precision(self, topic: str) -> float:
        """What share of what is filed under the topic belongs there; 0 where nothing is."""
        filed = sum(self.counts[label, topic] for label in self.topics)
        return self.counts[topic, topic] / max(1, filed)


def read_labelled(text: str, *, name: str, topics: Sequence[str]) -> LabelledTexts:
    """Read a file of texts with their topics.

    Args:
        text: JSON objects, one a line, or a table with tabs or commas and a head. Keys or
            columns: topic, title, and perhaps summary, url, language.
        name: The file's, for the problems.
        topics: The ids that there are.
    """
    rows: list[tuple[str, Entry]] = []
    found, problems = _objects(text) if text.lstrip().startswith("{") else _table(text, name)
    for number, row in found:
        where = f"{name}:{number}"
        topic, title = str(row.get("topic") or ""), plain_text(str(row.get("title") or ""))
        if "" in {topic, title}:
            problems.append(Problem(where=where, what="has no topic and title; both are needed"))
        elif topic not in topics:
            problems.append(
                Problem(where=where, what=f"topic {topic!r} is unknown{_hint(topic, topics)}")
            )
        else:
            rows.append((topic, _entry(row, title, str(number))))
    return LabelledTexts(rows=tuple(rows), problems=tuple(problems))


def _hint(topic: str, topics: Sequence[str]) -> str:
    close = get_close_matches(topic, topics, n=1)
    return f', did you mean "{close[0]}"?' if close else f"; there is: {', '.join(topics)}"


#: Rows with the numbers of their lines, and what cannot be read.
_Read = tuple[list[tuple[int, dict[str, Any]]], list[Problem]]


def _objects(text: str) -> _Read:
    lines = enumerate(text.splitlines(), start=1)
    return [(number, _json(line)) for number, line in lines if line.strip()], []


def _table(text: str, name: str) -> _Read:
    separator = "\t" if "\t" in text.partition("\n")[0] else ","
    read = split_rows(text, name=name, separator=separator)
    (_, head), *rows = [row for row in read.rows if row[1]] or [(0, [])]
    named = [(number, dict(zip(head, row, strict=False))) for number, row in rows]
    return named, [*read.problems]


def _json(line: str) -> dict[str, Any]:
    try:
        row = json.loads(line)
    except ValueError:
        return {}
    return row if isinstance(row, dict) else {}


def _entry(row: dict[str, Any], title: str, number: str) -> Entry:
    return Entry(
        id=number,
        feed_url="",
        feed_title="",
        guid=None,
        url=row.get("url") or None,
        title=title,
        summary=plain_text(str(row.get("summary") or "")),
        language=str(row.get("language") or guess_language(title, "en")),
        published_at=_UNDATED,
        published_is_guess=True,
        first_seen_at=_UNDATED,
    )

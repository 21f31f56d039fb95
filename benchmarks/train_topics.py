"""Train the text model of the topics on an AI newsletter's items, and score it.

    python benchmarks/train_topics.py [FILE]

FILE (default ../shared/data/topics/editors-sections.dev.jsonl) holds items under
their editors' sections. A section allows several of our topics; which of them an
item is in, the words of config/topics.toml say first and the model itself then.
The score comes from a split in time: trained on the first 70 %, tested on what
came later. What is shipped is trained on all.
"""

import json
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from sklearn.feature_extraction import DictVectorizer
from sklearn.linear_model import LogisticRegression

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.topic_model import BIAS, SCALE, TopicModel, features, read_model
from aidigest.core.stories.topics import Topic, topic_lexicon, topic_points
from evaluate import ROOT, SECTIONS, as_entry, read_topics

TARGET = ROOT / "src" / "aidigest" / "core" / "stories" / "topic_model.tsv"

TRAINED_SHARE = 0.7
#: Rarer features are chance.
LEAST_TEXTS = 3
#: Weaker weights change no topic.
LEAST_WEIGHT = 4
#: Of scikit-learn's logistic regression: the inverse of the regularisation.
STRENGTH = 0.1
ROUNDS = 2
#: An AI newsletter is a third research and business; other digests are not.
BIAS_SHARE = 0.25


def main() -> None:
    """Score on later items, then train on all and write the model."""
    default = ROOT.parent / "shared" / "data" / "topics" / "editors-sections.dev.jsonl"
    file = Path(sys.argv[1]) if len(sys.argv) > 1 else default
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    rows.sort(key=lambda row: (row["date"], row["url"] or "", row["title"]))
    entries = [as_entry(row, row["url"] or row["title"]) for row in rows]
    sections = [row["section"] for row in rows]
    topics = read_topics(ROOT / "config" / "topics.toml")
    cut = int(len(rows) * TRAINED_SHARE)
    model = train(entries[:cut], sections[:cut], topics)
    right = accuracy(model, entries[cut:], sections[cut:], topics)
    print(f"time split at {rows[cut]['date']}: {right:.3f} of {len(rows) - cut} later items")
    text = written(*fitted(entries, sections, topics))
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.name}: {text.count(chr(10)) - 2} features, {len(text.encode()) / 1e6:.2f} MB")


def train(entries: Sequence[Entry], sections: Sequence[str], topics: Sequence[Topic]) -> TopicModel:
    """Return a model of these items, as it would be read from its file."""
    return read_model(written(*fitted(entries, sections, topics)))


def fitted(
    entries: Sequence[Entry], sections: Sequence[str], topics: Sequence[Topic]
) -> tuple[DictVectorizer, LogisticRegression]:
    """Fit the regression; its own guesses settle which allowed topic an item has."""
    bags = [dict.fromkeys(features(entry), 1) for entry in entries]
    counts = Counter(feature for bag in bags for feature in bag)
    kept = [{one: 1 for one in bag if counts[one] >= LEAST_TEXTS} for bag in bags]
    vectorizer = DictVectorizer()
    matrix = vectorizer.fit_transform(kept)
    lexicon = topic_lexicon(topics)
    points = [
        topic_points([entry], topics=topics, lexicon=lexicon, guesses=[]) for entry in entries
    ]
    labels = [
        max(sorted(SECTIONS[section]), key=lambda topic: (one[topic].total, topic))
        for section, one in zip(sections, points, strict=True)
    ]
    regression = LogisticRegression(C=STRENGTH, max_iter=500)
    for _ in range(ROUNDS):
        regression.fit(matrix, labels)
        shares = regression.predict_proba(matrix)
        place = {topic: number for number, topic in enumerate(regression.classes_)}
        labels = [
            max(
                sorted(SECTIONS[section] & place.keys()),
                key=lambda topic: float(row[place[topic]]) + one[topic].total,
            )
            for section, row, one in zip(sections, shares, points, strict=True)
        ]
    return vectorizer, regression.fit(matrix, labels)


def written(vectorizer: DictVectorizer, regression: LogisticRegression) -> str:
    """Return the text of the model's file."""
    lines = ["\t".join(["feature", *regression.classes_])]
    bias = [str(round(float(one) * BIAS_SHARE * SCALE)) for one in regression.intercept_]
    lines.append("\t".join([BIAS, *bias]))
    for name, column in sorted(vectorizer.vocabulary_.items()):
        weights = [round(float(one) * SCALE) for one in regression.coef_[:, column]]
        strong = [str(one) if abs(one) >= LEAST_WEIGHT else "" for one in weights]
        if any(strong):
            lines.append("\t".join([name, *strong]))
    return "\n".join(lines) + "\n"


def accuracy(
    model: TopicModel,
    entries: Sequence[Entry],
    sections: Sequence[str],
    topics: Sequence[Topic],
) -> float:
    """Return how often the topic is one that the section allows."""
    lexicon = topic_lexicon(topics)
    found = (
        max(points, key=lambda topic: points[topic].total)
        for points in (
            topic_points([entry], topics=topics, lexicon=lexicon, guesses=[model.guess(entry)])
            for entry in entries
        )
    )
    return sum(t in SECTIONS[s] for t, s in zip(found, sections, strict=True)) / len(entries)


if __name__ == "__main__":
    main()

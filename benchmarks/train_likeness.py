"""Learn what makes two entries tell one story, and score it by cross-validation.

    python benchmarks/train_likeness.py [FOLDER]

FOLDER (default ../shared/data/grouping) holds `*.dev.jsonl`, entries in groups that
people made. All sets are one pool. For each of five folds of groups the weights are
learned on the pairs of the other four, and the fold's entries are grouped with
them; what is shipped is learned on all.
"""

import math
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.comparing import WINDOW, compare_texts, contrasted, when
from aidigest.core.stories.grouping import THRESHOLD, identical
from aidigest.core.stories.likeness import BIAS, NAMES, days_apart, features
from aidigest.core.stories.linking import Threshold, average_link
from aidigest.core.stories.similarity import alike_enough, pairs_to_compare, profiles
from evaluate import ROOT, bcubed, pair_f1, read_grouped

TARGET = ROOT / "src" / "aidigest" / "core" / "stories" / "likeness_weights.tsv"
FOLDS = 5
#: Tried beside what is shipped.
THRESHOLDS = (
    Threshold(single=0.15, groups=0.25),
    THRESHOLD,
    Threshold(single=0.25, groups=0.35),
    Threshold(single=0.27, groups=0.27),
)
#: Of scikit-learn's logistic regression: the inverse of the regularisation.
STRENGTH = 0.1

Pair = tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Pool:
    """All labelled entries, and the pairs of them that would be looked at closely."""

    items: tuple[Entry, ...]
    gold: Mapping[str, str]
    set_of: Mapping[str, str]
    fold_of: Mapping[str, int]  #: By group.
    pairs: Sequence[Pair]
    rows: Sequence[Sequence[float]]  #: Their features.
    labels: Sequence[bool]
    weights: Sequence[float]


def main() -> None:
    """Print the scores of the folds and write the weights."""
    default = ROOT.parent / "shared" / "data" / "grouping"
    pool = read_pool(Path(sys.argv[1]) if len(sys.argv) > 1 else default)
    scores = out_of_fold(pool)
    for threshold in THRESHOLDS:
        found: dict[str, tuple[int, int]] = {}
        for fold in range(FOLDS):
            found |= grouped_fold(fold, pool, scores, threshold)
        print(f"threshold {threshold}: {row(found, pool.gold, pool.set_of)}")
    bias, learned = fitted(pool.rows, pool.labels, pool.weights)
    lines = [f"{BIAS}\t{bias:.4f}", *(f"{n}\t{w:.4f}" for n, w in zip(NAMES, learned, strict=True))]
    TARGET.write_text("\n".join(lines) + "\n", encoding="utf-8")


def read_pool(folder: Path) -> Pool:
    """Read all sets of a folder as one pool."""
    sets = {file.name.split(".")[0]: read_grouped(file) for file in sorted(folder.glob("*.jsonl"))}
    labelled = [pair for rows in sets.values() for pair in rows]
    gold = {entry.id: group for group, entry in labelled}
    items = tuple(
        sorted((e for _, e in labelled), key=lambda e: (e.first_seen_at, e.published_at, e.id))
    )
    pairs, rows = compared(items)
    return Pool(
        items=items,
        gold=gold,
        set_of={entry.id: name for name, mine in sets.items() for _, entry in mine},
        fold_of=folds(gold),
        pairs=pairs,
        rows=rows,
        labels=[gold[items[a].id] == gold[items[b].id] for a, b in pairs],
        weights=[pair_weight(pair, items, gold) for pair in pairs],
    )


def compared(items: Sequence[Entry]) -> tuple[list[Pair], list[list[float]]]:
    """Return the pairs that would be looked at closely, and their features."""
    found, rarity, _ = profiles(compare_texts(items))
    times = [when(item).timestamp() for item in items]
    vectors = [profile.vector for profile in found]
    languages = [profile.language for profile in found]
    pairs, rows = [], []
    for a, b in pairs_to_compare(vectors, rarity, languages, across=False):
        apart = abs(times[a] - times[b])
        alike = alike_enough(found[a], found[b]) if apart <= WINDOW.total_seconds() else 0.0
        if alike and not contrasted(found[a], found[b]):
            pairs.append((a, b))
            shared = features(found[a], found[b], rarity, alike=alike)
            rows.append([*shared, days_apart(apart)])
    return pairs, rows


def pair_weight(pair: Pair, items: Sequence[Entry], gold: Mapping[str, str]) -> float:
    """Return how much a pair counts: large groups have many, and would decide alone."""
    sizes = Counter(gold.values())
    least = min(sizes[gold[items[place].id]] for place in pair)
    return 1 / math.sqrt(max(2, least))


def folds(gold: Mapping[str, str]) -> dict[str, int]:
    """Deal the groups into folds, the same on every run."""
    groups = sorted(set(gold.values()))
    Random(1).shuffle(groups)
    return {group: place % FOLDS for place, group in enumerate(groups)}


def fitted(
    rows: Sequence[Sequence[float]], labels: Sequence[bool], weights: Sequence[float]
) -> tuple[float, list[float]]:
    """Return bias and weights for the features as they are."""
    scaler = StandardScaler().fit(rows)
    regression = LogisticRegression(C=STRENGTH, max_iter=1000)
    regression.fit(scaler.transform(rows), labels, sample_weight=weights)
    learned = [float(w / s) for w, s in zip(regression.coef_[0], scaler.scale_, strict=True)]
    shift = sum(w * float(m) for w, m in zip(learned, scaler.mean_, strict=True))
    return float(regression.intercept_[0]) - shift, learned


def out_of_fold(pool: Pool) -> dict[Pair, float]:
    """Score each pair within a fold with weights learned on the other folds."""
    scores: dict[Pair, float] = {}
    sides = [
        {pool.fold_of[pool.gold[pool.items[place].id]] for place in pair} for pair in pool.pairs
    ]
    for fold in range(FOLDS):
        kept = [place for place, side in enumerate(sides) if fold not in side]
        bias, learned = fitted(
            [pool.rows[p] for p in kept],
            [pool.labels[p] for p in kept],
            [pool.weights[p] for p in kept],
        )
        for place, side in enumerate(sides):
            if side == {fold}:
                told = bias + sum(w * v for w, v in zip(learned, pool.rows[place], strict=True))
                scores[pool.pairs[place]] = 1 / (1 + math.exp(-told))
    return scores


def grouped_fold(
    fold: int, pool: Pool, scores: Mapping[Pair, float], threshold: Threshold
) -> dict[str, tuple[int, int]]:
    """Group a fold's entries; return each one's group."""
    items = pool.items
    mine = [p for p, item in enumerate(items) if pool.fold_of[pool.gold[item.id]] == fold]
    place_of = {place: number for number, place in enumerate(mine)}
    start, _ = identical([items[place] for place in mine], {})
    among = {(place_of[a], place_of[b]): score for (a, b), score in scores.items() if a in place_of}
    groups, _ = average_link(start, among, threshold)
    return {
        items[mine[member]].id: (fold, number)
        for number, group in enumerate(groups)
        for member in group
    }


def row(
    found: Mapping[str, tuple[int, int]], gold: Mapping[str, str], set_of: Mapping[str, str]
) -> str:
    """Return BCubed P, R and F of each set and the pool, and the pool's pair F, as words."""
    words = []
    for name in (*sorted(set(set_of.values())), ""):
        part = {i: group for i, group in gold.items() if not name or set_of[i] == name}
        words.append(f"{name or 'pooled'} %.3f %.3f %.3f" % bcubed(part, found))
    return ", ".join(words) + f", pair F {pair_f1(gold, found):.3f}"


if __name__ == "__main__":
    main()

"""Score stories, relevance, topics and summaries on labelled data.

    python benchmarks/evaluate.py [FOLDER] [--model MODEL [--least COSINE]]

FOLDER (default ../shared/data) holds `grouping/*.dev.jsonl` and
`topics/editors-sections.dev.jsonl`; what is not there is skipped, and said so.
All figures come from the shipped settings, with one threshold for all sets.
With --model, stories and pairs are scored with the embeddings extra as well.
"""

import argparse
import csv
import json
import re
import tomllib
from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from typing import Any

from aidigest.adapters.embeddings import Embeddings
from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.boilerplate import clean_headline
from aidigest.core.stories.comparing import Meaning
from aidigest.core.stories.grouping import THRESHOLD, group_entries
from aidigest.core.stories.relevance import judge
from aidigest.core.stories.topics import Topic, file_story, topic_lexicon
from aidigest.core.stories.wording import SUMMARY_LENGTH, extract
from aidigest.core.text import guess_language, plain_text
from aidigest.settings.values import EmbeddingSettings

ROOT = Path(__file__).resolve().parents[1]
UNDATED = datetime(2026, 1, 1, tzinfo=UTC)

#: Which of our topics an editor's section may be. Their sections are other
#: headings than ours, so several of ours are right for one of theirs.
SECTIONS = {
    "applications": {"products", "robotics", "work", "models", "infrastructure"},
    "business": {"business", "chips", "infrastructure", "work", "robotics"},
    "concerns": {"safety", "policy", "work"},
    "policy": {"policy", "safety"},
    "research": {"research", "models"},
    "tools": {"products", "models"},
}

#: The words that a simple filter would look for in a title.
KEYWORD = re.compile(
    r"\bA\.?I\b|artificial intelligence|machine learning|deep learning|neural|GPT|LLM|chatbot"
    r"|language model|OpenAI|DeepMind|Anthropic|Gemini|Claude|robot|self-driving|deepfake",
    re.IGNORECASE,
)
#: The hour at which the simulated edition is sent.
SENT_AT = 7

Labelled = list[tuple[str, Entry]]


def main() -> None:
    """Print every table that the data is there for."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=ROOT.parent / "shared" / "data")
    parser.add_argument("--model", type=Path, help="a folder with a sentence model")
    parser.add_argument("--least", type=float, default=EmbeddingSettings().least)
    arguments = parser.parse_args()
    folder = arguments.folder
    evaluate_stories(folder / "grouping")
    evaluate_order(folder / "grouping")
    evaluate_pairs(ROOT / "tests" / "data")
    if arguments.model:
        meaning = Embeddings(arguments.model, least=arguments.least)
        print(f"\nWith the model in {arguments.model}, from {arguments.least} on:")
        evaluate_stories(folder / "grouping", meaning)
        evaluate_pairs(ROOT / "tests" / "data", meaning)
    evaluate_relevance(ROOT / "tests" / "data" / "relevance.tsv")
    evaluate_topics(folder / "topics" / "editors-sections.dev.jsonl")
    evaluate_summaries(folder)


def evaluate_stories(folder: Path, meaning: Meaning | None = None) -> None:
    """Print BCubed precision, recall and F, and F over pairs, for each set and for the pool."""
    print(f"\nStories: average-link, {THRESHOLD}, all sets in one pool")
    files = sorted(folder.glob("*.dev.jsonl"))
    if not files:
        print(f"  skipped: no *.dev.jsonl in {folder}")
        return
    sets = {file.name.removesuffix(".dev.jsonl"): read_grouped(file) for file in files}
    pool = [pair for labelled in sets.values() for pair in labelled]
    print(f"  {'set':<12} {'texts':<18} {'entries':>7} {'P':>6} {'R':>6} {'F':>6} {'pair F':>6}")
    for texts, change in (("titles", without_summary), ("titles, summaries", lambda e: e)):
        found = grouped([change(entry) for _, entry in pool], meaning)
        for name, labelled in [*sets.items(), ("pooled", pool)]:
            gold = {entry.id: group for group, entry in labelled}
            precision, recall, f1 = bcubed(gold, found)
            pairs = pair_f1(gold, found)
            row = f"{precision:6.3f} {recall:6.3f} {f1:6.3f} {pairs:6.3f}"
            print(f"  {name:<12} {texts:<18} {len(gold):>7} {row}")


def evaluate_order(folder: Path) -> None:
    """Print how much alike the groups are when entries come shuffled, or hour by hour."""
    print("\nOrder: pair F against the groups of all entries at once")
    entries = [e for file in sorted(folder.glob("*.dev.jsonl")) for _, e in read_grouped(file)]
    if not entries:
        print(f"  skipped: no *.dev.jsonl in {folder}")
        return
    at_once = grouped(entries)
    shuffled = entries[:]
    Random(3).shuffle(shuffled)
    print(f"  shuffled: {pair_f1(at_once, grouped(shuffled)):.4f}")
    by_hour = sorted({entry.first_seen_at.replace(minute=0, second=0) for entry in entries})
    carried: dict[str, str] = {}
    for hour in by_hour[:: max(1, len(by_hour) // 60)]:
        so_far = [entry for entry in entries if entry.first_seen_at <= hour]
        groups = group_entries(so_far, carried=carried)
        # Once a day what there is is sent, and stays together whatever comes later.
        if hour.hour == SENT_AT:
            carried = {e.id: group.entries[0].id for group in groups for e in group.entries}
    final = enumerate(group_entries(entries, carried=carried))
    found = {entry.id: number for number, group in final for entry in group.entries}
    print(f"  by the hour, sent once a day: {pair_f1(at_once, found):.4f}")


def evaluate_pairs(folder: Path, meaning: Meaning | None = None) -> None:
    """Print how well our own minimal pairs are told apart, and two languages brought together."""
    print("\nPairs: our own, titles only, each kind in one pool")
    rows = read_table(folder / "minimal_pairs.tsv")
    entries = [
        titled(row[side], f"{number}{side}")
        for number, row in enumerate(rows)
        for side in ("one", "other")
    ]
    home = grouped(entries, meaning)
    right = sum(
        (home[f"{n}one"] == home[f"{n}other"]) is (row["label"] == "same")
        for n, row in enumerate(rows)
    )
    print(f"  minimal pairs: {right} of {len(rows)} right")
    rows = read_table(folder / "bilingual.tsv")
    reports = [
        titled(row[language], f"{row['event']} {language}")
        for row in rows
        for language in ("english", "vietnamese")
    ]
    found = {
        (one.id, other.id)
        for group in group_entries(reports, meaning=meaning)
        for one in group.entries
        for other in group.entries
        if one.language < other.language
    }
    true = {(f"{row['event']} english", f"{row['event']} vietnamese") for row in rows}
    precision = len(found & true) / max(1, len(found))
    recall = len(found & true) / len(true)
    scores = f"P {precision:.3f} R {recall:.3f} F {harmonic(precision, recall):.3f}"
    print(f"  English and Vietnamese: {len(rows)} events, {scores}")


def titled(title: str, entry_id: str) -> Entry:
    """Make an entry of a title alone."""
    row = {"title": title, "summary": "", "language": guess_language(title, "en")}
    return as_entry(row, entry_id)


def read_table(file: Path) -> list[dict[str, str]]:
    """Read a table with tabs and a head."""
    with file.open(encoding="utf-8", newline="") as lines:
        return list(csv.DictReader(lines, delimiter="\t", quoting=csv.QUOTE_NONE))


def evaluate_relevance(file: Path) -> None:
    """Print precision, recall and F of "is it AI" per language, and the traps that held."""
    print("\nAI or not: our own invented headlines, judged by the headline alone")
    rows = read_table(file)
    for language in ("en", "vi"):
        mine = [row for row in rows if row["language"] == language]
        print(f"  {language}: {len(mine)} headlines, {relevance_scores(mine)}")
    traps = [row for row in rows if row["kind"] == "trap"]
    held = sum(not is_ai(row["headline"]) for row in traps)
    print(f"  traps held: {held} of {len(traps)}")


def relevance_scores(rows: Sequence[Mapping[str, str]]) -> str:
    """Return precision, recall and F of the verdicts, as words."""
    counts = Counter((row["label"] == "ai", is_ai(row["headline"])) for row in rows)
    hits = counts[True, True]
    precision = hits / max(1, hits + counts[False, True])
    recall = hits / max(1, hits + counts[True, False])
    return f"P {precision:.3f} R {recall:.3f} F {harmonic(precision, recall):.3f}"


def evaluate_topics(file: Path) -> None:
    """Print how often the topic is one that the editors' section allows, and the recall of AI.

    The shipped model has seen these items; `train_topics.py` prints the score of the time split.
    """
    print("\nTopics: the editors' sections, and which of ours count as right for each")
    if not file.exists():
        print(f"  skipped: no {file}")
        return
    topics = read_topics(ROOT / "config" / "topics.toml")
    lexicon = topic_lexicon(topics)
    right, total = Counter[str](), Counter[str]()
    recalled, without_word, recalled_without = 0, 0, 0
    for line in file.read_text(encoding="utf-8").splitlines():
        row = json.loads(line)
        entry = as_entry(row, row["url"])
        topic = file_story([entry], feeds={}, topics=topics, lexicon=lexicon).topic
        total[row["section"]] += 1
        right[row["section"]] += topic in SECTIONS[row["section"]]
        is_judged_ai = judge(entry, None).is_ai
        recalled += is_judged_ai
        if KEYWORD.search(entry.title) is None:
            without_word += 1
            recalled_without += is_judged_ai
    mine = read_table(ROOT / "tests" / "data" / "topics.tsv")
    agreed = sum(
        file_story([titled(one["title"], "")], feeds={}, topics=topics, lexicon=lexicon).topic
        in {one["first"], one["second"]}
        for one in mine
    )
    print(f"  our own headlines, labelled in two passes: {agreed} of {len(mine)} agree")
    for section, count in sorted(total.items()):
        allowed = ", ".join(sorted(SECTIONS[section]))
        print(f"  {section:<13} {right[section] / count:.3f} of {count:>4}  ({allowed})")
    print(f"  all           {right.total() / total.total():.3f} of {total.total()} (trained on)")
    print(f"  of these items, all AI news, judged AI: {recalled / total.total():.3f}")
    share_without = recalled_without / max(1, without_word)
    print(f"  of {without_word} with no keyword in the title: {share_without:.3f}")


def evaluate_summaries(folder: Path) -> None:
    """Print how many summaries there are, and that each keeps the rules."""
    print("\nSummaries: verbatim in the source, whole sentences, short")
    files = sorted(folder.glob("*/*.dev.jsonl"))
    if not files:
        print(f"  skipped: no */*.dev.jsonl in {folder}")
        return
    rows = (json.loads(line) for file in files for line in file.open(encoding="utf-8"))
    entries = [as_entry(row, str(number)) for number, row in enumerate(rows) if row["summary"]]
    made = [(entry, extract(entry.summary, clean_headline(entry.title))) for entry in entries]
    kept = [(entry, text) for entry, text in made if text]
    print(f"  made for {len(kept)} of {len(entries)} entries with a summary")
    print(f"  verbatim: {share(kept, lambda entry, text: text in entry.summary)}")
    print(f"  short: {share(kept, lambda _, text: len(text) <= SUMMARY_LENGTH)}")
    print(f"  not cut off: {share(kept, lambda _, text: not text.endswith(('…', '...')))}")


def share(rows: Sequence[tuple[Entry, str]], keeps: Callable[[Entry, str], bool]) -> str:
    """Return how many rows keep a rule, as words."""
    return f"{sum(keeps(entry, text) for entry, text in rows)} of {len(rows)}"


def grouped(entries: Sequence[Entry], meaning: Meaning | None = None) -> dict[str, int]:
    """Return the number of each entry's group."""
    groups = enumerate(group_entries(entries, meaning=meaning))
    return {entry.id: number for number, group in groups for entry in group.entries}


def bcubed(
    gold: Mapping[str, Hashable], found: Mapping[str, Hashable]
) -> tuple[float, float, float]:
    """Return BCubed precision, recall and F of the groups found."""
    theirs, ours = members(gold, gold), members(gold, found)
    precision = recall = 0.0
    for entry in gold:
        true, mine = theirs[gold[entry]], ours[found[entry]]
        precision += len(true & mine) / len(mine)
        recall += len(true & mine) / len(true)
    precision, recall = precision / len(gold), recall / len(gold)
    return precision, recall, harmonic(precision, recall)


def pair_f1(gold: Mapping[str, Hashable], found: Mapping[str, Hashable]) -> float:
    """Return the F over pairs that share a group."""

    def pairs(groups: Counter[Any]) -> int:
        return sum(count * (count - 1) // 2 for count in groups.values())

    both = pairs(Counter((gold[entry], found[entry]) for entry in gold))
    mine = pairs(Counter(found[entry] for entry in gold))
    true = pairs(Counter(gold.values()))
    return harmonic(both / max(1, mine), both / max(1, true))


def members(
    entries: Mapping[str, Hashable], groups: Mapping[str, Hashable]
) -> dict[Hashable, set[str]]:
    """Return who is in each group."""
    found: dict[Hashable, set[str]] = defaultdict(set)
    for entry in entries:
        found[groups[entry]].add(entry)
    return found


def harmonic(one: float, other: float) -> float:
    """Return the harmonic mean."""
    return 2 * one * other / (one + other) if one + other else 0.0


def is_ai(headline: str) -> bool:
    """Judge a headline of a mixed feed."""
    return judge(as_entry({"title": headline, "summary": ""}, "one"), None).is_ai


def read_grouped(file: Path) -> Labelled:
    """Read a file of entries with the group that people put them in."""
    rows = [json.loads(line) for line in file.read_text(encoding="utf-8").splitlines()]
    name = file.name
    return [(f"{name} {row['group']}", as_entry(row, f"{name} {row['id']}")) for row in rows]


def as_entry(row: Mapping[str, Any], entry_id: str) -> Entry:
    """Make an entry of a labelled row; undated ones get one common date."""
    said = row.get("published") or row.get("date")
    published = datetime.fromisoformat(said) if said else UNDATED
    return Entry(
        id=entry_id,
        feed_url=f"https://feeds.example/{row.get('language', '')}",
        feed_title="",
        guid=None,
        url=row.get("url"),
        title=plain_text(row["title"]),
        summary=plain_text(row["summary"]),
        language=row.get("language", "en"),
        published_at=published.replace(tzinfo=published.tzinfo or UTC),
        published_is_guess=False,
        first_seen_at=published.replace(tzinfo=published.tzinfo or UTC),
    )


def without_summary(entry: Entry) -> Entry:
    """Return the entry with its title only."""
    return replace(entry, summary="")


def read_topics(file: Path) -> tuple[Topic, ...]:
    """Read the topics that the program ships with."""
    tables = tomllib.loads(file.read_text(encoding="utf-8"))["topics"]
    return tuple(
        Topic(
            id=table["id"],
            title=table["title"],
            words={name: tuple(words) for name, words in table.get("words", {}).items()},
        )
        for table in tables
    )


if __name__ == "__main__":
    main()

"""Which entries tell the same story."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.comparing import compare
from aidigest.core.stories.contrasts import contrast
from aidigest.core.stories.grouping import group_entries
from aidigest.core.stories.similarity import Text, profiles
from aidigest.core.text import guess_language
from storysamples import entry

DATA = Path(__file__).parents[2] / "data"

FLOOD = (
    entry("a", "Lumenward opens a flood forecasting lab in Hue", hours_ago=9),
    entry("b", "Flood forecasting lab opened in Hue by Lumenward", hours_ago=7),
    entry("c", "Lumenward's new lab in Hue will forecast floods", hours_ago=5),
)
NOISE = (
    entry("d", "Parliament passes a budget after a long night"),
    entry("e", "Striker out for six weeks with a torn muscle"),
    entry("f", "Bakers complain about the price of butter"),
)


def ids(entries: tuple[Entry, ...]) -> list[list[str]]:
    """Return the ids of each group that has several entries."""
    return [
        [one.id for one in group.entries]
        for group in group_entries(entries)
        if len(group.entries) > 1
    ]


def test_reports_of_one_event_become_one_group() -> None:
    """Outlets word one event in their own way."""
    assert ids(FLOOD + NOISE) == [["a", "b", "c"]]


def test_the_order_of_entries_makes_no_difference() -> None:
    """Feeds are polled in any order; the edition must not depend on it."""
    entries = FLOOD + NOISE

    assert group_entries(entries[::-1]) == group_entries(entries)
    assert group_entries(entries[::2] + entries[1::2]) == group_entries(entries)


def test_every_merge_says_why() -> None:
    """`aidigest why` shows what joined a story."""
    group = group_entries(FLOOD + NOISE)[0]

    assert len(group.merges) == len(group.entries) - 1
    assert all(merge.reason.startswith(("alike: ", "near copies: ")) for merge in group.merges)


def test_tracking_parameters_do_not_make_another_page() -> None:
    """One article reaches us through several feeds."""
    one = entry("one", "Harbour opens", url="https://paper.example/harbour?utm_source=rss")
    other = entry("other", "A harbour at last", url="https://www.paper.example/harbour")

    assert ids((one, other)) == [["one", "other"]]


def test_one_page_of_one_feed_may_hold_many_items() -> None:
    """Every entry of a changelog leads to the same page."""
    one = entry("v1", "Search learns synonyms", url="https://app.example/log#1", feed="app")
    other = entry("v2", "Export to paper size A5", url="https://app.example/log#2", feed="app")

    assert ids((one, other)) == []


def test_an_entry_joins_the_original_it_quotes() -> None:
    """A link blog's words about an article are its own."""
    original = entry("original", "Notes on quieter wind turbines", url="https://lab.example/wind/1")
    quote = entry("quote", "Worth your evening", links=("https://lab.example/wind/1",))

    assert ids((original, quote)) == [["original", "quote"]]


def test_a_page_that_was_told_long_ago_and_of_late_joins_what_is_near() -> None:
    """A lab dates a page a week back in one feed; who links to it now must still meet it."""
    page = "https://lab.example/cyclones"
    long_ago = entry("a", "Kestrel foresees cyclones", url=page, hours_ago=24 * 8, feed="archive")
    of_late = entry("b", "Kestrel foresees cyclones", url=page, hours_ago=40, feed="lab")
    linked = entry("c", "A breakthrough on storms", url=page, hours_ago=2, feed="board")

    assert ids((long_ago, of_late, linked)) == [["a", "b", "c"]]


def test_two_stories_that_quote_one_report_stay_two() -> None:
    """A study that everybody links to is the source of many stories."""
    study = ("https://lab.example/study/1",)
    energy = entry("energy", "Grid operators brace for summer demand", links=study)
    schools = entry("schools", "Teachers rewrite homework rules", links=study)
    late = entry("late", "Grid operators look back at summer", links=study, hours_ago=-24 * 40)

    assert ids((energy, schools, late)) == []


def test_one_headline_is_one_item_for_a_week() -> None:
    """Agencies' copies keep the headline; weekly columns return with it."""
    title = "Questions answered about tidal power"
    entries = (
        entry("old", title, hours_ago=24 * 9),
        entry("new", title, hours_ago=3),
        entry("copy", title, hours_ago=1),
    )

    assert ids(entries) == [["new", "copy"]]


@pytest.mark.parametrize("title", ["RSS", "Weekly thread", "Open thread"])
def test_template_headlines_say_nothing(title: str) -> None:
    """Two entries called "Weekly thread" need not be one story."""
    assert ids((entry("a", title), entry("b", title))) == []


def test_papers_are_alike_by_their_form_only() -> None:
    """Abstracts share half of their words."""
    abstract = "We propose a method for sparse attention in long documents and test it widely."
    one = entry(
        "one", "Sparse attention for long documents", abstract, url="https://arxiv.org/abs/1"
    )
    other = entry(
        "other", "Sparser attention for longer documents", abstract, url="https://arxiv.org/abs/2"
    )

    assert ids((one, other)) == []


@pytest.mark.parametrize(
    "status",
    ["Status: Resolved ", "Aug 20, 19:01 UTC Resolved - "],
)
def test_incidents_are_alike_by_their_form_only(status: str) -> None:
    """A status page words every incident alike, and two in one hour are two."""
    text = f"{status}All impacted services of Lumenward have now fully recovered."

    assert not ids(
        (
            entry("a", "Elevated errors on Kestrel logins", text, feed="status"),
            entry("b", "Elevated errors on Kestrel speech", text, feed="status"),
        )
    )


def test_a_release_is_one_item_in_the_changelog_and_the_list_of_releases() -> None:
    """A project's two feeds would tell each of its versions twice, in one edition."""
    listed = replace(entry("a", "v2.1.235"), feed_title="Release notes from kestrel-code")
    change = replace(entry("b", "2.1.235"), feed_title="Kestrel Code changelog")
    next_one = replace(entry("c", "2.1.236"), feed_title="Kestrel Code changelog")
    another = replace(entry("d", "v2.1.235"), feed_title="Release notes from osprey")
    long_ago = replace(entry("e", "v2.1.235", hours_ago=24 * 9), feed_title="kestrel-code Releases")

    assert ids((listed, change, next_one, another, long_ago)) == [["a", "b"]]


def test_a_chain_of_neighbours_is_no_story() -> None:
    """Neighbours share two of three words, the ends nothing: the average holds them apart."""
    chain = tuple(
        entry(f"n{i}", f"w{i}a w{i}b w{i + 1}a w{i + 1}b w{i + 2}a w{i + 2}b") for i in range(40)
    )

    assert max(len(group.entries) for group in group_entries(chain)) <= 6


def test_stories_end() -> None:
    """The same words a fortnight later are about something that happened then."""
    later = entry("late", "Lumenward opens another flood forecasting lab in Hue", hours_ago=-300)

    assert all("late" not in group for group in ids((*FLOOD, *NOISE, later)))


def test_what_an_edition_told_as_one_story_stays_one() -> None:
    """Readers were told so; an entry that comes in later must not part it."""
    told = {"d": "daily 1", "e": "daily 1"}
    groups = group_entries(NOISE, carried=told)

    assert [[one.id for one in group.entries] for group in groups if len(group.entries) > 1] == [
        ["d", "e"]
    ]
    assert groups[0].merges[0].reason == "carried together in an edition"


def test_noise_and_templates_make_no_large_groups() -> None:
    """Feeds repeat themselves by the thousand; 12 is what one headline may bring together."""
    random = Random(4)  # noqa: S311 - Noise, no secret.
    moulds = (
        "RSS", "Weekly discussion thread for everyone", "Daily market report for day {n}",
        "Word of the day: {word}", "{name} share price today: live updates", "Show HN: {word}",
        "Podcast episode {n}: a talk with {name}", "Lottery results of draw {n}",
        "Horoscope for {name} this week", "Lịch thi đấu bóng đá hôm nay ngày {n}",
        "Giá vàng hôm nay {n}: cập nhật mới nhất", "Kết quả xổ số miền Nam ngày {n}",
    )  # fmt: skip
    words = ["".join(random.choices("bdfglmnprstvz", k=6)) for _ in range(3_000)]
    noise = tuple(
        entry(
            f"x{place:04}",
            random.choice(moulds).format(
                n=random.randint(1, 900), word=words[place], name=words[place].title()
            ),
            hours_ago=random.randint(1, 60),
            feed=f"feed{place % 40}",
        )
        for place in range(3_000)
    )

    assert max(len(group.entries) for group in group_entries(noise)) <= 12


@pytest.mark.parametrize("among_all", [False, True])
def test_what_differs_in_one_word_may_be_another_event(*, among_all: bool) -> None:
    """Trapped and freed, 12th and 13th, who replaces whom: likeness alone cannot tell."""
    rows = [line.split("\t") for line in (DATA / "minimal_pairs.tsv").read_text().splitlines()[1:]]
    pairs = [
        tuple(
            entry(f"{number}{side}", title, language=guess_language(title, "en"))
            for side, title in zip("ab", titles, strict=True)
        )
        for number, (_, *titles) in enumerate(rows)
    ]
    pools = [tuple(one for pair in pairs for one in pair)] if among_all else pairs
    groups = [group for pool in pools for group in group_entries(pool)]
    home = {one.id: place for place, group in enumerate(groups) for one in group.entries}
    right = sum(
        (home[one.id] == home[other.id]) is (label == "same")
        for (label, *_), (one, other) in zip(rows, pairs, strict=True)
    )

    assert len(rows) == 200
    assert right / len(rows) >= 0.85


def test_english_and_vietnamese_reports_of_one_event_meet() -> None:
    """Names, numbers and what news is made of are the same in both; F of at least 0.75."""
    rows = [line.split("\t") for line in (DATA / "bilingual.tsv").read_text().splitlines()[1:]]
    entries = [
        entry(f"{event}{language}", title, language=language)
        for event, *titles in rows
        for language, title in zip(("en", "vi"), titles, strict=True)
    ]
    found = {
        (one.id, other.id)
        for group in group_entries(entries)
        for one in group.entries
        for other in group.entries
        if one.language == "en" and other.language == "vi"
    }
    true = {(f"{event}en", f"{event}vi") for event, *_ in rows}

    assert len(rows) == 100
    assert 2 * len(found & true) / (len(found) + len(true)) >= 0.75


def test_a_number_tells_two_events_of_one_mould_apart() -> None:
    """And `aidigest why` can say which."""
    assert contrast("12th robot olympiad opens in Hue", "13th robot olympiad opens in Hue") == (
        "12, not 13"
    )


class SameMeaning:
    """A Meaning that finds the first two texts the same."""

    def alike(self, texts: Sequence[str], languages: Sequence[str]) -> dict[tuple[int, int], float]:
        """Name the pair."""
        return {(0, 1): 0.9}


def test_the_embeddings_extra_may_join_what_shares_no_word() -> None:
    """The default needs no model; who has one may use it."""
    flood = entry("a", "Water rises over the banks of the Perfume River", hours_ago=5)
    again = entry("b", "Hue braces as streets disappear", hours_ago=4)

    groups = group_entries((flood, again, *NOISE), meaning=SameMeaning())

    assert ids((flood, again, *NOISE)) == []
    assert sorted(len(group.entries) for group in groups) == [1, 1, 1, 2]
    (merge,) = (merge for group in groups for merge in group.merges)
    assert merge.reason == "alike in what they mean"


def test_what_is_together_anyhow_is_not_compared() -> None:
    """A dispatch that thirty outlets print has 435 pairs, of which none decides anything."""
    title = "Fjordcloud to build a 300-megawatt data centre on Skarn"
    items = [entry(name, title) for name in "abc"]

    pairs = compare(items, joined=[(0, 1), (2,)]).pairs

    assert pairs.keys() == {(0, 2), (1, 2)}


def test_what_two_feeds_tell_in_the_same_words_is_read_once() -> None:
    """Reading is dear, and copies are common; each still counts as an entry with these words."""
    text = Text("Fjordcloud builds on Skarn", "The island has water power.")

    (one, other), rarity, _ = profiles([text, text])

    assert one is other
    assert rarity.entries_with["fjordcloud"] == 2


def test_one_name_in_common_is_not_one_story() -> None:
    """Two syllables and the two together are a place, and joined fortune tellers with a road."""
    teller = entry(
        "a",
        "Thầy bói ở Vân Đồn mất khách vì chatbot",
        "Người trẻ hỏi chatbot về tình duyên, công việc và sức khỏe thay vì đến gặp thầy.",
    )
    road = entry(
        "b",
        "Vân Đồn mở rộng đường ven biển lên sáu làn",
        "Tuyến mới dài mười hai cây số, nối cảng hàng không với khu du lịch phía đông.",
    )

    assert ids((teller, road, *NOISE)) == []

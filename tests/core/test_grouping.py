"""Which entries tell the same story."""

import pytest

from aidigest.core.entries import Entry
from aidigest.core.grouping import group_entries
from storysamples import entry

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


def test_a_chain_of_neighbours_is_no_story() -> None:
    """The first and the last share nothing, so the average holds them apart."""
    chain = tuple(
        entry(f"n{i}", f"w{i}a w{i}b w{i + 1}a w{i + 1}b w{i + 2}a w{i + 2}b") for i in range(40)
    )

    assert max(len(group.entries) for group in group_entries(chain)) <= 4


def test_stories_end() -> None:
    """The same words a fortnight later are about something that happened then."""
    later = entry("late", "Lumenward opens another flood forecasting lab in Hue", hours_ago=-300)

    assert all("late" not in group for group in ids((*FLOOD, *NOISE, later)))

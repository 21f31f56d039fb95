"""What a story says."""

from dataclasses import replace

import pytest

from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.boilerplate import clean_headline, is_boilerplate
from aidigest.core.stories.wording import choose_lead, extract, summarise, tell
from storysamples import entry


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("TTO - Cầu mới khánh thành", "Cầu mới khánh thành"),
        ("(Dân trí) - Cầu mới khánh thành", "Cầu mới khánh thành"),
        ("Ferry sinks near the cape - Reuters", "Ferry sinks near the cape"),
        ("Ferry sinks near the cape | The Verge", "Ferry sinks near the cape"),
        ("Ferry sinks - and rises again", "Ferry sinks - and rises again"),
        ("Show HN: A ferry timetable in one file", "A ferry timetable in one file"),
        ("[HN Show] Show HN: A ferry timetable", "A ferry timetable"),
        ("BREAKING: Exclusive: Ferry sinks", "Ferry sinks"),
        ("Watch: Ferry sinks near the cape", "Ferry sinks near the cape"),
        ("Watch a ferry sink near the cape", "Watch a ferry sink near the cape"),
        ("Ferry sinks near the cape | Sound News", "Ferry sinks near the cape"),
        ("Ferry sinks near the cape - The Cape Times", "Ferry sinks near the cape"),
        ("Ferry sinks near the cape - Yonder Finance", "Ferry sinks near the cape"),
        ("Cầu mới khánh thành - Báo Mũi Đất", "Cầu mới khánh thành"),
        ("Cầu mới khánh thành | Báo Bờ biển", "Cầu mới khánh thành"),
        ("Ferry sinks near the cape - Bad News", "Ferry sinks near the cape - Bad News"),
        ("Aug 18, 2026ScienceHow Kestrel sails", "How Kestrel sails"),
        ("Aug 18, 2026Harbour Red TeamPatterns in ferries", "Patterns in ferries"),
        ("Aug 18, 2026DeepHarbour opens a ferry", "DeepHarbour opens a ferry"),
        ("May 1, 2026 was a day of ferries", "May 1, 2026 was a day of ferries"),
        ("(Harbour.vn) - Cầu mới khánh thành", "Cầu mới khánh thành"),
        ("(ABC) Ferries sink near the cape", "(ABC) Ferries sink near the cape"),
        ("Ferry sinks near the cape [video]", "Ferry sinks near the cape"),
        ("Ferry sinks near the cape (Infographic)", "Ferry sinks near the cape"),
        ("Ferry sinks near the cape (and rises)", "Ferry sinks near the cape (and rises)"),
        ("Ferry sinks near the cape (#1234)", "Ferry sinks near the cape"),
        (
            "\U0001f6a2 Ferry sinks \U0001f30a, captain swims \U0001f468\u200d\u2708\ufe0f",
            "Ferry sinks, captain swims",
        ),
        ("Harbour adds a \U0001f6a2 to its signs", "Harbour adds a \U0001f6a2 to its signs"),
        ("\U0001f6a2\U0001f30a", "\U0001f6a2\U0001f30a"),
        ("Reuters", "Reuters"),
    ],
)
def test_headlines_lose_what_is_not_theirs(title: str, clean: str) -> None:
    """Feeds add their names and agencies' marks."""
    assert clean_headline(title) == clean


def test_a_feed_may_append_its_own_title() -> None:
    """The feed's title is known, whatever it is."""
    assert clean_headline("Ferry sinks near the cape – Cape Post", "Cape Post") == (
        "Ferry sinks near the cape"
    )


GOOD = "The ferry will carry four hundred cars between the islands from May."


@pytest.mark.parametrize(
    "summary",
    [
        GOOD,
        f"{GOOD} The post Ferry appeared first on Cape Post.",
        f"{GOOD} Read more",
        f"{GOOD} Tags: ships, capes",
        f"{GOOD} Tag: ships",
        f"{GOOD} Continue reading…",
        f"TTO - {GOOD}",
        f"{GOOD} Tickets will be sold from the end of [...]",
        f"{GOOD} Article URL: https://cape.example Points: 12",
        f"By Ana Ito. {GOOD}",
        f"Cape Post Morning Newsletter: {GOOD}",
        f"Introduction {GOOD}",
        f"WHY IT SAILS {GOOD}",
        f"[Updated on 2026-08-19: add the captain.] [Edit: and the crew.] {GOOD}",
        f"TL;DR (by the harbour): {GOOD}",
        f"Release Date: August 19, 2026 {GOOD}",
        f"Kestrel 5.1 (v2026.8.19) Release Date: August 19, 2026 {GOOD}",
        f"Since 5.0: 28 commits · 21 files · 3 fixes · 9 people. {GOOD}",
        f"Author: Ana Ito {GOOD}",
        f"By Ana B. Ito & the Harbour Team \U0001f31f Introduction: {GOOD}",
        f"Ana Ito, Cape Post: {GOOD}",
        f"Ana Ito, writing at Cape Post, broke the news: {GOOD}",
        f"arXiv:2608.21936v1 Announce Type: new Abstract: {GOOD}",
        f"arXiv:2608.21936v2 Announce Type: replace-cross {GOOD}",
        f"Who would cross the sound on a winter's day if not by ferry? {GOOD}",
        f"New submitter Ana Ito points out what the Cape Post has about ferries. {GOOD}",
        f"{GOOD} Don’t miss the tickets that are sold from Monday.",
        f"{GOOD} The test on the sound (see the report of the harbour. And so on).",
        f"{GOOD} Learn how captains can reach the islands in winter.",
        f"{GOOD} Hãy đặt vé trước ngày đầu tháng.",
        f"Explore the new harbour and what it has for you. {GOOD}",
        f"Mời bạn đọc xem bến cảng mới và những con tàu. {GOOD}",
        f"{GOOD} Special thanks to Ana Ito and the harbour.",
        f"Thanks to Ana Ito for the pictures of this ship. {GOOD}",
        f"{GOOD} Will the islands ever have a bridge of their own?",
    ],
)
def test_summaries_are_whole_sentences_without_boilerplate(summary: str) -> None:
    """The reader gets the news and nothing around it."""
    assert extract(summary, "A new ship for the cape") == GOOD


@pytest.mark.parametrize(
    "summary",
    [
        "",
        "Comments",
        "Article URL: https://cape.example Comments URL: https://hn.example Points: 3",
        "The company said on Monday that it would build three more of the large ferries and…",
        "A new ship for the cape.",
        "While the harbour of the cape was closed to ships of every kind.",
        "Since then, the ferry has carried four hundred cars between the islands.",
        "Select it under the menu of ferries in the settings of Kestrel.",
        "Here comes the third part of all that we know of ferries and the sound.",
        "The latter has carried four hundred cars between the islands since May.",
        "Register before Monday to save up to $200 on the ferries of the cape.",
        "The **largest ferry** of the cape carries four hundred cars at a time.",
    ],
)
def test_no_summary_is_better_than_a_bad_one(summary: str) -> None:
    """Cut off, repeated or empty: the headline stands alone."""
    assert extract(summary, "A new ship for the cape") == ""


@pytest.mark.parametrize(
    "summary",
    [
        "Now in beta for all subscribers of Kestrel Plus: an agent that books the ferries.",
        "Kestrel will end third-party cookies in its browser for harbours at last.",
        "The captain founded a newsletter company that was sold for ten million dollars.",
        "Captains who subscribe to Kestrel Plus are told of free berths by an agent.",
        "Thanks to new engines, the ferries of the cape need half as much of their oil.",
        "Who sails is known by the Kestrel Tag: a new way to let agents into the harbour.",
    ],
)
def test_words_of_appeals_may_stand_in_the_news(summary: str) -> None:
    """Only who is asked to subscribe, or to accept, reads an appeal."""
    assert extract(summary, "A new ship for the cape") == summary


@pytest.mark.parametrize("gap", [". ", ": ", " - ", "\u2014", " | ", " "])
def test_a_repeated_headline_is_cut_off(gap: str) -> None:
    """Some feeds put the headline before the text."""
    assert extract(f"A new ship for the cape{gap}{GOOD}", "A new ship for the cape") == GOOD


@pytest.mark.parametrize(
    "summary",
    [
        "Introducing Kestrel 5, our largest model for harbours and everyone who sails there.",
        "Introducing Kestrel 5\u2014our largest model for harbours and everyone who sails there.",
        "Introducing Kestrel 5 is the title of a film about harbours and those who live there.",
        "Introducing Kestrel 5.5 and its smaller sister for harbours and everyone who sails there.",
        "Introducing Kestrel 5-Mini with all that a small harbour and its captain may ask for.",
    ],
)
def test_a_sentence_that_begins_as_the_headline_does_stays_whole(summary: str) -> None:
    """Cut inside, it would be half a sentence, and so no summary at all."""
    assert extract(summary, "Introducing Kestrel 5") == summary


def test_two_sentences_are_taken_where_they_fit() -> None:
    """The second often says what the first leaves open."""
    summary = f"{GOOD} It replaces two older ships. {'Nobody knows the price yet. ' * 12}"

    assert extract(summary, "Ships") == f"{GOOD} It replaces two older ships."


def test_a_bid_stands_where_nothing_else_does() -> None:
    """It says at least what there is to read."""
    bid = "Learn how the harbour of the cape built a ferry that needs no captain."

    assert extract(bid, "A new ship for the cape") == bid


@pytest.mark.parametrize(
    "summary",
    [
        "Ships are a new kind of guest. They carry no luggage, but a captain who wants to pay.",
        "Kestrel 5 Released. A small and efficient model for harbours and their captains.",
    ],
)
def test_a_short_first_sentence_counts_with_the_next(summary: str) -> None:
    """What people write well begins short, and the next sentence says what is meant."""
    assert extract(summary, "Kestrel 5") == summary


@pytest.mark.parametrize(
    "summary",
    [
        f"Exciting news! {GOOD}",
        "Ships are a new kind of guest. They pay well.",
        "Ships are a new kind of guest. Will anybody ever build a harbour that is made for them?",
    ],
)
def test_a_short_first_sentence_alone_is_no_summary(summary: str) -> None:
    """It needs something to say, and a sentence that says the rest."""
    assert extract(summary, "Kestrel 5") == ""


def test_the_digests_language_leads() -> None:
    """A Vietnamese edition prefers a Vietnamese headline where there is one."""
    english = entry("a", "Ferry opens", hours_ago=3)
    vietnamese = entry("b", "Khai trương phà", language="vi")

    assert choose_lead((english, vietnamese), feeds={}, language="vi") is vietnamese


def test_the_weightier_source_leads() -> None:
    """The maintainer trusts some sources more."""
    one, other = entry("a", "Ferry opens at the cape"), entry("b", "Ferry opens at the cape")
    feeds = {other.feed_url: Feed(url=other.feed_url, title="B", weight=2.0)}

    assert choose_lead((one, other), feeds=feeds, language="en") is other


@pytest.mark.parametrize(
    ("feed", "title", "told"),
    [
        ("Harbour CLI", "v2.1.237", "Harbour CLI v2.1.237"),
        ("Release notes from harbour-cli", "Release 2026.8.18", "harbour-cli Release 2026.8.18"),
        ("Harbour CLI", "3.0.0-rc.1", "Harbour CLI 3.0.0-rc.1"),
        ("Harbour CLI", "Ferry 2.1", "Ferry 2.1"),
        ("All that ever was released at the harbour of the cape", "v2.1", "v2.1"),
        ("", "v2.1", "v2.1"),
    ],
)
def test_a_bare_version_is_told_with_its_name(feed: str, title: str, told: str) -> None:
    """A number alone tells nobody what was released."""
    release = replace(entry("a", title), feed_title=feed)

    telling = tell((release,), feeds={}, language="en")

    assert telling.title == told


@pytest.mark.parametrize("title", ["Quoting Ana Ito of the harbour", "Ferry news"])
def test_a_headline_that_tells_what_happened_leads(title: str) -> None:
    """Who is quoted, or two words, tell the reader nothing."""
    one, other = entry("a", title), entry("b", "Ana Ito says ferry news of the harbour is false")

    assert choose_lead((one, other), feeds={}, language="en") is other


def test_another_source_may_give_the_summary() -> None:
    """The lead's feed may carry headlines only."""
    lead, other = entry("a", "Ferry opens"), entry("b", "Ferry at last", GOOD)

    assert summarise((lead, other), lead=lead, title="Ferry opens") == GOOD


@pytest.mark.parametrize(
    "sentence",
    [
        "Seats are few, so register now for the workshop.",
        "There are only two days left to book.",
        "It is the last chance to register.",
        "Don\u2019t miss what comes next.",
        "Prices are lower with an Early-Bird ticket.",
        'He said "all is well" -- Ada Lovelace.',
        "It is **new** here.",
        "More at https://outlet.example today.",
        "Write to desk@outlet.example. Thanks.",
        "All Rights Reserved by the outlet.",
        "See what\u2019s changed in this version.",
        "Since 5.0: 28 commits · 21 files · 3 fixes · 9 people",
        "Our newsletters come weekly.",
        "Please subscribe, for the harbour lives from its readers.",
        "This page uses cookies to count its readers.",
        "It is a five minute read.",
        "The tower at dusk, picture courtesy of the town.",
    ],
)
def test_an_appeal_anywhere_makes_a_sentence_no_news(sentence: str) -> None:
    """Each is looked for only where a word of it occurs, so that list must know every kind."""
    assert is_boilerplate(sentence)


@pytest.mark.parametrize(
    "mark",
    ["(Harbour.vn) - ", "(HBR News) – ", "(HBR) ", "(iBay) ", "(Harbour.net.vn) "],
)
def test_a_papers_name_in_brackets_is_taken_off(mark: str) -> None:
    """Vietnamese papers put theirs before the text, and there are hundreds of them."""
    assert extract(f"{mark}{GOOD}", "Ferry news") == GOOD


@pytest.mark.parametrize("start", ["(The old one was smaller.) ", "(two of them) - "])
def test_what_else_stands_in_brackets_belongs_to_the_text(start: str) -> None:
    """An aside bears no paper's name."""
    assert extract(f"{start}{GOOD}", "Ferry news") != GOOD


@pytest.mark.parametrize("summary", [f'"{GOOD}', f"\u201c{GOOD}", f'{GOOD}"'])
def test_a_lone_quotation_mark_is_dropped(summary: str) -> None:
    """Its other one stood around more than what is told here."""
    assert extract(summary, "Ferry news") == GOOD


def test_who_speaks_of_himself_stays_quoted() -> None:
    """Without the mark it would be we who say it."""
    said = "\u201cI have seen every ferry that ever sailed between these islands."

    assert extract(said, "Ferry news") == said


@pytest.mark.parametrize(
    "sentence",
    [
        "The mayor opens the ferry terminal in 2019.Credit...Ana Ito for the Cape Post",
        "Editor\u2019s note: Welcome to our new pages about the ferries of the cape!",
        "All the sessions from Harbour Days are available on-demand now.",
        "This is an automated message about ferries that are like yours.",
        "The ferry will carry four hundred cars between the islands and the",
    ],
)
def test_captions_notes_and_cut_ends_are_no_summary(sentence: str) -> None:
    """They say who made the picture, or stop before they say anything."""
    assert extract(sentence, "Ferry news") == ""


def test_a_line_drawn_under_a_text_is_no_part_of_it() -> None:
    """Newsletters end their items so."""
    assert extract(f"{GOOD} ---", "Ferry news") == GOOD


def test_an_invitation_to_join_executives_is_a_bid() -> None:
    """Publishers put their own events before the news."""
    assert extract(f"Join top executives in the harbour in May. {GOOD}", "Ferry news") == GOOD


@pytest.mark.parametrize(
    "deed",
    [
        "We present Kestrel, a planner that ferries can run on one small computer.",
        "In this paper, we propose a planner for ferries that learns from their captains.",
        "This work investigates how planners of ferries behave when the sound is frozen.",
    ],
)
def test_a_papers_summary_begins_with_what_it_does(deed: str) -> None:
    """Abstracts open with their field, which is known: the news is what was made or found."""
    field = "Ferries have attracted growing interest from researchers in recent years."
    lack = "Yet existing planners need a data centre, which no harbour of the islands has."

    found = extract(f"{field} {lack} {deed}", "Kestrel: Ferries That Plan")

    assert found == deed


@pytest.mark.parametrize(
    "deed",
    [
        "We show that these planners need a data centre of their own in every harbour.",
        "We investigate this problem on four ferries of the sound, in winter and in summer.",
        "We evaluate it on four ferries of the sound, in winter and in summer alike.",
        "To this end, we present a planner that ferries can run on one small computer.",
    ],
)
def test_a_papers_deed_that_leans_on_its_field_does_not_begin(deed: str) -> None:
    """Torn out of its place, it would speak of what the reader has not been told."""
    field = "Planners of ferries are trained on the logs of captains from many harbours."

    found = extract(f"{field} {deed}", "Kestrel: Ferries That Plan")

    assert found.startswith(field)


def test_a_version_with_a_note_is_told_with_its_name() -> None:
    """Of a list of releases, "v0.4.1-rc1: fix the mast" says nothing of what was released."""
    note = replace(
        entry("a", "v0.4.1-rc1: fix the mast (#77)"), feed_title="Release notes from kestrel"
    )
    blog = replace(note, feed_title="Cape Post")

    assert tell([note], feeds={}, language="en").title == "kestrel v0.4.1-rc1: fix the mast"
    assert tell([blog], feeds={}, language="en").title == "v0.4.1-rc1: fix the mast"

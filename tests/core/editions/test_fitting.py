"""What a mail gives up, and in which order."""

from dataclasses import replace

import samples
from aidigest.core.editions.edition import Edition
from aidigest.core.editions.fitting import BUDGET, fitted
from aidigest.core.feeds.pictures import Picture
from mails import RENDERER, sampled

PICTURE = Picture(url="https://news.example/a.jpg", width=160, height=120)


def size(edition: Edition) -> int:
    """Weigh an edition as a page might: so much a story, its words, and more for a picture."""
    words = sum(len(story.title) + len(story.summary) for story in edition.stories)
    return 100 * len(edition.stories) + words + 500 * sum(bool(s.picture) for s in edition.stories)


def pictured(count: int = 20) -> Edition:
    """Return an edition of so many stories with a picture each."""
    edition = samples.large(count)
    return replace(
        edition,
        sections=tuple(
            replace(one, stories=tuple(replace(s, picture=PICTURE) for s in one.stories))
            for one in edition.sections
        ),
    )


def test_what_fits_stays_as_it_is() -> None:
    """Nobody misses anything in a usual edition."""
    assert fitted(pictured(), size=size, budget=size(pictured())) == pictured()


def test_pictures_go_first_then_summaries_then_stories() -> None:
    """The news itself is the last to go."""
    whole = pictured()
    steps = [fitted(whole, size=size, budget=budget) for budget in (5_491, 5_300, 2_000)]

    assert [any(s.picture for s in one.stories) for one in steps] == [False] * 3
    assert [len(one.stories) == 20 for one in steps] == [True, True, False]
    assert [any("…" in s.summary for s in one.stories) for one in steps] == [False, True, True]


def test_the_best_stories_stay_and_the_others_are_counted() -> None:
    """Each topic says how many more there are."""
    cut = fitted(pictured(), size=size, budget=2_000)

    kept = sorted(story.score for story in cut.stories)
    assert kept == sorted(story.score for story in pictured().stories)[-len(kept) :]
    assert cut.total == 20
    assert sum(section.more for section in cut.sections) == 20 - len(kept)


def test_a_budget_for_nothing_leaves_the_topics() -> None:
    """However long one headline is, the mail ends with its link for leaving."""
    cut = fitted(pictured(), size=lambda _: BUDGET + 1)

    assert cut.stories == ()
    assert [section.more for section in cut.sections] == [10, 10]


def test_two_hundred_stories_stay_within_the_budget_and_can_be_left() -> None:
    """Gmail would cut them off, and the link for leaving with them."""
    rendered = sampled("200")

    assert 80_000 < len(rendered.html.encode()) <= BUDGET
    assert "more online" in rendered.html
    assert "more online" in rendered.text
    assert rendered.markdown.count("\n### ") == 200


def test_a_story_of_endless_words_is_told_online() -> None:
    """A feed that means harm cannot make the mail too long."""
    huge = samples.edition(*(samples.story(n, title="word " * 20_000) for n in range(3)))

    html = RENDERER.render(huge).html

    assert len(html.encode()) <= BUDGET
    assert "xxUNSUBSCRIBExURLxx" in html

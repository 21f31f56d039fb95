"""The invented outlets are many, mixed and bilingual, as the demo promises."""

from collections import Counter

from aidigest.demo.outlets import FeedFormat, outlets


def test_there_is_enough_to_make_an_edition() -> None:
    """A demo of three stories shows nothing."""
    shipped = outlets()

    assert len(shipped) >= 14
    assert sum(len(outlet.entries) for outlet in shipped) >= 70


def test_both_languages_and_all_formats_are_there() -> None:
    """What works in the demo should be what works outside."""
    shipped = outlets()

    assert {outlet.language for outlet in shipped} == {"en", "vi"}
    assert {outlet.format for outlet in shipped} == set(FeedFormat)


def test_only_the_stories_own_outlets_are_told_apart_by_their_slug() -> None:
    """A slug names the file, the address and the homepage."""
    shipped = outlets()

    assert len({outlet.slug for outlet in shipped}) == len(shipped)
    assert len({outlet.title for outlet in shipped}) == len(shipped)


def test_big_stories_are_told_by_several_outlets_in_both_languages() -> None:
    """The names in them say which they are; numbers and names must agree."""
    tellers: Counter[str] = Counter()
    languages: dict[str, set[str]] = {}
    for outlet in outlets():
        for name in ("Heron 3", "Cinderbox", "Q9", "212", "Magpie", "300"):
            if any(name in entry.title + entry.summary for entry in outlet.entries):
                tellers[name] += 1
                languages.setdefault(name, set()).add(outlet.language)

    assert all(count >= 3 for count in tellers.values())
    assert all(spoken == {"en", "vi"} for spoken in languages.values())

"""Is a summary true to its sources?"""

import pytest

from aidigest.core.stories.grounding import ungrounded

SOURCES = (
    "Lumenward raises $40 million to read old maps",
    'The firm from Hue said "we begin in May" on Monday. Its chief is Tran Minh.',
)


@pytest.mark.parametrize(
    "summary",
    [
        "Lumenward, a firm from Hue, has raised $40 million.",
        "The money lets it begin in May, its chief Tran Minh said. Old maps come first.",
        'It said "we begin in May".',
    ],
)
def test_what_the_sources_say_may_be_said(summary: str) -> None:
    """Other words are welcome, other facts are not."""
    assert ungrounded(summary, SOURCES) == ""


@pytest.mark.parametrize(
    ("summary", "reason"),
    [
        ("Lumenward has raised $400 million.", "no source has the number 400"),
        ("Lumenward and Google read old maps.", "no source has the name Google"),
        ('Its chief said "we begin in June".', 'no source says "we begin in June"'),
        ("Lumenward has raised $40 million", "it is no whole sentence"),
        ("", "it is no whole sentence"),
        ("It reads maps. It is old. It is new.", "longer than 2 sentences"),
        (f"It reads {'old ' * 90}maps.", "longer than 2 sentences"),
        ("Read more at https://lumenward.example today.", "it is boilerplate"),
    ],
)
def test_what_no_source_says_is_refused(summary: str, reason: str) -> None:
    """A model that invents a figure costs us our readers."""
    assert reason in ungrounded(summary, SOURCES)

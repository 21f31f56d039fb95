"""The published table says what the suite tests, rule by rule."""

from making.feed_citizen import page


def test_every_rule_of_the_issue_has_its_test() -> None:
    """A rule without a test, or a test that nobody hears of, would be an empty promise."""
    assert [line.split(" ")[1] for line in page().splitlines() if line.startswith("| T")] == [
        f"T{number}" for number in range(1, 53)
    ]

"""What names AI in passing only."""

import pytest

from aidigest.core.stories.passing import without_passing
from aidigest.core.stories.relevance import judge
from storysamples import entry

TELLING = "The head of the school says that reading aloud matters more than any screen."


@pytest.mark.parametrize(
    "summary",
    [
        "Speakers raised housing, crime, schools and even AI.",
        "The chain blamed rents, wages and, in part, its spending on marketing or AI.",
        "Nhà máy đổi máy, tuyển thợ, tìm thị trường mới hoặc thử ứng dụng AI.",
        "Trẻ tâm sự với bạn bè, người thân hoặc thậm chí trí tuệ nhân tạo.",
        "Some went on to AI, gold or bets on football.",
        "He has worked in scouting, contracts, data and, most recently, AI.",
        "The set has a wooden frame, round speakers, two stands and an AI.",
        "Students look for sharp screens such as those with speakers, games, AI help…",
        "Loạt sáng kiến từ màng vỏ tôm, AI truy xuất nguồn gốc đến bản đồ tái chế được trao giải.",
        "Học sinh quan tâm các yếu tố như: bảo vệ mắt, ứng dụng giải trí, AI thông minh… trên máy.",
    ],
)
def test_one_of_a_list_is_in_passing(summary: str) -> None:
    """A list of examples says what the rest is not about."""
    verdict = judge(entry("x", "A long evening in the town hall", summary), None)

    assert not verdict.is_ai
    assert "is in passing" in verdict.reasons[-1]


@pytest.mark.parametrize(
    "summary",
    [
        "The deal covers chips and AI.",
        "The lab makes AI, and sells it to banks.",
        "AI, said the minister, will be taxed from June.",
        "Gold, shares and bonds fell, and AI agents sold first.",
        "Rents, wages and AI were to blame. The AI had set all prices by itself.",
        "Từ hôm nay, AI của trường đến tay học sinh lớp một.",
        "The school has built it for years, AI help…",
    ],
)
def test_two_matters_make_no_list(summary: str) -> None:
    """What is said of AI alone, or again, is meant."""
    verdict = judge(entry("x", "A long evening in the town hall", summary), None)

    assert verdict.is_ai


@pytest.mark.parametrize(
    "times",
    [
        "in the age of AI",
        "for the AI era",
        "trong kỷ nguyên AI",
        "giữa thời đại trí tuệ nhân tạo",
        "trong kỷ nguyên dữ liệu và AI",
        "in an age of data and AI",
        "thời AI",
    ],
)
def test_what_the_times_are_called_is_in_passing_where_a_summary_tells_more(times: str) -> None:
    """Speeches and essays on anything bear it; alone in a headline it may be the subject."""
    title = f"How to raise curious children {times}"

    verdicts = [
        judge(entry("x", title, said), None).is_ai for said in (TELLING, "", f"So {times}.")
    ]

    assert verdicts == [False, True, True]


def test_times_are_taken_out_of_a_summary() -> None:
    """The rest of it still counts."""
    rest = without_passing("On reading", "We read less in the age of AI and of feeds.")

    assert rest.summary == "We read less  and of feeds."
    assert rest.phrase == "in the age of AI"


def test_the_age_of_its_agents_is_a_matter_of_its_own() -> None:
    """Not the times are spoken of, but the agents."""
    verdict = judge(entry("x", "Shops in the age of AI agents", TELLING), None)

    assert verdict.is_ai

"""Is an entry about AI?"""

import csv
from pathlib import Path

import pytest

from aidigest.core.feeds.feed import About, Feed
from aidigest.core.stories.relevance import judge
from storysamples import entry

LIST = Path(__file__).parents[2] / "data" / "relevance.tsv"


def rows() -> list[dict[str, str]]:
    """Return our invented headlines with their labels."""
    with LIST.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))


@pytest.mark.parametrize("language", ["en", "vi"])
def test_headlines_are_judged_as_people_would(language: str) -> None:
    """Readers judge us by this: F of at least 0.97 in each language."""
    labels = [
        (row["label"] == "ai", judge(entry("x", row["headline"]), None).is_ai)
        for row in rows()
        if row["language"] == language
    ]
    wrong = sum(label != verdict for label, verdict in labels)
    hits = sum(label and verdict for label, verdict in labels)

    assert 2 * hits / (2 * hits + wrong) >= 0.97


def test_the_list_has_enough_traps() -> None:
    """A list of easy headlines would prove nothing."""
    assert sum(row["kind"] == "trap" for row in rows()) >= 60


def test_vietnamese_who_is_no_ai_even_shouted() -> None:
    """In capitals the two are spelled alike."""
    verdict = judge(entry("x", "AI LÀ NGƯỜI CHỊU TRÁCH NHIỆM?"), None)

    assert not verdict.is_ai


def test_a_verdict_names_the_word_and_the_trap() -> None:
    """`aidigest stories` shows why."""
    verdict = judge(entry("x", "Gemini horoscope for Sunday"), None)

    assert verdict.reasons == ('not "Gemini", because of "horoscope"',)


@pytest.mark.parametrize(
    "title",
    [
        "The bank next door now works with Claude Fable 5 in most branches",
        "Why Claude Harbour is out in public beta for every firm",
        "Our teams say that Claude Design helps them draw maps",
    ],
)
def test_a_name_beside_another_is_a_product_where_versions_and_products_are_spoken_of(
    title: str,
) -> None:
    """Makers give their models second names, as people have them."""
    verdict = judge(entry("x", title), None)

    assert verdict.is_ai


@pytest.mark.parametrize(
    "title",
    [
        "A long look at the water lilies of Claude Monet this weekend",
        "The neighbours say that Claude Moreau, 91, remembers the flood",
        "In the third period Claude Lemieux was traded for two players",
    ],
)
def test_a_name_beside_another_is_else_a_persons(title: str) -> None:
    """Painters and players are no news about AI."""
    verdict = judge(entry("x", title), None)

    assert not verdict.is_ai


@pytest.mark.parametrize(
    ("other", "meant"),
    [
        ("Bayesian inference for beekeepers", "Cheaper inference for small models"),
        ("Code generation in old compilers", "Code generation by neural means"),
        ("A mechanistic account of photosynthesis", "A mechanistic look into reasoning models"),
    ],
)
def test_words_of_papers_need_company(other: str, meant: str) -> None:
    """Statisticians, compilers and biologists had these words first."""
    verdicts = [judge(entry("x", title), None).is_ai for title in (other, meant)]

    assert verdicts == [False, True]


@pytest.mark.parametrize(
    "title",
    [
        "Trẻ học máy móc, thi xong là quên",
        "Tìm ra tác nhân gây dịch tả lợn ở Hà Nam",
        "Xe tự lái cho khách thuê hút khách dịp lễ",
        "Hệ thống robot phẫu thuật thế hệ mới về Huế",
    ],
)
def test_vietnamese_syllables_may_belong_to_another_word(title: str) -> None:
    """A rented car that one drives oneself is written as one that drives itself."""
    verdict = judge(entry("x", title), None)

    assert not verdict.is_ai


def test_the_summary_counts_for_less_than_the_title() -> None:
    """A robot in passing makes no robot story."""
    in_title = judge(entry("x", "A robot in the orchard"), None)
    in_summary = judge(entry("x", "News from the orchard", "There was a robot too."), None)

    assert in_title.score > in_summary.score


def test_a_feed_about_ai_is_believed() -> None:
    """Labs' blogs do not say the word in every headline."""
    feed = Feed(url="https://x.example/rss", title="Lab", about=About.AI)

    assert judge(entry("x", "Our roadmap"), feed).is_ai


@pytest.mark.parametrize(
    "title",
    [
        "Sponsored: five AI tools for your shop",
        "AI writer promo code: 40% off this week",
        "[QC] Khóa học AI cho người bận rộn",
    ],
)
def test_adverts_are_no_news_even_from_a_feed_about_ai(title: str) -> None:
    """Coupons come through feeds as well."""
    feed = Feed(url="https://x.example/rss", title="Lab", about=About.AI)

    assert not judge(entry("x", title), feed).is_ai


@pytest.mark.parametrize(
    ("other", "meant"),
    [
        ("New jailbreak for iOS 26 needs a cable", "New jailbreak works on every assistant"),
        ("Inmates plan a jailbreak with a spoon", "A poem jailbreaks three models of four"),
    ],
)
def test_a_jailbreak_of_a_device_is_another(other: str, meant: str) -> None:
    """Telephones and consoles were broken out of their makers' rules long before models."""
    verdicts = [judge(entry("x", title), None).is_ai for title in (other, meant)]

    assert verdicts == [False, True]


@pytest.mark.parametrize(
    ("other", "meant"),
    [
        ("Slop buckets and straw on the last pig farm", "Why slop fills the front page"),
        ("Ice crawlers reach the hut", "Crawlers cost a library more bandwidth than its readers"),
        ("Stability returns to the bond market", "Photographers: Getty and Stability settle"),
        ("Scale of the flood shocks the valley", "Annotators who work for Scale go on strike"),
        ("Assembly passes SB 54 on packaging", "Governor signs SB 53 at last"),
        ("MCP, the Minecraft mod maker's kit", "MCP, one year on"),
        ("Phi Beta Kappa elects a president", "Our notes on Phi-5 and small models"),
    ],
)
def test_names_that_are_words_are_told_by_what_stands_near(other: str, meant: str) -> None:
    """Labs, laws and protocols take their names from the dictionary."""
    verdicts = [judge(entry("x", title), None).is_ai for title in (other, meant)]

    assert verdicts == [False, True]


@pytest.mark.parametrize(
    ("other", "meant"),
    [
        ("Surgeons scan a patient's face", "Shop scans the faces of whoever enters"),
        ("Soi da mặt ở phòng khám", "Trường học quét gương mặt học sinh ở cổng"),
    ],
)
def test_faces_that_machines_look_for_are_ai(other: str, meant: str) -> None:
    """The press says "scans faces", in any order, and seldom "facial recognition"."""
    verdicts = [judge(entry("x", title), None).is_ai for title in (other, meant)]

    assert verdicts == [False, True]


@pytest.mark.parametrize(
    "title",
    [
        "Công ty điện thay máy biến áp cũ",
        "Cô giáo viết thư xin máy in cho lớp học",
        "Học sinh làm bài kiểm tra trên máy tính",
    ],
)
def test_a_device_whose_name_begins_with_machine_is_none_that_thinks(title: str) -> None:
    """In Vietnamese every device is a `máy` of some kind."""
    verdict = judge(entry("x", title), None)

    assert not verdict.is_ai


@pytest.mark.parametrize(
    "title",
    [
        "OpenAI co-founder buys a beach house for $30 million",
        "Nvidia boss's daughter marries in Taipei, wedding guests say",
        "Inside Sam Altman's wedding by the sea",
        "Anthropic chief's childhood home goes on sale",
        "Nhà sáng lập OpenAI tổ chức đám cưới ở Hawaii",
    ],
)
def test_what_founders_do_at_home_is_no_ai_news(title: str) -> None:
    """Houses and weddings are told because of the company, but not about it."""
    verdict = judge(entry("x", title), None)

    assert not verdict.is_ai


@pytest.mark.parametrize(
    "title",
    [
        "OpenAI and Microsoft discuss the terms of their divorce",
        "Sam Altman's husband puts money into an AI school",
        "Founder marries the chatbot that he built",
        "Boss had ChatGPT write his wedding speech",
        "OpenAI co-founder leaves for a rival",
    ],
)
def test_but_what_they_do_with_it_is(title: str) -> None:
    """Companies part as couples do, and another cue shows that it is about AI after all."""
    verdict = judge(entry("x", title), None)

    assert verdict.is_ai


@pytest.mark.parametrize(
    ("other", "meant"),
    [
        ("Sora station reopens after floods", "Sora films fool half of the viewers"),
        ("Sora, 9, wins in Osaka", "Sora shuts down within a year"),
    ],
)
def test_a_town_and_a_first_name_need_more_than_themselves(other: str, meant: str) -> None:
    """Sora is more often one of these than other names of products are."""
    verdicts = [judge(entry("x", title), None).is_ai for title in (other, meant)]

    assert verdicts == [False, True]


@pytest.mark.parametrize(
    ("other", "meant"),
    [
        ("Bank sells $8B of loans", "Two 8B models share their weights on one laptop"),
        ("Distilling whisky in the islands", "Distilling a 70B teacher into a small student"),
        ("Tòa trả hồ sơ vì chứng cứ bịa", "Luật sư bị phạt vì án lệ bịa trong đơn"),
        ("Museum shows a replica of the ship", "Actors strike over digital doubles and replicas"),
        ("Ca sĩ kể chuyện viết bài hát đầu tay", "Ca khúc đứng đầu bảng không do người hát"),
        ("Camera thông minh giảm giá mạnh", "Camera thông minh nhận diện người đi ngược chiều"),
        ("Fake passport sold for a video game", "Fake video of the president spreads overnight"),
        ("Cô gái tự chạy xe máy xuyên Việt", "Ô tô tự rời nhà máy, tự chạy tới tay khách"),
        ("School evaluates its teachers", "Why evals of assistants are hard"),
    ],
)
def test_matters_that_have_no_name_are_told_by_two_words_together(other: str, meant: str) -> None:
    """The size of a model, a teacher and a student, a made-up ruling: one word says little."""
    verdicts = [judge(entry("x", title), None).is_ai for title in (other, meant)]

    assert verdicts == [False, True]


@pytest.mark.parametrize(
    ("other", "meant"),
    [
        ("Power generated by the dam fills a picture book", "Generated pictures in books"),
        ("Dog companions for lonely walkers", "Companions barred for under-18s"),
        ("Tập huấn dạy máy tính cho người già", "Nhà văn lo sách bị đem dạy máy"),
        ("Rail safety monitors retire", "Ride service opens without safety monitors"),
    ],
)
def test_words_of_daily_life_count_beside_what_shows_the_machine(other: str, meant: str) -> None:
    """Companions are dogs, and what is generated is power, unless something says otherwise."""
    verdicts = [judge(entry("x", title), None).is_ai for title in (other, meant)]

    assert verdicts == [False, True]


@pytest.mark.parametrize(
    ("other", "meant"),
    [
        ("Otter spotted in the Thames", "Otter raises $50 million to take notes"),
        ("Lovable rogue returns in sitcom", "Lovable reaches $200m ARR"),
        ("Hermes raises scarf prices", "Hermes raises the bar for open weights"),
    ],
)
def test_a_common_noun_at_the_beginning_may_be_just_that(other: str, meant: str) -> None:
    """Its capital says nothing there, so it needs a word of the trade."""
    verdicts = [judge(entry("x", title), None).is_ai for title in (other, meant)]

    assert verdicts == [False, True]

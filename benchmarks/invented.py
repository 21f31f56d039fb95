"""Invented entries in any number, alike in make-up to a day of news: the same on every run."""

from datetime import UTC, datetime, timedelta
from random import Random

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import Feed

NOW = datetime(2026, 9, 16, 3, 30, tzinfo=UTC)

FEEDS = tuple(
    Feed(url=f"https://outlet-{number}.example/feed", title=f"Outlet {number}", language=language)
    for number, language in enumerate(("en", "en", "en", "vi") * 10)
)

_SYLLABLES = ("bar", "cor", "del", "fen", "gal", "hor", "kel", "lum", "mor", "pel", "ros", "vor")

_SENTENCES = {
    "en": (
        "{name} {act_en} {thing_en} with {amount} {unit_en}",
        "{name}, led by {person}, says its AI {thing_en} needs {percent}% less power",
        "Analysts expect {name} to sell the {thing_en} to {count} companies within a year",
    ),
    "vi": (
        "{name} {act_vi} {thing_vi} với {amount} {unit_vi}",
        "{name} do {person} điều hành cho biết {thing_vi} AI tốn ít hơn {percent}% điện năng",
        "Giới phân tích dự đoán {name} sẽ bán {thing_vi} cho {count} doanh nghiệp trong một năm",
    ),
}
_ACTS = (("releases", "ra mắt"), ("tests", "thử nghiệm"), ("sells", "bán"), ("shows", "giới thiệu"))
_THINGS = (
    ("language model", "mô hình ngôn ngữ"),
    ("robot", "robot"),
    ("chip", "chip"),
    ("assistant", "trợ lý"),
    ("data centre", "trung tâm dữ liệu"),
)
_UNITS = (("billion parameters", "tỷ tham số"), ("million dollars", "triệu USD"))

#: How many outlets tell a story; most are told by one.
_TELLERS = (1, 1, 1, 1, 1, 2, 2, 3, 4, 6)


def entries(count: int) -> tuple[Entry, ...]:
    """Return that many entries of the last day, told by up to six of forty feeds each."""
    random = Random(2026)
    made: list[Entry] = []
    while len(made) < count:
        facts = _facts(random)
        for feed in random.sample(FEEDS, random.choice(_TELLERS)):
            made.append(_entry(len(made), feed, facts, random))
    return tuple(made[:count])


def _facts(random: Random) -> dict[str, str]:
    act, thing, unit = random.choice(_ACTS), random.choice(_THINGS), random.choice(_UNITS)
    numbers = {"amount": 900, "percent": 90, "count": 5000}
    return {
        "name": _name(random),
        "person": f"{_name(random)} {_name(random)}",
        **{key: str(random.randint(2, top)) for key, top in numbers.items()},
        **dict(zip(("act_en", "act_vi"), act, strict=True)),
        **dict(zip(("thing_en", "thing_vi"), thing, strict=True)),
        **dict(zip(("unit_en", "unit_vi"), unit, strict=True)),
    }


def _name(random: Random) -> str:
    return "".join(random.choices(_SYLLABLES, k=random.randint(2, 3))).capitalize()


def _entry(number: int, feed: Feed, facts: dict[str, str], random: Random) -> Entry:
    title, *rest = (sentence.format(**facts) for sentence in _SENTENCES[feed.language])
    published_at = NOW - timedelta(minutes=random.randint(1, 24 * 60))
    return Entry(
        id=f"entry-{number:06}",
        feed_url=feed.url,
        feed_title=feed.title,
        guid=None,
        url=f"{feed.url}/{number}",
        title=title,
        summary=". ".join(rest),
        language=feed.language,
        published_at=published_at,
        published_is_guess=False,
        first_seen_at=published_at,
    )

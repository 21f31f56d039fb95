"""Invented news of many days: events that several outlets tell, retell and carry further."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from aidigest.core.feeds.entry import Entry
from aidigest.core.feeds.feed import About, Feed

FEEDS = tuple(
    Feed(
        url=f"https://outlet{number}.example/feed",
        title=f"Outlet {number}",
        language="vi" if number % 3 == 2 else "en",
        about=About.AI,
    )
    for number in range(12)
)
_PARTS = (
    "bar", "cor", "del", "fen", "gal", "hor", "kel", "lum", "mor", "pel", "ros", "vor", "tam",
    "quin", "brix", "dov", "elm", "fir", "gorm", "hax", "ilk", "jar", "lant", "mev", "nix", "orb",
    "pry", "rill", "sker",
)  # fmt: skip
#: What happens, in both languages, first and further on.
_EVENTS = (
    (
        "{name} releases {thing}, a speech model of {n} million parameters",
        "{name} ra mắt {thing}, mô hình giọng nói {n} triệu tham số",
        "{name} recalls {thing} after {other} counts {m} leaked recordings",
    ),
    (
        "{name} raises ${n} million for {thing}, its warehouse robot",
        "{name} gọi vốn {n} triệu USD cho robot kho hàng {thing}",
        "{other} sues {name} over {thing} and asks for ${m} million",
    ),
    (
        "Court in {place} fines {name} {n} million dollars over chatbot {thing}",
        "Tòa án {place} phạt {name} {n} triệu USD vì chatbot {thing}",
        "{name} loses its appeal: {thing} fine grows to {m} million, judge {other} rules",
    ),
    (
        "{name} builds a {n}-megawatt data centre called {thing} in {place}",
        "{name} xây trung tâm dữ liệu {thing} {n} MW tại {place}",
        "Fire at {name}'s {thing} in {place}: inspector {other} finds {m} faults",
    ),
)
_DETAILS = (
    "{name} said on {day} that {thing} had been tested in {place} for {k} weeks.",
    "In {place}, {k} customers of {name} have tried {thing}.",
    "{name} cho biết {thing} đã được thử nghiệm tại {place} trong {k} tuần.",
)


@dataclass(frozen=True, slots=True)
class Told:
    """An entry, which event it tells, and whether it carries the event further."""

    entry: Entry
    event: int
    is_further: bool


def told_days(start: datetime, days: int, a_day: int, seed: int = 7) -> Iterator[Told]:
    """Yield the entries of so many days, with so many events each, in no order of time."""
    random = Random(seed)  # noqa: S311 - Invented news, no secret.
    for event in range(days * a_day):
        facts = _facts(random)
        began = start + timedelta(days=event // a_day, minutes=random.randint(0, 24 * 60))
        first, vietnamese, further = random.choice(_EVENTS)
        for teller, feed in enumerate(random.sample(FEEDS, random.choice((1, 1, 2, 3, 4)))):
            # Most outlets are quick, some come a day later.
            late = random.choice((1, 2, 3, 5, 9, 26)) if teller else 0
            title = vietnamese if feed.language == "vi" else first
            after = began + timedelta(hours=late)
            name = f"e{event:04}-{teller}"
            told = _entry(name, feed, title, facts=facts, after=after, random=random)
            yield Told(told, event, is_further=False)
        if random.random() < 0.15:
            feed = random.choice([feed for feed in FEEDS if feed.language == "en"])
            after = began + timedelta(hours=random.randint(30, 60))
            told = _entry(f"e{event:04}-9", feed, further, facts=facts, after=after, random=random)
            yield Told(told, event, is_further=True)


def _facts(random: Random) -> dict[str, str]:
    names = {key: _name(random) for key in ("name", "thing", "other", "place")}
    return names | {
        "n": str(random.randint(12, 900)),
        "m": str(random.randint(1_000, 9_999)),
        "k": str(random.randint(3, 60)),
        "day": random.choice(("Monday", "Tuesday", "Wednesday", "Thursday")),
    }


def _name(random: Random) -> str:
    return "".join(random.choices(_PARTS, k=3)).capitalize()


def _entry(
    name: str, feed: Feed, title: str, *, facts: dict[str, str], after: datetime, random: Random
) -> Entry:
    seen = after + timedelta(minutes=random.randint(0, 50))
    details = [d for d in _DETAILS if d.isascii() is (feed.language == "en")]
    return Entry(
        id=name,
        feed_url=feed.url,
        feed_title=feed.title,
        guid=None,
        url=f"{feed.url}/{name}",
        title=title.format(**facts),
        summary=random.choice(details).format(**facts),
        language=feed.language,
        published_at=seen,
        published_is_guess=False,
        first_seen_at=seen,
    )

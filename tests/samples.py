"""Editions to render: none of their stories is true."""

from datetime import UTC, date, datetime, timedelta

from aidigest.core.editions.edition import (
    UNSUBSCRIBE_MARK,
    Edition,
    EditionEntry,
    EditionStory,
    RenderedEdition,
    Section,
)

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)
_OUTLETS = ("Harbor Wire", "Báo Sen", "Copper Gazette", "Model Weather", "Sông Hàn", "Gearmotor")

_HEADS = {
    "en": ("Models", "Business"),
    "vi": ("Mô hình", "Kinh doanh"),
    "ar": ("النماذج", "الأعمال"),
}
_TITLES = {"en": "The Daily Digest", "vi": "Bản tin AI", "ar": "النشرة اليومية"}


def story(
    number: int,
    *,
    title: str = "",
    summary: str | None = None,
    language: str = "en",
    outlets: int = 1,
    url: str | None = "",
    is_guess: bool = False,
) -> EditionStory:
    """Return a story that so many outlets tell."""
    at = NOW - timedelta(minutes=17 * number + 5)
    title = title or f"Northwind ships release {number} of its Kestrel language model"
    address = f"https://news.example/story/{number}?a=1&b=2" if url == "" else url
    entries = tuple(
        EditionEntry(
            id=f"e{number}-{index}",
            title=title,
            url=f"{address}&o={index}" if address else None,
            feed=_OUTLETS[index],
            language=language,
            published_at=at,
        )
        for index in range(outlets)
    )
    if summary is None:
        summary = (
            "The new release reads twice as much text at once. Northwind says that it costs"
            " a third less to run than the one before."
        )
    return EditionStory(
        id=f"s{number}",
        title=title,
        summary=summary,
        url=address,
        published_at=at,
        published_is_guess=is_guess,
        language=language,
        score=100.0 - number,
        reasons=("1 outlet",),
        entries=entries,
    )


def edition(*stories: EditionStory, language: str = "en") -> Edition:
    """Put the stories under two topics."""
    half = (len(stories) + 1) // 2
    heads = _HEADS[language]
    sections = (
        Section(id="models", title=heads[0], stories=stories[:half]),
        Section(id="business", title=heads[1], stories=stories[half:]),
    )
    return Edition(
        digest_id="daily",
        digest_title=_TITLES[language],
        number=12,
        date=date(2026, 9, 14),
        timezone="Asia/Ho_Chi_Minh",
        language=language,
        sections=tuple(section for section in sections if section.stories),
        created_at=NOW,
        not_after=NOW + timedelta(hours=20),
    )


def usual() -> Edition:
    """Return an edition as most are: both languages, one to six outlets."""
    return edition(
        story(1, outlets=6),
        story(2, title="Ardova thông qua luật về trí tuệ nhân tạo", summary="", language="vi"),
        story(3, title="Copper Labs raises $40 million for warehouse robots", outlets=2),
        story(4, title="Chip maker Tamarind opens a plant", outlets=3, is_guess=True),
    )


def vietnamese() -> Edition:
    """Return an edition in Vietnamese."""
    return edition(
        story(
            1,
            title="Quốc hội Ardova thông qua luật trí tuệ nhân tạo với 212 phiếu thuận",
            summary="Video do AI tạo ra phải được gắn nhãn. Luật có hiệu lực từ tháng 1.",
            language="vi",
            outlets=6,
        ),
        story(2, title="Northwind ships Kestrel 3"),
        language="vi",
    )


def arabic() -> Edition:
    """Return an edition that is read from right to left, one English headline in it."""
    return edition(
        story(
            1,
            title="شركة ريح الشمال تطلق نموذجها اللغوي الجديد",
            summary="يقرأ الإصدار الجديد ضعف النص في المرة الواحدة.",
            language="ar",
            outlets=3,
        ),
        story(2, title="Northwind ships Kestrel 3"),
        language="ar",
    )


def bare() -> Edition:
    """Return an edition of one story that has a title and nothing else."""
    return edition(story(1, title="Tamarind opens a plant", summary="", url=None))


def large(stories: int = 40) -> Edition:
    """Return an edition of so many stories."""
    return edition(*(story(number, outlets=1 + number % 6) for number in range(1, stories + 1)))


def hostile() -> Edition:
    """Return an edition out of feeds that mean harm, or know no better."""
    return edition(
        story(
            1,
            title='<script>alert(1)</script> & "quotes" \'s',
            summary="{{ 7 * 7 }} <b>bold</b> [link](javascript:alert(1)) `code` *star*",
        ),
        story(2, title="Bcc: everybody@example.org\r\nX: y", summary="\x00\x1b[31m"),
        story(3, title="W" * 400, url=None),
        story(4, title='Quote " in an address', url='https://x.example/"><script>'),
    )


def rendered(*, subject: str = "Bản tin: Số 12", text: str = "", html: str = "") -> RenderedEdition:
    """Return finished words; the mark stands in each."""
    return RenderedEdition(
        edition=edition(story(1)),
        subject=subject,
        text=text or f"Chào bạn, ễ…\n-- \nLeave: {UNSUBSCRIBE_MARK}\n.dot\nFrom here\n",
        html=html or f'<p class="a">ễ</p>\n<a href="{UNSUBSCRIBE_MARK}">Leave</a>\n',
        markdown="# Title\n",
    )

"""The words of the sample editions: outlets, people and products are invented."""

import tomllib
from dataclasses import dataclass
from importlib.resources import files


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a sample edition is made of."""

    language: str
    title: str  #: Of the digest.
    topics: dict[str, str]  #: Headings by topic id.
    outlets: tuple[str, ...]
    stories: tuple["Told", ...]  #: Best first.


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a sample story says."""

    topic: str
    title: str
    summary: str
    language: str


def _stories(language: str) -> tuple[Told, ...]:
    """Return the stories that `sample_stories.toml` has for an edition in that language."""
    text = files("aidigest.preview").joinpath("sample_stories.toml").read_text("utf-8")
    tables = tomllib.loads(text)[language]
    return tuple(Told(**{"language": language} | table) for table in tables)


_OUTLETS = (
    "Harbor Wire",
    "The Copper Gazette",
    "Báo Sen",
    "Model Weather",
    "Sông Hàn Sáng",
    "Gearmotor",
)

ENGLISH = Words(
    language="en",
    title="The Morning Model",
    topics={
        "models": "Models and labs",
        "research": "Research",
        "products": "Products and tools",
        "chips": "Chips and hardware",
        "business": "Companies and money",
        "policy": "Law and policy",
    },
    outlets=_OUTLETS,
    stories=_stories("en"),
)

VIETNAMESE = Words(
    language="vi",
    title="Bản tin Trí tuệ nhân tạo",
    topics={
        "models": "Mô hình và phòng thí nghiệm",
        "products": "Sản phẩm và công cụ",
        "business": "Doanh nghiệp và đầu tư",
        "policy": "Luật và chính sách",
    },
    outlets=("Báo Sen", "Sông Hàn Sáng", "Nhịp Mã", "Sổ Cái Phương Nam", "Harbor Wire"),
    stories=_stories("vi"),
)

ARABIC = Words(
    language="ar",
    title="نشرة الصباح للذكاء الاصطناعي",
    topics={"models": "النماذج والمختبرات", "business": "الشركات والأموال"},
    outlets=("برقية المرفأ", "جريدة النحاس", "Harbor Wire"),
    stories=_stories("ar"),
)

HOSTILE = Words(
    language="en",
    title='The "Daily" <Digest> & Sons',
    topics={"models": "Models <b>&amp;</b> labs", "other": "{{ other }}"},
    outlets=("Harbor Wire", "<script>alert(1)</script>", "None", "A\u202eB"),
    stories=tuple(
        Told(topic=topic, title=title, summary=summary, language=language)
        for topic, title, summary, language in (
            (
                "models",
                '<script>alert(1)</script> & "quotes" \'s',
                "{{ 7 * 7 }} <b>bold</b> [link](javascript:alert(1)) `code` *star* {% raw %} %%UNSUB%%",
                "en",
            ),
            ("other", "Bcc: everybody@example.org\r\nX: y", "\x00\x1b[31m red \x92 \ufffd", "en"),
            ("models", "W" * 400, "S" * 280, "en"),
            ("other", "word " * 80 + "end", "==== ---- 1. not a list # not a heading", "en"),
            ("models", "👩‍👩‍👧‍👦 family 🇻🇳 day e\u0302\u0301", "-- \n.\nFrom here\n.dot", "en"),
            (
                "other",
                "=?utf-8?q?trick?= localhost undefined",
                "ﷺ \u200b\u200b \u2028 \u2066 x \u2069",
                "xx-nonsense",
            ),
            (
                "models",
                "<!--[if mso]> ]]> <![endif]--> </td></table></body>",
                "&nbsp; &#0; &lt;i&gt;",
                "en",
            ),
        )
    ),
)

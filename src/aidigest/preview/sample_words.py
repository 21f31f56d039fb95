"""The words of the sample editions: outlets, people and products are invented."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What a sample edition is made of."""

    language: str
    title: str  #: Of the digest.
    topics: dict[str, str]  #: Headings by topic id.
    outlets: tuple[str, ...]
    stories: tuple[tuple[str, str, str], ...]  #: Headline, summary, language.


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
    stories=(
        (
            "Northwind opens the weights of Kestrel 3, its first model that plans before it answers",
            "The lab published three sizes under a licence that allows commercial use. On its own tests the largest one solves a third more problems than last year's model, at half the price.",
            "en",
        ),
        (
            "Reading groups of models disagree less when they see each other's notes",
            "Researchers in Harbor let five copies of a model argue over 2,000 court questions. Shared notes halved the number of split decisions without making the answers worse.",
            "en",
        ),
        (
            "Skarn's desk assistant can now fill in forms on any website",
            "It asks before it sends anything, and keeps a log that the reader can undo step by step.",
            "en",
        ),
        (
            "Tamarind starts making a memory chip that cuts the power of inference by 40 percent",
            "The first wafers leave the plant in March. Two cloud companies have ordered the whole first year.",
            "en",
        ),
        (
            "Copper Labs raises $40 million for robots that sort laundry",
            "",
            "en",
        ),
        (
            "Ardova's parliament wants labels on every synthetic voice",
            "The bill passed with 212 votes. Broadcasters have until January, small stations a year longer.",
            "en",
        ),
        (
            "Quốc hội Ardova thông qua luật về trí tuệ nhân tạo",
            "Video do máy tạo ra phải được gắn nhãn. Luật có hiệu lực từ tháng 1 năm sau.",
            "vi",
        ),
        (
            "A small model that runs on a watch names birds by their song",
            "It was trained on 11,000 hours of recordings from volunteers and weighs nine megabytes.",
            "en",
        ),
        (
            "Gearmotor's truck drives the night shift between two ports alone",
            "A person watches eight trucks from an office. Unions have asked for a limit of three.",
            "en",
        ),
        (
            "Why benchmarks of arithmetic say little about bookkeeping",
            "Eleven models that scored above 95 percent on word problems failed to close the books of a bakery.",
            "en",
        ),
        (
            "Hospital in Harbor reads X-rays twice, once by machine",
            "Missed fractures fell by a fifth in the first six months, and radiologists kept the last word.",
            "en",
        ),
    ),
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
    stories=(
        (
            "Trúc Bạch công bố mô hình ngôn ngữ tiếng Việt đầu tiên biết tự kiểm tra lời giải",
            "Mô hình có ba kích cỡ, được huấn luyện trên 400 tỷ từ tiếng Việt. Bản nhỏ nhất chạy được trên điện thoại phổ thông mà không cần mạng.",
            "vi",
        ),
        (
            "Ứng dụng ghi âm cuộc họp tự viết biên bản bằng giọng ba miền",
            "Nhóm phát triển ở Cần Thơ thu 2.000 giờ tiếng nói của người già, đối tượng mà các phần mềm khác hay nghe nhầm.",
            "vi",
        ),
        (
            "Quỹ Phù Sa rót 40 triệu đô la vào hãng robot phân loại rác",
            "",
            "vi",
        ),
        (
            "Dự luật yêu cầu gắn nhãn mọi giọng nói do máy tạo ra",
            "Đài phát thanh có thời hạn đến tháng 1; các đài nhỏ được thêm một năm để chuẩn bị.",
            "vi",
        ),
        (
            "Northwind opens the weights of Kestrel 3",
            "The lab published three sizes under a licence that allows commercial use.",
            "en",
        ),
        (
            "Bệnh viện Đà Nẵng đọc phim X-quang hai lần, một lần bằng máy",
            "Số ca gãy xương bị bỏ sót giảm một phần năm trong sáu tháng đầu, bác sĩ vẫn là người kết luận.",
            "vi",
        ),
    ),
)

ARABIC = Words(
    language="ar",
    title="نشرة الصباح للذكاء الاصطناعي",
    topics={"models": "النماذج والمختبرات", "business": "الشركات والأموال"},
    outlets=("برقية المرفأ", "جريدة النحاس", "Harbor Wire"),
    stories=(
        (
            "شركة ريح الشمال تطلق نموذجها اللغوي الثالث وتفتح أوزانه للجميع",
            "يقرأ الإصدار الجديد ضعف النص في المرة الواحدة، ويكلف تشغيله نصف ما كان يكلفه الإصدار السابق.",
            "ar",
        ),
        (
            "برلمان أردوفا يطلب وسم كل صوت اصطناعي",
            "صوّت 212 نائباً لصالح القانون. أمام الإذاعات مهلة حتى يناير.",
            "ar",
        ),
        (
            "Tamarind starts making a memory chip that cuts power by 40 percent",
            "The first wafers leave the plant in March.",
            "en",
        ),
        (
            "مختبرات النحاس تجمع 40 مليون دولار لروبوتات تفرز الغسيل",
            "",
            "ar",
        ),
    ),
)

HOSTILE = Words(
    language="en",
    title='The "Daily" <Digest> & Sons',
    topics={"models": "Models <b>&amp;</b> labs", "other": "{{ other }}"},
    outlets=("Harbor Wire", "<script>alert(1)</script>", "None", "A\u202eB"),
    stories=(
        (
            '<script>alert(1)</script> & "quotes" \'s',
            "{{ 7 * 7 }} <b>bold</b> [link](javascript:alert(1)) `code` *star* {% raw %} %%UNSUB%%",
            "en",
        ),
        ("Bcc: everybody@example.org\r\nX: y", "\x00\x1b[31m red \x92 \ufffd", "en"),
        ("W" * 400, "S" * 280, "en"),
        ("word " * 80 + "end", "==== ---- 1. not a list # not a heading", "en"),
        ("👩‍👩‍👧‍👦 family 🇻🇳 day e\u0302\u0301", "-- \n.\nFrom here\n.dot", "en"),
        (
            "=?utf-8?q?trick?= localhost undefined",
            "ﷺ \u200b\u200b \u2028 \u2066 x \u2069",
            "xx-nonsense",
        ),
        ("<!--[if mso]> ]]> <![endif]--> </td></table></body>", "&nbsp; &#0; &lt;i&gt;", "en"),
    ),
)

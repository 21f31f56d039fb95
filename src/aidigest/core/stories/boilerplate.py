"""What feeds put around the news: sources' names, agencies' marks, invitations to read on."""

import re
from functools import lru_cache

from aidigest.core.stories.words import holds_any, informative

_TITLE_PREFIX = re.compile(
    r"(?:(?:show|launch|ask|tell) hn|\[[\w.\-/ ]{1,20}\]"
    r"|(?:video|photos?|ảnh|infographic|podcast|live|trực tiếp|ask slashdot|breaking|exclusive"
    r"|watch)(?=\s*:))\s*[:\-\u2013]?\s*",
    re.IGNORECASE,
)
#: A page's date and section that have run into the headline: "Aug 18, 2026ScienceHow ...".
#: What is shorter before a capital may be a name, such as DeepMind or YouTube.
_DATE = re.compile(
    r"[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}(?=[A-Z])"
    r"(?:[A-Z][a-z]{4,20}(?: [A-Z][a-z]{1,20}){0,3}(?=[A-Z][a-z]{2,20} ))?"
)
#: More before one headline are hostile.
_MOST_PREFIXES = 5
_AGENCY = (
    r"(?:TTO|TNO|VOV(?:\.VN)?|VTV(?:\.vn)?|NLĐO|NLDO|SGGPO?|ĐTTC|ĐTCK|TPO|PLO|HNMO|VNE|CAND|QĐND"
    r"|TTXVN|Vietnam\+|VietnamPlus|VnExpress|D[aâ]n [Tt]rí|VietNamNet|ICTnews|KTĐT|LĐO?|PL&XH|GDVN"
    r"|XHTT|Zing(?: News)?|Thanh Niên|Reuters|AP|AFP|Bloomberg|PTI|ANI|IANS|dpa|Xinhua|Kyodo"
    r"|Yonhap|CNN|BBC|PRNewswire|Business Wire|GLOBE NEWSWIRE)"
)
#: "HANOI (Reuters) - ", "(Dân trí) - ", "TTO - ".
_PREFIX = re.compile(
    rf"(?:(?:[A-ZĐ][\w.,'& ]{{0,40}}?\s*)?\(\s*{_AGENCY}\s*(?:/[\w. ]+)?\)\s*[-\u2013\u2014:.,]*\s*"
    rf"|{_AGENCY}\s*[-\u2013\u2014]+\s*)"
)
#: Papers that are not listed bear their name in brackets: "(Harbour.vn) - Cầu mới".
_IN_BRACKETS = re.compile(r"\((?=[^()]{0,23}[A-ZĐ])\w[\w.&+ ]{1,23}\)\s*[-\u2013\u2014:]+\s*")
#: Without a dash it must look like one, and headlines may begin so: "(AI) slop".
_BEFORE_TEXT = re.compile(
    r"\((?:[A-ZĐ&]{3,7}|i[A-Z]\w{2,10}|[\w-]+(?:\.[\w-]+)+)\)\s+(?=[A-ZĐ\d\"\u201c])"
)
#: What kind of page it is, after the headline.
_TITLE_KIND = re.compile(
    r"\s*[\[(](?:video|infographic|pdf|audio|podcast|photos?|gallery|slides|ảnh|clip|chùm ảnh)"
    r"[\])]\s*\Z",
    re.IGNORECASE,
)
#: The number of the change that a release was made of: "ci: carry the patch (#17874)".
_CHANGE = re.compile(r"\s*\(#\d{1,6}\)\Z")
_PICTURE = re.compile(r"[\u2600-\u27bf\u2b50\u2b55\U0001f000-\U0001faff\ufe0f\u200d]")
#: Little pictures before a headline, or after a part of it: "Kestrel 5 🤖, Ardova's law ⚖️".
_PICTURES = re.compile(
    rf"\A(?:{_PICTURE.pattern}\s*)++|(?:\s*{_PICTURE.pattern})++(?=\s*(?:[,;:|]|\Z))"
)
_SEPARATOR = re.compile(r"\s+(?:\||[-\u2013\u2014]|\u00b7|::|»)\s+")
_DOMAIN = re.compile(r"[\w-]+(?:\.[\w-]+)*\.(?:com|org|net|vn|io|ai|co|uk|eu|dev|news)")
_NAMES = """
reuters, associated press, ap news, bloomberg, the verge, techcrunch, wired, the new york times,
new york times, cnbc, cnn, bbc, bbc news, financial times, forbes, the guardian, washington
post, the washington post, wall street journal, wsj, ars technica, venturebeat, zdnet, engadget,
the information, axios, politico, business insider, fortune, the register, techradar, hacker
news, mit technology review, tom's hardware, youtube, medium, arxiv, nature, ieee spectrum,
nikkei asia, vnexpress, tuổi trẻ, tuổi trẻ online, thanh niên, dân trí, vietnamnet, báo thanh
niên, báo tuổi trẻ, vietnamplus, znews, zing news, cafef, genk, vtv, nhân dân, báo nhân dân,
tiền phong, người lao động, vneconomy, ictnews
"""
#: Papers that are not listed: "Báo Sài Gòn Giải Phóng", "MIT News", "Yahoo Finance".
_PAPER = re.compile(
    r"Báo(?: \w{1,12}){1,4}"
    r"|(?!(?:The )?(?:Good|Bad|Big|Fake|Breaking|Latest)\b)(?:[A-Z][\w.&'\u2019-]{0,20} ){1,3}"
    r"(?:News|Times|Post|Finance)"
)
_SOURCES = frozenset(name.strip() for name in _NAMES.replace("\n", " ").split(","))
#: What stands between a headline and the text that repeats it.
_BETWEEN = " \t:.\u2013\u2014|-"
_LONE_WORD = re.compile(r"\w++[.!]")
#: Shorter names could be any word.
_LEAST_NAME = 4

#: Where the text proper ends; everything from here on is dropped.
_TAIL = re.compile(
    r"(?:\bThe post .{0,300}? (?:first )?appeared (?:first )?on\b|\b(?:Continue|Keep) reading\b"
    r"|\bRead (?:more|the (?:full|rest|whole)|full)\b|\bĐọc (?:tiếp|thêm)\b|\bXem (?:thêm|tiếp)\b"
    r"|\bComments URL:|\bArticle URL:|\bPoints: \d|# Comments: \d|\bsubmitted by\s+/?u/|\[link\]"
    r"|\bFiled under\b|(?-i:\bSubscribe (?:to|now)|\bSign up (?:for|to))\b|\bClick here\b"
    r"|\bView (?:full |the )?(?:article|post|original)\b|\bLearn more\.?\Z"
    # "Kestrel Tag: a new way to ..." is prose.
    r"|(?-i:\bTags:\s)|(?:\A|(?<=[.!?\u2026] ))Tags?:\s"
    r"|\b\d+ (?:comments?|bình luận)\Z|\bDiscuss on (?:HN|Hacker News)\b).*",
    re.IGNORECASE | re.DOTALL,
)
#: Without one of these there is no such place; most texts have none.
_TAIL_WORDS = (
    "appeared", "reading", "read ", "đọc ", "xem ", "url:", "points: ", "comments", "submitted",
    "[link]", "filed", "subscribe", "sign up", "click", "view ", "learn more", "tag", " comment",
    "bình luận", "discuss",
)  # fmt: skip
#: Who tells it, before the telling: "An anonymous reader writes: ".
_TELLER = re.compile(
    r"(?:an? )?[\w' ]{2,40}? (?:writes|quotes|shares|reports):\s+"
    # "Ana Ito, Cape Post: ", "Ana Ito, writing at Cape Post, broke the news: ".
    r"|(?-i:[A-Z]\w{1,20} (?:[A-Z]\w{0,20}\.? ){0,2}?[A-Z][\w'\u2019-]{1,20}, "
    r"(?:(?:writing|reporting) (?:at|for|in) )?(?:[A-Z][\w.&'\u2019-]{0,20} ?){1,4}"
    r"(?:, [a-z]{3,10} the [a-z]{3,8})?:\s+)(?=[A-Z\"\u201c])",
    re.IGNORECASE,
)
#: Status pages: "Aug 19, 11:02 UTC Resolved - ", "Status: Resolved ".
_STATUS = re.compile(
    r"(?:[A-Z][a-z]{2} +\d{1,2}, +\d\d:\d\d [A-Z]{2,4}\s+)?(?:status:\s*)?"
    r"(?:resolved|monitoring|investigating|identified|update|scheduled|completed|in progress)"
    r"(?:\s+[-\u2013]\s+|\s+(?=[A-Z]))",
    re.IGNORECASE,
)
#: Of these, what only a status page writes: any text may begin with "Update - ".
_INCIDENT = re.compile(
    r"[A-Z][a-z]{2} +\d{1,2}, +\d\d:\d\d [A-Z]{2,4}\s+(?:resolved|monitoring|investigating"
    r"|identified|update|scheduled|completed|in progress)\s+[-\u2013]"
    r"|status:\s*(?:resolved|monitoring|investigating|identified)\b",
    re.IGNORECASE,
)
#: How arXiv begins: "arXiv:2604.21936v1 Announce Type: new Abstract: ".
_PREPRINT = re.compile(
    r"arXiv:\s?[\w./-]{4,24}\s+Announce Type:\s*[\w-]{1,20}\s+(?:Abstract:\s*)?", re.IGNORECASE
)
#: What a link blog calls its entries: "Release: ", "Tool: ".
_KIND = re.compile(
    r"(?:release|research|tool|link|quote|note|demo|til|museum|beat):\s+", re.IGNORECASE
)
#: A newsletter's own name before its text: "The Batch AI News and Insights: ".
_COLUMN = re.compile(
    r"(?:[A-Z][\w'\u2019&.-]* ){0,5}"
    r"(?:news|insights|newsletter|digest|briefing|roundup|weekly|daily"
    r"|bulletin|recap|bản tin|điểm tin)(?: (?:and|&|for|from|of) [\w' ]{2,20})?:\s+",
    re.IGNORECASE,
)
#: What changelogs and blogs put before their texts: "Kestrel 5 Release Date: May 9, 2026 ",
#: "Author: Ana Ito In a recent ...", "By Ana Ito & the Harbour Team" and a star.
_BYLINE = re.compile(
    r"(?:(?:[^:]{1,80}? )?release date|published|date|updated):\s+"
    r"[A-Z][a-z]{2,8}\.? \d{1,2}, \d{4}\s+(?=[A-Z])"
    r"|authors?:\s+(?-i:[A-Z][\w'\u2019-]{1,20} (?:[A-Z]\. )?[A-Z][\w'\u2019-]{1,20})\s+(?=[A-Z])"
    r"|(?-i:By [A-Z]\w{1,20}(?: (?:[A-Z]\.|[A-Z]\w{1,20}|&|and|the)){1,8})"
    r"\s*[\u2600-\u27bf\U0001f300-\U0001faff]\s*",
    re.IGNORECASE,
)
#: A heading that has run into the text: "Introduction In the last few years".
_HEADING = re.compile(
    r"(?:introduction|abstract|overview|background|summary|motivation|tl;?dr|giới thiệu|tóm tắt)"
    r"\s*(?:\([^()]{1,30}\)\s*)?(?:[:.\u2013\u2014-]\s*(?=\w)|(?=[A-ZĐ]\w* ))",
    re.IGNORECASE,
)
#: The same in capitals: "WHAT IT IS The rise of ...".
_LOUD_HEADING = re.compile(
    r"(?:[A-Z]{2,15} ){2,6}(?=(?:The|An?|In|At|On|For|With|We|Our|This|These|It|As|By|To) [a-z])"
)
#: What a page's author adds to it later: "[Updated on 2019-02-14: add Kestrel-2.] ".
_ADDED = re.compile(r"(?:\[(?:Updated?|Edit(?:ed)?)\b[^\[\]]{0,300}\]\.?\s*)+", re.IGNORECASE)
_LIST_MARK = re.compile(r"\s*[*•\-\u2013\u2014>]\s+")

#: A line drawn under a text.
_RULE = " \t-_*=\u2013\u2014"
#: In the order in which they may stand; "(Dân trí) - TTO - " has been seen.
_MARKS = (
    _ADDED, _LIST_MARK, _PREFIX, _PREFIX, _TELLER, _STATUS, _PREPRINT, _BYLINE, _COLUMN, _HEADING,
    _LOUD_HEADING,
)  # fmt: skip

#: Sentences that are no news begin so: bylines, credits, greetings, who sent it in.
_BEGINS_NO_NEWS = re.compile(
    r"(?:by|bởi|posted by|written by|author|photo|image|ảnh|video|source|nguồn) ?:?\s+\w[\w.'-]+"
    r"(?: \w[\w.'-]+){0,3}\.?\Z"
    # "Thanks to new engines, ships ..." is news.
    r"|(?:special|my|our|many) thanks\b|thanks to [^,]{1,80} for\b"
    r"|by: |for more on |editor['\u2019]?s['\u2019]? note\b"
    r"|(?-i:By [A-Z]\w+ [A-Z][\w.-]+(?:,| and| \())"
    r"|(?:(?:a |an |new |frequent |long-?time |anonymous |slashdot )+)"
    r"(?:submitter|reader|contributor)"
    r"|(?:hi|hello|hey|welcome)\b|\W*\d+ (?:points?)\b"
    r"|here(?:['\u2019]s| is| are) (?:what|everything|your|a|an|the|all|how|why)\b"
    r"|in (?:this|today['\u2019]s) (?:post|article|video|episode|issue|edition)\b|\[",
    re.IGNORECASE,
)
#: Or they hold an address or an appeal; a line of verse and who wrote it; what was not made
#: for plain text.
_HOLDS_NO_NEWS = re.compile(
    r"\b(?:save up to [$£€]|register (?:before|by|now|today|here)\b|(?:days?|hours?) left\b"
    r"|last (?:day|chance) to (?:book|register|save)|don['\u2019]t miss|early[- ]bird)"
    r"|[\"\u201d] ?(?:--|\u2014) ?[A-Z]\w+ [A-Z]|\*\*|__\w|\]\(|</?[a-z]+>|&[a-z]+;"
    # A row of figures: "74 commits · 12 files · 3 people · ".
    r"|·[^·]{1,80}·[^·]{1,80}·"
    # Two captions in one: "The mayor in 2019.Credit...Ana Ito".
    r"|(?-i:(?:Photo |Image )?Credit)(?:\.{3}|\u2026|:)"
    r"|\bavailable on[- ]demand\b|\bwatch (?:now|the replay)\b|\bautomated message\b"
    r"|https?://|www\.|\S@\S+\.|\barXiv:|Announce Type|getty images|all rights reserved|©"
    r"|\b(?:full changelog|what['\u2019]s changed|release notes|my comment on|chore: "
    r"|bump version)\b"
    r"|\A(?:please )?subscribe\b|\bsubscribe (?:now|today|here|below|to (?:our|my|this)\b)"
    r"|\b(?:our|my|this|free|weekly|daily) newsletters?\b|\b(?:uses?|accept|our) cookies\b"
    r"|\bcookie (?:policy|settings|preferences|consent)\b"
    r"|\b(?:sign up|click here|affiliate|promo code|min(?:ute)?s? read"
    r"|(?:photo|image|picture|ảnh)(?: credit| by|:| courtesy| source))\b",
    re.IGNORECASE,
)
#: Without one of these it holds none of that; most sentences have none.
_HOLDS_WORDS = (
    "save up", "register", " left", "last ", "t miss", "early", "--", "\u2014", "**", "__", "](",
    "<", "&", "http", "www.", "@", "arxiv:", "announce type", "getty", "all rights", "©", "·",
    "changelog", "s changed", "release notes", "my comment", "chore", "bump", "cookie",
    "newsletter", "subscribe", "sign up", "click", "affiliate", "promo", " read", "photo",
    "credit", "demand", "watch ", "automated", "image", "picture", "ảnh",
)  # fmt: skip
#: Sentences that lean on one before them.
_LEANS = re.compile(
    r"(?:but|and|or|so|however|meanwhile|moreover|also|instead|still|yet|they|he|she|it|this|that"
    r"|these|those|therefore|thus|hence|furthermore|in addition|additionally|consequently"
    r"|as a result"
    r"|for example|for instance|in contrast|by contrast|similarly|likewise|in such|such|to this end"
    r"|to address this|on the other hand|vì vậy|do đó|vì thế|theo đó|hơn nữa|thế nhưng"
    r"|nhưng|tuy nhiên|trong khi đó|ngoài ra|bên cạnh đó|điều này|đó là|đây là|đây cũng|họ)\b"
    r"|(?:since|until|by|even|just|and|but) then\b|then\b|here comes\b"
    r"|(?:the|this|that) (?:latter|former|update)\b(?! of\b)"
    r"|(?:select|try|run|use|set|enable|get|see|find) (?:it|them)\b"
    # Half a sentence: what happened meanwhile never comes.
    r"|(?:while|although|whereas|dù|mặc dù)\b[^,]*\Z",
    re.IGNORECASE,
)


#: What the reader is to do; it says what there is to read, not what happened.
_BIDS = re.compile(
    r"(?:Learn (?:what|how|why|more|about)|Explore (?:how|what|key|the|our|more)|Find out|Read on"
    r"|Discover (?:how|what|why|the|our|more)|See (?:how|what|why)|Check out"
    r"|Try (?:it|them|out|the)|Join (?:us|the|our|top|industry|leading|fellow|other|thousands)"
    r"|Tune in|Listen (?:in|to)|Stay tuned"
    r"|Visit (?:us|our|the)|Please|Click|Follow (?:us|along)|Download (?:it|the|our)|Tìm hiểu|Hãy"
    r"|Mời|Cùng (?:tìm|khám phá|xem|theo dõi))\b"
)


@lru_cache(maxsize=32_768)
def clean_headline(title: str, source: str = "") -> str:
    """Return a headline without the source's name, the agency's mark, or "Show HN:".

    Args:
        title: As the feed has it; never empty.
        source: The feed's title, which many feeds append.
    """
    text = _without_prefixes(_without_pictures(title))
    if text.endswith(("]", ")")):
        text = _CHANGE.sub("", _TITLE_KIND.sub("", text))
    separators = list(_SEPARATOR.finditer(text))
    last = separators[-1] if separators else None
    if last is not None and _names_source(text[last.end() :], source):
        rest = text[: last.start()]
        text = rest if len(informative(rest)) > 1 else text
    return text.strip(" \t|·»") or title


def _without_pictures(title: str) -> str:
    # A look for one first: most titles have none.
    has_any = not title.isascii() and _PICTURE.search(title) is not None
    return (_PICTURES.sub("", title) if has_any else title) or title


def _without_prefixes(title: str) -> str:
    """Take off marks until none is left: "[HN Show] Show HN: " has been seen."""
    text = title
    for _ in range(_MOST_PREFIXES):
        found = _PREFIX.match(text) or _TITLE_PREFIX.match(text) or _DATE.match(text)
        found = found or _IN_BRACKETS.match(text)
        if found is None or found.end() == len(text):
            break
        text = text[found.end() :]
    return text


def _names_source(ending: str, source: str) -> bool:
    name, known = ending.strip().lower(), source.lower()
    return (
        name in _SOURCES
        or _PAPER.fullmatch(ending.strip()) is not None
        or _DOMAIN.fullmatch(name) is not None
        or name == known
        or (len(name) >= _LEAST_NAME and name in known)
    )


@lru_cache(maxsize=32_768)
def clean_text(summary: str) -> str:
    """Return a summary without agencies' marks before it and invitations after it."""
    text = summary.rstrip(_RULE)
    for mark in _MARKS:
        found = mark.match(text)
        text = text[found.end() :] if found else text
    if holds_any(text.lower(), _TAIL_WORDS):
        text = _TAIL.sub("", text)
    return text.strip()


def without_paper(text: str) -> str:
    """Return a clean summary without a paper's name in brackets before it.

    Only readers are spared it: stories are found a little better with it than without.
    """
    found = _IN_BRACKETS.match(text) or _BEFORE_TEXT.match(text)
    return text[found.end() :] if found else text


def without_headline(text: str, title: str) -> str:
    """Return a clean summary without the headline that some feeds put before it."""
    kind = _KIND.match(text)
    rest = text[kind.end() :] if kind else text
    if len(informative(title)) > 1 and rest.lower().startswith(title.lower()):
        after = rest[len(title) :]
        following = after.lstrip(_BETWEEN)
        if _begins_anew(after[: len(after) - len(following)], following):
            return following
    return text


def _begins_anew(gap: str, following: str) -> bool:
    """Say whether a headline ends before this gap, and is not just how a sentence begins.

    "Introducing Kestrel, our ..." and "Kestrel 5 is here" go on; so do "Kestrel 5.5" and
    "Kestrel 5-mini", where a stop or a hyphen alone is a part of the name, and
    "Kestrel 5 Released.", where no sentence follows.
    """
    if not following:
        return True
    if not gap.strip(".-") or (gap.isspace() and _LONE_WORD.match(following)):
        return False
    return not following[0].islower() and following[0] not in ",;"


def is_boilerplate(sentence: str) -> bool:
    """Say whether a sentence is no news: a byline, a credit, an address, an appeal."""
    if _BEGINS_NO_NEWS.match(sentence):
        return True
    return holds_any(sentence.lower(), _HOLDS_WORDS) and _HOLDS_NO_NEWS.search(sentence) is not None


def is_incident(summary: str) -> bool:
    """Say whether it is a status page's: all its incidents are told in the same words."""
    return _INCIDENT.match(summary) is not None


def leans_back(sentence: str) -> bool:
    """Say whether a sentence begins with a word that points to the one before it."""
    return _LEANS.match(sentence) is not None


def bids_reader(sentence: str) -> bool:
    """Say whether a sentence tells the reader what to do: "Learn how ...", "Hãy ..."."""
    return _BIDS.match(sentence) is not None

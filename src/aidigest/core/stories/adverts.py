"""Is an entry an advert? It must be marked as one, or have the shape of an offer.

News *about* coupons, sponsors and prices uses the same words: so a single word
never decides, and what reports about an offer is no offer.
"""

import re
from functools import lru_cache
from urllib.parse import urlsplit

from aidigest.core.feeds.entry import Entry
from aidigest.core.stories.words import holds_any

#: How much of a summary is looked at for the other half of an offer.
_SUMMARY_LENGTH = 300

_MARK = r"sponsored(?: (?:post|content|by[^:\])|]{1,40}))?|advertisement|advertorial|promoted|ad"
_MARK += r"|partner content|paid (?:post|content|partnership)|qc|pr|quảng cáo|bài pr|tài trợ"
#: "[Sponsored] ...", "Sponsored: ...", "... | Sponsored", "(QC) ...".
_MARKED = re.compile(
    rf"\s*[\[(](?:{_MARK})[\])]|.*[\[(](?:{_MARK})[\])]\s*\Z"
    rf"|\s*(?:{_MARK})\s*(?::|\||\s[-\u2013\u2014]\s)|.*\s[|\u2013\u2014-]\s(?:{_MARK})\s*\Z"
    r"|\s*(?:sponsored (?:post|content|by)|paid (?:post|content) by|partner content)\b"
    r"|bài viết quảng cáo",
    re.IGNORECASE,
)
#: The same before a text only.
_MARKED_BEFORE = re.compile(
    rf"\s*[\[(](?:{_MARK})[\])]|\s*(?:{_MARK})\s*(?::|\||\s[-\u2013\u2014]\s)"
    r"|\s*(?:sponsored (?:post|content|by)|paid (?:post|content) by|partner content)\b"
    r"|\s*(?:my |our |many )?thanks to [^.:;]{1,80}? for sponsoring\b|bài viết quảng cáo",
    re.IGNORECASE,
)
#: Without one of these in it, a headline is neither a list of offers nor an invitation.
_LISTED_WORDS = (
    "code", "deal", "giveaway", "early", "left", "last chance", "save", " us ", "exhibit", "your",
    "register", "đăng ký", "webinar", "call for",
)  # fmt: skip
#: Without one of these there is neither a price that was cut nor a code.
_OFFERED_WORDS = (
    "off", "half", "save", "$", "£", "€", "code", "giảm", "ưu đãi", "đồng giá", "nhập mã",
)  # fmt: skip
#: Parts of an address under which publishers keep what they are paid for.
_PAID_PLACE = re.compile(
    # Reuters and others keep news of mergers under /markets/deals/.
    r"(?<!/markets)(?<!/business)/(?:sponsored(?:-?(?:content|posts?|articles?))?"
    r"|paid-?(?:content|posts?)|partner-?content"
    r"|advertorials?|brand-?(?:studio|voice|content)|coupons?|promo-?codes?|promoted|deals"
    r"|quang-cao|ma-giam-gia)/",
    re.IGNORECASE,
)

#: A price that was cut; shares that stand "12% off their peak" were not.
_CUT = re.compile(
    r"\b\d{1,2}\s?% off\b(?! (?:its|their|his|her|the|a|an|from|record|peak|highs?|lows?|target)\b)"
    r"|[$£€]\d[\d.,]* off\b|\bhalf[- ](?:price|off)\b|\bsave (?:up to )?(?:[$£€]\s?\d|\d+\s?%)"
    r"|\b(?:now|just|only) [$£€]\d|\bfor (?:just|only|under) [$£€]\d"
    r"|\bgiảm (?:giá )?(?:đến |tới |ngay )?\d+\s?%|\bưu đãi (?:đến |tới )?\d+\s?%|\bđồng giá\b",
    re.IGNORECASE,
)
#: Words of a shop window.
_DEAL = re.compile(
    r"\b(?:coupons?|vouchers?|deals?|promo|promo codes?|discount codes?|today only|limited[- ]time"
    r"|last chance|checkout|black friday|prime day|cyber monday|lifetime (?:access|subscription"
    r"|licen[cs]e|deal)|this weekend|use code|with code|mã giảm giá|nhập mã|khuyến mãi|chỉ hôm nay"
    r"|duy nhất hôm nay|săn sale)\b",
    re.IGNORECASE,
)
#: The same in a summary, where "a deal" may be anything.
_DEAL_BELOW = re.compile(
    r"\b(?:coupons?|vouchers?|(?:promo|discount|coupon) codes?|use code|at checkout|nhập mã"
    r"|mã giảm giá)\b",
    re.IGNORECASE,
)
#: A code to be typed: letters with digits, in capitals.
_CODE = re.compile(r"\b(?i:(?:use|with|enter) (?:the )?code|nhập mã)\s+[\"'\u201c]?[A-Z0-9]{4,}\b")
#: Lists of offers, which need no price.
_LISTING = re.compile(
    r"(?:[\w.'&-]+ ){1,4}(?:promo|coupon|discount|voucher) codes?\s*(?:\Z|[:|,]|and |& |for |\()"
    r"|(?:the )?(?:\d+ )?(?:best|top|hottest) (?:[\w'-]+ ){0,4}deals\b.*(?:black friday|prime day"
    r"|cyber monday|weekend|amazon|right now|under [$£€]\d|today)"
    r"|(?:the )?(?:\d+ )?(?:best|top|hottest) (?:[\w'-]+ ){0,3}(?:black friday|prime day"
    r"|cyber monday) (?:[\w'-]+ ){0,3}deals\b"
    r"|deal of the day\b|\[?giveaway\]?\s*:|win an? .*\bgiveaway\b"
    r"|enter (?:our|the|this) .*\bgiveaway\b",
    re.IGNORECASE,
)
#: Invitations to events that somebody sells places at.
_EVENT = re.compile(
    r".*\bearly[- ]bird (?:tickets?|rates?|pass(?:es)?|pricing|registration|prices?)\b"
    r"|(?:.*\b(?:save|last chance|(?:days?|hours?|weeks?) left)\b.*\b(?:pass(?:es)?|tickets?)\b)"
    r"|.*\b(?:visit|meet|join|see) us (?:at|for|in)\b|.*\bexhibit (?:at|alongside|your)\b"
    r"|.*\b(?:book|reserve|secure|claim) your (?:\w+ )?(?:booth|table|seat|spot|pass"
    r"|ticket|place)\b"
    r"|register (?:now|today)\b|.*\bregister (?:now|today)\W*\Z|đăng ký ngay\b|\[?webinar\]?\s*:"
    r"|.*\bcall for (?:exhibitors|sponsors)\b",
    re.IGNORECASE,
)
#: Who reports on offers: courts, police, researchers, companies and the press.
_REPORTS = re.compile(
    r"\b(?:fin(?:es?|ed)|su(?:es?|ed|ing)|courts?|judges?|regulators?|watchdogs?|polic\w+|probes?"
    r"|scam\w*|fraud\w*|fake\w*|hack\w*|malware|phish\w*|warns?|warned|stud(?:y|ies)|researchers?"
    r"|investigat\w+|bans?|banned|lawsuit|says|said|launch\w*|raises|raised|acqui\w+|tests?"
    r"|finds?|found|learns?|how|why|after|lừa đảo|giả mạo|cảnh báo|công an|phạt|tòa|điều tra"
    r"|nghiên cứu|cho biết)\b",
    re.IGNORECASE,
)


def advert_in(entry: Entry) -> str:
    """Return what shows an advert, a sponsored post or a list of coupons, or nothing."""
    return _advert(entry.title, entry.summary[:_SUMMARY_LENGTH], entry.url or "")


@lru_cache(maxsize=16_384)
def _advert(title: str, summary: str, url: str) -> str:
    place = _PAID_PLACE.search(urlsplit(url).path) if _PAID_PLACE.search(url) else None
    marked = _MARKED.match(title) or _MARKED_BEFORE.match(summary)
    found = place or marked or _listed(title)
    return found[0].strip() if found else _offer(title, summary)


def _listed(title: str) -> re.Match[str] | None:
    if not holds_any(title.lower(), _LISTED_WORDS):
        return None
    found = _LISTING.match(title) or _EVENT.match(title)
    return None if found is None or _REPORTS.search(title) else found


def _offer(title: str, summary: str) -> str:
    """Return the two halves of an offer, one of which stands in the headline."""
    if not holds_any(title.lower(), _OFFERED_WORDS):
        return ""
    cut, code = _CUT.search(title), _CODE.search(title)
    if not (cut or code) or _REPORTS.search(title):
        return ""
    deal = _DEAL.search(title) or _DEAL_BELOW.search(summary)
    other = deal or _CUT.search(summary)
    if code and other:
        return code[0]
    return f"{cut[0]}, {deal[0]}" if cut and deal else ""

"""Text as feeds write it, made plain: no markup, no entities, one space, NFC."""

import html
import re
import unicodedata

_INLINE = (
    "a|abbr|acronym|b|bdi|bdo|big|cite|code|data|del|dfn|em|font|i|ins|kbd|label|mark|nobr|q|rp|rt"
    "|ruby|s|samp|small|span|strike|strong|sub|sup|time|tt|u|var|wbr"
)
_BLOCK = (
    "address|article|aside|audio|blockquote|body|br|button|canvas|caption|center|col|colgroup|dd"
    "|details|dir|div|dl|dt|embed|fieldset|figcaption|figure|footer|form|frame|frameset|h[1-6]"
    "|head|header|hgroup|hr|html|img|input|legend|li|link|main|map|menu|meta|nav|ol|optgroup"
    "|option|output|p|param|picture|pre|progress|section|select|source|summary|table|tbody|td"
    "|tfoot|th|thead|tr|track|ul|video"
)
_SILENT = "applet|iframe|math|noframes|noscript|object|script|style|svg|template|textarea|title"

# No part of these patterns runs past the next "<" or can match in two ways,
# so hostile text costs linear time.
_ATTRIBUTES = r"""(?:(?:[^<>"']++|"[^"<]*+"|'[^'<]*+')*+>|[^<>]*+>)"""
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)|<\?[^<>]*+>|<!(?!\[)[^<>]*+>", re.DOTALL)
_CDATA = re.compile(r"<!\[CDATA\[|\]\]>")
_SILENT_ELEMENT = re.compile(
    rf"<({_SILENT})(?=[\s/>]){_ATTRIBUTES}.*?(?:</\1\s*>|\Z)", re.DOTALL | re.IGNORECASE
)
# A raised number behind a long word or a stop is a footnote's; behind a number, a short word
# or a bracket it is a power: "10<sup>6</sup>", "km<sup>2</sup>", "(a+b)<sup>2</sup>".
_FOOTNOTE = re.compile(
    r"(?:(?<=[a-zà-ỹ]{5})|(?<=[a-zà-ỹ][.,;:!?])|(?<=[a-zà-ỹ][.,!?][\"\u201d\u2019]))"
    r"(?:<a\s[^<>]{0,300}>)?<sup(?:\s[^<>]{0,200})?>\s*(?:<a\s[^<>]{0,300}>)?"
    r"\[?\d{1,3}\]?(?:</a>)?\s*</sup>(?:</a>)?",
)
_INLINE_TAG = re.compile(rf"</?(?:{_INLINE})(?=[\s/>]){_ATTRIBUTES}", re.IGNORECASE)
_BLOCK_TAG = re.compile(rf"</?(?:{_BLOCK}|{_SILENT})(?=[\s/>]){_ATTRIBUTES}", re.IGNORECASE)
# Names HTML does not know are text (`List<int>`) unless they behave like tags.
_UNKNOWN_TAG = re.compile(
    rf"<(?:/[a-z][\w:.-]*\s*>|[a-z]\w*[:-][\w:.-]*(?=[\s/>]){_ATTRIBUTES}"
    r"|[a-z][\w:.-]*\s+[\w:-]+\s*=[^<>]*+>)",
    re.IGNORECASE,
)
_CUT_TAG = re.compile(rf"</?(?:{_INLINE}|{_BLOCK}|{_SILENT})(?:\s[^<>]*)?\Z", re.IGNORECASE)
# What shows that an unescaped text holds markup, and not just the mention of a tag.
_SURE_MARKUP = re.compile(
    rf"</(?:{_INLINE}|{_BLOCK})\s*>|<(?:br|hr)\s*/?>|<(?:{_INLINE}|{_BLOCK})\s+[\w-]+\s*=",
    re.IGNORECASE,
)
#: Publishing chains escape what is escaped already; three times has been seen.
_TIMES_ESCAPED = 3
_SPACE = re.compile(r"[\s\x00-\x1f\x7f-\x9f\u2800\u3164]+")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180e\u200b\u200e\u200f\u202a-\u202e"
    "\u2060-\u206f\ufeff\ufff9-\ufffb\ud800-\udfff\U000e0000-\U000e0fff]"
    # Joiners stay where Arabic and Indic letters and emoji need them.
    "|[\u200c\u200d](?![\u0600-\u0dff\u2600-\u27bf\U0001f000-\U0001faff])"
)

# Markdown's "**words**" and "*words*"; powers (`a**b**c`), arguments (`**kwargs`) and
# patterns of paths (`src/**/`) are no such pairs.
_MARKED_WORDS = r"(?![\s*/.,;:)])([^*]{1,200}+)(?<![\s(])"
_BOLD = re.compile(rf"(?<![0-9A-Za-z_*)\]])\*\*{_MARKED_WORDS}\*\*(?![0-9A-Za-z_*])")
_ITALIC = re.compile(rf"(?<![0-9A-Za-z_*)\]])\*{_MARKED_WORDS}\*(?![0-9A-Za-z_*])")

#: Each match is a word, from the first letter on that gives it away.
_VIETNAMESE_WORD = re.compile(r"[\u1ea0-\u1ef9ơưƠƯăđĂĐ]\S*")
_VIETNAMESE_ONLY = re.compile(r"[\u1ea0-\u1ef9ơưƠƯ]\S*")
#: Languages that write ă or đ too.
_OTHERS_WITH_A_BREVE_OR_D_STROKE = frozenset({"ro", "hr", "bs", "sr", "sl", "se"})
#: In Vietnamese about every second word shows it; a borrowed name in English is one in ten.
_VIETNAMESE_SHARE = 0.2


def plain_text(markup: str) -> str:
    """Return what a reader would see, on one line.

    Takes HTML, escaped HTML, or plain text: names that HTML does not know and
    lone signs stay (`List<int>`, `a < b`, `AT&T`, `2 ** 3`). Entities escaped
    twice are decoded; the contents of scripts and styles are dropped, and the
    asterisks of Markdown around words.
    """
    text = html.unescape(_without_tags(markup))
    for _ in range(_TIMES_ESCAPED - 1):
        if _SURE_MARKUP.search(text):
            text = _without_tags(text)
        text = html.unescape(text)
    text = _without_emphasis(_INVISIBLE.sub("", text))
    text = unicodedata.normalize("NFC", text)
    return _SPACE.sub(" ", text).strip()


def shortened(text: str, limit: int) -> str:
    """Return *text* cut between words to at most *limit* characters, with an ellipsis if cut."""
    if len(text) <= limit:
        return text
    cut = text[: limit - 1]
    if not text[limit - 1].isspace():
        cut = cut.rsplit(" ", 1)[0] if " " in cut else cut
    return cut.rstrip(" ,;:-\u2013\u2014") + "…"


def _without_emphasis(text: str) -> str:
    """Take out the marks of bold and, in such a text only, of italic words."""
    if "**" not in text:
        return text
    plain, times = _BOLD.subn(r"\1", text)
    return _ITALIC.sub(r"\1", plain) if times else text


#: Letters that say which language it is, and the languages that are written with them.
#: The first is meant unless a feed of another one says so itself.
_SCRIPTS = (
    (re.compile(r"[\u3040-\u30ff]"), ("ja",)),
    (re.compile(r"[\uac00-\ud7af]"), ("ko",)),
    (re.compile(r"[\u4e00-\u9fff]"), ("zh", "ja", "yue")),
    (re.compile(r"[\u0400-\u04ff]"), ("ru", "uk", "be", "bg", "sr", "mk", "kk", "mn", "ky", "tg")),
    (re.compile(r"[\u0600-\u06ff]"), ("ar", "fa", "ur", "ps", "ckb", "ug")),
    (re.compile(r"[\u0590-\u05ff]"), ("he", "yi")),
    (re.compile(r"[\u0900-\u097f]"), ("hi", "mr", "ne", "sa")),
    (re.compile(r"[\u0e00-\u0e7f]"), ("th",)),
    (re.compile(r"[\u0370-\u03ff]"), ("el",)),
)
#: A name or a formula in another script is not yet another language.
_SCRIPT_SHARE = 0.2


def guess_language(text: str, default: str) -> str:
    """Return the language that the letters give away, else *default*."""
    if text.isascii():  # No script of its own, and no Vietnamese letter.
        return default
    letters = sum(map(str.isalpha, text))
    for script, languages in _SCRIPTS:
        if letters and len(script.findall(text)) / letters >= _SCRIPT_SHARE:
            return default if default.partition("-")[0] in languages else languages[0]
    has_rivals = default in _OTHERS_WITH_A_BREVE_OR_D_STROKE
    vietnamese = _VIETNAMESE_ONLY if has_rivals else _VIETNAMESE_WORD
    hits, words = len(vietnamese.findall(text)), len(text.split())
    return "vi" if words and hits / words >= _VIETNAMESE_SHARE else default


def _without_tags(markup: str) -> str:
    if "<" not in markup:
        return markup
    text = _COMMENT.sub(" ", _CDATA.sub("", markup))
    if "<sup" in text:
        text = _FOOTNOTE.sub("", text)
    text = _SILENT_ELEMENT.sub(" ", text)
    text = _BLOCK_TAG.sub(" ", _INLINE_TAG.sub("", text))
    return _CUT_TAG.sub("", _UNKNOWN_TAG.sub(" ", text))


# English titles, firms, months and Latin; then Vietnamese titles, places and ranks.
_ABBREVIATIONS = re.compile(
    r"mrs?|ms|dr|prof|[js]r|gen|sen|rep|gov|lt|col|capt|sgt|rev|hon|vs|etc|inc|ltd|corp?|co|llc"
    r"|approx|dept|univ|eds?|jan|feb|mar|apr|jun|jul|aug|sept?|oct|nov|dec|cf|ph\.d|e\.g|i\.e"
    r"|[ap]\.m|al|st|ave|tp|ths?|ts|pgs|gs|bs|ks|ubnd|tnhh|nxb"
)
#: Words of their own, but abbreviations before a number.
_BEFORE_NUMBERS = re.compile(r"nos?|art|sec|vol|ch|figs?|eq|pp?|q|tr|c")
_STOP = re.compile(r"([.!?…]+)[\"'”\u2019»)\]]*(\s+)(?=\S)")
_LAST_WORD = re.compile(r"[\w.]*\Z")
_OPENING = "\"'“\u2018«(["


def sentences(text: str) -> tuple[str, ...]:
    """Split plain English or Vietnamese text into its sentences.

    Abbreviations (`TP.HCM`, `PGS.TS. Lan`, `Dr. Ito`), initials (`U.S. Army`),
    versions and decimals do not end a sentence.
    """
    found: list[str] = []
    start = 0
    for stop in _STOP.finditer(text):
        if _ends_sentence(text, start, stop):
            found.append(text[start : stop.start(2)])
            start = stop.end()
    found.append(text[start:])
    return tuple(sentence.strip() for sentence in found if sentence.strip())


def _ends_sentence(text: str, start: int, stop: re.Match[str]) -> bool:
    following = text[stop.end() : stop.end() + 3].lstrip(_OPENING)[:1]
    if following.islower():
        return False
    if stop[1] != ".":
        return True
    if text[start : stop.start()].isdigit():  # The number of a list's item.
        return False
    # Forty characters hold every abbreviation, and keep long text linear.
    found = _LAST_WORD.search(text[max(start, stop.start() - 40) : stop.start()])
    return not _is_abbreviation(found[0] if found else "", following)


def _is_abbreviation(word: str, following: str) -> bool:
    parts = word.lower().split(".")
    return (
        any(_ABBREVIATIONS.fullmatch(name) for name in (word.lower(), parts[-1]))
        or (following.isdigit() and _BEFORE_NUMBERS.fullmatch(word.lower()) is not None)
        or (all(len(part) == 1 for part in parts) and word.isupper())
    )

"""The words of a text, as grouping and filing compare them."""

import re
from collections.abc import Iterable
from functools import lru_cache

#: Numbers stay whole (`1.5`, `10%`, `3,000`), versions with letters too (`o3`, `H20`);
#: an apostrophe inside a word belongs to it.
_WORD = re.compile(r"\d+(?:[.,]\d+)*%?(?![\w%])|\w+(?:['\u2019]\w+)*")
_POSSESSIVE = re.compile(r"['\u2019]s?\Z")

_ENGLISH = """
a about above after again against all also am an and any are aren't as at back be because been
before being below between both but by can can't could did didn't do does doesn't doing don't
down during each even few first for from further get gets getting got had has have having he her
here hers him his how however i i'm if in into is isn't it it's its itself just last like made
make makes making many may me might more most much must my new no nor not now of off on once one
only or other our out over own per said same say saying says see set several she should show
shows since so some still such take takes than that the their them then there these they this
those through to today too two under until up upon us use used uses using very via was wasn't
way we were what when where whether which while who whose why will with within without won't
would yesterday yet you your s t u
"""
#: By syllables.
_VIETNAMESE = """
ai anh bà bằng bên bị bởi các cách cái cần càng cả cho chỉ chị chưa có còn cùng cũng của cho
chúng cứ do dù đã đang đây để đến đi điều đó được gì giữa hai hay hoặc hơn khi không là lại lên
loạt lúc mà mình mỗi một mới mọi năm này nay nên nếu ngay ngày người nhằm nhiều như nhưng những
nơi nữa ở ông phải qua ra rằng rất rồi sau sẽ so tại theo thì thế trên trong trước từ tới và vào
vẫn vì việc về với vừa vụ xuống tháng khoảng lần sự cuộc làm biết thêm hôm nói
"""

#: Words that any text may have; they say nothing about what happened.
STOPWORDS = frozenset((_ENGLISH + _VIETNAMESE).split())


def bare_words(text: str) -> tuple[str, ...]:
    """Return the words of *text* in order, as they are spelled, without possessive endings."""
    return _words_of_title(text) if len(text) <= _TITLE else _words_of_text(text)


def informative(text: str) -> tuple[str, ...]:
    """Return the words of *text*, in lower case, that can tell one piece of news from another."""
    return _informative_of_title(text) if len(text) <= _TITLE else _informative_of(text)


@lru_cache(maxsize=65_536)
def is_informative(word: str) -> bool:
    """Say whether a lower-case word can tell one piece of news from another."""
    return word not in STOPWORDS and (len(word) > 1 or word.isdigit())


def holds_any(text: str, words: Iterable[str]) -> bool:
    """Say whether one of these stands in *text*: a quick look before a slow one."""
    return any(map(text.__contains__, words))


def _words_of(text: str) -> tuple[str, ...]:
    found = _WORD.findall(text)
    if "'" not in text and "\u2019" not in text:
        return tuple(found)
    return tuple([word if word.isalnum() else _POSSESSIVE.sub("", word) for word in found])


def _informative_of(text: str) -> tuple[str, ...]:
    return tuple([word for word in map(str.lower, bare_words(text)) if is_informative(word)])


#: Headlines are looked at by one rule after another, and remembered; of longer texts just
#: the last few, which two or three rules look at in turn.
_TITLE = 200
_words_of_title = lru_cache(maxsize=32_768)(_words_of)
_words_of_text = lru_cache(maxsize=64)(_words_of)
_informative_of_title = lru_cache(maxsize=32_768)(_informative_of)

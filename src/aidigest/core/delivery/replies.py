"""What a relay's reply is about: the message, one address, us, or the relay itself.

Two senses of "no" must never be mixed up. "There is no such mailbox" concerns
one reader; "I do not take mail from you" concerns nobody but us, and reading
it as the first would cost us the whole list.
"""

import re
from enum import StrEnum

from aidigest.errors import Stage

#: An enhanced status code: class, subject, detail (RFC 3463).
EnhancedStatus = tuple[int, int, int]


class Meaning(StrEnum):
    """What a reply says."""

    TAKEN = "taken"  #: The relay has the message and answers for it from now on.
    NOT_NOW = "not now"  #: This address cannot have it yet; ask again.
    TOO_FAST = "too fast"  #: Not now, for we send more than is liked there.
    NO_SUCH_ADDRESS = "no such address"  #: There is nobody to write to, now or later.
    REFUSED = "refused"  #: No, for good, and nothing says that the address is dead.
    OURS = "ours"  #: Our login, sender, reputation or message is refused, whoever it is for.
    RELAYS = "relay's"  #: The relay is in trouble of its own.
    CLOSING = "closing"  #: 421: this connection ends here.
    UNCLEAR = "unclear"  #: No reply that SMTP knows.


#: The details of X.1.X that name the reader's address. X.1.7 and X.1.8 speak of
#: the sender's, and relays use X.1.0 for either.
_DEAD_ADDRESS = {(5, 1, 1), (5, 1, 2), (5, 1, 3), (5, 1, 6), (5, 1, 10), (5, 2, 1)}
_BAD_SENDER = {(5, 1, 7), (5, 1, 8)}

#: "No mail for this mailbox", which also is how Gmail refuses what comes too fast for one reader.
_MAILBOX_DISABLED = (5, 2, 1)

#: What the large providers say to who sends through them: Microsoft, that today's recipients
#: are used up, and that one may not send as From; Gmail, that today's messages are. It is the
#: same for every reader.
_BAD_ACCOUNT = {(5, 1, 90), (5, 2, 252), (5, 4, 5)}

#: Too big for the relay: so it is for every reader.
_BAD_MESSAGE = {(5, 3, 4)}

#: X.6.7 says that the address is not ASCII and the way is (RFC 6531).
_BAD_WAY = {(5, 6, 7)}

_CLOSING_CODE = 421
#: Authentication is wanted, too weak, wrong, or needs encryption (RFC 4954, section 6).
_LOGIN_CODES = {530, 534, 535, 538}
#: The relay did not follow what we said, or takes no mail at all.
_PROTOCOL_CODES = {500, 502, 503, 504, 521}
_MAILBOX_BUSY_CODE = 450
_MAILBOX_CODES = {550, 551, 553}

_LEADING_STATUS = re.compile(r"^\s*([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])", re.MULTILINE)
_QUOTED_STATUS = re.compile(r"\b[245]\d\d[ -]#?([245])\.(\d{1,3})\.(\d{1,3})(?![\d.])")

#: Subjects of RFC 3463.
_MAILBOX, _SYSTEM, _NETWORK, _PROTOCOL, _CONTENT, _POLICY = 2, 3, 4, 5, 6, 7

#: As long as no recipient is named, none can be meant.
_NOBODY_NAMED = {Stage.CONNECT, Stage.MAIL}

#: How relays without enhanced codes say that nobody lives there.
_NOBODY = re.compile(
    r"(?:user|mailbox|recipient|account|address)\b.{0,80}?"
    r"\b(?:unknown|not found|does(?: not|n't) exist|not exist)"
    r"|\b(?:unknown|no such|invalid) (?:local )?(?:user|mailbox|recipient|account|address|person)",
    re.IGNORECASE,
)

#: How relays say that we send too much; greylisting, which is not that, has none of these.
_TOO_FAST = re.compile(
    r"\brates?\b|throttl|too (?:many|fast|much|quickly)|limit(?:ed|s)?\b|exceed|slow down"
    r"|quota for sender",
    re.IGNORECASE,
)

#: How relays without enhanced codes say that one mailbox is full, whatever was exceeded there.
_FULL = re.compile(
    r"(?:mailbox|inbox)\b.{0,40}?\b(?:full|quota|limit|exceed)|over ?quota"
    r"|(?:full|quota|limit|exceed(?:s|ed)?)\b.{0,40}?\b(?:mailbox|inbox)\b",
    re.IGNORECASE,
)

#: Words by which a server refuses us and not its user, whatever code it gives.
_BLAMES_US = re.compile(
    r"\bspam|\bblock(?:ed|list)|black ?list|\bpolicy|reputation|\bspf\b|dkim|dmarc|banned"
    r"|rate.?limit",
    re.IGNORECASE,
)

#: With these words in it, the same sentence is about us.
_ABOUT_US = re.compile(
    r"sender|verif|relay|spam|block|black|list|policy|reputation|authenti|\bspf\b|dkim|dmarc",
    re.IGNORECASE,
)


#: How relays without enhanced codes say that they do not know us: it passes when they are
#: set right. It may also be quoted from one reader's server, so it is no reason to stop at once.
_UNWELCOME = re.compile(
    r"\brelay(?:ing)?\b.{0,20}?\b(?:denied|not permitted|not allowed|prohibited)"
    r"|unable to relay|\brcpthosts\b|authentication (?:is )?required|access denied"
    r"|not authori[sz]ed|is not verified",
    re.IGNORECASE,
)


#: A server likes to quote whom it is about, at `policy.example` or elsewhere.
_QUOTED_ADDRESS = re.compile(r"<[^<>\s]+@[^<>\s]+>")


def blames_us(reply: str) -> bool:
    """Whether a server's words, but for addresses in them, are about us and not its user."""
    return _BLAMES_US.search(_QUOTED_ADDRESS.sub("<>", reply)) is not None


def enhanced_status(code: int, reply: str) -> EnhancedStatus | None:
    """Find the enhanced status code in a reply's text.

    Args:
        code: The reply code, 200 to 599.
        reply: The text after it, lines parted by newlines.

    Returns:
        The first one at the start of a line; else one that is quoted from a
        relay further on ("said: 550 5.1.1 …"); none whose class is at odds
        with the reply code, for then one of the two is wrong.

    Source:
        RFC 2034, section 4; RFC 3463, section 2.
    """
    found = _LEADING_STATUS.search(reply) or _QUOTED_STATUS.search(reply)
    if found is None:
        return None
    status = (int(found[1]), int(found[2]), int(found[3]))
    return status if status[0] == code // 100 else None


def meaning(code: int, reply: str, *, stage: Stage) -> Meaning:
    """Say what a reply is about.

    Args:
        code: The reply code.
        reply: The text after it.
        stage: What the reply answers.

    Source:
        RFC 5321, section 4.2; RFC 3463, section 3.
    """
    if code == _CLOSING_CODE:
        return Meaning.CLOSING
    match code // 100:
        case 2:
            return Meaning.TAKEN
        case 4:
            return _temporary(code, reply, stage)
        case 5:
            return _permanent(code, reply, stage)
        case _:
            return Meaning.UNCLEAR


def _temporary(code: int, reply: str, stage: Stage) -> Meaning:
    status = enhanced_status(code, reply)
    relays_own = status is not None and status[1] in {_SYSTEM, _NETWORK, _PROTOCOL}
    if relays_own or stage in _NOBODY_NAMED:
        return Meaning.RELAYS
    return Meaning.TOO_FAST if _wants_rest(code, status, reply) else Meaning.NOT_NOW


def _wants_rest(code: int, status: EnhancedStatus | None, reply: str) -> bool:
    """Whether a domain is served too fast; what is wrong with one mailbox there is not that."""
    if status is not None and status[1] == _MAILBOX:
        return False
    is_policy = status is not None and status[1] == _POLICY
    is_full = status is None and _FULL.search(reply) is not None
    is_asked = _TOO_FAST.search(reply) is not None
    return is_asked and not is_full and (is_policy or code != _MAILBOX_BUSY_CODE)


def _permanent(code: int, reply: str, stage: Stage) -> Meaning:
    if code in _LOGIN_CODES or stage in _NOBODY_NAMED:
        return Meaning.OURS
    status = enhanced_status(code, reply)
    return _by_status(status, reply) if status else _by_words(code, reply, stage)


def _by_status(status: EnhancedStatus, reply: str) -> Meaning:
    if status in _DEAD_ADDRESS:
        return Meaning.REFUSED if _is_excuse(status, reply) else Meaning.NO_SUCH_ADDRESS
    if status in _BAD_WAY:
        return Meaning.REFUSED
    if status in _BAD_SENDER | _BAD_ACCOUNT | _BAD_MESSAGE or status[1] in {_CONTENT, _POLICY}:
        return Meaning.OURS
    return Meaning.RELAYS if status[1] == _SYSTEM else Meaning.REFUSED


def _is_excuse(status: EnhancedStatus, reply: str) -> bool:
    """Whether the words tell that the address is alive, whatever the code.

    "5.1.1 blocked, see our list" is not about the reader.
    """
    is_busy = status == _MAILBOX_DISABLED and _TOO_FAST.search(reply) is not None
    return is_busy or blames_us(reply)


def _by_words(code: int, reply: str, stage: Stage) -> Meaning:
    if code in _PROTOCOL_CODES or _UNWELCOME.search(reply):
        return Meaning.RELAYS
    is_about_us = _ABOUT_US.search(_QUOTED_ADDRESS.sub("<>", reply))
    names_nobody = _NOBODY.search(reply) and not is_about_us
    if stage is Stage.RCPT and code in _MAILBOX_CODES and names_nobody:
        return Meaning.NO_SUCH_ADDRESS
    return Meaning.REFUSED

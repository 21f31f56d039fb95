"""Bounces: what came back to the mailbox is understood, kept, and heeded."""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aidigest.core.delivery.bounces import Bounce, BounceKind, Notice, judge, read_notice, weighed
from aidigest.core.messages.envelopes import Sending, read_envelope_id
from aidigest.core.messages.unsubscribe import Leaving, read
from aidigest.steps.ports import BounceStore, Clock, Mailbox


@dataclass(frozen=True, slots=True, kw_only=True)
class BouncesReport:
    """What a look into the mailbox came to."""

    looked_at: int  #: Mails not looked at before.
    kinds: Mapping[BounceKind, int]  #: Those that were about us, which are taken out.
    suppressed: int  #: Addresses no longer written to from now on.


@dataclass(frozen=True, slots=True, kw_only=True)
class Owner:
    """Whose message came back."""

    subscriber_id: int
    edition_id: int | None = None
    digest_id: str | None = None


def collect(
    mailbox: Mailbox,
    *,
    store: BounceStore,
    keys: Sequence[str],
    message_id: Callable[[Sending], str | None],
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
) -> BouncesReport:
    """Read what is new in the mailbox.

    What is about us is stored before it is taken out of the mailbox, so that
    nothing is lost in between; everything else is left as it was.

    Args:
        mailbox: Where refusals and mails for leaving arrive.
        store: Keeps bounces and suppressions.
        keys: Any of them may have signed our tokens and senders; the newest last.
        message_id: Returns the Message-ID of one edition's message to one reader.
        clock: Aware UTC.
        stop: Asked before each mail.
    """
    kinds: Counter[BounceKind] = Counter()
    looked_at = suppressed = 0
    for uid in mailbox.new(store.seen_mail(mailbox.name)):
        if stop():
            break
        looked_at += 1
        notice = _understood(mailbox.fetch(uid))
        owner = _owner(notice, store=store, keys=keys, message_id=message_id) if notice else None
        if notice is None or owner is None:
            store.note_seen(mailbox.name, uid)
            continue
        mail_key = f"{mailbox.name}:{uid}"
        suppressed += _heed(notice, owner, store=store, mail_key=mail_key, now=clock())
        kinds[notice.kind] += 1
        mailbox.remove(uid)
    return BouncesReport(looked_at=looked_at, kinds=kinds, suppressed=suppressed)


def _understood(raw: bytes) -> Notice | None:
    # Mail is as hostile as feeds are, and the standard library's parser has its own opinions.
    try:
        return read_notice(raw)
    except (ValueError, LookupError, TypeError, AttributeError, RecursionError):
        return None


def _owner(
    notice: Notice,
    *,
    store: BounceStore,
    keys: Sequence[str],
    message_id: Callable[[Sending], str | None],
) -> Owner | None:
    """Say whose message it was; only what we signed ourselves is proof."""
    for text in notice.envelope_ids:
        try:
            sending = read_envelope_id(text, keys=keys)
        except ValueError:
            continue
        return Owner(subscriber_id=sending.subscriber_id, edition_id=sending.edition_id)
    for token in notice.tokens:
        try:
            leaving = read(token, keys=keys)
        except ValueError:
            continue
        return _with_edition(notice, leaving, store=store)
    return _by_message_id(notice, store=store, message_id=message_id)


def _with_edition(notice: Notice, leaving: Leaving, *, store: BounceStore) -> Owner:
    edition_id = store.edition_of(notice.message_id) if notice.message_id else None
    return Owner(
        subscriber_id=leaving.subscriber_id, digest_id=leaving.digest_id, edition_id=edition_id
    )


def _by_message_id(
    notice: Notice, *, store: BounceStore, message_id: Callable[[Sending], str | None]
) -> Owner | None:
    edition_id = store.edition_of(notice.message_id) if notice.message_id else None
    if edition_id is None:
        return None
    for address in dict.fromkeys((*notice.recipients, *notice.failed)):
        subscriber_id = store.subscriber_of(address)
        if subscriber_id is None:
            continue
        sending = Sending(edition_id=edition_id, subscriber_id=subscriber_id)
        if message_id(sending) == notice.message_id:
            return Owner(subscriber_id=subscriber_id, edition_id=edition_id)
    return None


def _heed(notice: Notice, owner: Owner, *, store: BounceStore, mail_key: str, now: datetime) -> int:
    """Store it with what follows; return how many addresses are suppressed for it."""
    address = store.address_of(owner.subscriber_id)
    if address is None:
        return 0
    if notice.kind is BounceKind.LEAVING:
        store.leave(owner.subscriber_id, owner.digest_id, now=now)
        return 0
    counted = weighed(notice, address=address)
    bounce = Bounce(
        subscriber_id=owner.subscriber_id,
        edition_id=owner.edition_id,
        kind=counted.kind,
        status=counted.status,
        diagnostic=counted.diagnostic,
        at=now,
    )
    history: Sequence[Bounce] = store.bounces_of(owner.subscriber_id, but=mail_key)
    reason = judge([*history, bounce], now=now)
    return store.keep_bounce(bounce, mail_key=mail_key, suppress=reason)

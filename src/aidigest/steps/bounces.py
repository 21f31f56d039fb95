"""Bounces: what came back to the mailbox is understood, kept, and heeded."""

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from aidigest.core.delivery.bounces import Bounce, BounceKind, Notice, judge, read_notice, weighed
from aidigest.core.messages.envelopes import Sending, read_envelope_id
from aidigest.core.messages.unsubscribe import Leaving, read
from aidigest.errors import AidigestError, KeptMailError, UnstorableError
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
    message_ids: Callable[[Sending], Collection[str]],
    clock: Clock,
    stop: Callable[[], bool] = lambda: False,
    on_left: Callable[[str, Exception], None] = lambda _uid, _error: None,
) -> BouncesReport:
    """Read what is new in the mailbox.

    What is about us is stored before it is taken out of the mailbox, so that
    nothing is lost in between; everything else is left as it was. A mail that
    cannot be handled counts as looked at, so that it keeps nobody from the next.

    Args:
        mailbox: Where refusals and mails for leaving arrive.
        store: Keeps bounces and suppressions.
        keys: Any of them may have signed our tokens and senders; the newest last.
        message_ids: Returns what the Message-ID of one edition's message to one reader may be.
        clock: Aware UTC.
        stop: Asked before each mail.
        on_left: Told of each mail that cannot be handled, and why.

    Raises:
        StoreError: The database cannot be used; no mail counts as looked at for it.
    """
    kinds: Counter[BounceKind] = Counter()
    desk = _Desk(
        mailbox=mailbox,
        store=store,
        keys=keys,
        message_ids=message_ids,
        clock=clock,
        on_left=on_left,
    )
    looked_at = suppressed = 0
    for uid in mailbox.new(store.seen_mail(mailbox.name)):
        if stop():
            break
        looked_at += 1
        heeded = desk.deal_with(uid)
        if heeded is not None:
            kinds[heeded.kind] += 1
            suppressed += heeded.suppressed
    return BouncesReport(looked_at=looked_at, kinds=kinds, suppressed=suppressed)


def _raise_unless_the_mails_fault(error: Exception) -> None:
    """Raise what would have gone wrong with any mail, as where the database is down."""
    if isinstance(error, AidigestError) and not isinstance(error, UnstorableError):
        raise error


@dataclass(frozen=True, slots=True, kw_only=True)
class _Heeded:
    """What a mail about us came to."""

    kind: BounceKind
    suppressed: int


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    """Where each mail is read, and what it needs there."""

    mailbox: Mailbox
    store: BounceStore
    keys: Sequence[str]
    message_ids: Callable[[Sending], Collection[str]]
    clock: Clock
    on_left: Callable[[str, Exception], None]

    def deal_with(self, uid: str) -> _Heeded | None:
        """Heed a mail about us and take it out; return None for any other, and leave it."""
        try:
            raw = self.mailbox.fetch(uid)
        except KeptMailError as error:
            self.on_left(uid, error)  # The server may give it out the next time.
            return None
        heeded = self._heed_or_leave(raw, uid)
        if heeded is None:
            self.store.note_seen(self.mailbox.name, uid)
        else:
            self._take_out(uid)
        return heeded

    def _heed_or_leave(self, raw: bytes, uid: str) -> _Heeded | None:
        try:
            return self._heed(raw, mail_key=f"{self.mailbox.name}:{uid}", now=self.clock())
        except Exception as error:  # noqa: BLE001 - Mail is hostile, and one may find any hole.
            _raise_unless_the_mails_fault(error)
            self.on_left(uid, error)
            return None

    def _heed(self, raw: bytes, *, mail_key: str, now: datetime) -> _Heeded | None:
        """Store what a mail about us says; return None for any other mail."""
        notice = read_notice(raw)
        if notice is None:
            return None
        owner = _owner(notice, store=self.store, keys=self.keys, message_ids=self.message_ids)
        if owner is None:
            return None
        count = _heed(notice, owner, store=self.store, mail_key=mail_key, now=now)
        return _Heeded(kind=notice.kind, suppressed=count)

    def _take_out(self, uid: str) -> None:
        try:
            self.mailbox.remove(uid)
        except KeptMailError as error:
            # Heeded again and again, a wish to leave would hold for who has come back, too.
            self.store.note_seen(self.mailbox.name, uid)
            self.on_left(uid, error)


def _owner(
    notice: Notice,
    *,
    store: BounceStore,
    keys: Sequence[str],
    message_ids: Callable[[Sending], Collection[str]],
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
    return _by_message_id(notice, store=store, message_ids=message_ids)


def _with_edition(notice: Notice, leaving: Leaving, *, store: BounceStore) -> Owner:
    edition_id = store.edition_of(notice.message_id) if notice.message_id else None
    return Owner(
        subscriber_id=leaving.subscriber_id, digest_id=leaving.digest_id, edition_id=edition_id
    )


def _by_message_id(
    notice: Notice, *, store: BounceStore, message_ids: Callable[[Sending], Collection[str]]
) -> Owner | None:
    edition_id = store.edition_of(notice.message_id) if notice.message_id else None
    if edition_id is None:
        return None
    for address in dict.fromkeys((*notice.recipients, *notice.failed)):
        subscriber_id = store.subscriber_of(address)
        if subscriber_id is None:
            continue
        sending = Sending(edition_id=edition_id, subscriber_id=subscriber_id)
        if notice.message_id in message_ids(sending):
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
    reason = judge([*history, bounce])
    return store.keep_bounce(bounce, mail_key=mail_key, suppress=reason)

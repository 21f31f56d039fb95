"""Whatever a mailbox holds, only its own message's bounce ends somebody's subscription."""

import random
from collections.abc import Callable, Collection, Sequence
from datetime import UTC, datetime

import pytest
from sqlalchemy import Engine

from aidigest.adapters.database import Bounces, Editions, Subscribers
from aidigest.core.delivery.bounces import Bounce, BounceKind
from aidigest.core.messages.envelopes import Sending, envelope_id
from aidigest.core.messages.unsubscribe import Leaving, sign
from aidigest.core.readers.subscriber import Signup
from aidigest.errors import KeptMailError, StoreError, UnstorableError
from aidigest.steps.bounces import BouncesReport, collect
from aidigest.steps.ports import BounceStore
from bouncesamples import ADA, arf, dsn, mutated
from samples import rendered

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
KEY = "a key for tests"
READERS = {7: ADA, 8: "bob@example.org", 9: "cem@example.org"}
MESSAGE_ID = "<daily.12.0@digest.example>"


class FakeMailbox:
    """A Mailbox in a list."""

    name = "bounces@example"

    def __init__(self, *mails: bytes) -> None:
        self.mails = {str(number): mail for number, mail in enumerate(mails)}

    def new(self, seen: Collection[str]) -> list[str]:
        """Return the marks not seen."""
        return [uid for uid in self.mails if uid not in seen]

    def fetch(self, uid: str) -> bytes:
        """Return a mail."""
        return self.mails[uid]

    def remove(self, uid: str) -> None:
        """Take it out."""
        del self.mails[uid]


class KeepingMailbox(FakeMailbox):
    """A mailbox that does not give out, or does not let go of, some mails."""

    def __init__(self, *mails: bytes, hidden: str = "", kept: str = "") -> None:
        super().__init__(*mails)
        self.hidden, self.kept = hidden, kept

    def fetch(self, uid: str) -> bytes:
        """Return a mail, unless it is hidden."""
        if uid == self.hidden:
            raise KeptMailError("no")
        return super().fetch(uid)

    def remove(self, uid: str) -> None:
        """Take it out, unless it is kept."""
        if uid == self.kept:
            raise KeptMailError("no")
        super().remove(uid)


class FakeBounces:
    """A BounceStore in memory."""

    def __init__(self) -> None:
        self.seen: set[str] = set()
        self.kept: dict[str, Bounce] = {}
        self.suppressed: dict[int, str] = {}
        self.left: list[tuple[int, str | None]] = []

    def seen_mail(self, mailbox: str) -> Collection[str]:
        """Return what was looked at."""
        return self.seen

    def note_seen(self, mailbox: str, uid: str) -> None:
        """Look no more."""
        self.seen.add(uid)

    def edition_of(self, message_id: str) -> int | None:
        """Know one."""
        return 1 if message_id == MESSAGE_ID else None

    def subscriber_of(self, address: str) -> int | None:
        """Find somebody."""
        return next((number for number, one in READERS.items() if one == address), None)

    def address_of(self, subscriber_id: int) -> str | None:
        """Return an address."""
        return READERS.get(subscriber_id)

    def bounces_of(self, subscriber_id: int, *, but: str) -> Sequence[Bounce]:
        """Return what came back."""
        return [
            one
            for key, one in self.kept.items()
            if one.subscriber_id == subscriber_id and key != but
        ]

    def keep_bounce(self, bounce: Bounce, *, mail_key: str, suppress: str | None) -> int:
        """Keep it."""
        self.kept[mail_key] = bounce
        is_new = suppress is not None and bounce.subscriber_id not in self.suppressed
        if suppress is not None:
            self.suppressed.setdefault(bounce.subscriber_id, suppress)
        return int(is_new)

    def leave(self, subscriber_id: int, digest_id: str | None, *, now: datetime) -> None:
        """Note who left."""
        self.left.append((subscriber_id, digest_id))


def run(
    mailbox: FakeMailbox,
    store: BounceStore,
    on_left: Callable[[str, Exception], None] = lambda _uid, _error: None,
) -> BouncesReport:
    """Read the mailbox."""
    ids = {7: ["<daily.12.1@digest.example>", MESSAGE_ID]}
    return collect(
        mailbox,
        store=store,
        keys=["older", KEY],
        message_ids=lambda sending: ids.get(sending.subscriber_id, []),
        clock=lambda: NOW,
        on_left=on_left,
    )


def verp(subscriber_id: int) -> str:
    """Return where a bounce of that reader's message goes to."""
    made = envelope_id(Sending(edition_id=1, subscriber_id=subscriber_id), key=KEY)
    return f"bounces+{made}@digest.example"


def token(subscriber_id: int) -> str:
    """Return that reader's token for leaving."""
    return sign(Leaving(digest_id="daily", subscriber_id=subscriber_id), key=KEY)


def test_a_bounce_is_known_by_each_of_three_signs() -> None:
    """The sender it came back to, the token in its headers, or its Message-ID."""
    elsewhere = "postmaster@digest.example"
    store = FakeBounces()
    mailbox = FakeMailbox(
        dsn(to=verp(8), recipient=READERS[8], reader="", message_id=""),
        dsn(to=elsewhere, token=token(9), recipient=READERS[9], reader="", message_id=""),
        dsn(to=elsewhere, message_id=MESSAGE_ID),
    )

    report = run(mailbox, store)

    assert report.suppressed == 3
    assert set(store.suppressed) == {7, 8, 9}
    assert mailbox.mails == {}


def test_forged_bounce_is_left_alone() -> None:
    """Anybody may write to the mailbox; only we can sign."""
    store = FakeBounces()
    forged = dsn(to="bounces+1-8-0123456789ab@digest.example", recipient=READERS[8], message_id="")
    mailbox = FakeMailbox(forged, dsn(to="x@y.example", reader=READERS[8], recipient=READERS[8]))

    report = run(mailbox, store)

    assert report.suppressed == 0
    assert len(mailbox.mails) == 2


def test_a_mail_read_twice_counts_once() -> None:
    """The step may die between storing and taking out."""
    store = FakeBounces()
    soft = dsn(to=verp(7), status="5.2.2", diagnostic="552 5.2.2 full", message_id="")
    for _ in range(9):
        run(FakeMailbox(soft), store)

    assert store.suppressed == {}
    assert len(store.kept) == 1


def test_nobody_is_suppressed_wrongly_by_ten_thousand_broken_mails() -> None:
    """Broken at random, a bounce may be missed; it never hits another, nor a policy anybody."""
    dice = random.Random(4)  # noqa: S311 - No secret.
    hard = dsn(to=verp(7), token=token(7), message_id=MESSAGE_ID)
    policy = dsn(to=verp(8), status="5.7.1", diagnostic="550 5.7.1 spam", message_id="")
    complaint = arf(token=token(9), kind="not-spam")
    seeds = [hard, policy, complaint, b"Subject: lunch?\r\n\r\nhello\r\n"]
    mails = [mutated(seeds[number % len(seeds)], dice) for number in range(10_000)]
    store = FakeBounces()

    report = run(FakeMailbox(*mails), store)

    assert report.looked_at == 10_000
    assert set(store.suppressed) == {7}
    kinds = {one.subscriber_id: one.kind for one in store.kept.values()}
    assert 9 not in kinds
    assert report.kinds[BounceKind.HARD] > 100


class TroubledBounces(FakeBounces):
    """A BounceStore that raises an error for one reader."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self._error = error

    def address_of(self, subscriber_id: int) -> str | None:
        """Raise for the first of them."""
        if subscriber_id == 7:
            raise self._error
        return super().address_of(subscriber_id)


@pytest.mark.parametrize("error", [UnstorableError("NUL"), OverflowError("too large")])
def test_a_mail_that_cannot_be_handled_keeps_nobody_from_the_next(error: Exception) -> None:
    """Anybody may write to the mailbox, and would stop all reading with one mail."""
    store, left = TroubledBounces(error), list[tuple[str, Exception]]()
    mailbox = FakeMailbox(
        dsn(to=verp(7), message_id=""), dsn(to=verp(8), recipient=READERS[8], message_id="")
    )

    report = run(mailbox, store, lambda uid, why: left.append((uid, why)))

    assert (report.looked_at, set(store.suppressed)) == (2, {8})
    assert (set(mailbox.mails), store.seen) == ({"0"}, {"0"})
    assert left == [("0", error)]


def test_a_mail_that_is_not_given_out_keeps_nobody_from_the_next() -> None:
    """It is asked for again, and told each time."""
    store, left = FakeBounces(), list[str]()
    lunch = b"Subject: lunch?\r\n\r\n"
    mailbox = KeepingMailbox(lunch, dsn(to=verp(8), recipient=READERS[8]), hidden="0")

    for _ in range(2):
        run(mailbox, store, lambda uid, _why: left.append(uid))

    assert (set(store.suppressed), store.seen, left) == ({8}, set(), ["0", "0"])


def test_a_mail_that_cannot_be_taken_out_is_heeded_once() -> None:
    """Else who left by mail, and came back, would leave again with each look."""
    store, left = FakeBounces(), list[str]()
    mailbox = KeepingMailbox(f"Subject: unsubscribe {token(7)}\r\n\r\n".encode(), kept="0")

    for _ in range(2):
        run(mailbox, store, lambda uid, _why: left.append(uid))

    assert (store.left, left) == ([(7, "daily")], ["0"])


def test_no_mail_counts_as_seen_while_the_database_is_down() -> None:
    """It is read once the database is back."""
    store = TroubledBounces(StoreError("down"))
    mailbox = FakeMailbox(dsn(to=verp(7), message_id=""))

    with pytest.raises(StoreError):
        run(mailbox, store)

    assert (set(mailbox.mails), store.seen) == ({"0"}, set())


def test_controls_in_a_report_stop_no_reading(engine: Engine) -> None:
    """PostgreSQL takes no NUL in a text, and the form of our Message-IDs can be guessed."""
    Subscribers(engine).add([Signup(address=ADA, digests=("daily",))], now=NOW)
    Editions(engine).add_edition(rendered())
    guessed, left = f"<daily.12.{'0' * 32}@digest.example>", list[str]()
    mailbox = FakeMailbox(
        dsn(to="bounces@digest.example", reader="no\0body@example.org", message_id=guessed),
        dsn(to=verp(1), diagnostic="550 5.1.1 no\0body", message_id=""),
    )

    report = run(mailbox, Bounces(engine), lambda uid, _why: left.append(uid))

    assert (report.suppressed, set(mailbox.mails), left) == (1, {"0"}, [])

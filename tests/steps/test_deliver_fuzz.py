"""Whatever a relay says, a run ends in order, and nobody is suppressed without cause."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from aidigest.core.delivery.commands import Features
from aidigest.core.delivery.deliveries import Delivery, DeliveryState
from aidigest.core.delivery.dialogue import Dialogue, Phase
from aidigest.core.delivery.parcels import Event, Parcel, Returned, Unreachable
from aidigest.core.messages.message import Message
from aidigest.steps.deliver import Conditions, deliver
from fakes import FakeLedger, FakeWitness

NOW = datetime(2026, 9, 14, 5, 0, tzinfo=UTC)
READERS = 40
RUNS = 250

_CODES = (*range(200, 260), *range(420, 460), *range(500, 560), 199, 354, 421, 999)
_DEAD = ("5.1.1 unknown", "5.1.10 null MX", "5.2.1 disabled", "no such user here")
_WORDS = (
    "ok",
    "",
    "5.7.1 refused by policy",
    "4.7.1 too many messages",
    "4.2.0 greylisted",
    "5.1.1 blocked: see the list",
    "5.0.0",
    "\x00\x1b\ud83d\udc80 é",
    "9.9.9 x",
    "5.2.2 full",
)


class FuzzedLines:
    """Lines over real dialogues to a relay that mostly behaves, and else says anything."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        self.talks: list[Dialogue] = []
        self.holders: dict[int, Dialogue] = {}
        self.events: list[Event | Unreachable] = []
        self.is_breaking_off = False
        self.dead: set[str] = set()  #: Replies that may end a subscription.

    def relays(self) -> Sequence[str]:
        """Return its one name."""
        return ["relay"]

    def room(self, relay: str) -> int:
        """Return how many more are taken."""
        return sum(talk.room for talk in self.talks)

    def widen(self, relay: str) -> None:
        """Open a connection."""
        if len(self.talks) < 3:
            self.talks.append(Dialogue(Features(pipelining=self.dice.random() < 0.7)))

    def give(self, relay: str, delivery: Delivery, message: Message) -> None:
        """Begin a message."""
        talk = next(one for one in self.talks if one.room)
        self.holders[delivery.id] = talk
        parcel = Parcel(
            id=delivery.id,
            sender=message.sender,
            recipient=delivery.address,
            body=message.content,
        )
        self.events += talk.begin(parcel)

    def release(self, delivery_ids: Sequence[int]) -> None:
        """Send dots."""
        for number in delivery_ids:
            self.holders[number].release()

    def wait(self, seconds: float) -> list[Event | Unreachable]:
        """Let the relay say something on each connection."""
        for talk in self.talks:
            talk.outgoing.clear()
            self.events += talk.written()
            if talk.phase not in {Phase.IDLE, Phase.READY}:
                self.events += talk.receive(self._anything(talk.phase))
            if self.is_breaking_off and talk.phase is not Phase.DOT:
                self.events += talk.break_off()
            elif self.dice.random() < 0.01:
                self.events += talk.lose("reset by peer")
        self.talks = [talk for talk in self.talks if not talk.is_over]
        events, self.events = self.events, []
        return events

    def break_off(self) -> None:
        """Hang up from now on where no dot is unanswered."""
        self.is_breaking_off = True

    def _anything(self, phase: Phase) -> bytes:
        if self.dice.random() < 0.9:
            return b"354 go\r\n" if phase is Phase.DATA else b"250 2.0.0 ok\r\n"
        if self.dice.random() < 0.1:
            return self.dice.randbytes(self.dice.randrange(40)) + b"\n"
        words = self.dice.choice(_WORDS + _DEAD)
        text = f"{self.dice.choice(_CODES)} {words}"
        self.dead |= {words} if words in _DEAD else set()
        return text.encode("utf-8", "surrogatepass") + b"\r\n"


def test_ten_thousand_messages_to_a_relay_that_says_anything() -> None:
    """Every row comes to rest or stays in the queue; only a dead address is suppressed."""
    dice = random.Random(12)  # noqa: S311 - No secret.
    for _ in range(RUNS):
        ledger = FakeLedger(*(f"reader{number}@example.org" for number in range(READERS)))
        lines = FuzzedLines(dice)
        report = deliver(
            1,
            ledger=ledger,
            lines=lines,
            witness=FakeWitness(),
            write=lambda _delivery: Message(sender="digest@example.org", content=b"Hi\r\n"),
            conditions=Conditions(
                not_after=NOW + timedelta(hours=19), clock=lambda: NOW, pace_clock=lambda: NOW
            ),
        )

        states = {row.state for row in ledger.rows.values()}
        suppressed = [one.reply for one in ledger.updates if one.suppress]
        assert not states & {DeliveryState.CLAIMED, DeliveryState.OFFERED}, report
        assert all(any(dead in reply for dead in _DEAD) for reply in suppressed), suppressed
        assert not any(isinstance(one, Returned) for one in lines.events)

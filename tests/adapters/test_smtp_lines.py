"""Several connections to several real servers at once, each message on one of them."""

import socket
import time
from collections.abc import Sequence
from dataclasses import replace

from aidigest.adapters.smtp import SmtpMailer
from aidigest.adapters.smtp_lines import SmtpLines
from aidigest.adapters.smtp_session import SmtpSession, Timeouts
from aidigest.core.delivery.deliveries import Delivery, DeliveryState
from aidigest.core.delivery.parcels import Event, Ready, Refused, Returned, Taken, Unreachable
from aidigest.core.messages.message import Message
from aidigest.errors import RelayError, UnansweredError
from kill.relay import SILENCE, RecordingRelay, running

HASTY = Timeouts(greeting=2, command=2, data=2, block=2, dot=0.3, quit=1)


def delivery(number: int) -> Delivery:
    """Return one."""
    return Delivery(
        id=number,
        edition_id=1,
        subscriber_id=number,
        address=f"reader{number}@example.org",
        state=DeliveryState.CLAIMED,
    )


def message(number: int, *, lines: int = 1) -> Message:
    """Return a message of so many lines."""
    head = f"Message-ID: <{number}@example.org>\r\n\r\n".encode()
    return Message(sender="digest@example.org", content=head + b"Hello, reader.\r\n" * lines)


def open_lines(
    *relays: RecordingRelay, connections: int = 3, timeouts: Timeouts = HASTY
) -> SmtpLines:
    """Return lines to them."""
    return SmtpLines([(SmtpMailer(relay.url, timeouts=timeouts), connections) for relay in relays])


def hand_over(lines: SmtpLines, numbers: Sequence[int], *, size: int = 1) -> list[Event]:
    """Hand messages over, wherever there is room; return what became of each."""
    left = list(numbers)
    ends: list[Event] = []
    deadline = time.monotonic() + 20
    while len(ends) < len(numbers) and time.monotonic() < deadline:
        for relay in lines.relays():
            if left:
                lines.widen(relay)
            while left and lines.room(relay):
                number = left.pop(0)
                lines.give(relay, delivery(number), message(number, lines=size))
        for event in lines.wait(0.2):
            assert not isinstance(event, Unreachable), event
            if isinstance(event, Ready):
                lines.release([event.id])
            else:
                ends.append(event)
    return ends


def test_messages_are_shared_among_connections() -> None:
    """Each arrives once."""
    with running(RecordingRelay()) as relay, open_lines(relay) as lines:
        ends = hand_over(lines, range(60))

    assert sorted(one.id for one in ends if isinstance(one, Taken)) == list(range(60))
    assert set(relay.copies.values()) == {1}


def test_large_messages_get_through_whole() -> None:
    """Larger than any buffer on the way, so that a write takes only a part."""
    with running(RecordingRelay()) as relay, open_lines(relay, timeouts=Timeouts(quit=1)) as lines:
        ends = hand_over(lines, range(4), size=400_000)

    assert all(isinstance(one, Taken) for one in ends)
    assert len(relay.copies) == 4


def test_two_relays_share_the_work() -> None:
    """Whichever has room gets the next."""
    with (
        running(RecordingRelay()) as one,
        running(RecordingRelay(pipelining=False)) as other,
        open_lines(one, other) as lines,
    ):
        ends = hand_over(lines, range(80))

    assert len(ends) == 80
    assert one.copies
    assert other.copies
    assert not one.copies.keys() & other.copies.keys()


def test_relay_that_cannot_be_reached_is_told_and_left_out() -> None:
    """The other one goes on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        nobody = SmtpMailer(f"smtp://127.0.0.1:{probe.getsockname()[1]}", timeouts=HASTY)
        with running(RecordingRelay()) as relay:
            good = SmtpMailer(relay.url, timeouts=HASTY)
            with SmtpLines([(nobody, 2), (good, 2)]) as lines:
                lines.widen(str(nobody.relay))
                events = lines.wait(5)
                usable = lines.relays()

    (told,) = events
    assert isinstance(told, Unreachable)
    assert told.relay == str(nobody.relay)
    assert usable == [str(good.relay)]


def test_silence_after_the_dot_ends_as_unanswered() -> None:
    """Ten minutes by the standard; here a moment."""
    with running(RecordingRelay(at_dot=lambda _to: SILENCE)) as relay, open_lines(relay) as lines:
        (end,) = hand_over(lines, [1])

    assert isinstance(end, Refused)
    assert isinstance(end.error, UnansweredError)


def test_breaking_off_gives_back_what_has_no_dot() -> None:
    """Nobody hears of it."""
    with running(RecordingRelay()) as relay, open_lines(relay, connections=1) as lines:
        lines.widen(str(lines.relays()[0]))
        events: list[Event | Unreachable] = []
        while not lines.room(lines.relays()[0]):
            lines.wait(0.2)
        lines.give(lines.relays()[0], delivery(1), message(1))
        lines.give(lines.relays()[0], delivery(2), message(2))
        while not events:
            events = lines.wait(0.2)
        lines.break_off()
        events += lines.wait(0.2)

    assert events == [Ready(1), Returned(1), Returned(2)]
    assert not relay.copies


def test_connections_that_nobody_came_to_need_are_closed() -> None:
    """They were opened while the last message went out; a relay must not wait for them."""
    with running(RecordingRelay()) as relay:
        with open_lines(relay, connections=20) as lines:
            hand_over(lines, [1])
            lines.widen(next(iter(lines.relays())))
            have_opened = relay.until(lambda: relay.open_talks > 1, timeout=5)
        have_closed = relay.until(lambda: relay.open_talks == 0, timeout=5)

    assert have_opened
    assert have_closed


def until_told(lines: SmtpLines) -> Unreachable:
    """Widen, and return what comes of it."""
    (relay,) = lines.relays()
    lines.widen(relay)
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline:
        for event in lines.wait(0.1):
            assert isinstance(event, Unreachable)
            return event
    raise AssertionError("nobody said that the relay cannot be reached")


def test_a_relay_that_no_host_can_be_called_as_is_told() -> None:
    """The look-up raises no OSError for it, and a send waited for the connection till its end."""
    mailer = SmtpMailer("smtp://mail.example.org:25")
    mailer.relay = replace(mailer.relay, host="mail..example.org")

    with SmtpLines([(mailer, 3)]) as lines:
        told = until_told(lines)
        left = lines.relays()

    assert "mail..example.org:25, which SMTP_URL names, cannot be used" in str(told.error)
    assert left == []


def test_whatever_happens_while_a_connection_is_opened_is_told() -> None:
    """It happens in a thread of its own, where nobody else would hear of it."""

    class Broken(SmtpMailer):
        def connect(self, *, patience_s: float | None = None) -> SmtpSession:
            raise OverflowError("a number too large")

    with SmtpLines([(Broken("smtp://mail.example.org:25"), 3)]) as lines:
        told = until_told(lines)
        left = lines.relays()

    assert isinstance(told.error, RelayError)
    assert isinstance(told.error.__cause__, OverflowError)
    assert left == []

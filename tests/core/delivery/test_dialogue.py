"""The talk with a relay, without one: whatever it says, no message is lost or told twice."""

import random

import pytest

from aidigest.core.delivery.commands import Features
from aidigest.core.delivery.dialogue import Dialogue, Phase
from aidigest.core.delivery.parcels import Event, Parcel, Ready, Refused, Returned, Taken
from aidigest.errors import RecipientError, RelayError, Stage, UnansweredError

PIPELINED = Features(pipelining=True)
OK, GO = b"250 ok\r\n", b"354 go\r\n"
NAMED = OK + OK + GO


def parcel(number: int) -> Parcel:
    """Return a message."""
    return Parcel(
        id=number,
        sender="digest@example.org",
        recipient=f"reader{number}@example.org",
        body=b"Hello\r\n",
    )


def written(dialogue: Dialogue) -> tuple[bytes, list[Event]]:
    """Take what is to be written, and tell that it is."""
    data = b"".join(dialogue.outgoing)
    dialogue.outgoing.clear()
    return data, dialogue.written()


def test_commands_go_out_together_where_the_relay_offers_it() -> None:
    """One round trip for a message, and the next one's commands behind its dot."""
    dialogue = Dialogue(PIPELINED)
    dialogue.begin(parcel(1))
    dialogue.begin(parcel(2))

    first, _ = written(dialogue)
    dialogue.receive(NAMED)
    body, ready = written(dialogue)
    dialogue.release()
    dot, _ = written(dialogue)
    events = dialogue.receive(OK + NAMED)

    assert first.split(b"\r\n")[:3] == [
        b"MAIL FROM:<digest@example.org>",
        b"RCPT TO:<reader1@example.org>",
        b"DATA",
    ]
    assert (body, ready) == (b"Hello\r\n", [Ready(1)])
    assert dot.startswith(b".\r\nMAIL FROM:<digest@example.org>\r\nRCPT TO:<reader2@example.org>")
    assert events == [Taken(1, 250, "ok")]
    assert written(dialogue) == (b"Hello\r\n", [Ready(2)])


def test_each_command_waits_for_its_reply_where_it_does_not() -> None:
    """An old relay loses what comes too early."""
    dialogue = Dialogue(Features())
    dialogue.begin(parcel(1))
    said = []
    for reply in (OK, OK, GO):
        said.append(written(dialogue)[0])
        dialogue.receive(reply)

    assert [line.split(b" ")[0].strip() for line in said] == [b"MAIL", b"RCPT", b"DATA"]


@pytest.mark.parametrize("taken", [0, 1])
def test_connection_that_is_lost_is_told_to_have_been_good(taken: int) -> None:
    """A relay that took mail and then restarts is not one that takes none."""
    dialogue = Dialogue(PIPELINED)
    for number in range(taken):
        dialogue.begin(parcel(number))
        dialogue.receive(NAMED)
        written(dialogue)
        dialogue.release()
        written(dialogue)
        dialogue.receive(OK)
    dialogue.begin(parcel(7))
    written(dialogue)

    (lost,) = dialogue.lose("it hung up")

    assert isinstance(lost, Refused)
    assert (lost.id, lost.was_good) == (7, taken > 0)


def test_no_dot_before_it_is_released() -> None:
    """The ledger comes first."""
    dialogue = Dialogue(PIPELINED)
    dialogue.begin(parcel(1))
    written(dialogue)
    dialogue.receive(NAMED)
    written(dialogue)

    assert dialogue.phase is Phase.READY
    assert written(dialogue) == (b"", [])


def test_refused_recipient_ends_an_empty_message_and_the_next_begins_anew() -> None:
    """RFC 2920, section 3.1: some relays say 354 although nobody was taken."""
    dialogue = Dialogue(PIPELINED)
    dialogue.begin(parcel(1))
    dialogue.begin(parcel(2))
    written(dialogue)

    early = dialogue.receive(OK + b"550 5.1.1 unknown\r\n" + GO)
    dot, _ = written(dialogue)
    (refused,) = dialogue.receive(b"554 no valid recipients\r\n")

    assert early == []
    assert dot == b".\r\n"
    assert isinstance(refused, Refused)
    assert isinstance(refused.error, RecipientError)
    assert refused.error.stage is Stage.RCPT
    assert written(dialogue)[0].startswith(b"RSET\r\nMAIL FROM:")


def test_loss_after_the_dot_is_unanswered_and_the_next_is_returned() -> None:
    """One may have arrived; the other has certainly not."""
    dialogue = Dialogue(PIPELINED)
    dialogue.begin(parcel(1))
    dialogue.begin(parcel(2))
    written(dialogue)
    dialogue.receive(NAMED)
    written(dialogue)
    dialogue.release()
    written(dialogue)

    refused, returned = dialogue.lose("reset by peer")

    assert isinstance(refused, Refused)
    assert isinstance(refused.error, UnansweredError)
    assert returned == Returned(2)
    assert dialogue.room == 0


def test_reply_holds_nothing_that_a_database_refuses() -> None:
    """It is kept word for word, and PostgreSQL keeps no NUL."""
    dialogue = Dialogue(PIPELINED)
    dialogue.begin(parcel(1))
    written(dialogue)
    dialogue.receive(NAMED)
    written(dialogue)
    dialogue.release()
    written(dialogue)

    (taken,) = dialogue.receive(b"250 queued\0as \xff\r\n")

    assert taken == Taken(1, 250, "queued?as \ufffd")


def test_loss_before_the_dot_is_written_is_no_doubt() -> None:
    """Released, but it never left this machine."""
    dialogue = Dialogue(PIPELINED)
    dialogue.begin(parcel(1))
    written(dialogue)
    dialogue.receive(NAMED)
    written(dialogue)
    dialogue.release()

    (refused,) = dialogue.lose("broken pipe")

    assert isinstance(refused, Refused)
    assert isinstance(refused.error, RelayError)


def test_breaking_off_returns_what_was_not_offered() -> None:
    """It was our own doing, so it is nobody's failure."""
    dialogue = Dialogue(PIPELINED)
    dialogue.begin(parcel(1))
    dialogue.begin(parcel(2))
    written(dialogue)
    dialogue.receive(NAMED)

    assert dialogue.break_off() == [Returned(1), Returned(2)]


@pytest.mark.parametrize("reply", [b"250-", b"\xff" * 100_000, b"250-x\r\n" * 20_000])
def test_reply_without_an_end_is_none(reply: bytes) -> None:
    """Memory is not the relay's to fill."""
    dialogue = Dialogue(PIPELINED)
    dialogue.begin(parcel(1))
    written(dialogue)

    events = dialogue.receive(reply)

    assert dialogue.is_over == (len(reply) > 64 * 1024)
    assert [type(one) for one in events] == ([Refused] if dialogue.is_over else [])


_REPLIES = [
    OK,
    GO,
    b"250 2.0.0 ok\r\n",
    b"250-a\r\n250 b\r\n",
    b"421 4.3.2 bye\r\n",
    b"450 4.2.0 greylisted\r\n",
    b"451 4.7.1 slow down\r\n",
    b"550 5.1.1 unknown\r\n",
    b"554 5.7.1 no\r\n",
    b"503 what\r\n",
    b"999 x\r\n",
    b"\r\n",
    b"nonsense\r\n",
    b"250",
    b"\x00\xff\n",
    b"2\xb20 x\r\n",
]


@pytest.mark.parametrize("pipelining", [True, False])
def test_ten_thousand_random_talks_account_for_every_message(*, pipelining: bool) -> None:
    """Each message ends in one event and no dot goes before its release, whatever is said."""
    dice = random.Random(9)  # noqa: S311 - No secret.
    for _ in range(5_000):
        dialogue = Dialogue(Features(pipelining=pipelining))
        events = a_random_talk(dialogue, dice)
        ends = [one.id for one in events if not isinstance(one, Ready)]

        assert sorted(ends) == [1, 2, 3]


def a_random_talk(dialogue: Dialogue, dice: random.Random) -> list[Event]:
    """Hand over three messages to a relay that says whatever comes to its mind."""
    events: list[Event] = []
    left = [parcel(3), parcel(2), parcel(1)]
    released: set[int] = set()
    for _ in range(dice.randrange(60)):
        while left and dialogue.room:
            events += dialogue.begin(left.pop())
        likely = GO if dialogue.phase is Phase.DATA else OK
        events += dialogue.receive(likely if dice.random() < 0.8 else dice.choice(_REPLIES))
        data, more = written(dialogue)
        events += more
        assert data.count(b"\r\n.\r\n") == 0
        for ready in [one for one in more if isinstance(one, Ready)]:
            assert ready.id not in released
            released.add(ready.id)
            dialogue.release()
            written(dialogue)
    events += dialogue.lose("the end")
    return events + [Returned(one.id) for one in left]

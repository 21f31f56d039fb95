"""Our side of the talk with a relay, once it has let us in; without the connection.

Bytes that came go in, bytes to be written and events come out. Where the relay
offers PIPELINING (RFC 2920), MAIL, RCPT and DATA go out together, and right
behind the final dot of the message before; else each waits for its reply.

The final dot is never written before `release` allows it: that moment belongs
to the ledger.
"""

from collections import deque
from contextlib import suppress
from enum import StrEnum

from aidigest.core.delivery.commands import Features, mail_from, rcpt_to
from aidigest.core.delivery.parcels import Event, Parcel, Ready, Refused, Returned, Taken
from aidigest.core.delivery.reply_reader import NO_CODE, ReplyReader
from aidigest.errors import MailError, RecipientError, RelayError, Stage, UnansweredError

_FINAL_DOT = b".\r\n"

#: First digits of a reply code; RFC 5321, section 4.2.1.
_SUCCESS, _NOT_NOW, _NEVER = 2, 4, 5
_CLOSING_CODE = 421
_GO_AHEAD_CODE = 354

#: One in hand, and the next, so that no round trip is spent on asking for it.
_CAPACITY = 2


class Phase(StrEnum):
    """What the dialogue waits for, which says how long it may; RFC 5321, section 4.5.3.2."""

    IDLE = "idle"  #: For nothing: there is no message in hand.
    COMMAND = "command"  #: For the reply to MAIL, RCPT or RSET.
    DATA = "data"  #: For the go-ahead.
    BLOCK = "block"  #: For the relay to read what we write.
    READY = "ready"  #: For us: the dot may not go yet.
    DOT = "dot"  #: For the reply to the final dot.


class _Asked(StrEnum):
    """The command that the next reply answers."""

    RSET = "RSET"
    MAIL = "MAIL"
    RCPT = "RCPT"
    DATA = "DATA"
    DOT = "."
    NOTHING = "the dot after nobody was taken"


class Dialogue:
    """One connection's talk, good for any number of messages until `is_over`.

    Args:
        features: What the relay offers.
    """

    def __init__(self, features: Features) -> None:
        self._features = features
        self._outgoing: deque[bytes] = deque()
        self._replies = ReplyReader()
        self._awaited: deque[tuple[_Asked, Parcel]] = deque()
        self._current: Parcel | None = None  #: Named to the relay; up to its final reply.
        self._waiting: deque[Parcel] = deque()  #: Behind the current one.
        self._error: MailError | None = None  #: Why the current one cannot be handed over.
        self._needs_reset = False
        self._body_is_queued = False
        self._dot_is_queued = False
        self._has_taken = False  #: Any message, so that the relay is no stranger.
        self.is_over = False

    @property
    def room(self) -> int:
        """How many more messages it takes now: the next may wait behind the one in hand."""
        if self.is_over:
            return 0
        return _CAPACITY - len(self._waiting) - (self._current is not None)

    @property
    def phase(self) -> Phase:
        """What it waits for."""
        if self._outgoing:
            return Phase.BLOCK
        if self._awaited:
            asked = self._awaited[0][0]
            if asked in {_Asked.DOT, _Asked.NOTHING}:
                return Phase.DOT
            return Phase.DATA if asked is _Asked.DATA else Phase.COMMAND
        return Phase.READY if self._current is not None else Phase.IDLE

    @property
    def outgoing(self) -> deque[bytes]:
        """What is to be written; who writes it takes it off, and calls `written` at the end."""
        return self._outgoing

    def begin(self, parcel: Parcel) -> list[Event]:
        """Take one more message; there must be room."""
        if self.is_over:
            return [Returned(parcel.id)]
        self._waiting.append(parcel)
        return self._begin_next() if self._current is None else []

    def release(self) -> None:
        """Let the final dot of the current message go, and with it the next one's beginning."""
        if self._current is None:
            return  # The connection was lost meanwhile.
        self._outgoing.append(_FINAL_DOT)
        self._dot_is_queued = True
        self._needs_reset = False
        self._awaited.append((_Asked.DOT, self._current))
        if self._waiting and self._features.pipelining:
            # An address that cannot be written is refused when its turn comes.
            with suppress(MailError):
                self._name(self._waiting[0])

    def written(self) -> list[Event]:
        """Hear that all outgoing bytes are on their way."""
        if self._body_is_queued and not self._dot_is_queued and self._current is not None:
            self._body_is_queued = False
            return [Ready(self._current.id)]
        return []

    def receive(self, data: bytes) -> list[Event]:
        """Hear what the relay said."""
        self._replies.take(data)
        events: list[Event] = []
        while not self.is_over and (reply := self._replies.next()) is not None:
            events += self._answered(*reply)
        if not self.is_over and self._replies.is_endless:
            events += self._nonsense(NO_CODE, "it does not end")
        return events

    def lose(self, why: str) -> list[Event]:
        """Hear that the connection is lost; say what that means for each message."""
        if self.is_over:
            return []
        self.is_over = True
        events: list[Event] = []
        if self._current is not None:
            error = self._error or self._lost(why)
            events.append(Refused(self._current.id, error, was_good=self._has_taken))
        events += [Returned(parcel.id) for parcel in self._waiting]
        self._current = None
        self._waiting.clear()
        self._outgoing.clear()
        self._awaited.clear()
        return events

    def break_off(self) -> list[Event]:
        """Hear that we hang up; what was not offered comes back as if it had never begun."""
        if self._current is not None and not self._may_be_taken:
            self._waiting.appendleft(self._current)
            self._current = None
        return self.lose("we hung up")

    @property
    def _may_be_taken(self) -> bool:
        # As long as the dot is not written, the relay cannot have taken the message.
        return self._dot_is_queued and _FINAL_DOT not in self._outgoing

    def _lost(self, why: str) -> MailError:
        if self._may_be_taken:
            return UnansweredError(f"no reply came: {why}", stage=Stage.DATA)
        asked = self._awaited[0][0] if self._awaited else _Asked.DATA
        return RelayError(f"the connection was lost: {why}", stage=_STAGES[asked])

    def _begin_next(self) -> list[Event]:
        """Turn to the message that waits; its commands may be on their way already."""
        events: list[Event] = []
        while self._current is None and self._waiting and not self.is_over:
            parcel = self._waiting.popleft()
            self._current, self._error = parcel, None
            self._body_is_queued = self._dot_is_queued = False
            try:
                if not any(awaited is parcel for _, awaited in self._awaited):
                    self._name(parcel)
            except MailError as error:
                self._current = None
                events.append(Refused(parcel.id, error))
        return events

    def _name(self, parcel: Parcel) -> None:
        """Write the commands of a message, all at once or the first of them."""
        mail, rcpt = mail_from(parcel, self._features), rcpt_to(parcel)
        commands = [(_Asked.MAIL, mail), (_Asked.RCPT, rcpt), (_Asked.DATA, b"DATA\r\n")]
        if self._needs_reset:
            # After a refusal the transaction is still open, and a second MAIL would
            # be a protocol error.
            commands.insert(0, (_Asked.RSET, b"RSET\r\n"))
            self._needs_reset = False
        if not self._features.pipelining:
            commands = commands[:1]
        self._outgoing.append(b"".join(line for _, line in commands))
        self._awaited.extend((asked, parcel) for asked, _ in commands)

    def _ask(self, asked: _Asked, line: bytes, parcel: Parcel) -> None:
        self._outgoing.append(line)
        self._awaited.append((asked, parcel))

    def _answered(self, code: int, reply: str) -> list[Event]:
        if code == _CLOSING_CODE:
            self._error = self._error or RelayError(
                f"the relay closes the connection: {reply}",
                code=code,
                reply=reply,
                stage=_STAGES[self._awaited[0][0]] if self._awaited else Stage.MAIL,
            )
            return self.lose(reply)
        if not self._awaited:
            return self._nonsense(code, reply)
        asked, parcel = self._awaited.popleft()
        is_reply = code // 100 in {_SUCCESS, _NOT_NOW, _NEVER}
        if not is_reply and not (asked is _Asked.DATA and code == _GO_AHEAD_CODE):
            self._awaited.appendleft((asked, parcel))
            return self._nonsense(code, reply)
        return self._heed(asked, parcel, code, reply)

    def _nonsense(self, code: int, reply: str) -> list[Event]:
        """Hang up on a relay that talks no SMTP."""
        after_dot = bool(self._awaited) and self._awaited[0][0] is _Asked.DOT
        kind = UnansweredError if after_dot else RelayError
        stage = _STAGES[self._awaited[0][0]] if self._awaited else Stage.MAIL
        said = f"{code} {reply}" if code != NO_CODE else reply
        words = f"the reply makes no sense: {said}"
        self._error = self._error or kind(words, reply=reply, stage=stage)
        return self.lose(words)

    def _heed(self, asked: _Asked, parcel: Parcel, code: int, reply: str) -> list[Event]:
        match asked:
            case _Asked.RSET:
                return self._go_on(_Asked.MAIL, parcel)
            case _Asked.MAIL:
                return self._heed_mail(parcel, code, reply)
            case _Asked.RCPT:
                return self._heed_rcpt(parcel, code, reply)
            case _Asked.DATA:
                return self._heed_data(parcel, code, reply)
            case _Asked.DOT:
                return self._heed_dot(parcel, code, reply)
            case _Asked.NOTHING:
                return self._settle(parcel)

    def _heed_mail(self, parcel: Parcel, code: int, reply: str) -> list[Event]:
        if code // 100 == _SUCCESS:
            return self._go_on(_Asked.RCPT, parcel)
        words = f"the relay refused the sender: {code} {reply}"
        return self._refuse(parcel, RelayError(words, code=code, reply=reply, stage=Stage.MAIL))

    def _heed_rcpt(self, parcel: Parcel, code: int, reply: str) -> list[Event]:
        self._needs_reset = True
        if code // 100 == _SUCCESS:
            return self._go_on(_Asked.DATA, parcel)
        return self._refuse(parcel, RecipientError(parcel.recipient, code=code, reply=reply))

    def _heed_dot(self, parcel: Parcel, code: int, reply: str) -> list[Event]:
        if code // 100 == _SUCCESS:
            self._has_taken = True
            return self._settle(parcel, Taken(parcel.id, code, reply))
        error = RecipientError(parcel.recipient, code=code, reply=reply, stage=Stage.DATA)
        return self._refuse(parcel, error)

    def _heed_data(self, parcel: Parcel, code: int, reply: str) -> list[Event]:
        is_ahead = code == _GO_AHEAD_CODE
        if self._error is not None and is_ahead:
            # Nobody was taken, and yet the relay waits for a message: an empty one
            # ends it, which it must refuse (RFC 2920, section 3.1).
            self._ask(_Asked.NOTHING, _FINAL_DOT, parcel)
        elif is_ahead:
            self._outgoing.append(parcel.body)
            self._body_is_queued = True
        elif code // 100 == _SUCCESS:
            words = f"the relay answered DATA with {code} {reply}"
            self._error = self._error or RelayError(words, stage=Stage.DATA)
            return self.lose(reply)
        else:
            error = RecipientError(parcel.recipient, code=code, reply=reply, stage=Stage.DATA)
            return self._refuse(parcel, error)
        return []

    def _go_on(self, asked: _Asked, parcel: Parcel) -> list[Event]:
        """Write the next command, unless it is on its way already."""
        if not self._features.pipelining:
            self._ask(asked, self._command(asked, parcel), parcel)
        return []

    def _command(self, asked: _Asked, parcel: Parcel) -> bytes:
        if asked is _Asked.MAIL:
            return mail_from(parcel, self._features)
        return rcpt_to(parcel) if asked is _Asked.RCPT else b"DATA\r\n"

    def _refuse(self, parcel: Parcel, error: MailError) -> list[Event]:
        """Note the first refusal; what was written ahead is still to be answered."""
        self._error = self._error or error
        is_answered = not self._awaited or self._awaited[0][1] is not parcel
        return self._settle(parcel) if is_answered else []

    def _settle(self, parcel: Parcel, taken: Taken | None = None) -> list[Event]:
        """End the current message, and turn to the next."""
        events: list[Event] = []
        if self._error is not None:
            events.append(Refused(parcel.id, self._error))
        elif taken is not None:
            events.append(taken)
        self._current = None
        return events + self._begin_next()


_STAGES = {
    _Asked.RSET: Stage.MAIL,
    _Asked.MAIL: Stage.MAIL,
    _Asked.RCPT: Stage.RCPT,
    _Asked.DATA: Stage.DATA,
    _Asked.DOT: Stage.DATA,
    _Asked.NOTHING: Stage.DATA,
}

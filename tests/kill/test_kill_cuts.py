"""The promise of the README, tried at every statement boundary of the send step.

SIGKILL comes before the nth statement, for each n until a send comes through
alive; then it is run to the end. Over all cuts: nobody has two copies, and
whom the relay took mail for and whom the ledger names are the whole audience.

`make test-kill` goes through all cuts; `make test` through a few of each kind
(AIDIGEST_KILL_CUTS says how many; 0 means all).
"""

import os
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from kill.homes import READERS, FrozenHome, Victims, check_promise, finish, freeze
from kill.relay import HANG_UP, SILENCE, Answer, RecordingRelay, running

HOW_MANY = int(os.environ.get("AIDIGEST_KILL_CUTS", "6"))


@pytest.fixture(scope="module")
def victims() -> Iterator[Victims]:
    """Keep one parent for all children."""
    parent = Victims()
    yield parent
    parent.close()


@pytest.fixture(scope="module")
def frozen(tmp_path_factory: pytest.TempPathFactory) -> FrozenHome:
    """Make a home with today's edition and a pending delivery for each of seven readers."""
    return freeze(tmp_path_factory.mktemp("frozen") / "home", readers=7)


@dataclass
class Misbehaviour:
    """What a relay does wrong, anew for each cut."""

    pipelining: bool = True
    at_rcpt: Callable[[Counter[str], str], Answer] = lambda _seen, _recipient: None
    at_dot: Callable[[Counter[str], str], Answer] = lambda _seen, _recipient: None
    seen: Counter[str] = field(default_factory=Counter)

    def relay(self) -> RecordingRelay:
        """Return a relay that behaves so."""
        return RecordingRelay(
            pipelining=self.pipelining,
            at_rcpt=lambda to: self.at_rcpt(self.seen, to),
            at_dot=lambda to: self.at_dot(self.seen, to),
        )


def once(answer: str, *whom: str) -> Callable[[Counter[str], str], Answer]:
    """Return that answer to these, the first time each is asked about."""

    def ask(seen: Counter[str], recipient: str) -> Answer:
        seen[recipient] += 1
        return answer if recipient in whom and seen[recipient] == 1 else None

    return ask


def every(number: int, answer: str) -> Callable[[Counter[str], str], Answer]:
    """Return that answer each nth time, whoever it is about."""

    def ask(seen: Counter[str], _recipient: str) -> Answer:
        seen["all"] += 1
        return answer if seen["all"] % number == 0 else None

    return ask


RELAYS: dict[str, Callable[[], Misbehaviour]] = {
    "a good relay": Misbehaviour,
    "one that takes nothing ahead": lambda: Misbehaviour(pipelining=False),
    "taken, then dropped": lambda: Misbehaviour(at_dot=once(HANG_UP, READERS[2])),
    "421 after three": lambda: Misbehaviour(at_dot=every(4, "421 4.3.2 enough for now")),
    "450, then 250": lambda: Misbehaviour(at_rcpt=once("450 4.2.0 greylisted", *READERS[1:3])),
    "silence after the dot": lambda: Misbehaviour(at_dot=once(SILENCE, READERS[2])),
    "550 for one": lambda: Misbehaviour(at_rcpt=once("550 5.1.1 unknown", READERS[4])),
}


def cuts(statements: int) -> list[int]:
    """Return the cuts to try: all, or a sample that moves with nothing but their number."""
    if not HOW_MANY or statements <= HOW_MANY:
        return list(range(statements))
    return sorted({number * statements // HOW_MANY for number in range(HOW_MANY)})


@pytest.mark.timeout(1800)
@pytest.mark.parametrize("kind", RELAYS)
def test_nobody_twice_and_nobody_unnamed_at_any_cut(
    kind: str, tmp_path: Path, frozen: FrozenHome, victims: Victims
) -> None:
    """Over all cuts, with each kind of relay."""
    with running(RELAYS[kind]().relay()) as relay:
        whole = victims.send(frozen.copy(tmp_path / "whole"), relay)
        tried = 0
        # Connections are opened in threads, so a run's statements vary by a few.
        for cut in cuts(whole["passed"] + 10):
            relay.forget()
            behaviour = RELAYS[kind]()
            relay.at_rcpt = lambda to, b=behaviour: b.at_rcpt(b.seen, to)  # type: ignore[misc]
            relay.at_dot = lambda to, b=behaviour: b.at_dot(b.seen, to)  # type: ignore[misc]
            home = frozen.copy(tmp_path / "home")
            ended = victims.send(home, relay, cut=cut)
            tried += ended["signal"] is not None
            finish(victims, home, relay)

            check_promise(home, relay, f"{kind}, cut {cut}")

    # Runs differ by a few statements; nearly all cuts must have come before the end.
    assert tried >= 0.75 * min(HOW_MANY or whole["passed"], whole["passed"])

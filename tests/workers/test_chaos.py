"""The promise, with four workers: killed, frozen, cut off, and the database restarted.

`make test-chaos` tries 200 random scenarios; `make test` one of each kind and
some at random (AIDIGEST_CHAOS says how many).
"""

import os
import random
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from pathlib import Path

import pytest

from kill.relay import RecordingRelay, running
from ports import free_port
from postgresqlserver import HOW_TO_GET_IT, PostgresqlServer, binaries
from workers import networks
from workers.chaos import (
    Fault,
    Field,
    Scenario,
    a_fault,
    check_promise,
    children,
    draw,
    make_a_home,
    prepare,
)

HOW_MANY = int(os.environ.get("AIDIGEST_CHAOS", "2"))
FIRST = int(os.environ.get("AIDIGEST_CHAOS_FIRST", "0"))

#: What a relay takes for a message.
_REPLY_S = 0.04


def slowly(_recipient: str) -> None:
    """Take a relay's time."""
    time.sleep(_REPLY_S)


@pytest.fixture(scope="module")
def ground(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    """A server, a relay and, where that is possible, a host for each worker."""
    pytest.importorskip("procrastinate", reason="install 'aidigest[postgresql]'")
    programs = binaries()
    if programs is None:
        pytest.skip(HOW_TO_GET_IT)
    has_hosts = networks.are_possible()
    with ExitStack() as stack:
        hosts = stack.enter_context(networks.hosts(4)) if has_hosts else []
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="aidigest-pg-"))
        server = PostgresqlServer(
            Path(folder),
            programs,
            address=networks.DATABASE if has_hosts else "",
            port=free_port(networks.DATABASE if has_hosts else "127.0.0.1"),
            is_durable=True,
        )
        server.start()
        stack.callback(server.stop)
        relay = stack.enter_context(
            running(
                RecordingRelay(at_dot=slowly, address=networks.RELAY if has_hosts else "127.0.0.1")
            )
        )
        field = Field(
            server=server,
            template="frozen",
            home=make_a_home(tmp_path_factory.mktemp("chaos") / "home"),
            relay=relay,
            hosts=hosts,
            parent=stack.enter_context(children()),
        )
        prepare(field)
        yield field


@pytest.fixture(autouse=True)
def _forgetful(ground: Field) -> None:
    ground.relay.forget()
    for note in (ground.home / "var").glob("offered/*"):
        note.unlink()


def survive(ground: Field, faults: Sequence[Fault], about: str) -> None:
    """Let it befall them, and see whether the promise was kept; tell what happened in any case."""
    scenario = Scenario(ground, faults)
    try:
        standing = scenario.run()
    finally:
        print(f"{about}: {'; '.join(scenario.befell)}")
    check_promise(ground.relay, standing, (about, scenario.befell))


@pytest.mark.timeout(180)
@pytest.mark.parametrize(
    "kinds",
    [["kill"], ["freeze"], ["restart"], ["freeze", "kill", "freeze"]],
    ids=["a worker killed", "a worker frozen", "the database restarted", "three at once"],
)
def test_nobody_twice_and_nobody_unnamed(kinds: list[str], ground: Field) -> None:
    """One of each kind, in the middle of a sending."""
    dice = random.Random(1)  # noqa: S311 - No secret.

    survive(ground, [a_fault(dice, kind) for kind in kinds], " and ".join(kinds))


@pytest.mark.timeout(180)
def test_who_is_cut_off_sends_nothing_twice(ground: Field) -> None:
    """It goes on talking to the relay, and cannot hear that others have taken over."""
    if not ground.hosts:
        pytest.skip(networks.HOW_TO_GET_THEM)
    cut = [Fault(kind="cut", at=20, victim=0), Fault(kind="cut", at=60, victim=2, is_deaf_too=True)]

    survive(ground, cut, "cut and cut")


@pytest.mark.timeout(180)
@pytest.mark.parametrize("seed", range(FIRST, FIRST + HOW_MANY))
def test_whatever_befalls_four_workers(seed: int, ground: Field) -> None:
    """Up to three faults at random moments; AIDIGEST_CHAOS_FIRST repeats one by its seed."""
    survive(ground, draw(seed, ground.kinds), f"seed {seed}")

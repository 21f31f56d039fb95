"""The promise of the README, tried: never twice without being asked, never skipped unnamed.

`aidigest send` is killed at a random moment of a send to 500 subscribers; run
again, it finishes the job. AIDIGEST_KILL_MOMENTS says
how many moments are tried: 2 if not set, 20 in `make test-kill`.
"""

import os
import random
import shutil
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session

from aidigest.adapters.database import Deliveries, Editions, Subscribers, migrate, open_engine
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.editions.edition import Edition, RenderedEdition
from aidigest.core.readers.subscriber import Signup
from homes import make_home
from smtpserver import serving_smtp

READERS = tuple(f"reader{number}@example.org" for number in range(500))
MOMENTS = int(os.environ.get("AIDIGEST_KILL_MOMENTS", "2"))
CONNECTIONS = 8
NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)


class Recorder:
    """A relay that takes everything and remembers for whom."""

    def __init__(self) -> None:
        self.taken: list[str] = []
        self._grew = threading.Condition()

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Remember first, then reply: what was killed in between was taken all the same."""
        with self._grew:
            self.taken += envelope.rcpt_tos
            self._grew.notify_all()
        return "250 2.0.0 queued"

    def wait_for(self, count: int, *, seconds: float) -> bool:
        """Return as soon as so many messages were taken."""
        with self._grew:
            return self._grew.wait_for(lambda: len(self.taken) >= count, timeout=seconds)


@pytest.fixture
def recorder() -> Iterator[tuple[Recorder, str]]:
    """Run a recorder on loopback; return it with its `SMTP_URL`."""
    taking = Recorder()
    with serving_smtp(taking) as port:
        yield taking, f"smtp://127.0.0.1:{port}"


def an_edition() -> RenderedEdition:
    """Return an edition; nothing of it matters here but that it can be stored."""
    edition = Edition(
        digest_id="daily",
        digest_title="Daily",
        number=1,
        date=date(2026, 9, 14),
        timezone="UTC",
        language="en",
        sections=(),
        created_at=NOW,
        not_after=NOW + timedelta(days=1),
    )
    return RenderedEdition(edition=edition, subject="Today", html="", text="", markdown="")


@pytest.fixture(scope="module")
def frozen_home(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """Make a home with today's edition and 500 pending deliveries; return its row id, too."""
    home = make_home(tmp_path_factory.mktemp("frozen") / "home")
    engine = open_engine(database_url(home))
    try:
        migrate(engine)
        signups = [Signup(address=address, digests=("daily",)) for address in READERS]
        Subscribers(engine).add(signups, now=NOW)
        edition_id, _ = Editions(engine).add_edition(an_edition())
        assert Deliveries(engine).freeze_audience(edition_id, "daily", now=NOW) == len(READERS)
    finally:
        engine.dispose()
    return home, edition_id


def database_url(home: Path) -> str:
    """Return where a home keeps its database."""
    return f"sqlite:///{home / 'var' / 'aidigest.db'}"


def named_uncertain(home: Path, edition_id: int) -> list[str]:
    """Return whom the ledger names as uncertain."""
    engine = open_engine(database_url(home))
    try:
        found = Deliveries(engine).in_state(edition_id, DeliveryState.UNCERTAIN)
        return [delivery.address for delivery in found]
    finally:
        engine.dispose()


@pytest.mark.parametrize("seed", range(MOMENTS))
def test_killed_send_is_finished_by_the_next_one(
    seed: int, tmp_path: Path, recorder: tuple[Recorder, str], frozen_home: tuple[Path, int]
) -> None:
    """Over all moments: at most one copy each, and the taken plus the named are everybody."""
    relay, smtp_url = recorder
    frozen, edition_id = frozen_home
    home = Path(shutil.copytree(frozen, tmp_path / "home"))
    # This edition's words are empty, which the linter would not let pass.
    words = ("send", "daily", "--despite-findings")
    command = [sys.executable, "-m", "aidigest", "--home", str(home), *words]
    environ = os.environ | {"SMTP_URL": smtp_url}
    dice = random.Random(seed)  # noqa: S311 (no secret)

    with subprocess.Popen(command, env=environ) as victim:  # noqa: S603 (our own child)
        assert relay.wait_for(dice.randrange(len(READERS) - 50), seconds=60)
        # Somewhere within the next few messages, between any two statements.
        relay.wait_for(len(READERS) + 1, seconds=dice.uniform(0, 0.02))
        victim.kill()
    taken_before = len(relay.taken)
    subprocess.run(command, env=environ, check=True, timeout=60)  # noqa: S603 (our own child)

    copies = Counter(relay.taken)
    uncertain = named_uncertain(home, edition_id)
    assert victim.returncode == -9, "the child was done before it could be killed"
    assert taken_before < len(READERS)
    assert max(copies.values()) == 1
    assert copies.keys() | set(uncertain) == set(READERS)
    # At most one message for each connection is between dot and reply.
    assert len(uncertain) <= CONNECTIONS

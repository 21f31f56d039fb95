"""Bounces through the command, from a real mailbox over IMAP and POP3."""

import json
import os
import subprocess
import sys
from email import message_from_bytes
from pathlib import Path

import pytest

from aidigest.app import App
from aidigest.core.delivery.bounces import BounceKind
from aidigest.core.delivery.deliveries import Delivery, DeliveryState
from aidigest.core.editions.edition import RenderedEdition
from aidigest.core.messages.message import MessageWriter
from aidigest.core.readers.subscriber import Signup
from bouncesamples import arf, dsn
from homes import make_home, run
from mailserver import serving_mailbox
from samples import usual

ADA, BOB, CEM, DAN = (f"{name}@example.org" for name in ("ada", "bob", "cem", "dan"))
LETTER = b"From: friend@example.net\r\nSubject: lunch?\r\n\r\nToday at noon?\r\n"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with an edition, four readers, and senders that tell whose a bounce is."""
    folder = make_home(tmp_path / "home")
    config = folder / "config" / "aidigest.toml"
    sending = '\n[sending]\nreturn_path = "bounces+{}@example.org"\n'
    config.write_text(config.read_text("utf-8") + sending, "utf-8")
    with App.open(folder, {}) as app:
        readers = [Signup(address=one, digests=("daily",)) for one in (ADA, BOB, CEM, DAN)]
        app.subscribers.add(readers, now=app.clock())
        app.editions.add_edition(app.renderer.render(usual()))
    return folder


def sent_to(home: Path, address: str) -> tuple[str, str, str]:
    """Return the sender, the Message-ID and the token of the message to that reader."""
    with App.open(home, {}) as app:
        reader = app.subscribers.find(address)
        stored = app.editions.by_id(1)
        assert reader is not None
        assert stored is not None
        rendered: RenderedEdition = stored[1]
        writer = MessageWriter(rendered, publisher=app.publisher, key="key-of-the-tests")
        delivery = Delivery(
            id=1,
            edition_id=1,
            subscriber_id=reader.id,
            address=address,
            state=DeliveryState.CLAIMED,
        )
        message = writer.message(delivery, now=app.clock())
    mail = message_from_bytes(message.content)
    token = str(mail["List-Unsubscribe"]).partition("/unsubscribe/")[2].partition(">")[0]
    return message.sender, str(mail["Message-ID"]).strip(), token


def read_mailbox(home: Path, url: str) -> dict[str, object]:
    """Run the command."""
    env = home / ".env"
    lines = [line for line in env.read_text().splitlines() if not line.startswith("MAILBOX")]
    env.write_text("\n".join([*lines, f"MAILBOX_URL={url}", ""]))
    done = run(home, "bounces", "--json")
    assert done.exit_code == 0, done.stderr
    found: dict[str, object] = json.loads(done.stdout)
    return found


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_what_came_back_is_heeded_and_nothing_else_is_touched(home: Path, protocol: str) -> None:
    """A dead address by sender, a full mailbox by Message-ID, a complaint, a wish to leave."""
    verp, _, _ = sent_to(home, ADA)
    _, message_id, _ = sent_to(home, BOB)
    _, _, complaining = sent_to(home, CEM)
    _, _, leaving = sent_to(home, DAN)
    mails = [
        LETTER,
        dsn(to=verp, message_id="", reader="", recipient=ADA),
        dsn(
            status="5.2.2",
            diagnostic="552 5.2.2 full",
            to="bounces@example.org",
            message_id=message_id,
            reader=BOB,
            recipient=BOB,
        ),
        arf(token=complaining),
        f"From: {DAN}\r\nSubject: unsubscribe {leaving}\r\n\r\n".encode(),
        dsn(to="bounces+1-1-000000000000@example.org", reader="x@example.net"),
    ]

    with serving_mailbox(protocol, mails) as (contents, url):
        first = read_mailbox(home, url)
        left, fetched = set(contents.kept), len(contents.fetched)
        second = read_mailbox(home, url)

    assert first["kinds"] == {kind.value: 1 for kind in BounceKind if kind is not BounceKind.POLICY}
    assert first["suppressed"] == 2
    assert left == {1, 6}
    assert contents.kept[1] == LETTER
    assert not contents.marked_read
    assert (second["looked_at"], len(contents.fetched)) == (0, fetched)
    with App.open(home, {}) as app:
        assert {one.address for one in app.subscribers.suppressed()} == {ADA, CEM}
        assert {one.address for one in app.subscribers.active()} == {ADA, BOB, CEM}


def test_wrong_password_is_told_without_it(home: Path) -> None:
    """It would end up in a log."""
    with serving_mailbox("imap", []) as (_, url):
        env = home / ".env"
        env.write_text(env.read_text() + f"MAILBOX_URL={url.replace('sesame', 'barley')}\n")
        done = run(home, "bounces")

    assert done.exit_code == 1
    assert "cannot be read" in done.stderr
    assert "barley" not in done.stderr


def test_home_without_a_mailbox_says_how_to_name_one(home: Path) -> None:
    """The error is the manual."""
    done = run(home, "bounces")

    assert done.exit_code == 2
    assert "MAILBOX_URL" in done.stderr


def test_worker_without_a_web_process_honours_opt_outs(home: Path) -> None:
    """The mailto in List-Unsubscribe is all that a worker-only deployment has."""
    _, _, leaving = sent_to(home, DAN)
    mail = f"From: {DAN}\r\nSubject: unsubscribe {leaving}\r\n\r\n".encode()
    with serving_mailbox("imap", [mail]) as (contents, url):
        command = [sys.executable, "-m", "aidigest", "--home", str(home), "worker"]
        environ = os.environ | {"MAILBOX_URL": url}
        with subprocess.Popen(command, env=environ, stderr=subprocess.DEVNULL) as worker:  # noqa: S603
            contents.emptied.wait(timeout=60)
            worker.terminate()
            worker.wait(timeout=20)

    assert contents.kept == {}
    with App.open(home, {}) as app:
        assert DAN not in {one.address for one in app.subscribers.active()}


def test_a_bounce_is_known_by_its_message_id_after_the_key_was_changed(home: Path) -> None:
    """What an earlier key has signed is still good, and bounces come days later."""
    _, message_id, _ = sent_to(home, BOB)
    env = home / ".env"
    env.write_text(env.read_text().replace("key-of-the-tests", "a-newer-key,key-of-the-tests"))
    report = dsn(to="bounces@example.org", message_id=message_id, reader=BOB, recipient=BOB)

    with serving_mailbox("imap", [report]) as (contents, url):
        found = read_mailbox(home, url)

    assert (found["suppressed"], contents.kept) == (1, {})

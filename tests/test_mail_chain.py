"""Other people's programs agree: SpamAssassin on every sample, Postfix on the bytes."""

import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest

from mails import LOOKS, NAMES, message, sampled
from postfixserver import Postfix, running_postfix

needs_spamassassin = pytest.mark.skipif(
    shutil.which("spamassassin") is None,
    reason="needs SpamAssassin; on Debian: apt-get install spamassassin",
)
_SCORE = re.compile(
    rb"^X-Spam-Status: \w+, score=(-?[\d.]+)(?:.|\n[ \t])*?tests=([\w,\n\t ]+)", re.MULTILINE
)


@needs_spamassassin
@pytest.mark.timeout(600)
def test_spamassassin_finds_nothing_in_any_sample(tmp_path: Path) -> None:
    """At most 0.5 of 5; all of them in one mailbox, since starting it takes seconds."""
    names = [(name, look) for look in LOOKS for name in NAMES]
    mailbox = tmp_path / "all.mbox"
    mailbox.write_bytes(
        b"".join(
            b"From a@digest.example Mon Sep 14 00:00:00 2026\n"
            + re.sub(rb"(?m)^From ", b">From ", message(sampled(*one)).replace(b"\r\n", b"\n"))
            + b"\n"
            for one in names
        )
    )

    done = subprocess.run(  # noqa: S603 - The mailbox is ours.
        ["spamassassin", "-L", "--mbox", str(mailbox)],  # noqa: S607 - Found above.
        capture_output=True,
        check=True,
    )

    scores = [(float(score), tests.decode()) for score, tests in _SCORE.findall(done.stdout)]
    assert len(scores) == len(names)
    assert [(one, told) for one, told in zip(names, scores, strict=True) if told[0] > 0.5] == []


@pytest.fixture(scope="module")
def relay() -> Iterator[Postfix]:
    """Run a real relay; its folder is not pytest's, which only root may enter."""
    with tempfile.TemporaryDirectory(prefix="aidigest-postfix-") as name:
        Path(name).chmod(0o755)
        with running_postfix(Path(name)) as running:
            yield running


@pytest.mark.parametrize("name", NAMES)
def test_what_lies_in_the_mailbox_is_what_was_sent(relay: Postfix, name: str) -> None:
    """Subject, both parts and every field, through a relay that is not ours."""
    raw = message(sampled(name))

    arrived = parse(relay.carried(raw))

    sent = parse(raw)
    assert parts(arrived) == parts(sent)
    assert {field: arrived[field] for field in sent} == dict(sent.items())
    assert arrived["Subject"] == sampled(name).subject or name == "hostile"


@pytest.mark.parametrize("letters", ["a", "ễ", "👩‍👩‍👧‍👦", ".", "From "])
def test_long_lines_and_letters_of_every_size_arrive(relay: Postfix, letters: str) -> None:
    """Relays fold at 998 octets, in the middle of a letter or of an address."""
    good = sampled("1")
    words = letters * 1200
    raw = message(
        replace(good, subject=f"{letters} " * 40, text=f"{words}\n", html=f"<p>{words}</p>\n")
    )

    arrived = parse(relay.carried(raw))

    assert arrived["Subject"] == " ".join(f"{letters} ".split() * 40)
    assert parts(arrived) == [f"{words}\n", f"<p>{words}</p>\n"]


def parse(raw: bytes) -> EmailMessage:
    """Read a message as a client does."""
    return message_from_bytes(raw, policy=default)


def parts(parsed: EmailMessage) -> list[str]:
    """Return the contents of both parts, with plain line ends."""
    found = (part.get_content() for part in parsed.iter_parts() if isinstance(part, EmailMessage))
    return [content.replace("\r\n", "\n") for content in found]

"""The demo does the whole job, and can do it again."""

import email
import email.policy
from pathlib import Path

import pytest

from aidigest.demo.run import READERS, run_demo


@pytest.fixture
def demo_home(tmp_path: Path) -> Path:
    """A home in which the demo has run twice, as an impatient visitor would have it."""
    home = tmp_path / "demo"
    run_demo(home)
    run_demo(home)
    return home


def test_every_reader_gets_one_mail_however_often_it_runs(demo_home: Path) -> None:
    """The second run starts afresh and leaves nothing of the first behind."""
    mails = sorted((demo_home / "mails").iterdir())

    messages = [
        email.message_from_bytes(mail.read_bytes(), policy=email.policy.default) for mail in mails
    ]
    assert sorted(message["To"] for message in messages) == sorted(r.address for r in READERS)
    assert all("List-Unsubscribe" in message for message in messages)


def test_the_edition_has_both_languages_and_none_of_the_traps(demo_home: Path) -> None:
    """The demo is what most people see first; it should not carry a horoscope."""
    archive = next((demo_home / "var" / "archive" / "daily").glob("*.md"))

    text = archive.read_text(encoding="utf-8")
    assert "Heron 3" in text
    assert "Viện Hoa Ban" in text
    assert [trap for trap in ("Gemini", "triệu phú", "LEDGER50", "vô địch") if trap in text] == []

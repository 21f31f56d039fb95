"""A real Postfix takes an edition, and what it delivers is read back.

AIDIGEST_POSTFIX_MESSAGES says to how many readers: 200 if not set, 10,000 in
`make test-postfix`.
"""

import os
import tempfile
from collections import Counter
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from aidigest.app import App
from aidigest.app.sending import Sent
from aidigest.core.delivery.deliveries import DeliveryState
from aidigest.core.messages.unsubscribe import read
from aidigest.core.readers.subscriber import Signup
from aidigest.steps.compose import Composed
from homes import make_home
from postfixserver import Postfix, running_postfix
from samples import usual

READERS = int(os.environ.get("AIDIGEST_POSTFIX_MESSAGES", "200"))


@pytest.fixture
def postfix() -> Iterator[Postfix]:
    """Run one; its folder is not pytest's, which only root may enter."""
    with tempfile.TemporaryDirectory(prefix="aidigest-postfix-") as name:
        Path(name).chmod(0o755)
        with running_postfix(Path(name)) as server:
            yield server


@pytest.mark.timeout(900)
def test_every_mail_that_postfix_delivers_is_right(tmp_path: Path, postfix: Postfix) -> None:
    """Each reader's own: one To, the id that the ledger would use again, a token that works."""
    home = make_home(tmp_path / "home", smtp_url=postfix.url)
    with App.open(home, {}) as app:
        signups = [
            Signup(address=f"reader{number}@example.org", digests=("daily",))
            for number in range(READERS)
        ]
        app.subscribers.add(signups, now=app.clock())
        edition_id, stored = app.editions.add_edition(app.renderer.render(usual()))
        sent = app.sending.resume(Composed(edition_id=edition_id, rendered=stored, created=True))
        numbers = {one.address: one.id for one in app.subscribers.active("daily")}
    assert isinstance(sent, Sent)
    assert sent.report.counts == {DeliveryState.SENT: READERS}

    mails = postfix.wait_for_mails(READERS, seconds=600)

    seen: Counter[str] = Counter()
    ids = set()
    for path in mails:
        mail = message_from_bytes(path.read_bytes(), policy=default)
        seen[mail["To"]] += 1
        ids.add(mail["Message-ID"])
        assert mail["Delivered-To"] == mail["To"]
        assert not mail.defects
        assert mail["Subject"] == stored.subject
        token = mail["List-Unsubscribe"].partition("/unsubscribe/")[2].partition(">")[0]
        assert read(token, keys=["key-of-the-tests"]).subscriber_id == numbers[mail["To"]]
        for kind in ("plain", "html"):
            body = mail.get_body((kind,))
            assert body is not None
            assert token in body.get_content()
    assert len(mails) == len(ids) == READERS
    assert seen == Counter(numbers.keys())

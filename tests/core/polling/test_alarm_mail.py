"""The mail about alarms that persist."""

import re
from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default

from aidigest.core.feeds.feed import Alarm, AlarmKind, FeedState
from aidigest.core.polling.alarm_mail import alarm_mail

NOW = datetime(2026, 9, 14, 7, 0, tzinfo=UTC)


def test_one_mail_tells_of_all() -> None:
    """With what to do, in lines that any relay takes."""
    dead = Alarm(kind=AlarmKind.DEAD, since=NOW, detail="gone", proposal="https://a.example/new")
    long = Alarm(kind=AlarmKind.MOVED, since=NOW, detail="nó ở https://b.example/" + "x" * 2_000)
    states = [FeedState(url=f"https://{name}.example/rss") for name in "ab"]

    raw = alarm_mail(
        [(states[0], dead), (states[1], long)],
        sender="Báo Sen <news@example.org>",
        to="ops@example.org",
        now=NOW,
    )

    mail = message_from_bytes(raw, policy=default)
    text = mail.get_content().replace("\r\n", "\n")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 998
    assert mail["Subject"] == "aidigest: 2 feeds need attention"
    assert (mail["To"], mail["Auto-Submitted"]) == ("ops@example.org", "auto-generated")
    assert re.fullmatch(r"<alarms\.[0-9a-f]{32}@example\.org>", mail["Message-ID"])
    assert "https://a.example/rss\n  dead, since 2026-09-14 07:00 UTC: gone; its site" in text
    assert long.detail in text


def test_a_single_feed_is_no_plural() -> None:
    """Somebody reads it."""
    alarm = Alarm(kind=AlarmKind.SILENT, since=NOW, detail="nothing new")

    raw = alarm_mail(
        [(FeedState(url="https://a.example/rss"), alarm)],
        sender="news@example.org",
        to="ops@example.org",
        now=NOW,
    )

    assert b"Subject: aidigest: 1 feed needs attention\r\n" in raw

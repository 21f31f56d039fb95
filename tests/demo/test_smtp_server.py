"""The demo's relay keeps a message byte for byte, and nothing that was not handed over."""

import smtplib
import socket
from pathlib import Path
from urllib.parse import urlsplit

from aidigest.demo.smtp_server import serve_smtp

MESSAGE = b"Subject: hello\r\n\r\n.a line that begins with a dot\r\n"


def test_a_message_is_kept_byte_for_byte(tmp_path: Path) -> None:
    """The kept file is what people open to see the mail."""
    with serve_smtp(tmp_path) as (url, kept):
        where = urlsplit(url)
        with smtplib.SMTP(where.hostname or "", where.port or 0, timeout=5) as client:
            client.sendmail("from@example.org", ["linh@example.org"], MESSAGE)

    assert [mail.recipient for mail in kept] == ["linh@example.org"]
    assert kept[0].path.read_bytes() == MESSAGE


def test_two_messages_of_one_session_are_kept_apart(tmp_path: Path) -> None:
    """A sender reuses its connection."""
    with serve_smtp(tmp_path) as (url, kept):
        where = urlsplit(url)
        with smtplib.SMTP(where.hostname or "", where.port or 0, timeout=5) as client:
            client.sendmail("from@example.org", ["a@example.org"], MESSAGE)
            client.sendmail("from@example.org", ["b@example.org"], MESSAGE)

    assert [mail.recipient for mail in kept] == ["a@example.org", "b@example.org"]
    assert len({mail.path for mail in kept}) == 2


def test_a_message_without_its_final_dot_is_not_kept(tmp_path: Path) -> None:
    """Whoever dies before the dot has handed over nothing (RFC 5321, section 4.1.1.4)."""
    with serve_smtp(tmp_path) as (url, kept):
        where = urlsplit(url)
        with socket.create_connection((where.hostname, where.port), timeout=5) as raw:
            raw.sendall(b"EHLO me\r\nMAIL FROM:<a@example.org>\r\nRCPT TO:<b@example.org>\r\n")
            raw.sendall(b"DATA\r\nSubject: cut\r\n")

    assert kept == []

"""Mailboxes over IMAP and POP3, with whatever lies in them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest

from aidigest.adapters.mailbox import OpenMailbox, open_mailbox
from aidigest.core.delivery.mailboxes import parse_mailbox_url
from aidigest.errors import KeptMailError, MailboxError
from mailserver import Mails, serving_mailbox

REPORT = b"Subject: failed\r\n\r\nno such user"


@contextmanager
def opened(protocol: str, *mails: bytes) -> Iterator[tuple[Mails, OpenMailbox]]:
    """Serve the mails and open the mailbox; its contents as they are can be seen, too."""
    with (
        serving_mailbox(protocol, mails) as (contents, url),
        open_mailbox(parse_mailbox_url(url)) as mailbox,
    ):
        yield contents, mailbox


@pytest.mark.parametrize("size", [2_047, 2_048, 300_000])
def test_a_long_line_keeps_no_mail_from_being_read(size: int) -> None:
    """RFC 5322 allows 998 bytes, and one mail with more must not block the mailbox."""
    long = b"Subject: " + b"x" * size + b"\r\n\r\nbody"

    with opened("pop3", long, REPORT) as (_, mailbox):
        first, second = (mailbox.fetch(uid) for uid in mailbox.new(()))

    assert first.startswith(long[:1_000])
    assert first.endswith(b"\r\n\r\nbody")
    assert len(first) < 10_000
    assert second == REPORT


def test_a_mail_too_large_for_a_report_is_not_looked_into() -> None:
    """It may be one line, of which all would have to be read."""
    huge = b"x" * (64 * 1024 * 1024 + 1)

    with opened("pop3", huge, REPORT) as (contents, mailbox):
        mails = [mailbox.fetch(uid) for uid in mailbox.new(())]

    assert mails == [b"", REPORT]
    assert contents.fetched == [2]


@pytest.mark.parametrize("capabilities", ["IMAP4REV1 UIDPLUS", "IMAP4REV1"])
def test_what_a_person_marked_as_deleted_is_not_taken_out(capabilities: str) -> None:
    """They may still want it back, and a plain EXPUNGE takes all that is marked."""
    with opened("imap", REPORT, b"a letter") as (contents, mailbox):
        contents.capabilities = capabilities
        contents.deleted.add(2)
        mailbox.remove("1")

    assert 2 in contents.kept
    assert (1 in contents.kept) == ("UIDPLUS" not in capabilities)


def test_a_server_without_uidplus_forgets_what_is_ours_where_nothing_else_is_marked() -> None:
    """Else the mailbox would fill up with reports."""
    with opened("imap", REPORT, b"a letter") as (contents, mailbox):
        contents.capabilities = "IMAP4REV1"
        mailbox.remove("1")

    assert set(contents.kept) == {2}


@pytest.mark.parametrize(("protocol", "command"), [("imap", "FETCH"), ("pop3", "RETR")])
def test_a_mail_that_the_server_does_not_give_out_blocks_no_other(
    protocol: str, command: str
) -> None:
    """Exchange has such mails, and one of them once ended every reading there."""
    with opened(protocol, b"broken", REPORT) as (contents, mailbox):
        contents.refused.add((command, 1))
        first, second = mailbox.new(())

        with pytest.raises(KeptMailError, match="that is not possible"):
            mailbox.fetch(first)

        assert mailbox.fetch(second) == REPORT


@pytest.mark.parametrize(("protocol", "command"), [("imap", "STORE"), ("pop3", "DELE")])
def test_a_mail_that_the_server_keeps_is_told(protocol: str, command: str) -> None:
    """The account may read the mailbox and not delete from it."""
    with opened(protocol, REPORT, REPORT) as (contents, mailbox):
        contents.refused.add((command, 1))
        first, second = mailbox.new(())

        with pytest.raises(KeptMailError, match="that is not possible"):
            mailbox.remove(first)
        mailbox.remove(second)

    assert set(contents.kept) == {1}


@pytest.mark.parametrize("line", ["{0} mark-{0}", "{0}   mark-{0} ", "  {0}\tmark-{0}"])
def test_marks_are_read_however_far_apart_they_stand(line: str) -> None:
    """A mail whose line is not understood would lie there for ever, and nobody be told."""
    with serving_mailbox("pop3", [REPORT, REPORT]) as (contents, url):
        contents.uidl = line
        with open_mailbox(parse_mailbox_url(url)) as mailbox:
            marks = mailbox.new(())

    assert marks == ["mark-1", "mark-2"]


def test_a_password_and_a_folder_in_any_script_open_a_mailbox() -> None:
    """LOGIN takes ASCII only, and names of folders are in modified UTF-7 (RFC 3501, 5.1.3)."""
    with serving_mailbox("imap", [REPORT]) as (contents, url):
        contents.password = "mật khẩu"
        named = replace(parse_mailbox_url(url), password="mật khẩu", folder="Gửi/R&D")
        with open_mailbox(named) as mailbox:
            marks = list(mailbox.new(()))

    assert marks == ["1"]
    assert contents.selected == '"G&Hu0-i/R&-D"'


def test_a_wrong_password_in_any_script_is_told_without_it() -> None:
    """It would end up in a log."""
    with serving_mailbox("imap", []) as (_, url):
        wrong = replace(parse_mailbox_url(url), password="mật mã")
        with pytest.raises(MailboxError, match="cannot be read") as caught, open_mailbox(wrong):
            pass

    assert "mật" not in str(caught.value)


@pytest.mark.parametrize("protocol", ["imap", "pop3"])
def test_a_host_that_no_lookup_takes_is_told(protocol: str) -> None:
    """What it raises is no OSError."""
    mailbox = replace(parse_mailbox_url(f"{protocol}://me:pw@localhost"), host="mail..example.org")

    with pytest.raises(MailboxError, match="cannot be read"), open_mailbox(mailbox):
        pass

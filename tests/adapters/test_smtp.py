"""Mail goes over a real socket to a real server, which answers as the test wants."""

import asyncio
import shutil
import socket
import ssl
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from aidigest.adapters.smtp import SmtpMailer
from aidigest.adapters.smtp_session import Timeouts
from aidigest.core.delivery.commands import dot_stuffed
from aidigest.errors import RecipientError, RelayError, Stage, UnansweredError
from smtpserver import serving_smtp

ADA, BOB = "ada@example.org", "bob@example.org"
SENDER = "digest@example.org"
MESSAGE = b"Subject: Today\r\n\r\nHello\r\n"
HASTY = Timeouts(greeting=2, command=2, data=2, block=2, dot=0.3, quit=2)

#: Replies by which the server does something else than reply.
HANG_UP, SAY_NOTHING = "hang up", "say nothing"


@dataclass
class Relay:
    """A server's script and its memory."""

    mail: list[str] = field(default_factory=list)  #: Replies to MAIL, first to last; then 250.
    rcpt: list[str] = field(default_factory=list)
    dot: list[str] = field(default_factory=list)
    kept: list[tuple[str, bytes]] = field(default_factory=list)
    connections: int = 0
    port: int = 0

    async def handle_EHLO(  # noqa: N802 (aiosmtpd's name)
        self,
        server: SMTP,
        session: Session,
        _envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        """Count the connection, once."""
        self.connections += session.host_name is None
        session.host_name = hostname
        return responses

    async def handle_MAIL(  # noqa: N802 (aiosmtpd's name)
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Answer MAIL."""
        reply = await _play(self.mail, server)
        if reply.startswith("2"):
            envelope.mail_from = address
        return reply

    async def handle_RCPT(  # noqa: N802 (aiosmtpd's name)
        self,
        server: SMTP,
        _session: Session,
        envelope: Envelope,
        address: str,
        _options: list[str],
    ) -> str:
        """Answer RCPT."""
        reply = await _play(self.rcpt, server)
        if reply.startswith("2"):
            envelope.rcpt_tos.append(address)
        return reply

    async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
        self, server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        """Keep the message, unless the script refuses it, and answer the dot."""
        if not (self.dot and self.dot[0].startswith(("4", "5"))):
            assert isinstance(envelope.content, bytes)
            self.kept.append((envelope.rcpt_tos[0], envelope.content))
        return await _play(self.dot, server)


async def _play(script: list[str], server: SMTP) -> str:
    reply = script.pop(0) if script else "250 2.0.0 OK"
    if reply == HANG_UP:
        assert server.transport is not None
        server.transport.close()
    if reply == SAY_NOTHING:
        await asyncio.Event().wait()  # Until the other side hangs up.
    return reply


@contextmanager
def serving(relay: Relay, **options: Any) -> Iterator[SmtpMailer]:
    """Run the relay on a free port of 127.0.0.1 and return a mailer for it."""
    with serving_smtp(relay, **options) as relay.port:
        yield SmtpMailer(f"smtp://127.0.0.1:{relay.port}", timeouts=HASTY)


def offered_by(mailer: SmtpMailer, *recipients: str) -> list[str]:
    """Send to each over one session; return for whom the last moment came."""
    offered: list[str] = []
    with mailer.session() as session:
        for recipient in recipients:
            session.send(
                sender=SENDER,
                recipient=recipient,
                message=MESSAGE,
                on_offer=lambda to=recipient: offered.append(to),  # type: ignore[misc]  # mypy cannot infer a lambda with a default
            )
    return offered


def nothing() -> None:
    """Do nothing at the last moment."""


def test_messages_share_a_connection() -> None:
    """Two messages, one greeting; each is offered before it is taken."""
    relay = Relay()
    with serving(relay) as mailer:
        offered = offered_by(mailer, ADA, BOB)

    assert offered == [ADA, BOB]
    assert relay.kept == [(ADA, MESSAGE), (BOB, MESSAGE)]
    assert relay.connections == 1


def test_reply_is_returned_verbatim() -> None:
    """It names the relay's queue file, by which an operator finds the message again."""
    relay = Relay(dot=["250 2.0.0 Ok: queued as 4F2A91"])
    with serving(relay) as mailer, mailer.session() as session:
        reply = session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)

    assert reply == (250, "2.0.0 Ok: queued as 4F2A91")


def test_last_moment_comes_before_the_relay_has_the_message() -> None:
    """What is committed at that moment must never lag behind the relay."""
    relay = Relay()
    kept_then: list[int] = []
    with serving(relay) as mailer, mailer.session() as session:
        session.send(
            sender=SENDER,
            recipient=ADA,
            message=MESSAGE,
            on_offer=lambda: kept_then.append(len(relay.kept)),
        )

    assert kept_then == [0]
    assert len(relay.kept) == 1


def test_failure_at_the_last_moment_sends_nothing() -> None:
    """If "offered" cannot be stored, the dot must not follow, nor any other word."""
    relay = Relay()

    def fail() -> None:
        raise OSError("disk full")

    with (
        serving(relay) as mailer,
        pytest.raises(OSError, match="disk full"),
        mailer.session() as session,
    ):
        session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=fail)

    assert relay.kept == []


def test_refused_recipient_leaves_the_connection_good() -> None:
    """The transaction is reset, for a second MAIL inside it would be an error of ours."""
    relay = Relay(rcpt=["550 5.1.1 no such user"])
    with serving(relay) as mailer, mailer.session() as session:
        with pytest.raises(RecipientError) as caught:
            session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)
        session.send(sender=SENDER, recipient=BOB, message=MESSAGE, on_offer=nothing)

    assert (caught.value.code, caught.value.reply) == (550, "5.1.1 no such user")
    assert (caught.value.recipient, caught.value.stage) == (ADA, Stage.RCPT)
    assert [to for to, _ in relay.kept] == [BOB]
    assert relay.connections == 1


def test_greylisted_recipient_is_taken_the_next_time() -> None:
    """450, then 250: the second try is a plain new transaction."""
    relay = Relay(rcpt=["450 4.2.0 greylisted"])
    with serving(relay) as mailer, mailer.session() as session:
        with pytest.raises(RecipientError, match="greylisted"):
            session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)
        session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)

    assert [to for to, _ in relay.kept] == [ADA]


def test_message_refused_after_the_dot_is_a_clear_no() -> None:
    """A reply came, so nothing is uncertain."""
    relay = Relay(dot=["554 5.6.0 content rejected"])
    with serving(relay) as mailer, mailer.session() as session:
        with pytest.raises(RecipientError) as caught:
            session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)
        session.send(sender=SENDER, recipient=BOB, message=MESSAGE, on_offer=nothing)

    assert (caught.value.code, caught.value.stage) == (554, Stage.DATA)
    assert [to for to, _ in relay.kept] == [BOB]


@pytest.mark.parametrize(
    ("relay", "stage"),
    [
        (Relay(mail=["421 4.7.0 too many messages"]), Stage.MAIL),
        (Relay(rcpt=["421 4.7.0 too many messages"]), Stage.RCPT),
        (Relay(dot=["421 4.7.0 too many messages"]), Stage.DATA),
    ],
    ids=["mail", "rcpt", "dot"],
)
def test_closing_relay_is_nobodys_fault(relay: Relay, stage: Stage) -> None:
    """421 ends the session at any step, and says so by its code."""
    with serving(relay) as mailer, mailer.session() as session:
        with pytest.raises(RelayError) as caught:
            session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)
        with pytest.raises(RelayError, match="connection was lost"):
            session.send(sender=SENDER, recipient=BOB, message=MESSAGE, on_offer=nothing)

    assert (caught.value.code, caught.value.stage) == (421, stage)


@pytest.mark.parametrize(
    ("relay", "stage"),
    [(Relay(mail=[HANG_UP]), Stage.MAIL), (Relay(rcpt=[HANG_UP]), Stage.RCPT)],
    ids=["mail", "rcpt"],
)
def test_lost_connection_before_the_dot_is_no_uncertainty(relay: Relay, stage: Stage) -> None:
    """The relay cannot have what it was not offered."""
    with serving(relay) as mailer, mailer.session() as session, pytest.raises(RelayError) as caught:
        session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)

    assert (caught.value.code, caught.value.stage) == (None, stage)


@pytest.mark.parametrize("trouble", [HANG_UP, SAY_NOTHING, "199 what?", "354 go on"])
def test_no_sensible_reply_to_the_dot_is_uncertain(trouble: str) -> None:
    """The relay has the message and may keep it: this one did."""
    relay = Relay(dot=[trouble])
    with serving(relay) as mailer, mailer.session() as session, pytest.raises(UnansweredError):
        session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)

    assert [to for to, _ in relay.kept] == [ADA]


def test_somebody_who_tries_a_relay_need_not_wait_as_long_as_a_send() -> None:
    """A web server waits for us to speak first, and `doctor` waited with it for five minutes."""
    with socket.create_server(("127.0.0.1", 0)) as silent:
        mailer = SmtpMailer(f"smtp://127.0.0.1:{silent.getsockname()[1]}")

        with pytest.raises(RelayError) as caught, mailer.session(patience_s=0.1):
            pass

    assert "timed out; is that the port of a mail relay?" in caught.value.reason


def test_refused_sender_is_the_relays_no_to_us() -> None:
    """No recipient was named when it came."""
    relay = Relay(mail=["550 5.7.1 not your domain"])
    with serving(relay) as mailer, mailer.session() as session, pytest.raises(RelayError) as caught:
        session.send(sender=SENDER, recipient=ADA, message=MESSAGE, on_offer=nothing)

    assert (caught.value.code, caught.value.stage) == (550, Stage.MAIL)


def test_dots_and_line_ends_survive_the_way() -> None:
    """A line of one dot would end the message early (RFC 5321, section 4.5.2)."""
    relay = Relay()
    message = b"Subject: dots\n\n.\n..two\nplain\r\nold mac\rend"
    with serving(relay) as mailer, mailer.session() as session:
        session.send(sender=SENDER, recipient=ADA, message=message, on_offer=nothing)

    expected = b"Subject: dots\r\n\r\n.\r\n..two\r\nplain\r\nold mac\r\nend\r\n"
    assert relay.kept == [(ADA, expected)]


def test_message_that_begins_with_a_dot_is_stuffed() -> None:
    """The first line has no line end before it to find the dot by."""
    assert dot_stuffed(b".\n") == b"..\r\n"


@pytest.mark.parametrize(
    ("address", "on_the_wire"),
    [
        ("The Daily <digest@example.org>", SENDER),
        (SENDER, SENDER),
        ("Bản tin <tin@báo.example>", "tin@xn--bo-mia.example"),
    ],
)
def test_sender_may_carry_a_name(address: str, on_the_wire: str) -> None:
    """`[site] from` does; the envelope takes the address alone."""
    seen: list[str | None] = []

    class Watching(Relay):
        async def handle_DATA(  # noqa: N802 (aiosmtpd's name)
            self, server: SMTP, session: Session, envelope: Envelope
        ) -> str:
            seen.append(envelope.mail_from)
            return await super().handle_DATA(server, session, envelope)

    with serving(Watching()) as mailer, mailer.session() as session:
        session.send(sender=address, recipient=ADA, message=MESSAGE, on_offer=nothing)

    assert seen == [on_the_wire]


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("chị@example.org", "5.6.7"),
        ("a b@example.org", "5.1.3"),
        ("ada@example.org>\r\nRCPT TO:<eve@example.org", "5."),
    ],
)
def test_unfit_address_never_reaches_the_relay(address: str, status: str) -> None:
    """Nothing in an address may end the command, or start another."""
    relay = Relay()
    with (
        serving(relay) as mailer,
        mailer.session() as session,
        pytest.raises(RecipientError) as caught,
    ):
        session.send(sender=SENDER, recipient=address, message=MESSAGE, on_offer=nothing)

    assert caught.value.reply.startswith(status)
    assert relay.kept == []


def test_unfit_sender_is_told_and_nothing_is_sent() -> None:
    """The fault is in the settings, so no reader may pay for it."""
    relay = Relay()
    with serving(relay) as mailer, mailer.session() as session, pytest.raises(RelayError) as caught:
        session.send(sender="bản-tin@example.org", recipient=ADA, message=MESSAGE, on_offer=nothing)

    assert (caught.value.code, caught.value.stage) == (553, Stage.MAIL)
    assert "ASCII" in caught.value.reason
    assert relay.kept == []


def test_domain_beyond_ascii_goes_as_idna() -> None:
    """The reader wrote it as they see it; mail knows its other name."""
    relay = Relay()
    with serving(relay) as mailer:
        offered_by(mailer, "ada@bücher.example")

    assert [to for to, _ in relay.kept] == ["ada@xn--bcher-kva.example"]


def test_relay_that_is_not_there_is_named() -> None:
    """The operator needs to know which address was tried."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
        mailer = SmtpMailer(f"smtp://127.0.0.1:{port}", timeouts=HASTY)

        with pytest.raises(RelayError, match=f"127.0.0.1:{port}, .* cannot be used") as caught:
            mailer.session().__enter__()

    assert caught.value.stage is Stage.CONNECT


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """Make a certificate of our own for `localhost`, with its key."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the certificate, is not installed")
    folder = tmp_path_factory.mktemp("tls")
    cert, key = folder / "cert.pem", folder / "key.pem"
    command = [openssl, "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2"]
    names = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    files = ["-keyout", str(key), "-out", str(cert)]
    subprocess.run([*command, *names, *files], check=True, capture_output=True)  # noqa: S603 (a fixed command)
    return cert, key


@contextmanager
def serving_tls(
    relay: Relay, certificate: tuple[Path, Path], **options: Any
) -> Iterator[Callable[[str], SmtpMailer]]:
    """Run the relay with STARTTLS; return what makes a mailer for a URL like `smtp://{}`."""
    server_side = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    server_side.load_cert_chain(*certificate)
    trusted = ssl.create_default_context(cafile=str(certificate[0]))
    with serving(relay, tls_context=server_side, **options):

        def mailer(url: str) -> SmtpMailer:
            place = f"localhost:{relay.port}"
            return SmtpMailer(url.format(place), timeouts=HASTY, context=trusted)

        yield mailer


def only_sesame(
    _server: SMTP, _session: Session, _envelope: Envelope, _mechanism: str, data: Any
) -> AuthResult:
    """Let those in who know the word."""
    assert isinstance(data, LoginPassword)
    return AuthResult(success=data.password == b"open/sesame", handled=False)


def test_login_goes_over_starttls(certificate: tuple[Path, Path]) -> None:
    """The usual way in at port 587: encryption, then user and password."""
    relay = Relay()
    with serving_tls(relay, certificate, authenticator=only_sesame, auth_required=True) as mailer:
        offered_by(mailer("smtp://ada:open%2Fsesame@{}?starttls=required"), ADA)

    assert [to for to, _ in relay.kept] == [ADA]


def test_refused_login_is_told_without_the_password(certificate: tuple[Path, Path]) -> None:
    """The error lands in a log; so may the mailer."""
    with serving_tls(Relay(), certificate, authenticator=only_sesame) as made:
        mailer = made("smtp://ada:wrong-word@{}?starttls=required")
        with pytest.raises(RelayError, match="refuses the login: 535") as caught:
            mailer.session().__enter__()

    assert (caught.value.code, caught.value.stage) == (535, Stage.CONNECT)
    assert "wrong-word" not in f"{caught.value!r} {caught.value.__cause__!r} {vars(mailer)}"


def test_certificate_of_a_stranger_is_refused(certificate: tuple[Path, Path]) -> None:
    """Encryption to whoever answers is no protection."""
    relay = Relay()
    with serving_tls(relay, certificate):
        mailer = SmtpMailer(f"smtp://localhost:{relay.port}?starttls=required", timeouts=HASTY)
        with pytest.raises(RelayError, match=r"(?i)certificate"):
            mailer.session().__enter__()

    assert relay.kept == []


def test_relay_without_starttls_gets_nothing_where_it_is_required() -> None:
    """A password or a reader's address must not slip out in the clear."""
    relay = Relay()
    with serving(relay):
        mailer = SmtpMailer(f"smtp://localhost:{relay.port}?starttls=required", timeouts=HASTY)
        with pytest.raises(RelayError, match="offers no STARTTLS"):
            mailer.session().__enter__()

    assert relay.kept == []


def test_relay_without_starttls_is_used_where_it_is_optional() -> None:
    """For a relay beside us that offers none."""
    relay = Relay()
    with serving(relay):
        mailer = SmtpMailer(f"smtp://localhost:{relay.port}?starttls=optional", timeouts=HASTY)
        offered_by(mailer, ADA)

    assert [to for to, _ in relay.kept] == [ADA]

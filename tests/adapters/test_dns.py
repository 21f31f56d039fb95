"""DNS is asked over a real socket; nobody answering is not the same as nothing there."""

import socket
import threading
from collections.abc import Iterator

import dns.message
import dns.rcode
import dns.rrset
import pytest

from aidigest.adapters.dns import Dns
from aidigest.steps.examine import examine_key, examine_sender

RECORDS = {
    ("digest.example.", "TXT"): ['"v=spf1 include:relay.example -all"', '"other"'],
    ("_dmarc.example.", "TXT"): [],
    ("_dmarc.digest.example.", "TXT"): ['"v=DMARC1; " "p=none"'],
    ("_dmarc.wild.digest.example.", "TXT"): ['"v=spf1 -all"'],
    ("a._domainkey.digest.example.", "TXT"): ['"v=DKIM1; k=ed25519; p=AAAA"'],
    ("relay.example.", "A"): ["192.0.2.1"],
    ("lame.example.", "A"): ["192.0.2.2"],
    ("1.2.0.192.in-addr.arpa.", "PTR"): ["relay.example."],
}


#: Its servers are away.
LAME = "2.2.0.192.in-addr.arpa."


def answer(question: bytes) -> bytes:
    """Answer from the records; unknown names do not exist."""
    asked = dns.message.from_wire(question)
    reply = dns.message.make_response(asked)
    (about,) = asked.question
    kind = dns.rdatatype.to_text(about.rdtype)
    found = RECORDS.get((about.name.to_text(), kind))
    if found:
        reply.answer.append(dns.rrset.from_text(about.name, 60, "IN", kind, *found))
    elif about.name.to_text() == LAME:
        reply.set_rcode(dns.rcode.SERVFAIL)
    elif not any(name == about.name.to_text() for name, _ in RECORDS):
        reply.set_rcode(dns.rcode.NXDOMAIN)
    return reply.to_wire()


@pytest.fixture
def server() -> Iterator[int]:
    """A name server; its port."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        listening.settimeout(0.1)
        is_over = threading.Event()

        def serve() -> None:
            while not is_over.is_set():
                try:
                    question, who = listening.recvfrom(4096)
                except TimeoutError:
                    continue
                listening.sendto(answer(question), who)

        thread = threading.Thread(target=serve)
        thread.start()
        try:
            yield listening.getsockname()[1]
        finally:
            is_over.set()
            thread.join()


def test_sender_that_is_set_up_well(server: int) -> None:
    """Everything receivers look at is there."""
    names = Dns(["127.0.0.1"], server)

    found = list(
        examine_sender(
            names,
            sender_domain="digest.example",
            from_domain="digest.example",
            relay_host="relay.example",
        )
    )
    key = examine_key(names, domain="digest.example", selector="a", public_key="AAAA")

    assert [(one.check, one.ok) for one in [*found, key]] == [
        ("SPF", True),
        ("DMARC", True),
        ("PTR", True),
        ("DKIM", True),
    ]


def test_sender_that_is_not_is_told_what_to_put_where(server: int) -> None:
    """Each finding names the record."""
    names = Dns(["127.0.0.1"], server)

    found = list(
        examine_sender(
            names,
            sender_domain="bare.example",
            from_domain="bare.example",
            relay_host="nowhere.example",
        )
    )

    assert [one.ok for one in found] == [False, False, False]
    assert "TXT of bare.example" in found[0].detail
    assert "_dmarc.bare.example" in found[1].detail


def test_policy_of_the_organisation_counts(server: int) -> None:
    """RFC 7489, section 6.6.3."""
    names = Dns(["127.0.0.1"], server)
    (_, policy, _) = examine_sender(
        names,
        sender_domain="digest.example",
        from_domain="news.digest.example",
        relay_host="relay.example",
    )

    assert policy.ok is True


def test_policy_of_the_organisation_counts_behind_a_wildcard(server: int) -> None:
    """What `*.digest.example` answers at `_dmarc` is no policy (RFC 7489, section 6.6.3)."""
    names = Dns(["127.0.0.1"], server)
    (_, policy, _) = examine_sender(
        names,
        sender_domain="digest.example",
        from_domain="wild.digest.example",
        relay_host="relay.example",
    )

    assert policy.ok is True


def test_one_name_whose_servers_are_away_keeps_no_other_from_being_asked(
    server: int,
) -> None:
    """So it is with many a reverse zone; the key is asked for after that."""
    names = Dns(["127.0.0.1"], server)

    found = list(
        examine_sender(
            names,
            sender_domain="digest.example",
            from_domain="digest.example",
            relay_host="lame.example",
        )
    )
    key = examine_key(names, domain="digest.example", selector="a", public_key="AAAA")

    assert [one.ok for one in [*found, key]] == [True, True, None, True]


def test_nobody_answering_is_no_verdict() -> None:
    """A machine without DNS must not be told that its records are missing."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        names = Dns(["127.0.0.1"], silent.getsockname()[1])

        found = list(
            examine_sender(
                names,
                sender_domain="digest.example",
                from_domain="digest.example",
                relay_host="relay.example",
            )
        )

    assert [one.ok for one in found] == [None, None, None]

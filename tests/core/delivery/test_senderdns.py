"""What DNS says of a sender, and what is to be put where."""

import pytest

from aidigest.core.delivery.senderdns import dkim, dmarc, ptr, spf


@pytest.mark.parametrize(
    ("records", "ok", "words"),
    [
        (["v=spf1 include:relay.example -all"], True, "include:relay.example"),
        (["other", "v=spf1 -all"], True, "v=spf1"),
        ([], False, "put"),
        (["v=spf10 -all"], False, "put"),
        (["v=spf1 -all", "v=spf1 ~all"], False, "merge"),
        (["v=spf1 +all"], False, "anybody"),
        (["v=spf1 all"], False, "anybody"),
        (None, None, "could not be asked"),
    ],
)
def test_spf(records: list[str] | None, ok: bool | None, words: str) -> None:  # noqa: FBT001
    """RFC 7208: one record, and not one that lets everybody in."""
    found = spf("example.org", records)

    assert found.ok is ok
    assert words in found.detail


@pytest.mark.parametrize(
    ("records", "ok"),
    [
        (["v=DKIM1; k=ed25519; p=AAAA BBBB"], True),
        (["v=DKIM1; k=ed25519; p=CCCC"], False),
        (["p=AAAABBBB"], True),
        (["v=DKIM1; k=ed25519; p=AAAABBBBCCCC"], False),
        ([], False),
        (None, None),
    ],
)
def test_dkim(records: list[str] | None, ok: bool | None) -> None:  # noqa: FBT001
    """The key in DNS must be the one that signs."""
    found = dkim("a._domainkey.example.org", records, public_key="AAAABBBB")

    assert found.ok is ok
    assert "a._domainkey.example.org" in found.detail


@pytest.mark.parametrize(
    ("record", "words"),
    [("v=DKIM1; p=", "revoked"), ("v=DMARC1; sp=none", "no public key"), ("x", "no public key")],
)
def test_dkim_of_a_key_that_we_cannot_tell(record: str, words: str) -> None:
    """Of an RSA key no more is seen than that there is one; a wildcard's answer is none."""
    found = dkim("a._domainkey.example.org", [record], public_key=None)

    assert found.ok is False
    assert words in found.detail


def test_dmarc_that_is_missing_is_spelled_out() -> None:
    """Gmail and Yahoo want one of bulk senders."""
    assert dmarc("example.org", ["v=DMARC1; p=none"]).ok
    missing = dmarc("example.org", [])

    assert missing.ok is False
    assert '"v=DMARC1; p=none" as TXT of _dmarc.example.org' in missing.detail


@pytest.mark.parametrize(
    ("addresses", "names", "back", "ok"),
    [
        (["192.0.2.1"], ["mail.example.org"], ["192.0.2.1"], True),
        (["192.0.2.1"], ["mail.example.org"], ["192.0.2.9"], False),
        (["192.0.2.1"], [], [], False),
        ([], [], [], False),
        (None, None, None, None),
    ],
)
def test_ptr(
    addresses: list[str] | None,
    names: list[str] | None,
    back: list[str] | None,
    ok: bool | None,  # noqa: FBT001
) -> None:
    """An address must have a name that leads back to it."""
    assert ptr("relay.example.org", addresses, names, back).ok is ok

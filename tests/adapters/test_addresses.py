"""Only public addresses are dialled."""

import pytest

from aidigest.adapters.addresses import is_public


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.1",
        "224.0.0.1",
        "255.255.255.255",
        "::1",
        "::",
        "fe80::1%eth0",
        "fd00::1",
        "ff02::1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "2002:7f00:1::",
        "64:ff9b:1::7f00:1",
        "fec0::1",
        "::7f00:1",
        "::ffff:0:127.0.0.1",
    ],
)
def test_private_addresses_are_known_in_every_disguise(address: str) -> None:
    """Loopback, private, link-local and metadata addresses, wrapped in IPv6 or not."""
    assert not is_public(address)


@pytest.mark.parametrize("address", ["93.184.216.34", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_public_addresses_pass(address: str) -> None:
    """What the web lives on."""
    assert is_public(address)

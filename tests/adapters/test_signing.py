"""Signatures are checked as a receiver checks them, against the key that DNS would give."""

import base64
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest

from aidigest.adapters.signing import DkimSigner, public_key
from aidigest.core.messages.message import MessageWriter, Publisher
from aidigest.errors import SettingsError
from samples import NOW, rendered
from signingkeys import ed25519_key

dkim = pytest.importorskip("dkim", reason="dkimpy is not here: pip install 'aidigest[dkim]'")


def rsa_key(folder: Path) -> tuple[Path, str]:
    """Make a key with openssl; return its file and what DNS would say."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("openssl, which makes the key, is not installed")
    path = folder / "rsa.pem"
    make = [openssl, "genrsa", "-traditional", "-out", str(path), "2048"]
    subprocess.run(make, check=True, capture_output=True)  # noqa: S603 - A fixed command.
    show = [openssl, "rsa", "-in", str(path), "-pubout", "-outform", "DER"]
    public = subprocess.run(show, check=True, capture_output=True).stdout  # noqa: S603
    return path, f"v=DKIM1; k=rsa; p={base64.b64encode(public).decode()}"


@pytest.mark.parametrize("make", [rsa_key, ed25519_key])
def test_receiver_finds_the_signature_good(
    make: Callable[[Path], tuple[Path, str]], tmp_path: Path
) -> None:
    """Both fields of one-click are covered, which RFC 8058 asks for."""
    path, record = make(tmp_path)
    signer = DkimSigner(domain="digest.example", selector="a", key_file=path)
    publisher = Publisher(base_url="https://digest.example", sender="digest@digest.example")
    writer = MessageWriter(rendered(), publisher=publisher, key="key", sign=signer.sign)

    message = writer.write("an@reader.example", subscriber_id=7, now=NOW)

    def dns(name: bytes, timeout: int = 5) -> bytes:
        assert name.rstrip(b".") == b"a._domainkey.digest.example"
        return record.encode()

    head = message.partition(b"\r\n\r\n")[0].lower().replace(b"\r\n ", b" ")
    assert dkim.verify(message, dnsfunc=dns)
    assert not dkim.verify(message.replace(b"One-Click", b"Two-Click"), dnsfunc=dns)
    assert b"list-unsubscribe-post" in head.partition(b"dkim-signature")[2].partition(b"\r\n")[0]
    assert b"\r\n." not in message


def test_what_belongs_into_dns_is_told(tmp_path: Path) -> None:
    """The doctor says which key to put there."""
    path, record = ed25519_key(tmp_path)

    assert f"p={public_key(path)}" in record


@pytest.mark.parametrize("content", [None, b"", b"nonsense", b"-----BEGIN X-----\n"])
def test_key_that_is_none_is_a_wrong_setting(content: bytes | None, tmp_path: Path) -> None:
    """Told before anything is sent."""
    path = tmp_path / "key"
    if content is not None:
        path.write_bytes(content)

    with pytest.raises(SettingsError, match=r"sending\.dkim"):
        DkimSigner(domain="digest.example", selector="a", key_file=path)

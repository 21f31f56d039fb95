"""Signing messages with DKIM (RFC 6376; Ed25519 by RFC 8463)."""

import base64
from pathlib import Path
from typing import Any

from aidigest.errors import Problem, SettingsError

#: Both fields of one-click must be signed (RFC 8058, section 4); From twice, so that
#: nobody can add another (RFC 6376, section 8.15).
SIGNED = (
    "From",
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Reply-To",
    "MIME-Version",
    "Content-Type",
    "List-Id",
    "List-Unsubscribe",
    "List-Unsubscribe-Post",
    "Auto-Submitted",
)


class DkimSigner:
    """Signs with one key.

    Args:
        domain: That the signature is for; the sender's, so that DMARC is content.
        selector: Under which the public key is found.
        key_file: A private key: RSA in PEM, or the 32 bytes of Ed25519 in base64.

    Raises:
        SettingsError: The key cannot be used, or dkimpy is not installed.
    """

    def __init__(self, *, domain: str, selector: str, key_file: Path) -> None:
        self._dkim = _library()
        self._domain = domain.encode()
        self._selector = selector.encode()
        self._key, self._algorithm = _read_key(key_file)
        try:
            self.sign(b"From: a@example.org\r\n\r\nx\r\n")
        except Exception as error:  # The library raises whatever comes to it.
            raise _wrong(f"{key_file} is no key that can sign: {error}") from error

    def sign(self, message: bytes) -> bytes:
        """Return the message with its signature before it."""
        signature: bytes = self._dkim.sign(
            message,
            self._selector,
            self._domain,
            self._key,
            canonicalize=(b"relaxed", b"relaxed"),
            signature_algorithm=self._algorithm,
            include_headers=[name.lower().encode() for name in SIGNED],
        )
        return signature + message


def public_key(key_file: Path) -> str | None:
    """Return what belongs into DNS, in base64; None where that cannot be told here."""
    key, algorithm = _read_key(key_file)
    if algorithm != b"ed25519-sha256":
        return None
    try:
        from nacl.signing import SigningKey  # noqa: PLC0415 - Of the extra.

        return base64.b64encode(bytes(SigningKey(base64.b64decode(key)).verify_key)).decode()
    except (ImportError, ValueError, TypeError):
        return None


def _library() -> Any:
    try:
        import dkim  # noqa: PLC0415 - An extra that most homes do without.
    except ImportError as error:
        raise _wrong("signing needs: pip install 'aidigest[dkim]'") from error
    return dkim


def _read_key(path: Path) -> tuple[bytes, bytes]:
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise _wrong(f"{path} cannot be read: {error.strerror}") from error
    return key, b"rsa-sha256" if b"BEGIN" in key else b"ed25519-sha256"


def _wrong(what: str) -> SettingsError:
    return SettingsError((Problem(where="config/aidigest.toml: sending.dkim", what=what),))

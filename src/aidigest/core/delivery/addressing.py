"""Addresses as the envelope and the header can carry them: both in ASCII, or not at all.

We do not speak SMTPUTF8, which takes every server on the way. What cannot be written is
told as a relay would tell it, so that the ledger reads all refusals by the same rules.
"""

from functools import lru_cache

from aidigest.errors import RecipientError

#: "Mailbox name not allowed"; RFC 5321, section 4.2.3.
NOT_ALLOWED_CODE = 553


@lru_cache(maxsize=64)
def in_ascii(address: str) -> str:
    """Return the address with its domain as IDNA has it.

    Raises:
        ValueError: With an enhanced status code and words. A local part beyond ASCII is
            X.6.7: somebody may well read mail there, and only our way to them lacks SMTPUTF8.
            All else is X.1.3, the syntax of the destination, which no way would mend.

    Source:
        RFC 3463, section 3.2; RFC 6531, section 3.5; both codes as RFC 5248 registers them.
    """
    local, _, domain = address.rpartition("@")
    if not local.isascii():
        raise ValueError("5.6.7 the address cannot be written in ASCII")
    try:
        written = f"{local}@{_domain(domain)}"
    except UnicodeError as error:
        raise ValueError("5.1.3 this is no address") from error
    # A control, a space or an angle bracket would end a command early, or pass for a second one.
    if not written.isprintable() or set(written) & set(" <>"):
        raise ValueError("5.1.3 this is no address")
    return written


def recipient_in_ascii(address: str) -> str:
    """Return a reader's address as `in_ascii` does.

    Raises:
        RecipientError: It cannot be written.
    """
    try:
        return in_ascii(address)
    except ValueError as error:
        raise RecipientError(address, code=NOT_ALLOWED_CODE, reply=str(error)) from error


@lru_cache(maxsize=64)
def _domain(domain: str) -> str:
    return domain.encode("idna").decode()

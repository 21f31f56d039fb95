"""What can be written of an address, and how the rest is told."""

import pytest

from aidigest.core.delivery.addressing import in_ascii, recipient_in_ascii
from aidigest.core.delivery.replies import Meaning, meaning
from aidigest.errors import RecipientError


@pytest.mark.parametrize(
    ("address", "written"),
    [
        ("ada@example.org", "ada@example.org"),
        ("ada@bücher.example", "ada@xn--bcher-kva.example"),
        ('"a.b,c"@example.org', '"a.b,c"@example.org'),
    ],
)
def test_a_domain_is_written_as_idna_has_it(address: str, written: str) -> None:
    """Every relay knows it so, and the header must name the domain that the envelope does."""
    assert in_ascii(address) == written


@pytest.mark.parametrize(
    ("address", "status", "said"),
    [
        ("chị@example.org", "5.6.7", Meaning.REFUSED),
        ("chị@bücher.example", "5.6.7", Meaning.REFUSED),
        ("ada@example..org", "5.1.3", Meaning.NO_SUCH_ADDRESS),
        (f"ada@{'a' * 64}.example", "5.1.3", Meaning.NO_SUCH_ADDRESS),
        ("ada@.bücher.example", "5.1.3", Meaning.NO_SUCH_ADDRESS),
        ("a b@example.org", "5.1.3", Meaning.NO_SUCH_ADDRESS),
        ("ada@example.org>\r\nDATA\r\n<x@example.org", "5.1.3", Meaning.NO_SUCH_ADDRESS),
    ],
)
def test_who_cannot_be_written_to_is_told_from_what_is_no_address(
    address: str, status: str, said: Meaning
) -> None:
    """The second is suppressed for good; the first is a person, whom only we cannot reach."""
    with pytest.raises(RecipientError) as caught:
        recipient_in_ascii(address)

    error = caught.value
    assert error.reply.startswith(status)
    assert meaning(error.code or 0, error.reply, stage=error.stage) is said

"""`MAILBOX_URL` is read, or told what is wrong with it."""

import pytest

from aidigest.core.delivery.mailboxes import parse_mailbox_url


@pytest.mark.parametrize("host", ["mail..example.org", f"{'m' * 64}.example.org"])
def test_a_host_that_cannot_be_is_refused(host: str) -> None:
    """No look-up takes it, and the settings are where it can be mended."""
    with pytest.raises(ValueError, match="a part that is empty or too long") as caught:
        parse_mailbox_url(f"imaps://me:sesame@{host}")

    assert "sesame" not in str(caught.value)

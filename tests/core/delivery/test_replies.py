"""Every "no" is traced to the right door: a reader's, ours, or the relay's own."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aidigest.core.delivery.replies import Meaning, enhanced_status, meaning
from aidigest.errors import Stage


@pytest.mark.parametrize(
    ("code", "reply", "status"),
    [
        (550, "5.1.1 no such user", (5, 1, 1)),
        (550, "5.1.10 null MX", (5, 1, 10)),
        (450, "first line\n4.2.0 greylisted", (4, 2, 0)),
        (554, "mx.example said: 550 5.7.1 go away", (5, 7, 1)),
        (550, "version 5.1.1 of the filter", None),
        (550, "5.1.1.1 is not an address of ours", None),
        (550, "4.1.1 at odds with itself", None),
        (550, "", None),
    ],
)
def test_enhanced_status_is_found_where_relays_put_it(
    code: int, reply: str, status: tuple[int, int, int] | None
) -> None:
    """RFC 2034 puts it first; gateways quote it; version numbers only look like it."""
    assert enhanced_status(code, reply) == status


@pytest.mark.parametrize(
    ("code", "reply", "expected"),
    [
        (250, "OK", Meaning.TAKEN),
        (251, "will forward", Meaning.TAKEN),
        (450, "4.2.0 greylisted, come back", Meaning.NOT_NOW),
        (451, "try again", Meaning.NOT_NOW),
        (452, "4.2.2 mailbox full", Meaning.NOT_NOW),
        (452, "4.3.1 no space left here", Meaning.RELAYS),
        (451, "4.4.1 no answer from host", Meaning.RELAYS),
        (421, "4.3.2 shutting down", Meaning.CLOSING),
        (550, "5.1.1 no such user", Meaning.NO_SUCH_ADDRESS),
        (550, "5.1.2 no such domain", Meaning.NO_SUCH_ADDRESS),
        (556, "5.1.10 null MX", Meaning.NO_SUCH_ADDRESS),
        (550, "5.2.1 mailbox disabled", Meaning.NO_SUCH_ADDRESS),
        (550, "5.2.1 this user receives mail at a rate that prevents more", Meaning.REFUSED),
        (550, "5.2.1 mail comes too quickly for this user", Meaning.REFUSED),
        (550, "5.1.90 the daily limit for message recipients is reached", Meaning.OURS),
        (554, "5.2.252 SendAsDenied; news@example.org", Meaning.OURS),
        (550, "5.4.5 the daily user sending limit is exceeded", Meaning.OURS),
        (552, "5.2.2 mailbox full", Meaning.REFUSED),
        (550, "5.1.0 address rejected", Meaning.REFUSED),
        (550, "5.5.0 mailbox unavailable", Meaning.REFUSED),
        (553, "5.6.7 needs SMTPUTF8", Meaning.REFUSED),
        (550, "5.1.8 sender's domain unknown", Meaning.OURS),
        (550, "5.7.1 blocked for spam", Meaning.OURS),
        (550, "5.7.515 not authenticated", Meaning.OURS),
        (552, "5.3.4 message too big", Meaning.OURS),
        (554, "5.6.0 content rejected", Meaning.OURS),
        (530, "authentication required", Meaning.OURS),
        (535, "5.7.8 bad credentials", Meaning.OURS),
        (554, "5.3.2 system not accepting mail", Meaning.RELAYS),
        (503, "nested MAIL", Meaning.RELAYS),
        (199, "", Meaning.UNCLEAR),
        (-1, "HTTP/1.1 400 Bad Request", Meaning.UNCLEAR),
    ],
)
def test_reply_to_rcpt_means_what_its_codes_say(code: int, reply: str, expected: Meaning) -> None:
    """Design decision 9, code by code."""
    assert meaning(code, reply, stage=Stage.RCPT) is expected


@pytest.mark.parametrize(
    "reply",
    [
        "User unknown",
        "unknown user: ada",
        "No such user here",
        "sorry, no such mailbox here",
        "Recipient <ada@example.org> does not exist",
        "invalid recipient",
        "Requested action not taken: account not found",
    ],
)
def test_words_alone_can_say_that_nobody_lives_there(reply: str) -> None:
    """Many relays still answer without enhanced codes."""
    assert meaning(550, reply, stage=Stage.RCPT) is Meaning.NO_SUCH_ADDRESS


@pytest.mark.parametrize(
    "reply",
    [
        "mailbox unavailable",
        "rejected",
        "unknown user of this relay",
        "Verification failed for <us@example.org>\nNo such user here\nSender verify failed",
        "unknown user: your address is on a block list",
        "no such user in our SPF policy",
    ],
)
def test_words_about_us_never_cost_a_reader(reply: str) -> None:
    """Taking a policy block for a dead address would empty the list, one by one."""
    assert meaning(550, reply, stage=Stage.RCPT) is Meaning.REFUSED


@pytest.mark.parametrize(
    "reply",
    [
        "Relay access denied",
        "relay not permitted",
        "relaying denied, unknown user of this relay",
        "Unable to relay for ada@example.org",
        "sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)",
        "authentication required",
        "Access denied: this user is not authorized to send",
        "Message rejected: Email address is not verified.",
    ],
)
@pytest.mark.parametrize("stage", [Stage.RCPT, Stage.DATA])
def test_relay_that_does_not_know_us_rejects_nobody_for_good(reply: str, stage: Stage) -> None:
    """Once its settings are right again, all should get the edition still."""
    assert meaning(554, reply, stage=stage) is Meaning.RELAYS


@pytest.mark.parametrize(
    "reply",
    [
        "5.1.1 <ada@ai-policy.example>: user unknown",
        "5.1.1 <blocked@example.org> no such user",
        "<ada@blacksmith.example>: user unknown",
    ],
)
def test_an_address_that_is_quoted_is_no_word_about_us(reply: str) -> None:
    """Who lives at ai-policy.example may be gone as anybody."""
    assert meaning(550, reply, stage=Stage.RCPT) is Meaning.NO_SUCH_ADDRESS


def test_words_after_the_message_do_not_condemn_the_address() -> None:
    """By then the relay has taken the address once; the message may be what it minds."""
    assert meaning(550, "User unknown", stage=Stage.DATA) is Meaning.REFUSED


@pytest.mark.parametrize("stage", [Stage.CONNECT, Stage.MAIL])
def test_refusals_before_anybody_is_named_are_never_about_a_reader(stage: Stage) -> None:
    """A relay that says 5.1.1 to MAIL FROM speaks of the sender."""
    assert meaning(550, "5.1.1 unknown", stage=stage) is Meaning.OURS
    assert meaning(450, "not now", stage=stage) is Meaning.RELAYS


@pytest.mark.parametrize(
    ("code", "reply", "expected"),
    [
        (452, "4.2.2 <ada@example.org> Quota exceeded (mailbox for user is full)", Meaning.NOT_NOW),
        (451, "4.2.2 mailbox size limit exceeded", Meaning.NOT_NOW),
        (452, "4.2.1 this user receives mail too quickly", Meaning.NOT_NOW),
        (452, "mailbox full: quota exceeded", Meaning.NOT_NOW),
        (452, "size limit exceeded for this mailbox", Meaning.NOT_NOW),
        (452, "4.7.1 rate limit exceeded", Meaning.TOO_FAST),
        (452, "too many recipients this hour", Meaning.TOO_FAST),
        (451, "quota for sender exceeded", Meaning.TOO_FAST),
    ],
)
def test_one_full_mailbox_is_not_a_domain_served_too_fast(
    code: int, reply: str, expected: Meaning
) -> None:
    """Else everybody at the domain waits, again and again, because one of them is away."""
    assert meaning(code, reply, stage=Stage.RCPT) is expected


@given(
    code=st.integers(min_value=-1, max_value=999),
    reply=st.text(),
    stage=st.sampled_from(Stage),
)
def test_any_reply_has_a_meaning(code: int, reply: str, stage: Stage) -> None:
    """A relay may say anything at all; the run must outlive it."""
    assert meaning(code, reply, stage=stage) in Meaning


@given(reply=st.from_regex(r"[45]\.7\.\d{1,3} .*", fullmatch=True), stage=st.sampled_from(Stage))
def test_policy_never_counts_as_a_dead_address(reply: str, stage: Stage) -> None:
    """Whatever else a policy block says, the reader is not to blame."""
    assert meaning(550, reply, stage=stage) is not Meaning.NO_SUCH_ADDRESS

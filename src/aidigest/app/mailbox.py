"""The mailbox that refusals, complaints and farewells come to."""

import logging

from aidigest.adapters.mailbox import open_mailbox
from aidigest.app.parts import Parts
from aidigest.core.messages.envelopes import Sending
from aidigest.core.messages.message import message_id
from aidigest.logs import Event, log
from aidigest.steps.bounces import BouncesReport, collect


class Mailbox:
    """Reads what came back."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    def count_mail(self) -> int:
        """Return how many mails are in the mailbox; none is touched."""
        with open_mailbox(self._parts.settings.required_mailbox()) as mailbox:
            return len(mailbox.new(()))

    def collect_bounces(self) -> BouncesReport:
        """Read the mailbox: refusals, complaints, and readers who wrote to leave.

        Raises:
            SettingsError: There is no `MAILBOX_URL`.
            MailboxError: It cannot be read.
        """
        with open_mailbox(self._parts.settings.required_mailbox()) as mailbox:
            report = collect(
                mailbox,
                store=self._parts.bounces,
                keys=self._parts.settings.secret_keys,
                message_id=self._message_id,
                clock=self._parts.clock,
                stop=self._parts.stop.is_set,
                on_left=_log_left,
            )
        kinds = {kind.value: count for kind, count in report.kinds.items()}
        log(Event.MAILBOX_READ, mails=report.looked_at, suppressed=report.suppressed, **kinds)
        return report

    def _message_id(self, sending: Sending) -> str | None:
        stored = self._parts.editions.by_id(sending.edition_id)
        address = self._parts.bounces.address_of(sending.subscriber_id)
        if stored is None or address is None:
            return None
        key = self._parts.settings.required_secret_key()
        return message_id(stored[1].edition, address, key=key, domain=self._parts.publisher.domain)


def _log_left(uid: str, error: Exception) -> None:
    # What went wrong may quote the mail, and a mail names people.
    log(Event.MAIL_LEFT, level=logging.WARNING, mail=uid, reason=type(error).__name__)

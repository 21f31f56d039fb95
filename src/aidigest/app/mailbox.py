"""The mailbox that refusals, complaints and farewells come to."""

import logging
from collections.abc import Collection

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
                message_ids=self._message_ids,
                clock=self._parts.clock,
                stop=self._parts.stop.is_set,
                on_left=_log_left,
            )
        kinds = {kind.value: count for kind, count in report.kinds.items()}
        log(Event.MAILBOX_READ, mails=report.looked_at, suppressed=report.suppressed, **kinds)
        return report

    def _message_ids(self, sending: Sending) -> Collection[str]:
        """Return what the message's id is by each key that may have been in use."""
        stored = self._parts.editions.by_id(sending.edition_id)
        address = self._parts.bounces.address_of(sending.subscriber_id)
        if stored is None or address is None:
            return ()
        edition, domain = stored[1].edition, self._parts.publisher.domain
        keys = self._parts.settings.secret_keys
        return [message_id(edition, address, key=key, domain=domain) for key in keys]


def _log_left(uid: str, error: Exception) -> None:
    # What went wrong may quote the mail, and a mail names people.
    log(Event.MAIL_LEFT, level=logging.WARNING, mail=uid, reason=type(error).__name__)

"""Readers who ask for digests on the web."""

import threading
from collections.abc import Callable

from aidigest.adapters.letters import LetterWriter
from aidigest.app.parts import Parts
from aidigest.core.readers.joining import Answer, Asking, Waiting, askers
from aidigest.core.readers.subscriber import normal_address
from aidigest.logs import Event, log
from aidigest.steps.join import MailedAskings, mail_confirmations


class Joining:
    """Takes their wish, and asks back by mail."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        #: Set when somebody asks for a digest, so that the mail goes out at once.
        self.asked = threading.Event()

    def ask(self, asking: Asking, *, remote: str) -> Answer:
        """Take it that somebody asks for digests on the web; the mail goes out soon."""
        key = self._parts.settings.required_secret_key()
        who = askers(normal_address(asking.address), remote, key=key)
        answer = self._parts.signups.ask(asking, who, now=self._parts.clock())
        self.asked.set()
        return answer

    def mail_confirmations(self) -> MailedAskings:
        """Ask back everybody who asked for a digest on the web."""
        parts = self._parts
        report = mail_confirmations(
            store=parts.signups,
            mailer=parts.mailers[0],
            write=self._letters(),
            envelope_sender=parts.publisher.bounce_address,
            clock=parts.clock,
            stop=parts.stop.is_set,
        )
        if report.sent or report.silent or report.failed:
            log(
                Event.SIGNUPS_MAILED,
                sent=report.sent,
                silent=report.silent,
                failed=report.failed,
                reason=report.reason,
            )
        return report

    def _letters(self) -> Callable[[Waiting], bytes | None]:
        """Return what writes the mail to somebody who waits, by what we know of their address."""
        parts = self._parts
        writer = LetterWriter(
            pages=parts.pages,
            publisher=parts.publisher,
            key=parts.settings.required_secret_key(),
            titles={digest.id: digest.title for digest in parts.settings.digests},
            sign=parts.sign,
        )

        def write(waiting: Waiting) -> bytes | None:
            address = waiting.asking.address
            return writer.write(
                waiting,
                known=parts.subscribers.find(address),
                suppression=parts.subscribers.suppression(address),
                now=parts.clock(),
            )

        return write

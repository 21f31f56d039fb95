"""Readers who ask for digests on the web."""

import threading

from aidigest.adapters.letters import LetterWriter
from aidigest.app.parts import Parts
from aidigest.core.readers.joining import Answer, Asking, askers
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
        writer = LetterWriter(
            pages=self._parts.pages,
            publisher=self._parts.publisher,
            key=self._parts.settings.required_secret_key(),
            titles={digest.id: digest.title for digest in self._parts.settings.digests},
            sign=self._parts.sign,
        )
        report = mail_confirmations(
            store=self._parts.signups,
            mailer=self._parts.mailers[0],
            write=lambda waiting: writer.write(
                waiting,
                known=self._parts.subscribers.find(waiting.asking.address),
                suppression=self._parts.subscribers.suppression(waiting.asking.address),
                now=self._parts.clock(),
            ),
            envelope_sender=self._parts.publisher.bounce_address,
            clock=self._parts.clock,
            stop=self._parts.stop.is_set,
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

"""An edition on its way to its readers."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from aidigest.adapters.smtp_lines import SmtpLines
from aidigest.adapters.witness import Witness
from aidigest.app.composing import Composing
from aidigest.app.parts import Parts
from aidigest.app.proofing import Proofing
from aidigest.app.writing import Writing
from aidigest.core.delivery.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.delivery.plans import SendingPlan, make_plan
from aidigest.core.editions.digest import (
    ASKED_ABOUT_FOR,
    SENT_FOR,
    Digest,
    local_date,
    next_occurrence,
)
from aidigest.core.editions.edition import EditionReference
from aidigest.core.messages.message import Message
from aidigest.core.readers.preferences import personal_due
from aidigest.core.readers.subscriber import masked
from aidigest.core.shards import ALL
from aidigest.logs import Event, log
from aidigest.steps.compose import Composed, Skipped
from aidigest.steps.deliver import Conditions, DeliverReport, Ending, deliver

#: A worker has other things to do than to wait for one domain's pace; it comes back.
_WORKERS_PATIENCE = timedelta(minutes=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a run of `send` came to."""

    composed: Composed
    audience: int  #: How many were to get the edition when it was frozen.
    report: DeliverReport


class Sending:
    """Sends editions, and says how that gets on."""

    def __init__(
        self, parts: Parts, composing: Composing, proofing: Proofing, writing: Writing
    ) -> None:
        self._parts = parts
        self._composing = composing
        self._proofing = proofing
        self._writing = writing

    def send(
        self,
        digest: Digest,
        *,
        patience: timedelta = _WORKERS_PATIENCE,
        despite_findings: bool = False,
        on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
    ) -> Sent | Skipped:
        """Send today's edition to whoever has not got it yet.

        Raises:
            UnfitError: The linter found an error in the message, and *despite_findings* is false.
        """
        composed = self.prepare(digest, despite_findings=despite_findings)
        if isinstance(composed, Skipped):
            return composed
        return self.resume(composed, patience=patience, on_update=on_update)

    def prepare(
        self, digest: Digest, *, day: date | None = None, despite_findings: bool = False
    ) -> Composed | Skipped:
        """Make an edition, today's if not said, and freeze its audience; send nothing yet.

        Raises:
            UnfitError: As `send` does.
        """
        self._parts.settings.required_secret_key()
        composed = self._composing.compose(digest, day=day)
        if isinstance(composed, Skipped):
            return composed
        if not despite_findings:
            self._proofing.require_fit(composed.rendered)
        self._freeze(composed)
        return composed

    def _freeze(self, composed: Composed) -> int:
        digest_id = composed.rendered.edition.digest_id
        return self._parts.deliveries.freeze_audience(
            composed.edition_id, digest_id, now=self._parts.clock()
        )

    def resume(
        self,
        composed: Composed,
        *,
        shards: Sequence[int] = ALL,
        patience: timedelta = _WORKERS_PATIENCE,
        on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
    ) -> Sent:
        """Go on with the deliveries of an edition; its audience is frozen the first time.

        Args:
            composed: The edition.
            shards: The parts of its audience to send to.
            patience: How long to wait for readers who are held back for their domain's pace.
            on_update: Told of each outcome.
        """
        edition, parts = composed.rendered.edition, self._parts
        audience = self._freeze(composed)
        writers = self._writing.writers(composed.rendered, key=parts.settings.required_secret_key())

        def write(delivery: Delivery) -> Message:
            return writers.of(delivery.subscriber_id).message(delivery, now=parts.clock())

        def told(delivery: Delivery, update: DeliveryUpdate) -> None:
            self._log_delivery(delivery, update)
            on_update(delivery, update)

        folder = parts.settings.home / "var" / "offered"
        with (
            SmtpLines(parts.relays) as lines,
            Witness(folder, edition.digest_id, edition.date) as witness,
        ):
            report = deliver(
                composed.edition_id,
                ledger=parts.deliveries,
                lines=lines,
                witness=witness,
                write=write,
                conditions=self._conditions(edition.not_after, patience),
                shards=shards,
                on_update=told,
            )
        _log_send(composed, report, part=shards[0] if len(shards) == 1 else None)
        return Sent(composed=composed, audience=audience, report=report)

    def plan(self, digest: Digest) -> SendingPlan:
        """Say when the last mail of the next edition will leave."""
        limits = self._parts.limits
        audience, by_domain = self._parts.progress.audience(digest.id, limits.domains)
        starts_at = self.next_edition_at(digest)
        return make_plan(
            audience=audience,
            by_domain=by_domain,
            relays=tuple(str(one.relay) for one in self._parts.mailers),
            limits=limits,
            per_second=self._parts.progress.last_rate(digest.id),
            own_hours=self._own_hours(digest, starts_at),
            starts_at=starts_at,
            lasts=SENT_FOR,
        )

    def _own_hours(self, digest: Digest, starts_at: datetime) -> dict[datetime, int]:
        """Return when readers who chose an hour get an edition made then, and how many."""
        found: Counter[datetime] = Counter()
        for (hour, zone), count in self._parts.progress.own_hours(digest.id).items():
            until = starts_at + SENT_FOR
            found[personal_due(hour, zone, made_at=starts_at, not_after=until)] += count
        return found

    def next_edition_at(self, digest: Digest) -> datetime:
        """Return when an edition goes out next: not today again, where today's has been sent."""
        now, made = self._parts.clock(), self._made_today(digest)
        is_sent = made is not None and bool(self._parts.deliveries.counts(made))
        due_at = next_occurrence(digest, now)
        while is_sent and local_date(digest, due_at) == local_date(digest, now):
            due_at = next_occurrence(digest, due_at)
        return due_at

    def deliveries_so_far(
        self, digest: Digest
    ) -> tuple[list[tuple[datetime, int]], dict[DeliveryState, int]] | None:
        """Return how many of today's were sent by when and how all stand, once any are."""
        made = self._made_today(digest)
        counts = self._parts.deliveries.counts(made) if made is not None else {}
        return (self._parts.progress.sent_by(made), counts) if made is not None and counts else None

    def retry_failed(self, digest: Digest) -> int:
        """Have today's failed deliveries tried once more; return how many."""
        made, now = self._made_today(digest), self._parts.clock()
        return self._parts.progress.retry_failed(made, now=now) if made is not None else 0

    def _made_today(self, digest: Digest) -> int | None:
        return self._parts.editions.id_on(digest.id, local_date(digest, self._parts.clock()))

    def uncertain(self, digest: Digest) -> list[tuple[int, str]]:
        """Return what `settle` would settle: the editions' numbers, and the addresses."""
        return self._parts.progress.uncertain(
            digest.id, since=self._parts.clock() - ASKED_ABOUT_FOR
        )

    def settle(self, digest: Digest, *, resend: bool) -> tuple[int, int]:
        """Settle what is uncertain, as a person decided.

        Returns:
            How many are settled, and how many are not since their edition is too
            old: sent again they cannot be, and unsent nobody knows them to be.
        """
        now, settled, too_old = self._parts.clock(), 0, 0
        for one in self._lately(digest):
            if resend and one.rendered.edition.not_after < now:
                counts = self._parts.deliveries.counts(one.edition_id)
                too_old += counts.get(DeliveryState.UNCERTAIN, 0)
            else:
                settled += self._parts.deliveries.settle(one.edition_id, resend=resend, now=now)
        return settled, too_old

    def finish_earlier(self, digest: Digest) -> list[Sent]:
        """Come to an end with what is left of the digest's earlier editions.

        Most often that is to give it up, and to say so: it is too old to be sent.
        """
        today = local_date(digest, self._parts.clock())
        left = [
            one
            for one in self._lately(digest)
            if one.rendered.edition.date < today
            and self._parts.deliveries.next_due_at(one.edition_id) is not None
        ]
        return [self.resume(one) for one in left]

    def unsent(self, digest: Digest, *, day: date | None = None) -> tuple[EditionReference, ...]:
        """Return the editions before that day, today if not said, that nobody began to send.

        Who was to get them was never settled, so nothing in the ledger tells of them.
        """
        now = self._parts.clock()
        before = day or local_date(digest, now)
        return self._parts.editions.unsent(digest.id, since=now - ASKED_ABOUT_FOR, before=before)

    def passed_over(
        self, digest: Digest, *, day: date | None = None
    ) -> tuple[EditionReference, ...]:
        """Return those of them that none has followed yet: whoever sends the next one tells."""
        last = self._parts.editions.last_begun(digest.id)
        return tuple(one for one in self.unsent(digest, day=day) if one.number > last)

    def _lately(self, digest: Digest) -> list[Composed]:
        """Return the digest's editions that somebody may still ask about, oldest first."""
        return [
            Composed(edition_id=edition_id, rendered=rendered, created=False)
            for edition_id, rendered in self._parts.editions.recent(
                self._parts.clock() - ASKED_ABOUT_FOR
            )
            if rendered.edition.digest_id == digest.id
        ]

    def _conditions(self, not_after: datetime, patience: timedelta) -> Conditions:
        # A frozen clock never comes to the time that a row is held back until.
        is_frozen = self._parts.settings.now is not None
        return Conditions(
            not_after=not_after,
            limits=self._parts.limits,
            patience=timedelta(0) if is_frozen else patience,
            clock=self._parts.clock,
            pace_clock=self._parts.real_clock,
            stop=self._parts.stop.is_set,
        )

    def _log_delivery(self, delivery: Delivery, update: DeliveryUpdate) -> None:
        """Log what was not simply sent; readers by number, unless addresses are asked for."""
        if update.state is DeliveryState.SENT:
            return
        reply = f"{update.code or ''} {update.reply}".strip()
        names_readers = self._parts.settings.logs_addresses
        log(
            Event.DELIVERY_NOT_SENT,
            edition=delivery.edition_id,
            subscriber=delivery.subscriber_id,
            address=delivery.address if names_readers else None,
            state=update.state,
            reason=update.reason if names_readers else masked(update.reason, delivery.address),
            reply=reply if names_readers else masked(reply, delivery.address),
        )


def _log_send(composed: Composed, report: DeliverReport, *, part: int | None) -> None:
    if report.ended is Ending.BUSY:
        return
    edition = composed.rendered.edition
    counts = {state.value: count for state, count in report.counts.items()}
    log(
        Event.EDITION_SENT,
        digest=edition.digest_id,
        number=edition.number,
        part=part,
        ended=report.ended,
        reason=report.reason,
        **counts,
    )

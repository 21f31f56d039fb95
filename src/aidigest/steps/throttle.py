"""Keeping to the pace of relays and domains during a run; core/delivery/pace.py has the rules."""

from collections import Counter
from collections.abc import Iterable
from datetime import datetime, timedelta

from aidigest.core.delivery.deliveries import Delivery
from aidigest.core.delivery.pace import Bucket, Limits, domain_of, next_slot, rest, slots, take
from aidigest.steps.ports import Clock, LedgerRound

#: More is never asked of a bucket at a time.
_MANY = 1_000_000


class Throttle:
    """Lends out what the buckets have, and pays it back into the ledger each round.

    Args:
        limits: The rates that an operator set.
        clock: Aware UTC; never frozen.
    """

    def __init__(self, limits: Limits, clock: Clock) -> None:
        self._limits = limits
        self._clock = clock
        self._given: Counter[str] = Counter()
        self._budget: dict[str, int] = {}
        self._opens_at: dict[str, datetime] = {}
        #: Domains that may hold a message back; the others need no look at the ledger.
        self._watched = set(limits.domains)

    def watch(self, buckets: Iterable[str]) -> None:
        """Mind these buckets too: they rest since an earlier run."""
        self._watched |= {name.removeprefix("domain:") for name in buckets}

    def budget(self, relay: str) -> int:
        """Return how many messages the relay may be given before the next round."""
        if self._limits.relay(relay, self._clock()) is None:
            return _MANY
        return self._budget.get(relay, 0)

    def spend(self, relay: str) -> None:
        """Note that the relay was given a message."""
        self._given[relay] += 1
        self._budget[relay] = self._budget.get(relay, 0) - 1

    def wait_s(self, relays: Iterable[str]) -> float:
        """Return in how many seconds one of them may be given more; 0 where one may now."""
        waits = [self._wait_s(relay) for relay in relays]
        return min(waits, default=0.0)

    def is_due(self, relays: Iterable[str]) -> bool:
        """Whether a bucket that was empty has something again."""
        return any(self.budget(relay) <= 0 and self._wait_s(relay) <= 0 for relay in relays)

    def _wait_s(self, relay: str) -> float:
        if self.budget(relay) > 0 or relay not in self._opens_at:
            return 0.0
        return max((self._opens_at[relay] - self._clock()).total_seconds(), 0.0)

    def settle(self, round_: LedgerRound, relays: Iterable[str]) -> None:
        """Take from the buckets what was given, and see what is left."""
        now = self._clock()
        for relay in relays:
            rate = self._limits.relay(relay, now)
            if rate is None:
                continue
            bucket = round_.bucket(f"relay:{relay}")
            given = self._given.pop(relay, 0)
            if given:
                bucket = take(bucket, rate, now=now, count=given)
                round_.keep_bucket(bucket)
            self._budget[relay] = slots(bucket, rate, now=now, at_most=_MANY)
            self._opens_at[relay] = next_slot(bucket, rate, now=now)

    def admit(
        self, round_: LedgerRound, rows: Iterable[Delivery], *, now: datetime
    ) -> list[Delivery]:
        """Return the rows that may go now; those whose domain is full are put off.

        Args:
            round_: The transaction that claimed them.
            rows: Claimed.
            now: By the run's own clock, which may be frozen.
        """
        admitted = []
        for row in rows:
            domain = domain_of(row.address)
            wait = timedelta(0)
            if domain in self._watched and not row.has_slot:
                wait = self._enter(round_, domain)
            if wait > timedelta(0):
                rate = self._limits.domains.get(domain)
                reason = f"waits for its turn at {domain}" if rate else f"{domain} wants a rest"
                round_.hold(row.id, until=now + wait, reason=reason, has_slot=rate is not None)
            else:
                admitted.append(row)
        return admitted

    def _enter(self, round_: LedgerRound, domain: str) -> timedelta:
        """Take a slot at the domain; return how far off it is."""
        now, rate = self._clock(), self._limits.domains.get(domain)
        bucket = round_.bucket(_bucket_name(domain))
        if rate is not None:
            round_.keep_bucket(take(bucket, rate, now=now))
        return next_slot(bucket, rate, now=now) - now

    def let_rest(self, round_: LedgerRound, address: str) -> Bucket:
        """Give the address's domain a rest: it asked for one."""
        domain = domain_of(address)
        self._watched.add(domain)
        rested = rest(round_.bucket(_bucket_name(domain)), now=self._clock())
        round_.keep_bucket(rested)
        return rested


def _bucket_name(domain: str) -> str:
    return f"domain:{domain}"

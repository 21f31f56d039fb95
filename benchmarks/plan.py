"""What do ten million readers and 50,000 feeds take? `python benchmarks/plan.py [--readers N]`.

A day is played second by second: workers take parts of the readers as they are in the program,
each part with as many connections as a worker has; relays answer late, by chance, and keep to
their rates; workers die; feeds come due at all times and share a worker's processor with what it
sends. What a message, a poll and a row cost are the figures below, each measured by another script
here. The same seed always gives the same table; docs/scaling.md quotes it, and a test compares.
"""

import argparse
import math
import random
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from aidigest.core.shards import SHARDS

_DAY_S = 86_400

_WORKERS = (1, 2, 3, 4, 8, 16)

#: A time that is as good as the best.
_NEARLY = 1.02

#: Of a message; sums of fractions are never quite nought.
_NOTHING = 1e-6


@dataclass(frozen=True, slots=True, kw_only=True)
class Costs:
    """What was measured, and where."""

    #: Of `cluster.py --workers 1 --connections 64 --messages 10000 --disk /dev/shm --kills`.
    worker_cpu_s: float = 0.00082
    server_cpu_s: float = 0.00040
    statements: float = 0.37
    wal_bytes: float = 1811.0
    row_bytes: float = 467.0
    sessions: int = 14  #: That one worker has open in the database while it sends.
    part_s: float = 0.07  #: From the last message of a part to the first one of the next.
    #: Of `poll.py --feeds 2000`: an answer of 304, and a whole feed with its parser's time.
    unchanged_cpu_s: float = 0.00075
    changed_cpu_s: float = 0.035


@dataclass(frozen=True, slots=True, kw_only=True)
class Circumstances:
    """What the operator has, and what cannot be chosen."""

    readers: int = 10_000_000
    feeds: int = 50_000
    poll_every_s: float = 1800.0
    changed_share: float = 0.15  #: Of the polls that bring a feed that has changed.
    slow_share: float = 0.01  #: Of servers that say nothing until the deadline.
    fetch_s: float = 0.4  #: The median of an answer.
    deadline_s: float = 20.0
    polls_at_a_time: int = 8  #: Of a worker.
    relays: int = 4
    relay_rate: float = 500.0  #: Messages per second that each one takes.
    reply_s: float = 0.05  #: The median of a relay's reply to a final dot.
    connections: int = 16  #: Of a worker to each relay.
    server_cores: int = 8  #: Of the database.
    deaths: float = 1.0  #: Of workers, in an hour; a part goes back to the end of the queue,
    restart_s: float = 10.0  #: and the worker comes back after so long (our systemd unit's).
    seed: int = 8


@dataclass(slots=True, kw_only=True)
class Sender:
    """A worker, and the part of the readers that it is at."""

    left: float = 0.0  #: Messages of its part.
    ready_at: float = 0.0  #: When it can send again.
    debt_s: float = 0.0  #: Processor time that polls took from it.


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What came of it."""

    workers: int
    last_mail_s: float
    held_by: str  #: What held most of the seconds back.
    peak: float  #: Messages in the busiest second.
    worker_busy: float  #: The part of their processors that workers used while sending.
    server_busy: float  #: Likewise of the database.
    poll_backlog: int  #: The most feeds that were due and waited.

    def __str__(self) -> str:
        return (
            f"{self.workers:7} {_clock(self.last_mail_s):>10} {self.peak:7.0f}"
            f" {self.worker_busy:7.0%} {self.server_busy:8.0%} {self.poll_backlog:7}"
            f"  {self.held_by}"
        )


_HEAD = (
    f"{'workers':>7} {'last mail':>10} {'per s':>7} {'busy':>7} {'database':>8} {'waiting':>7}"
    "  held back by"
)


@dataclass(slots=True)
class Simulation:
    """One day of so many workers."""

    costs: Costs
    about: Circumstances
    workers: int
    dice: random.Random = field(init=False)
    senders: list[Sender] = field(init=False)
    parts: deque[float] = field(init=False)
    held: dict[str, float] = field(default_factory=dict)
    peak: float = 0.0
    sent: float = 0.0

    def __post_init__(self) -> None:
        self.dice = random.Random(self.about.seed)
        self.senders = [Sender() for _ in range(self.workers)]
        self.parts = deque(self._sizes())

    def run(self) -> Day:
        """Send the day's edition while feeds are polled."""
        second, busy, waiting, most = 0, 0.0, 0.0, 0
        while (self.parts or any(one.left for one in self.senders)) and second < _DAY_S:
            polled, waiting = self._poll(waiting)
            most = max(most, round(waiting))
            self._die(second)
            before = self.sent
            self._second(second)
            self.peak = max(self.peak, self.sent - before)
            busy += (self.sent - before) * self.costs.worker_cpu_s + polled
            second += 1
        server_s = self.sent * self.costs.server_cpu_s
        return Day(
            workers=self.workers,
            last_mail_s=second,
            held_by=max(self.held, key=lambda what: self.held[what], default="nothing"),
            peak=self.peak,
            worker_busy=busy / (second * self.workers),
            server_busy=server_s / (second * self.about.server_cores),
            poll_backlog=most,
        )

    def _sizes(self) -> Iterator[float]:
        """Return how many readers are in each part: by their numbers, so nearly the same."""
        whole, over = divmod(self.about.readers, SHARDS)
        for shard in range(SHARDS):
            yield whole + (shard < over)

    def _poll(self, waiting: float) -> tuple[float, float]:
        """Poll for a second; return the processor time that it took, and how many wait still."""
        about, costs = self.about, self.costs
        due = waiting + self._poisson(about.feeds / about.poll_every_s)
        takes = (1 - about.slow_share) * about.fetch_s + about.slow_share * about.deadline_s
        asked = min(due, self.workers * about.polls_at_a_time / takes)
        changed = asked * about.changed_share
        cpu = changed * costs.changed_cpu_s + (asked - changed) * costs.unchanged_cpu_s
        for sender in self.senders:
            sender.debt_s += cpu / self.workers
        return cpu, min(due - asked, about.feeds)

    def _die(self, second: int) -> None:
        """Let one die now and then: others go on with its part, and it comes back."""
        if self.dice.random() < self.about.deaths / 3600:
            victim = self.dice.choice(self.senders)
            if victim.left:
                self.parts.append(victim.left)
                victim.left = 0.0
            victim.ready_at = second + self.about.restart_s

    def _second(self, second: int) -> None:
        """Send for a second, each as fast as what is slowest lets it."""
        reply_s = self.about.reply_s * math.exp(self.dice.gauss(0, 0.15))
        wanted = [self._wanted(sender, second, reply_s) for sender in self.senders]
        total = sum(number for number, _ in wanted)
        shares = {
            "the relays' rates": self.about.relays * self.about.relay_rate,
            "the database's processors": self.about.server_cores / self.costs.server_cpu_s,
        }
        tightest = min(shares, key=lambda what: shares[what])
        reasons = [why for _, why in wanted] if total <= shares[tightest] else [tightest]
        for why in reasons:
            self.held[why] = self.held.get(why, 0.0) + 1 / len(reasons)
        scale = min(1.0, shares[tightest] / total) if total else 0.0
        for sender, (number, _) in zip(self.senders, wanted, strict=True):
            done = min(number * scale, sender.left)
            sender.left -= done
            self.sent += done
            if sender.left < _NOTHING:
                sender.left, sender.ready_at = 0.0, max(sender.ready_at, second + self.costs.part_s)

    def _wanted(self, sender: Sender, second: int, reply_s: float) -> tuple[float, str]:
        """Return how many messages a worker could send now, were it alone, and why not more."""
        if not sender.left and self.parts:
            sender.left = self.parts.popleft()
        if not sender.left:
            return 0.0, "no part is left for it"
        available = min(max(second + 1 - sender.ready_at, 0.0), 1.0)
        free = max(available - sender.debt_s, 0.0)
        sender.debt_s = max(sender.debt_s - available, 0.0)
        by_processor = free / self.costs.worker_cpu_s
        by_connections = available * self.about.connections * self.about.relays / reply_s
        if by_processor < by_connections:
            return min(by_processor, sender.left), "the workers' processors"
        return min(by_connections, sender.left), "the relays' replies"

    def _poisson(self, mean: float) -> int:
        return max(round(self.dice.gauss(mean, math.sqrt(mean))), 0)


def requirements(costs: Costs, about: Circumstances, workers: int) -> Iterator[str]:
    """Tell what so many workers and a day's rows need."""
    rows = about.readers
    yield f"connections to relays      {workers * about.connections * about.relays:,}"
    yield f"sessions in the database   {workers * costs.sessions:,}"
    yield f"statements a day           {rows * costs.statements:,.0f}"
    yield f"deliveries a day           {rows:,} rows, {_gb(rows * costs.row_bytes)}"
    yield f"write-ahead log a day      {_gb(rows * costs.wal_bytes)}"
    for days in (14, 90):
        yield f"deliveries of {days:2} days      {_gb(days * rows * costs.row_bytes)}"
    yield f"polls a second             {about.feeds / about.poll_every_s:.1f}"
    polls = about.feeds / about.poll_every_s
    mean = about.changed_share * costs.changed_cpu_s
    mean += (1 - about.changed_share) * costs.unchanged_cpu_s
    yield f"processors for polls       {polls * mean:.2f}"


def report(costs: Costs, about: Circumstances, workers: Sequence[int]) -> str:
    """Return the table, and what the fewest workers need that hold nothing back."""
    days = [Simulation(costs, about, number).run() for number in workers]
    best = min(day.last_mail_s for day in days)
    polling = [day for day in days if day.poll_backlog < about.feeds / about.poll_every_s]
    enough = [day for day in polling if day.last_mail_s < _NEARLY * best] or days[-1:]
    lines = [f"{about.readers:,} readers, {about.feeds:,} feeds, seed {about.seed}", _HEAD]
    lines += map(str, days)
    lines += ["", f"with {enough[0].workers} workers:"]
    return "\n".join([*lines, *requirements(costs, about, enough[0].workers)])


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    return f"{minutes // 60}:{minutes % 60:02}:{rest:02}"


def _gb(size: float) -> str:
    return f"{size / 1e9:,.1f} GB"


def main() -> None:
    """Print it."""
    usual = Circumstances()
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--readers", type=int, default=usual.readers)
    parser.add_argument("--feeds", type=int, default=usual.feeds)
    parser.add_argument("--relays", type=int, default=usual.relays)
    parser.add_argument("--relay-rate", type=float, default=usual.relay_rate, help="per second")
    parser.add_argument("--reply", type=float, default=usual.reply_s, help="in seconds")
    parser.add_argument("--connections", type=int, default=usual.connections)
    parser.add_argument("--workers", type=int, nargs="+", default=_WORKERS)
    parser.add_argument("--seed", type=int, default=usual.seed)
    args = parser.parse_args()
    about = Circumstances(
        readers=args.readers,
        feeds=args.feeds,
        relays=args.relays,
        relay_rate=args.relay_rate,
        reply_s=args.reply,
        connections=args.connections,
        seed=args.seed,
    )
    print(report(Costs(), about, args.workers))


if __name__ == "__main__":
    main()

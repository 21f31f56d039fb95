"""Jobs: nudges to look at rows, which say what is to be done; one lost or doubled is harmless."""

from dataclasses import dataclass
from enum import StrEnum


class Queue(StrEnum):
    """What waits for one another; a worker does only so many jobs of each queue at a time."""

    POLL = "poll"  #: Feeds are asked.
    DELIVER = "deliver"  #: Messages are handed over.
    ERRANDS = "errands"  #: Everything else: editions are made, mails for a few are sent and read.


class JobKind(StrEnum):
    """What a job asks to be looked at."""

    POLL = "poll"  #: Feeds that are due; of one part of the sites if it names one.
    PUBLISH = "publish"  #: A digest whose edition is due.
    DELIVER = "deliver"  #: An edition's deliveries; of one part of the readers if it names one.
    CONFIRM = "confirm"  #: People who asked for a digest on the web.
    TELL = "tell"  #: Alarms that the maintainer should hear of.
    BOUNCES = "bounces"  #: The mailbox.

    @property
    def queue(self) -> Queue:
        """Where it waits."""
        return _QUEUES.get(self, Queue.ERRANDS)


_QUEUES = {JobKind.POLL: Queue.POLL, JobKind.DELIVER: Queue.DELIVER}


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """One nudge."""

    kind: JobKind
    about: str = ""  #: A digest's id, or an edition's row id.
    shard: int | None = None  #: None: all of them.
    is_urgent: bool = False  #: It goes before others of its queue; who died had begun it.

    @property
    def name(self) -> str:
        """What tells it from others; of one name, one waits at a time."""
        parts = (self.kind.value, self.about, "" if self.shard is None else str(self.shard))
        return ":".join(part for part in parts if part)

"""Summarise: a language model may word summaries better; where it fails, the extracts stand.

An edition never waits for it longer than its time, and never fails by it.
"""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from datetime import date

from aidigest.core.editions.edition import Edition, EditionStory, with_summaries
from aidigest.core.stories.grounding import ungrounded
from aidigest.errors import WriterError
from aidigest.steps.ports import SpendingStore, SummaryWriter

#: So many stories are asked about at a time.
_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Summariser:
    """Asks for summaries of an edition's stories, as far as the day's budget goes."""

    writer: SummaryWriter
    spending: SpendingStore
    daily_requests: int  #: More are not made on one day, whatever happens.
    patience_s: float  #: What has not come by then is not waited for.
    on_refused: Callable[[str, str], None]  #: Told a story's id and why its summary was not taken.

    def improve(
        self, edition: Edition, sources: Mapping[str, Sequence[str]], *, day: date
    ) -> Edition:
        """Return the edition with those summaries that came in time and are true to the sources.

        Args:
            edition: As it was composed.
            sources: What each story's entries say, by the story's id.
            day: Whose budget is used.
        """
        stories = edition.stories
        allowed = self.spending.take(day, len(stories), most=self.daily_requests)
        return with_summaries(edition, self._written(stories[:allowed], sources))

    def _written(
        self, stories: Sequence[EditionStory], sources: Mapping[str, Sequence[str]]
    ) -> dict[str, str]:
        pool = ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="summarise")
        asked = {
            story.id: pool.submit(self.writer.write, sources[story.id], language=story.language)
            for story in stories
        }
        wait(asked.values(), timeout=self.patience_s)
        pool.shutdown(wait=False, cancel_futures=True)
        found = {}
        for story_id, answer in asked.items():
            summary, refusal = _outcome(answer, sources[story_id])
            if refusal:
                self.on_refused(story_id, refusal)
            else:
                found[story_id] = summary
        return found


def _outcome(answer: "Future[str]", sources: Sequence[str]) -> tuple[str, str]:
    """Return the summary, or why there is none to use."""
    if not answer.done() or answer.cancelled():
        return "", "it did not come in time"
    try:
        summary = answer.result()
    except WriterError as error:
        return "", str(error)
    return summary, ungrounded(summary, sources)

"""Read articles: where no feed has a summary, the page's own first sentences make one."""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from aidigest.core.editions.edition import Edition, EditionStory, with_summaries
from aidigest.core.stories.wording import extract
from aidigest.steps.ports import ArticleReader

#: More pages are not read for one edition.
_MOST_PAGES = 20
#: So many are read at a time.
_AT_ONCE = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class PageSummaries:
    """Finds summaries for stories that have none."""

    reader: ArticleReader

    def improve(self, edition: Edition) -> Edition:
        """Return the edition with the summaries that the stories' own pages gave."""
        bare = [story for story in edition.stories if not story.summary and story.url]
        return with_summaries(edition, self._found(bare[:_MOST_PAGES]))

    def _found(self, stories: list[EditionStory]) -> Mapping[str, str]:
        with ThreadPoolExecutor(max_workers=_AT_ONCE, thread_name_prefix="articles") as pool:
            texts = pool.map(lambda story: self.reader.read(story.url or ""), stories)
            return {
                story.id: extract(text, story.title)
                for story, text in zip(stories, texts, strict=True)
            }

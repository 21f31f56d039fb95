"""The archive: every edition as a Markdown file, for Hugo, Jekyll, Astro or plain reading."""

from pathlib import Path

from aidigest.core.editions.edition import RenderedEdition
from aidigest.whole import write_whole


class MarkdownArchive:
    """Keeps editions as `<folder>/<digest>/<date>.md`; Archive of steps/ports.py."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, rendered: RenderedEdition) -> None:
        """Write the edition, replacing what is there for the same day."""
        path = self.path(rendered)
        path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(path, rendered.markdown)

    def path(self, rendered: RenderedEdition) -> Path:
        """Return where the edition is kept."""
        edition = rendered.edition
        return self._folder / edition.digest_id / f"{edition.date.isoformat()}.md"

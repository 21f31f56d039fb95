"""The archive: every edition as a Markdown file, for Hugo, Jekyll, Astro or plain reading."""

from pathlib import Path

from aidigest.core.editions.edition import RenderedEdition


class MarkdownArchive:
    """Keeps editions as `<folder>/<digest>/<date>.md`; Archive of steps/ports.py."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, rendered: RenderedEdition) -> None:
        """Write the edition, replacing what is there for the same day."""
        path = self.path(rendered)
        path.parent.mkdir(parents=True, exist_ok=True)
        # Under its own name only when whole: a death in between leaves no half file.
        unfinished = path.with_suffix(".md.part")
        unfinished.write_text(rendered.markdown, encoding="utf-8", newline="\n")
        unfinished.replace(path)

    def path(self, rendered: RenderedEdition) -> Path:
        """Return where the edition is kept."""
        edition = rendered.edition
        return self._folder / edition.digest_id / f"{edition.date.isoformat()}.md"

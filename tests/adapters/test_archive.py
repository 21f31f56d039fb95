"""The archive's files."""

from dataclasses import replace
from pathlib import Path

import samples
from aidigest.adapters.archive import MarkdownArchive
from aidigest.core.editions.edition import RenderedEdition

RENDERED = RenderedEdition(
    edition=samples.usual(), subject="Subject", html="", text="", markdown="# Tiêu đề\n"
)


def test_an_edition_is_a_file_named_by_its_digest_and_day(tmp_path: Path) -> None:
    """Site generators take the address from the path."""
    MarkdownArchive(tmp_path / "new").keep(RENDERED)

    kept = tmp_path / "new" / "daily" / "2026-09-14.md"
    assert kept.read_bytes() == "# Tiêu đề\n".encode()
    assert kept == MarkdownArchive(tmp_path / "new").path(RENDERED)


def test_an_edition_kept_again_replaces_the_file_and_leaves_nothing_else(tmp_path: Path) -> None:
    """A compose that died after the archive comes here again."""
    archive = MarkdownArchive(tmp_path)
    archive.keep(RENDERED)
    archive.keep(replace(RENDERED, markdown="# Again\n"))

    (kept,) = (tmp_path / "daily").iterdir()
    assert kept.read_text(encoding="utf-8") == "# Again\n"


def test_what_a_death_left_behind_is_no_hindrance(tmp_path: Path) -> None:
    """Half a file is never under the edition's own name."""
    archive = MarkdownArchive(tmp_path)
    unfinished = tmp_path / "daily" / "2026-09-14.md.part"
    unfinished.parent.mkdir()
    unfinished.write_text("half", encoding="utf-8")

    archive.keep(RENDERED)

    assert not unfinished.exists()
    assert archive.path(RENDERED).read_text(encoding="utf-8") == "# Tiêu đề\n"

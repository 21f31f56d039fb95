"""The files of a preview: what is shown is what is sent."""

import json
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

import samples
from aidigest.core.editions.edition import UNSUBSCRIBE_MARK
from aidigest.preview import Preview, write_preview
from previews import preview_of


@pytest.fixture(scope="module")
def preview() -> Preview:
    """Return a preview in Vietnamese, where encodings show."""
    return preview_of(samples.vietnamese())


def test_all_five_files_are_written(preview: Preview, tmp_path: Path) -> None:
    """The names are a contract with outside checks."""
    write_preview(preview, tmp_path / "new" / "folder")

    assert {file.name for file in (tmp_path / "new" / "folder").iterdir()} == {
        "edition.json",
        "edition.md",
        "email.html",
        "email.txt",
        "message.eml",
    }


def test_the_parts_written_are_those_of_the_message(preview: Preview, tmp_path: Path) -> None:
    """A preview of what was rendered would not show what encoding did to it."""
    write_preview(preview, tmp_path)

    parsed = message_from_bytes((tmp_path / "message.eml").read_bytes(), policy=default)
    for kind, name in (("plain", "email.txt"), ("html", "email.html")):
        part = parsed.get_body((kind,))
        assert part is not None
        written = (tmp_path / name).read_bytes().decode()
        assert written == part.get_content().replace("\r\n", "\n")
        assert UNSUBSCRIBE_MARK not in written
        assert "https://d.example/unsubscribe/" in written


def test_the_edition_is_readable_json(preview: Preview, tmp_path: Path) -> None:
    """People read it too, so Vietnamese stays Vietnamese."""
    write_preview(preview, tmp_path)

    text = (tmp_path / "edition.json").read_text(encoding="utf-8")
    assert '\n  "edition": {\n    "digest": "daily"' in text
    assert "trí tuệ nhân tạo" in text
    assert json.loads(text)["edition"]["subject"] == preview.rendered.subject


def test_a_second_preview_replaces_the_first(preview: Preview, tmp_path: Path) -> None:
    """A maintainer runs it after each change of a template."""
    write_preview(preview_of(samples.large(12)), tmp_path)
    write_preview(preview, tmp_path)

    assert (tmp_path / "email.html").read_bytes().decode() == preview.html

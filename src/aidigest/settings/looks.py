"""The looks that a home has templates for: its own, and those that came along."""

from collections.abc import Iterable
from pathlib import Path

from aidigest.settings.shipped import shipped


def template_folders(home: Path) -> tuple[Path, Path]:
    """Return where templates are looked up; the operator's own stand before those shipped."""
    return home / "templates", shipped("templates")


def looks(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return every folder of templates that has a mail in it."""
    found = {page.parent.name for folder in folders for page in folder.glob("*/email.html")}
    return tuple(sorted(name for name in found if not name.startswith("_")))

"""The looks and languages that a home has templates for: its own, and those that came along."""

from collections.abc import Iterable
from pathlib import Path

from aidigest.settings.shipped import shipped

#: The templates are written in it; the words of every other language lie beside them.
_SOURCE = "en"


def template_folders(home: Path) -> tuple[Path, Path]:
    """Return where templates are looked up; the operator's own stand before those shipped."""
    return home / "templates", shipped("templates")


def looks(folders: Iterable[Path]) -> tuple[str, ...]:
    """Return every folder of templates that has a mail in it."""
    found = {page.parent.name for folder in folders for page in folder.glob("*/email.html")}
    return tuple(sorted(name for name in found if not name.startswith("_")))


def languages(folders: Iterable[Path], *, domain: str) -> tuple[str, ...]:
    """Return the languages that there are words in, first the one that templates are written in.

    Args:
        folders: Where templates are looked up.
        domain: Whose words: `messages` for the mail, `web` for the pages.
    """
    files = (path for folder in folders for path in (folder / "locale").glob(f"*/{domain}.po"))
    found = {path.parent.name for path in files}
    return (_SOURCE, *sorted(found - {_SOURCE}))

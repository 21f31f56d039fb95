"""Words in other languages: the .po files of `templates/locale/`, compiled when they are read."""

import io
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations


def translations(folders: Sequence[Path], language: str, *, domain: str) -> NullTranslations:
    """Return a language's words, read anew once their file has changed.

    Args:
        folders: Where templates are looked up; the first with such a file wins.
        language: As the file's folder is called.
        domain: Whose words: `messages` for the mail, `web` for the pages.
    """
    for folder in folders:
        catalogue = folder / "locale" / language / f"{domain}.po"
        if catalogue.is_file():
            return _compiled(catalogue, catalogue.stat().st_mtime_ns)
    return NullTranslations()


@lru_cache(maxsize=16)
def _compiled(path: Path, _changed: int) -> Translations:
    compiled = io.BytesIO()
    with path.open("rb") as file:
        write_mo(compiled, read_po(file, locale=path.parent.name))
    compiled.seek(0)
    return Translations(compiled)

"""Words in other languages: the .po files of `templates/locale/`, compiled when they are read."""

import io
import re
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po
from babel.support import NullTranslations, Translations

from aidigest.adapters.mistakes import MISTAKES, render_error
from aidigest.errors import RenderError

#: A line that says something. Babel takes one without its quotes, and cuts letters off instead.
_LINE = re.compile(r'((msgctxt|msgid|msgid_plural|msgstr(\[\d+\])?)\s+)?"([^"\\]|\\.)*"')


def translations(folders: Sequence[Path], language: str, *, domain: str) -> NullTranslations:
    """Return a language's words, read anew once their file has changed.

    Args:
        folders: Where templates are looked up; the first with such a file wins.
        language: As the file's folder is called.
        domain: Whose words: `messages` for the mail, `web` for the pages.

    Raises:
        RenderError: There is a mistake in them, told with file and line.
    """
    for folder in folders:
        catalogue = folder / "locale" / language / f"{domain}.po"
        if catalogue.is_file():
            return _compiled(catalogue, catalogue.stat().st_mtime_ns)
    return NullTranslations()


@lru_cache(maxsize=16)
def _compiled(path: Path, _changed: int) -> Translations:
    compiled = io.BytesIO()
    try:
        write_mo(compiled, _read(path))
        compiled.seek(0)
        return Translations(compiled)
    except PoFileError as error:
        # It counts lines from nought, and ends its words with that.
        reason = str(error).rpartition(" on ")[0]
        raise RenderError(str(path), reason, line=error.lineno + 1) from error
    except MISTAKES as error:
        raise render_error(str(path), error) from error


def _read(path: Path) -> Catalog:
    lines = path.read_text(encoding="utf-8-sig").splitlines()
    for number, line in enumerate(map(str.strip, lines), start=1):
        if line and not line.startswith("#") and not _LINE.fullmatch(line):
            reason = f"{line} cannot be read; write it as msgid or msgstr and a text in quotes"
            raise RenderError(str(path), reason, line=number)
    catalogue = read_po(lines, locale=path.parent.name, abort_invalid=True)
    for message, errors in catalogue.check():
        raise RenderError(str(path), f"{message.id!r}: {errors[0]}", line=message.lineno)
    return catalogue

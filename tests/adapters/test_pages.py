"""The web's pages: every word in every language, and an operator's own templates first."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from babel.messages.pofile import read_po
from jinja2 import Environment

from aidigest.adapters.dates import own_name
from aidigest.adapters.pages import PageRenderer
from aidigest.errors import RenderError
from aidigest.settings import Site
from previews import SHIPPED

SITE = Site(name="Harbor", base_url="https://d.example", sender="Harbor <d@d.example>")
#: Said by the program itself, not by a template.
OURS = {
    (
        "Send me %(digests)s by mail. My address is used for nothing else,"
        " and I can leave at any time with one click."
    )
}


def _said() -> set[str]:
    environment = Environment(extensions=["jinja2.ext.i18n"], autoescape=True)
    environment.newstyle_gettext = True  # type: ignore[attr-defined]  # The extension reads it.
    files = [*(SHIPPED / "web").glob("*.html"), *(SHIPPED / "web").glob("*.txt")]
    said = set()
    for file in files:
        text = file.read_text(encoding="utf-8")
        for _, _, message in environment.extract_translations(text):  # type: ignore[attr-defined]  # As above.
            said.add(message[0] if isinstance(message, tuple) else message)
    return said


@pytest.mark.parametrize("language", ["vi"])
def test_every_word_of_the_pages_is_translated_and_none_is_left_over(language: str) -> None:
    """A sentence added to a template is easily forgotten in the catalogue."""
    with (SHIPPED / "locale" / language / "web.po").open("rb") as file:
        catalogue = read_po(file, locale=language)
    known = {
        one.id[0] if isinstance(one.id, (tuple, list)) else one.id
        for one in catalogue
        if one.id and all(one.string if isinstance(one.string, tuple) else [one.string])
    }

    assert known == _said() | OURS


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("locale/*/*.po")), ids=lambda path: path.name)
def test_no_line_of_a_catalogue_is_passed_over(path: Path) -> None:
    """What cannot be read, such as the marks of a merge, is skipped with a word to nobody."""
    with path.open("rb") as file:
        catalogue = read_po(file, locale=path.parent.name, abort_invalid=True)

    assert len(catalogue)


@pytest.mark.parametrize(
    ("language", "said"),
    [("en", "Somebody, 19:56, Nov 25, 2026"), ("vi", "Somebody, 19:56, 25 thg 11, 2026")],
)
def test_a_day_stands_in_the_order_of_its_language(
    tmp_path: Path, language: str, said: str
) -> None:
    """Under "Thursday, November 26, 2026" the stories were of "25 Nov 2026"."""
    (tmp_path / "web").mkdir()
    template = 'Somebody, {{ at | at_time("Asia/Ho_Chi_Minh") }}'
    (tmp_path / "web" / "own.html").write_text(template)
    pages = PageRenderer((tmp_path, SHIPPED), site=SITE)

    page = pages.page("own.html", language=language, at=datetime(2026, 11, 25, 12, 56, tzinfo=UTC))

    assert page == said


@pytest.mark.parametrize(
    ("language", "name"),
    [("en", "English"), ("vi", "Tiếng Việt"), ("id", "Indonesia"), ("pt-BR", "Português (Brasil)")],
)
def test_a_language_is_called_as_it_calls_itself(language: str, name: str) -> None:
    """A language that an operator adds was offered to readers as "id"."""
    assert own_name(language) == name
    assert own_name("tlh") == "tlh"


def test_an_operators_own_page_wins(tmp_path: Path) -> None:
    """As with the editions' templates."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "style.css").write_text("body { color: teal }")

    pages = PageRenderer((tmp_path, SHIPPED), site=SITE)

    assert pages.asset("style.css")[0] == b"body { color: teal }"
    assert pages.asset("icon.svg")[0].startswith(b"<svg")
    assert pages.languages == ("en", "vi")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("Subject\n{{ nosuch }}", "'nosuch' is undefined"),
        ("Subject\n{% if %}", "Expected an expression, got 'end of statement block'"),
        ("Subject\n{{ days + language }}", "unsupported operand"),
    ],
)
def test_a_mistake_in_an_own_page_is_told_by_file_and_line(
    tmp_path: Path, text: str, reason: str
) -> None:
    """As with the editions' templates: whoever wrote it is to find it."""
    (tmp_path / "web").mkdir()
    (tmp_path / "web" / "confirm_mail.txt").write_text(text)
    pages = PageRenderer((tmp_path, SHIPPED), site=SITE)

    with pytest.raises(RenderError, match=reason) as raised:
        pages.page("confirm_mail.txt", language="en", days=7)

    assert raised.value.template.endswith("confirm_mail.txt")
    assert raised.value.line == 2


def test_a_page_that_is_not_there_is_told_by_name() -> None:
    """An own page may extend one that a newer version has no more."""
    pages = PageRenderer((SHIPPED,), site=SITE)

    with pytest.raises(RenderError, match="not found"):
        pages.page("nosuch.html", language="en")

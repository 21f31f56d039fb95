"""Rendering: an edition through the Jinja templates of its look, then inlined, once."""

from collections.abc import Callable, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import (
    BytecodeCache,
    Environment,
    FileSystemBytecodeCache,
    FileSystemLoader,
    StrictUndefined,
    TemplateNotFound,
    select_autoescape,
)
from jinja2.bccache import Bucket

from aidigest.adapters.catalogues import translations
from aidigest.adapters.dates import direction
from aidigest.adapters.filters import filters, shown
from aidigest.adapters.inlining import inline
from aidigest.adapters.mistakes import MISTAKES, render_error
from aidigest.core.editions.edition import (
    UNSUBSCRIBE_MARK,
    Edition,
    RenderedEdition,
    archive_url,
    with_plain_addresses,
    without_marks,
)
from aidigest.core.editions.fitting import BUDGET, fitted
from aidigest.core.headers import clean
from aidigest.errors import RenderError
from aidigest.garbage import uncollected
from aidigest.settings import Site
from aidigest.settings.looks import looks

#: A reader's own address stands in the page where there is a mark now, and is longer.
_ADDRESS = 250

#: What a look has beside its mail; each may just extend another's.
_BESIDE = ("email.txt", "edition.md", "subject.txt")


class TemplateRenderer:
    """The Renderer of the steps.

    Args:
        folders: Where templates are looked up; the first that has one wins, so
            an operator's own stand before those that came with the program.
        site: Who publishes.
        cache: Keeps compiled templates from one run to the next: a new process
            renders in half the time. In memory alone if not given.
        inliner: Moves a page's styles into its elements.
    """

    def __init__(
        self,
        folders: Sequence[Path],
        *,
        site: Site,
        cache: Path | None = None,
        inliner: Callable[[str], str] = inline,
    ) -> None:
        self._folders = tuple(folders)
        self._site = site
        self._inline = inliner
        self._compiled = _Compiled() if cache is None else _on_disk(cache)

    @uncollected()
    def render(self, edition: Edition) -> RenderedEdition:
        """Render and inline it once; raise RenderError with the template's file and line.

        The Markdown has every story. HTML and text have all that a mail has room for.
        """
        environment = cache(self._environment)
        page = cache(lambda smaller: self._page(environment(smaller), smaller))

        def size(smaller: Edition) -> int:
            html = page(smaller)
            return len(html.encode()) + html.count(UNSUBSCRIBE_MARK) * _ADDRESS

        linked = with_plain_addresses(without_marks(edition))
        mailed = fitted(linked, size=size, budget=BUDGET)
        return RenderedEdition(
            edition=edition,
            subject=str(environment(mailed).globals["subject"]),
            html=page(mailed),
            text=self._part(environment(mailed), mailed, "email.txt"),
            markdown=self._part(environment(linked), linked, "edition.md"),
        )

    @property
    def looks(self) -> tuple[str, ...]:
        """Every folder of templates that has a mail in it."""
        return looks(self._folders)

    def _environment(self, edition: Edition) -> Environment:
        environment = Environment(
            loader=FileSystemLoader(self._folders),
            bytecode_cache=self._compiled,
            autoescape=select_autoescape(enabled_extensions=("html",)),
            undefined=StrictUndefined,
            finalize=shown,
            # An edition is rendered once or twice: looking for constants takes longer than they do.
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
            keep_trailing_newline=True,
            extensions=["jinja2.ext.i18n"],
        )
        words = translations(self._folders, edition.language, domain="messages")
        environment.install_gettext_translations(words, newstyle=True)  # type: ignore[attr-defined]  # The extension adds it.
        environment.filters |= filters(edition)
        environment.globals |= {
            "direction": direction,
            "edition": edition,
            "site": self._site,
            "unsubscribe_url": UNSUBSCRIBE_MARK,
            "preferences_url": f"{UNSUBSCRIBE_MARK}/preferences",
            "archive_url": lambda day: archive_url(self._site.base_url, edition.digest_id, day),
        }
        subject = self._part(environment, edition, "subject.txt")
        # As the header will have it: the page's title must be the same (rule H13).
        environment.globals["subject"] = clean(subject)
        return environment

    def _page(self, environment: Environment, edition: Edition) -> str:
        page = self._part(environment, edition, "email.html")
        try:
            return self._inline(page)
        except MISTAKES as error:
            raise RenderError(f"{edition.look}/email.html", f"no page: {error}") from error

    def _part(self, environment: Environment, edition: Edition, part: str) -> str:
        name = f"{edition.look}/{part}"
        try:
            return environment.get_template(name).render()
        except TemplateNotFound as error:
            if error.name != name:
                raise render_error(name, error) from error
            raise RenderError(name, f"is not there; {self._hint(edition.look)}") from error
        except MISTAKES as error:
            raise render_error(name, error) from error

    def _hint(self, look: str) -> str:
        if look in self.looks:
            return f"beside email.html a look has {', '.join(_BESIDE)}"
        return f"looks are: {', '.join(self.looks)}"


class _Compiled(BytecodeCache):
    """Templates compiled once; one whose text has changed is compiled anew."""

    def __init__(self) -> None:
        self._kept: dict[str, tuple[str, Any]] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        checksum, code = self._kept.get(bucket.key, ("", None))
        if checksum == bucket.checksum:
            bucket.code = code

    def dump_bytecode(self, bucket: Bucket) -> None:
        self._kept[bucket.key] = bucket.checksum, bucket.code


def _on_disk(folder: Path) -> BytecodeCache:
    try:
        # What lies there is run: nobody else may write it.
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError:
        return _Compiled()  # A home that cannot be written to can be previewed all the same.
    return FileSystemBytecodeCache(str(folder))

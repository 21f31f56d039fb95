"""Where the preview gets what it shows: a home, its database, its templates, and samples."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from aidigest.app import App
from aidigest.closing import Closing
from aidigest.core.editions.edition import Edition, RenderedEdition
from aidigest.errors import NotFoundError
from aidigest.preview.chart import Timeline
from aidigest.preview.samples import SAMPLES, sample
from aidigest.preview.shown import Preview
from aidigest.preview.watching import HomeWatch

#: Today's edition: as it is stored and will be sent, or as it would be made now.
TODAY = "today"
#: Today's edition through the templates as they are now, also where it is stored already.
ANEW = "anew"


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """Something the page can be switched to."""

    name: str
    about: str


class Source(Protocol):
    """What the server asks."""

    def editions(self) -> tuple[Choice, ...]:
        """Return the editions to choose from, the usual one first."""
        ...

    def looks(self) -> tuple[str, ...]:
        """Return the looks there are."""
        ...

    def show(self, edition: str, look: str | None) -> Preview:
        """Return an edition to show; raise AidigestError."""
        ...

    def version(self) -> str:
        """Return something that differs once anything has changed that is shown."""
        ...


class HomeSource(Closing):
    """A home; Source of the server.

    Args:
        home: The folder.
        environ: The real environment.
        digest: Whose edition; the first where there is none.
    """

    def __init__(self, home: Path, environ: Mapping[str, str], digest: str | None) -> None:
        self._home, self._environ, self._digest = home, environ, digest
        self._watch = HomeWatch(home, environ)

    def close(self) -> None:
        """Watch no more."""
        self._watch.close()

    def editions(self) -> tuple[Choice, ...]:
        """Return today's edition and the samples."""
        return (
            Choice(name=TODAY, about="today's edition, as it would be sent"),
            Choice(name=ANEW, about="today's edition, through the templates as they are now"),
            *(Choice(name=one.name, about=one.about) for one in SAMPLES),
        )

    def looks(self) -> tuple[str, ...]:
        """Return every folder of templates that has a mail in it."""
        with self._app() as app:
            return app.renderer.looks

    def show(self, edition: str, look: str | None) -> Preview:
        """Return the edition of that name, in its own look or another.

        Raises:
            AidigestError: The home, the database or a template is at fault.
            NotFoundError: No edition is called so.
        """
        with self._app() as app:
            return show(app, self._digest, edition, look)

    def version(self) -> str:
        """Return what differs once templates, config or data have changed."""
        return self._watch.version()

    @contextmanager
    def _app(self) -> Iterator[App]:
        with App.open(self._home, self._environ) as app:
            yield app


def show(app: App, digest_id: str | None, edition: str, look: str | None) -> Preview:
    """Return a preview of today's edition or of a sample.

    Args:
        app: The program.
        digest_id: Whose edition; the first digest's where there is none.
        edition: `today`, `anew` or the name of a sample.
        look: Another look than the edition's own.
    """
    digest = app.settings.digest(digest_id)
    if edition in (TODAY, ANEW):
        rendered = app.composing.preview(digest)
        if edition == TODAY and look in (None, rendered.edition.look):
            today = _preview(app, rendered)
            so_far = app.sending.deliveries_so_far(digest)
            timeline = Timeline(moments=so_far[0], counts=so_far[1]) if so_far else None
            return replace(today, deliveries=timeline)
        shown = rendered.edition
    else:
        shown = replace(_sample(edition), look=digest.look)
    if look is not None:
        shown = replace(shown, look=look)
    return _preview(app, app.renderer.render(shown))


def _preview(app: App, rendered: RenderedEdition) -> Preview:
    return Preview(
        rendered=rendered,
        message=app.writing.example(rendered),
        findings=app.proofing.checked(rendered),
    )


def _sample(name: str) -> Edition:
    try:
        return sample(name)
    except KeyError as error:
        known = (TODAY, ANEW, *(one.name for one in SAMPLES))
        raise NotFoundError("edition to preview", name, known=known) from error

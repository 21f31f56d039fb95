"""What is wrong with a message, found before anybody gets it."""

import json
from functools import cached_property
from pathlib import Path

from aidigest.app.parts import Parts
from aidigest.app.writing import Writing
from aidigest.core.editions.edition import RenderedEdition
from aidigest.core.feeds.feed import FetchRequest, Fresh, Moved
from aidigest.core.proof.clients import (
    Support,
    from_caniemail,
    read_support,
    shipped_support,
    write_support,
)
from aidigest.core.proof.lint import Finding, Level, check_message, feed_words
from aidigest.errors import FeedError, Problem, SettingsError, UnfitError
from aidigest.whole import write_whole


class Proofing:
    """Reads messages by the rules of the linter."""

    def __init__(self, parts: Parts, writing: Writing) -> None:
        self._parts = parts
        self._writing = writing

    def checked(self, rendered: RenderedEdition) -> tuple[Finding, ...]:
        """Return what is wrong with an edition's messages, by the linter's rules."""
        return check_message(
            self._writing.example(rendered),
            now=rendered.edition.created_at,
            quoted=feed_words(rendered.edition),
            support=self.support,
        )

    def require_fit(self, rendered: RenderedEdition) -> None:
        """Raise UnfitError if the linter finds an error in an edition's messages."""
        errors = [one for one in self.checked(rendered) if one.level is Level.ERROR]
        if errors:
            raise UnfitError(tuple(f"{one.rule}: {one.what}" for one in errors))

    @cached_property
    def support(self) -> Support:
        """What mail clients can do: as fetched into this home, or as it came with the program.

        Raises:
            SettingsError: What was fetched is damaged.
        """
        own = self.support_path
        if not own.is_file():
            return shipped_support()
        try:
            return read_support(own.read_text("utf-8"))
        except ValueError as error:
            way_out = "run `aidigest clients --refresh`, or delete it and use what is shipped"
            problem = Problem(where=str(own), what=f"is damaged ({error}); {way_out}")
            raise SettingsError((problem,)) from error

    def refresh_support(self, url: str) -> Support:
        """Fetch what mail clients can do, and keep it in this home.

        Raises:
            FeedError: The address does not answer with it.
        """
        with self._parts.fetching() as fetcher:
            result = fetcher.fetch(FetchRequest(url=url))
        answer = result.answer if isinstance(result, Moved) else result
        if not isinstance(answer, Fresh):
            raise FeedError(url, getattr(answer, "reason", "no answer"))
        try:
            support = from_caniemail(json.loads(answer.body), source=url)
        except ValueError as error:
            raise FeedError(url, str(error)) from error
        self.support_path.parent.mkdir(parents=True, exist_ok=True)
        write_whole(self.support_path, write_support(support))
        return support

    @property
    def support_path(self) -> Path:
        """Where this home keeps facts on mail clients that are newer than the program."""
        return self._parts.settings.home / "var" / "clients.toml"

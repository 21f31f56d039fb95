"""The real things that a home needs, each built from its settings when first asked for."""

import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Self

import aidigest
from aidigest.adapters import database
from aidigest.adapters.archive import MarkdownArchive
from aidigest.adapters.articles import Articles
from aidigest.adapters.database.locks import STALLED_AFTER_S, held_alone
from aidigest.adapters.embeddings import Embeddings
from aidigest.adapters.fetch import HttpFetcher
from aidigest.adapters.in_process import InProcess
from aidigest.adapters.signing import DkimSigner
from aidigest.adapters.smtp import SmtpMailer
from aidigest.closing import Closing
from aidigest.core.delivery.pace import Limits
from aidigest.core.editions.digest import cutoffs
from aidigest.core.messages.message import Publisher
from aidigest.logs import Event, log
from aidigest.settings import Settings, load_settings
from aidigest.settings.looks import template_folders
from aidigest.steps.ports import JobEngine
from aidigest.steps.read_articles import PageSummaries
from aidigest.steps.summarise import Summariser

if TYPE_CHECKING:
    from sqlalchemy import Engine

    from aidigest.adapters.database import (
        Bounces,
        Choices,
        Deliveries,
        Editions,
        Edits,
        Feeds,
        Figures,
        Progress,
        Published,
        Rights,
        Signups,
        Subscribers,
        Workload,
    )
    from aidigest.adapters.pages import PageRenderer
    from aidigest.adapters.templates import TemplateRenderer
    from aidigest.steps.compose import Composer


class Parts(Closing):
    """What jobs are done with, built when first asked for and closed at the end.

    Args:
        settings: The home's.
        mailers: The relays, the first one first; those that the settings name if not given.
        stalled_after_s: After how long a silence a worker counts as frozen.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        mailers: tuple[SmtpMailer, ...] | None = None,
        stalled_after_s: float = STALLED_AFTER_S,
    ) -> None:
        self.settings = settings
        self._given_mailers = mailers
        self._stalled_after_s = stalled_after_s
        #: Set it and whatever is under way ends soon, with nothing lost.
        self.stop = threading.Event()
        self._closing = ExitStack()

    @classmethod
    def open(cls, home: Path, environ: Mapping[str, str]) -> Self:
        """Read a home and check its database; a home just made gets its tables.

        Raises:
            SettingsError: The config is wrong.
            StoreError: The database is of another version.
        """
        app = cls(load_settings(home, environ))
        try:
            if database.is_empty(app.engine):
                database.migrate(app.engine)
            database.check(app.engine)
        except BaseException:
            app.close()
            raise
        return app

    def close(self) -> None:
        """Let go of the database and end what is still running."""
        self._closing.close()

    def clock(self) -> datetime:
        """Return the time: the real one, unless AIDIGEST_NOW has frozen it."""
        return self.settings.now or self.real_clock()

    @cached_property
    def real_clock(self) -> Callable[[], datetime]:
        """What tells the time: the machine, or where several share a database, that."""
        if self.engine.name == "postgresql":
            return database.DatabaseClock(self.engine)
        return lambda: datetime.now(UTC)

    @cached_property
    def engine(self) -> "Engine":
        """The database."""
        engine = database.open_engine(self.settings.database_url)
        self._closing.callback(engine.dispose)
        return engine

    def data_version(self) -> str:
        """Return what differs once anything has been written into the database."""
        return database.data_version(self.engine)

    @cached_property
    def feeds(self) -> "Feeds":
        """Feeds and entries."""
        return database.Feeds(self.engine)

    @cached_property
    def editions(self) -> "Editions":
        """Editions."""
        return database.Editions(self.engine)

    @cached_property
    def edits(self) -> "Edits":
        """What maintainers change about editions."""
        return database.Edits(self.engine)

    @cached_property
    def subscribers(self) -> "Subscribers":
        """Subscribers."""
        return database.Subscribers(self.engine)

    @cached_property
    def deliveries(self) -> "Deliveries":
        """The ledger."""
        return database.Deliveries(self.engine, stalled_after_s=self._stalled_after_s)

    @cached_property
    def workload(self) -> "Workload":
        """What there is to be sent."""
        return database.Workload(self.engine, stalled_after_s=self._stalled_after_s)

    @cached_property
    def choices(self) -> "Choices":
        """What readers chose."""
        return database.Choices(self.engine)

    @cached_property
    def signups(self) -> "Signups":
        """Who asked for a digest on the web."""
        return database.Signups(self.engine)

    @cached_property
    def published(self) -> "Published":
        """Editions as the web shows them."""
        return database.Published(self.engine)

    @cached_property
    def rights(self) -> "Rights":
        """What people may ask of us."""
        return database.Rights(self.engine)

    @cached_property
    def figures(self) -> "Figures":
        """Counts, for charts and alarms."""
        return database.Figures(self.engine)

    @cached_property
    def progress(self) -> "Progress":
        """How sending gets on."""
        return database.Progress(self.engine)

    @cached_property
    def bounces(self) -> "Bounces":
        """What came back."""
        return database.Bounces(self.engine)

    @cached_property
    def pages(self) -> "PageRenderer":
        """The web's pages and letters."""
        from aidigest.adapters.pages import PageRenderer

        folders = template_folders(self.settings.home)
        return PageRenderer(folders, site=self.settings.site)

    @cached_property
    def renderer(self) -> "TemplateRenderer":
        """The templates, the operator's own first."""
        from aidigest.adapters.templates import TemplateRenderer

        folders = template_folders(self.settings.home)
        cache = self.settings.home / "var" / "cache" / "templates"
        return TemplateRenderer(folders, site=self.settings.site, cache=cache)

    @cached_property
    def archive(self) -> MarkdownArchive:
        """The Markdown editions."""
        return MarkdownArchive(self.settings.home / "var" / "archive")

    @cached_property
    def composer(self) -> "Composer":
        """Makes editions."""
        from aidigest.steps.compose import Composer

        return Composer(
            feeds=self.settings.feeds,
            topics=self.settings.topics,
            entries=self.feeds,
            editions=self.editions,
            edits=self.edits,
            renderer=self.renderer,
            archive=self.archive,
            summariser=self._summariser(),
            pages=self._pages(),
            meaning=self._meaning(),
        )

    def _pages(self) -> PageSummaries | None:
        if not self.settings.fetch.read_articles:
            return None
        fetcher = self._closing.enter_context(self.fetching())
        return PageSummaries(reader=Articles(fetcher))

    def _meaning(self) -> Embeddings | None:
        embeddings = self.settings.embeddings
        if not embeddings.model:
            return None
        return Embeddings(self.settings.home / embeddings.model, least=embeddings.least)

    def _summariser(self) -> Summariser | None:
        llm = self.settings.llm
        if not llm.base_url:
            return None
        from aidigest.adapters.llm import ChatWriter

        writer = ChatWriter(
            base_url=llm.base_url,
            model=llm.model,
            key=self.settings.llm_key,
            timeout_s=llm.timeout_s,
        )
        self._closing.callback(writer.close)
        return Summariser(
            writer=writer,
            spending=database.Spending(self.engine),
            daily_requests=llm.daily_requests,
            patience_s=llm.patience_s,
            on_refused=lambda story, why: log(Event.SUMMARY_REFUSED, story=story, reason=why),
        )

    @cached_property
    def mailers(self) -> tuple[SmtpMailer, ...]:
        """The relays, the first one first."""
        return self._given_mailers or tuple(SmtpMailer(url) for url in self.settings.smtp_urls)

    @cached_property
    def jobs(self) -> JobEngine:
        """What gets jobs done: this process alone, or all workers of a PostgreSQL."""
        if self.engine.name != "postgresql":
            return InProcess()
        # Only where there is a PostgreSQL is it installed.
        from aidigest.adapters.procrastinate_jobs import ProcrastinateJobs

        url = self.settings.database_url
        return ProcrastinateJobs(url, stalled_after_s=self._stalled_after_s)

    def alone(self, doing: str) -> AbstractContextManager[bool]:
        """Keep other processes from doing the same; yield False where one is at it."""
        return held_alone(self.engine, doing)

    @property
    def relays(self) -> list[tuple[SmtpMailer, int]]:
        """The relays, each with how many connections it may have."""
        usual = self.settings.sending.connections
        return [(mailer, mailer.relay.connections or usual) for mailer in self.mailers]

    @property
    def limits(self) -> Limits:
        """How fast relays and domains may be served."""
        own = {str(one.relay): one.relay.rate for one in self.mailers if one.relay.rate}
        usual = self.settings.sending.limits([str(one.relay) for one in self.mailers])
        return replace(usual, relays={**usual.relays, **own})

    @cached_property
    def publisher(self) -> Publisher:
        """Who sends."""
        site = self.settings.site
        return Publisher(
            base_url=site.base_url,
            sender=site.sender,
            reply_to=site.reply_to,
            return_path=self.settings.sending.return_path,
        )

    @cached_property
    def sign(self) -> Callable[[bytes], bytes]:
        """What signs messages, if the settings name a key."""
        dkim = self.settings.sending.dkim
        if dkim is None:
            return lambda message: message
        key_file = dkim.path(self.settings.home)
        return DkimSigner(domain=dkim.domain, selector=dkim.selector, key_file=key_file).sign

    @contextmanager
    def fetching(self) -> Iterator[HttpFetcher]:
        """Lend a fetcher that says who asks."""
        settings = self.settings
        contact = settings.fetch.contact_url or settings.site.base_url
        agent = f"aidigest/{aidigest.__version__} (+{contact})"
        with HttpFetcher(settings.fetch, user_agent=agent) as fetcher:
            yield fetcher

    def cutoffs(self) -> tuple[datetime, ...]:
        """Return when the next editions are made."""
        return cutoffs(self.settings.digests, self.clock())

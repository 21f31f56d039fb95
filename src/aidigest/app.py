"""The program: the one place that builds real things from settings and runs the steps."""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import cached_property
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from aidigest import __version__
from aidigest.adapters.archive import MarkdownArchive
from aidigest.adapters.database import (
    Deliveries,
    Editions,
    Feeds,
    Subscribers,
    check,
    is_empty,
    migrate,
    open_engine,
)
from aidigest.adapters.fetch import HttpFetcher
from aidigest.adapters.parser_pool import ParserPool
from aidigest.adapters.smtp import SmtpMailer
from aidigest.adapters.templates import TemplateRenderer
from aidigest.core.clients import (
    Support,
    from_caniemail,
    read_support,
    shipped_support,
    write_support,
)
from aidigest.core.deliveries import Delivery, DeliveryUpdate
from aidigest.core.digests import Digest, cutoffs, local_date
from aidigest.core.editions import RenderedEdition
from aidigest.core.feeds import Feed, FetchRequest, Fresh, Moved
from aidigest.core.lint import Finding, Level, check_message, feed_words
from aidigest.core.messages import MessageWriter, Publisher
from aidigest.errors import FeedError, UnfitError
from aidigest.logs import Event, log
from aidigest.settings import Settings, load_settings, shipped
from aidigest.steps.compose import Composed, Composer, Skipped
from aidigest.steps.deliver import DeliverReport, Ending, deliver
from aidigest.steps.discover import (
    Discovered,
    FeedCheck,
    check_feeds,
    discover,
    first_poll,
)
from aidigest.steps.outcomes import PollOutcome, PollReport
from aidigest.steps.poll import Plan, poll
from aidigest.steps.tend import look_for_the_dead, tell_maintainer

#: Signs the links of a preview where no key is set; they lead nowhere.
_PREVIEW_KEY = "preview"

#: The reader of previews and test copies: nobody's number.
_EXAMPLE_READER = 0

_AS_DUE = Plan()


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """What a run of `send` came to."""

    composed: Composed
    audience: int  #: How many were to get the edition when it was frozen.
    report: DeliverReport


class App:
    """Everything a face needs, built when first asked for and closed at the end.

    Args:
        settings: The home's.
        stop: Set it and whatever is under way ends soon, with nothing lost.
    """

    def __init__(self, settings: Settings, *, stop: threading.Event | None = None) -> None:
        self.settings = settings
        self.stop = stop or threading.Event()
        self._closing = ExitStack()
        #: Two polls at once would ask one server twice.
        self._polling = threading.Lock()

    @classmethod
    def open(cls, home: Path, environ: Mapping[str, str]) -> Self:
        """Read a home and check its database; a home just made gets its tables.

        Raises:
            SettingsError: The config is wrong.
            StoreError: The database is of another version.
        """
        app = cls(load_settings(home, environ))
        try:
            if is_empty(app.engine):
                migrate(app.engine)
            check(app.engine)
        except BaseException:
            app.close()
            raise
        return app

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let go of the database and end what is still running."""
        self._closing.close()

    def clock(self) -> datetime:
        """Return the time: the real one, unless AIDIGEST_NOW has frozen it."""
        return self.settings.now or datetime.now(UTC)

    @cached_property
    def engine(self) -> Engine:
        """The database."""
        engine = open_engine(self.settings.database_url)
        self._closing.callback(engine.dispose)
        return engine

    @cached_property
    def feeds(self) -> Feeds:
        """Feeds and entries."""
        return Feeds(self.engine)

    @cached_property
    def editions(self) -> Editions:
        """Editions."""
        return Editions(self.engine)

    @cached_property
    def subscribers(self) -> Subscribers:
        """Subscribers."""
        return Subscribers(self.engine)

    @cached_property
    def deliveries(self) -> Deliveries:
        """The ledger."""
        return Deliveries(self.engine)

    @cached_property
    def mailer(self) -> SmtpMailer:
        """The relay."""
        return SmtpMailer(self.settings.smtp_url)

    @cached_property
    def renderer(self) -> TemplateRenderer:
        """The templates, the operator's own first."""
        folders = (self.settings.home / "templates", shipped("templates"))
        cache = self.settings.home / "var" / "cache" / "templates"
        return TemplateRenderer(folders, site=self.settings.site, cache=cache)

    @cached_property
    def archive(self) -> MarkdownArchive:
        """The Markdown editions."""
        return MarkdownArchive(self.settings.home / "var" / "archive")

    @cached_property
    def composer(self) -> Composer:
        """Makes editions."""
        return Composer(
            feeds=self.settings.feeds,
            topics=self.settings.topics,
            entries=self.feeds,
            editions=self.editions,
            renderer=self.renderer,
            archive=self.archive,
        )

    @cached_property
    def publisher(self) -> Publisher:
        """Who sends."""
        site = self.settings.site
        return Publisher(base_url=site.base_url, sender=site.sender, reply_to=site.reply_to)

    @contextmanager
    def fetching(self) -> Iterator[HttpFetcher]:
        """Lend a fetcher that says who asks."""
        settings = self.settings
        contact = settings.fetch.contact_url or settings.site.base_url
        agent = f"aidigest/{__version__} (+{contact})"
        with HttpFetcher(settings.fetch, user_agent=agent) as fetcher:
            yield fetcher

    def poll(
        self,
        plan: Plan = _AS_DUE,
        *,
        on_result: Callable[[PollOutcome], None] = lambda _: None,
    ) -> PollReport:
        """Poll the feeds that are due, or more of them if the plan says so."""

        def noted(outcome: PollOutcome) -> None:
            _log_poll(outcome)
            on_result(outcome)

        with self._polling, self.fetching() as fetcher, ParserPool() as parser:
            report = poll(
                self.settings.feeds,
                store=self.feeds,
                fetcher=fetcher,
                parser=parser,
                clock=self.clock,
                plan=replace(plan, cutoffs=self.cutoffs(), workers=self.settings.fetch.workers),
                on_result=noted,
                stop=self.stop.is_set,
            )
            look_for_the_dead(report.outcomes, store=self.feeds, fetcher=fetcher)
        if report.outage_since is not None:
            log(Event.POLL_OUTAGE, level=logging.WARNING, since=report.outage_since.isoformat())
        log(Event.POLL_DONE, asked=len(report.outcomes), not_due=report.not_due, new=report.new)
        return report

    def cutoffs(self) -> tuple[datetime, ...]:
        """Return when the next editions are made."""
        return cutoffs(self.settings.digests, self.clock())

    def check_feeds(self, feeds: Sequence[Feed]) -> list[FeedCheck]:
        """Ask each feed once and say what came back; nothing is stored."""
        with self.fetching() as fetcher, ParserPool() as parser:
            return check_feeds(
                feeds,
                states=self.feeds.feed_states(),
                fetcher=fetcher,
                parser=parser,
                workers=self.settings.fetch.workers,
            )

    def discover(self, url: str, *, language: str) -> Discovered:
        """Find the feed at an address or behind a page; raise FeedError."""
        with self.fetching() as fetcher, ParserPool() as parser:
            return discover(url, language=language, fetcher=fetcher, parser=parser)

    def first_poll(self, feed: Feed, found: Discovered) -> int:
        """Count what discovering a feed brought as its first poll, unless it was polled before."""
        if feed.url in self.feeds.feed_states():
            return 0
        return first_poll(feed, found, store=self.feeds, cutoffs=self.cutoffs(), now=self.clock())

    def tell_maintainer(self) -> None:
        """Write to the maintainer about feeds that stay in trouble, if one is named."""
        site = self.settings.site
        if site.maintainer is None:
            return
        with self._polling:  # A poll would not know that these were told.
            count = tell_maintainer(
                [feed.url for feed in self.settings.feeds],
                to=site.maintainer,
                sender=site.sender,
                store=self.feeds,
                mailer=self.mailer,
                clock=self.clock,
            )
        if count:
            log(Event.ALARMS_MAILED, count=count)

    def compose(self, digest: Digest) -> Composed | Skipped:
        """Make today's edition, or find the one there is."""
        result = self.composer.compose(digest, now=self.clock())
        _log_compose(digest, result)
        return result

    def preview(self, digest: Digest) -> RenderedEdition:
        """Return today's edition as it is, or as it would be now; nothing is stored."""
        now = self.clock()
        stored = self.editions.edition_on(digest.id, local_date(digest, now))
        if stored is not None:
            return stored[1]
        return self.renderer.render(self.composer.draft(digest, now=now))

    def checked(self, rendered: RenderedEdition) -> tuple[Finding, ...]:
        """Return what is wrong with an edition's messages, by the linter's rules."""
        return check_message(
            self.example_message(rendered),
            quoted=feed_words(rendered.edition),
            support=self.support,
        )

    @cached_property
    def support(self) -> Support:
        """What mail clients can do: as fetched into this home, or as it came with the program."""
        own = self.support_path
        return read_support(own.read_text("utf-8")) if own.is_file() else shipped_support()

    def refresh_support(self, url: str) -> Support:
        """Fetch what mail clients can do, and keep it in this home.

        Raises:
            FeedError: The address does not answer with it.
        """
        with self.fetching() as fetcher:
            result = fetcher.fetch(FetchRequest(url=url))
        answer = result.answer if isinstance(result, Moved) else result
        if not isinstance(answer, Fresh):
            raise FeedError(url, getattr(answer, "reason", "no answer"))
        try:
            support = from_caniemail(json.loads(answer.body), source=url)
        except ValueError as error:
            raise FeedError(url, str(error)) from error
        self.support_path.parent.mkdir(parents=True, exist_ok=True)
        self.support_path.write_text(write_support(support), encoding="utf-8", newline="\n")
        return support

    @property
    def support_path(self) -> Path:
        """Where this home keeps facts on mail clients that are newer than the program."""
        return self.settings.home / "var" / "clients.toml"

    def example_message(self, rendered: RenderedEdition) -> bytes:
        """Return the message that a reader would get, written to an example."""
        key = self.settings.secret_key or _PREVIEW_KEY
        writer = MessageWriter(rendered, publisher=self.publisher, key=key)
        return writer.write(
            "reader@example.org", subscriber_id=_EXAMPLE_READER, now=rendered.edition.created_at
        )

    def send(
        self,
        digest: Digest,
        *,
        despite_findings: bool = False,
        on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
    ) -> Sent | Skipped:
        """Send today's edition to whoever has not got it yet.

        Raises:
            UnfitError: The linter found an error in the message, and *despite_findings* is false.
        """
        self.settings.required_secret_key()
        composed = self.compose(digest)
        if isinstance(composed, Skipped):
            return composed
        if not despite_findings:
            self._require_fit(composed.rendered)
        return self.resume(composed, on_update=on_update)

    def _require_fit(self, rendered: RenderedEdition) -> None:
        errors = [one for one in self.checked(rendered) if one.level is Level.ERROR]
        if errors:
            raise UnfitError(tuple(f"{one.rule}: {one.what}" for one in errors))

    def resume(
        self,
        composed: Composed,
        *,
        on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
    ) -> Sent:
        """Go on with the deliveries of an edition; its audience is frozen the first time."""
        edition = composed.rendered.edition
        audience = self.deliveries.freeze_audience(
            composed.edition_id, edition.digest_id, now=self.clock()
        )
        key = self.settings.required_secret_key()
        writer = MessageWriter(composed.rendered, publisher=self.publisher, key=key)
        report = deliver(
            composed.edition_id,
            ledger=self.deliveries,
            mailer=self.mailer,
            write=lambda delivery: writer.write(
                delivery.address, subscriber_id=delivery.subscriber_id, now=self.clock()
            ),
            sender=self.publisher.address,
            not_after=edition.not_after,
            clock=self.clock,
            stop=self.stop.is_set,
            on_update=on_update,
        )
        _log_send(composed, report)
        return Sent(composed=composed, audience=audience, report=report)

    def send_test(self, digest: Digest, address: str) -> str:
        """Send a copy marked as a test to one address; the ledger hears nothing of it.

        Returns:
            What the relay said.
        """
        writer = MessageWriter(
            self.preview(digest),
            publisher=self.publisher,
            key=self.settings.required_secret_key(),
            mark="[Test] ",
        )
        message = writer.write(address, subscriber_id=_EXAMPLE_READER, now=self.clock())
        with self.mailer.session() as session:
            code, words = session.send(
                sender=self.publisher.address,
                recipient=address,
                message=message,
                on_offer=lambda: None,
            )
        return f"{code} {words}"

    def write_messages(self, digest: Digest, folder: Path) -> list[Path]:
        """Write what `send` would send now as `.eml` files; nothing is sent or stored."""
        key = self.settings.secret_key or _PREVIEW_KEY
        writer = MessageWriter(self.preview(digest), publisher=self.publisher, key=key)
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("*.eml"):
            stale.unlink()
        written = []
        for reader in self.subscribers.active(digest.id):
            path = folder / f"{reader.id}.eml"
            path.write_bytes(
                writer.write(reader.address, subscriber_id=reader.id, now=self.clock())
            )
            written.append(path)
        return written


def _log_poll(outcome: PollOutcome) -> None:
    for alarm in outcome.alarms:
        log(
            Event.FEED_ALARM,
            level=logging.WARNING,
            url=outcome.feed.url,
            kind=alarm.kind,
            detail=alarm.detail,
        )
    log(
        Event.FEED_POLLED,
        url=outcome.feed.url,
        status=outcome.status,
        new=outcome.new,
        took_s=outcome.took_s,
        detail=outcome.detail or None,
    )


def _log_compose(digest: Digest, result: Composed | Skipped) -> None:
    if isinstance(result, Skipped):
        log(Event.EDITION_SKIPPED, digest=digest.id, date=result.date, reason=result.reason)
    elif result.created:
        edition = result.rendered.edition
        log(
            Event.EDITION_COMPOSED,
            digest=digest.id,
            number=edition.number,
            date=edition.date,
            stories=len(edition.stories),
        )


def _log_send(composed: Composed, report: DeliverReport) -> None:
    if report.ended is Ending.BUSY:
        return
    edition = composed.rendered.edition
    counts = {state.value: count for state, count in report.counts.items()}
    log(
        Event.EDITION_SENT,
        digest=edition.digest_id,
        number=edition.number,
        ended=report.ended,
        reason=report.reason,
        **counts,
    )

"""The program: the one place that builds real things from settings and runs the steps."""

import json
import logging
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import cached_property, partial
from pathlib import Path
from types import TracebackType
from typing import Self

from sqlalchemy import Engine

from aidigest import __version__
from aidigest.adapters.archive import MarkdownArchive
from aidigest.adapters.articles import Articles
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
    Spending,
    Subscribers,
    check,
    is_empty,
    migrate,
    open_engine,
)
from aidigest.adapters.dns import Dns
from aidigest.adapters.embeddings import Embeddings
from aidigest.adapters.fetch import HttpFetcher
from aidigest.adapters.letters import LetterWriter
from aidigest.adapters.llm import ChatWriter
from aidigest.adapters.mailbox import open_mailbox
from aidigest.adapters.pages import PageRenderer
from aidigest.adapters.parser_pool import ParserPool
from aidigest.adapters.signing import DkimSigner, public_key
from aidigest.adapters.smtp import SmtpMailer
from aidigest.adapters.smtp_lines import SmtpLines
from aidigest.adapters.templates import TemplateRenderer
from aidigest.adapters.urls import Urls
from aidigest.adapters.witness import Witness
from aidigest.core.clients import (
    Support,
    from_caniemail,
    read_support,
    shipped_support,
    write_support,
)
from aidigest.core.deliveries import Delivery, DeliveryState, DeliveryUpdate
from aidigest.core.digests import SENT_FOR, Digest, cutoffs, local_date, next_occurrence
from aidigest.core.editions import Edition, RenderedEdition
from aidigest.core.edits import Edit, EditAction
from aidigest.core.envelopes import Sending
from aidigest.core.feeds import Feed, FetchRequest, Fresh, Moved
from aidigest.core.joining import Answer, Asking, askers
from aidigest.core.lint import Finding, Level, check_message, feed_words
from aidigest.core.messages import MessageWriter, Publisher, message_id
from aidigest.core.pace import Limits
from aidigest.core.plans import SendingPlan, make_plan
from aidigest.core.preferences import vary
from aidigest.core.relays import is_loopback
from aidigest.core.senderdns import Finding as SenderFinding
from aidigest.core.subscribers import masked, normal_address
from aidigest.core.variants import VariantWriters
from aidigest.errors import FeedError, MadeError, NotFoundError, UnfitError
from aidigest.logs import Event, log
from aidigest.settings import Settings, load_settings, shipped
from aidigest.steps.bounces import BouncesReport, collect
from aidigest.steps.compose import Composed, Composer, Skipped
from aidigest.steps.deliver import Conditions, DeliverReport, Ending, deliver
from aidigest.steps.discover import (
    Discovered,
    FeedCheck,
    check_feeds,
    discover,
    first_poll,
)
from aidigest.steps.examine import examine_key, examine_one_click, examine_sender
from aidigest.steps.join import MailedAskings, mail_confirmations
from aidigest.steps.outcomes import PollOutcome, PollReport
from aidigest.steps.poll import Plan, poll
from aidigest.steps.read_articles import PageSummaries
from aidigest.steps.summarise import Summariser
from aidigest.steps.tend import look_for_the_dead, tell_maintainer

#: Signs the links of a preview where no key is set; they lead nowhere.
_PREVIEW_KEY = "preview"

#: The reader of previews and test copies: nobody's number.
_EXAMPLE_READER = 0

_AS_DUE = Plan()
#: A worker has other things to do than to wait for one domain's pace; it comes back.
_WORKERS_PATIENCE = timedelta(minutes=1)


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
        self._mailers: tuple[SmtpMailer, ...] | None = None
        self.stop = stop or threading.Event()
        self._closing = ExitStack()
        #: Set when somebody asks for a digest on the web, so that the mail goes out at once.
        self.asked = threading.Event()
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
    def edits(self) -> Edits:
        """What maintainers change about editions."""
        return Edits(self.engine)

    @cached_property
    def subscribers(self) -> Subscribers:
        """Subscribers."""
        return Subscribers(self.engine)

    @cached_property
    def deliveries(self) -> Deliveries:
        """The ledger."""
        return Deliveries(self.engine)

    @cached_property
    def choices(self) -> Choices:
        """What readers chose."""
        return Choices(self.engine)

    @cached_property
    def signups(self) -> Signups:
        """Who asked for a digest on the web."""
        return Signups(self.engine)

    @cached_property
    def published(self) -> Published:
        """Editions as the web shows them."""
        return Published(self.engine)

    @cached_property
    def rights(self) -> Rights:
        """What people may ask of us."""
        return Rights(self.engine)

    @cached_property
    def figures(self) -> Figures:
        """Counts, for charts and alarms."""
        return Figures(self.engine)

    @cached_property
    def pages(self) -> PageRenderer:
        """The web's pages and letters."""
        folders = (self.settings.home / "templates", shipped("templates"))
        return PageRenderer(folders, site=self.settings.site)

    @cached_property
    def bounces(self) -> Bounces:
        """What came back."""
        return Bounces(self.engine)

    @property
    def mailers(self) -> tuple[SmtpMailer, ...]:
        """The relays, the first one first."""
        if self._mailers is None:
            self._mailers = tuple(SmtpMailer(url) for url in self.settings.smtp_urls)
        return self._mailers

    def hand_in(self, *, mailers: tuple[SmtpMailer, ...]) -> None:
        """Use these relays in place of those that the settings name."""
        self._mailers = mailers

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
        writer = ChatWriter(
            base_url=llm.base_url,
            model=llm.model,
            key=self.settings.llm_key,
            timeout_s=llm.timeout_s,
        )
        self._closing.callback(writer.close)
        return Summariser(
            writer=writer,
            spending=Spending(self.engine),
            daily_requests=llm.daily_requests,
            patience_s=llm.patience_s,
            on_refused=lambda story, why: log(Event.SUMMARY_REFUSED, story=story, reason=why),
        )

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

    @cached_property
    def progress(self) -> Progress:
        """How sending gets on."""
        return Progress(self.engine)

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
                mailer=self.mailers[0],
                clock=self.clock,
            )
        if count:
            log(Event.ALARMS_MAILED, count=count)

    def compose(self, digest: Digest) -> Composed | Skipped:
        """Make today's edition, or find the one there is."""
        result = self.composer.compose(digest, now=self.clock())
        _log_compose(digest, result)
        return result

    def edited(self, digest: Digest) -> tuple[Edition, tuple[Edit, ...]]:
        """Return today's edition, made or as it would be now, and what is changed about it."""
        now = self.clock()
        day = local_date(digest, now)
        stored = self.editions.edition_on(digest.id, day)
        edition = stored[1].edition if stored else self.composer.draft(digest, now=now)
        return edition, self.edits.edits_of(digest.id, day)

    def edit(
        self, digest: Digest, story: str, action: EditAction, *, position: int | None = None
    ) -> None:
        """Change today's edition before it is made.

        Args:
            digest: Whose.
            story: The id of one of its stories, or of an entry.
            action: What to do with it.
            position: Of a move: the place under its topic, 1 for the first.

        Raises:
            NotFoundError: The edition would have no such story.
            MadeError: The edition is made; it never changes.
        """
        now = self.clock()
        day = self._still_open(digest, now)
        if not any(
            story in {one.story.id, *(entry.id for entry in one.story.entries)}
            for one in self.composer.news(digest, now=now)
        ):
            raise NotFoundError(f"story in the news for {digest.id}", story)
        change = Edit(story_id=story, action=action, position=position, made_at=now)
        self.edits.add(digest.id, day, change)
        log(
            Event.EDITION_EDITED,
            digest=digest.id,
            date=day,
            action=action,
            story=story,
            position=position,
        )

    def undo_edit(self, digest: Digest, story: str) -> None:
        """Take back what was changed about a story; raise as `edit` does."""
        day = self._still_open(digest, self.clock())
        if not self.edits.undo(digest.id, day, story):
            raise NotFoundError("edit about the story", story)
        log(Event.EDITION_EDITED, digest=digest.id, date=day, action="undo", story=story)

    def _still_open(self, digest: Digest, now: datetime) -> date:
        day = local_date(digest, now)
        if self.editions.edition_on(digest.id, day) is not None:
            raise MadeError(digest.id, day)
        return day

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
        patience: timedelta = _WORKERS_PATIENCE,
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
        return self.resume(composed, patience=patience, on_update=on_update)

    def _require_fit(self, rendered: RenderedEdition) -> None:
        errors = [one for one in self.checked(rendered) if one.level is Level.ERROR]
        if errors:
            raise UnfitError(tuple(f"{one.rule}: {one.what}" for one in errors))

    def resume(
        self,
        composed: Composed,
        *,
        patience: timedelta = _WORKERS_PATIENCE,
        on_update: Callable[[Delivery, DeliveryUpdate], None] = lambda _delivery, _update: None,
    ) -> Sent:
        """Go on with the deliveries of an edition; its audience is frozen the first time.

        Args:
            composed: The edition.
            patience: How long to wait for readers who are held back for their domain's pace.
            on_update: Told of each outcome.
        """
        edition = composed.rendered.edition

        def told(delivery: Delivery, update: DeliveryUpdate) -> None:
            self._log_delivery(delivery, update)
            on_update(delivery, update)

        audience = self.deliveries.freeze_audience(
            composed.edition_id, edition.digest_id, now=self.clock()
        )
        writers = self._writers(composed.rendered, key=self.settings.required_secret_key())
        memory = Witness(self.settings.home / "var" / "offered", edition.digest_id, edition.date)
        with SmtpLines(self.relays) as lines, closing(memory) as witness:
            report = deliver(
                composed.edition_id,
                ledger=self.deliveries,
                lines=lines,
                witness=witness,
                write=lambda delivery: writers.of(delivery.subscriber_id).message(
                    delivery, now=self.clock()
                ),
                conditions=self._conditions(edition.not_after, patience),
                on_update=told,
            )
        _log_send(composed, report)
        return Sent(composed=composed, audience=audience, report=report)

    def _log_delivery(self, delivery: Delivery, update: DeliveryUpdate) -> None:
        """Log what was not simply sent; readers by number, unless addresses are asked for."""
        if update.state is DeliveryState.SENT:
            return
        reply = f"{update.code or ''} {update.reply}".strip()
        names_readers = self.settings.logs_addresses
        log(
            Event.DELIVERY_NOT_SENT,
            edition=delivery.edition_id,
            subscriber=delivery.subscriber_id,
            address=delivery.address if names_readers else None,
            state=update.state,
            reason=update.reason if names_readers else masked(update.reason, delivery.address),
            reply=reply if names_readers else masked(reply, delivery.address),
        )

    def _conditions(self, not_after: datetime, patience: timedelta) -> Conditions:
        # A frozen clock never comes to the time that a row is held back until.
        is_frozen = self.settings.now is not None
        return Conditions(
            not_after=not_after,
            limits=self.limits,
            patience=timedelta(0) if is_frozen else patience,
            clock=self.clock,
            pace_clock=lambda: datetime.now(UTC),
            stop=self.stop.is_set,
        )

    def plan(self, digest: Digest) -> SendingPlan:
        """Say when the last mail of the next edition will leave."""
        limits, now = self.limits, self.clock()
        audience, by_domain = self.progress.audience(digest.id, limits.domains)
        return make_plan(
            audience=audience,
            by_domain=by_domain,
            relays=tuple(str(one.relay) for one in self.mailers),
            limits=limits,
            per_second=self.progress.last_rate(digest.id),
            starts_at=next_occurrence(digest, now),
            lasts=SENT_FOR,
        )

    def examine(self) -> list[SenderFinding]:
        """Look at what receivers of mail look at; a relay on this machine has none of it."""
        names, site = Dns(), self.settings.site
        found = [] if is_loopback(self.mailers[0].relay.host) else self._examine_names(names)
        click_here = examine_one_click(
            Urls(),
            base_url=site.base_url,
            url=f"{site.base_url}/unsubscribe/nobody",
            has_mailbox=self.settings.mailbox_url is not None,
        )
        return [*found, click_here]

    def _examine_names(self, names: Dns) -> list[SenderFinding]:
        publisher, dkim = self.publisher, self.settings.sending.dkim
        sender_domain = (publisher.return_path or publisher.address).rpartition("@")[2]
        found = examine_sender(
            names,
            sender_domain=sender_domain,
            from_domain=publisher.domain,
            relay_host=self.mailers[0].relay.host,
        )
        if dkim is None:
            return list(found)
        key = public_key(dkim.path(self.settings.home))
        ours = examine_key(names, domain=dkim.domain, selector=dkim.selector, public_key=key)
        return [*found, ours]

    def count_mail(self) -> int:
        """Return how many mails are in the mailbox; none is touched."""
        with open_mailbox(self.settings.required_mailbox()) as mailbox:
            return len(mailbox.new(()))

    def collect_bounces(self) -> BouncesReport:
        """Read the mailbox: refusals, complaints, and readers who wrote to leave.

        Raises:
            SettingsError: There is no `MAILBOX_URL`.
            MailboxError: It cannot be read.
        """
        with open_mailbox(self.settings.required_mailbox()) as mailbox:
            report = collect(
                mailbox,
                store=self.bounces,
                keys=self.settings.secret_keys,
                message_id=self._message_id,
                clock=self.clock,
                stop=self.stop.is_set,
            )
        kinds = {kind.value: count for kind, count in report.kinds.items()}
        log(Event.MAILBOX_READ, mails=report.looked_at, suppressed=report.suppressed, **kinds)
        return report

    def _message_id(self, sending: Sending) -> str | None:
        stored = self.editions.by_id(sending.edition_id)
        address = self.bounces.address_of(sending.subscriber_id)
        if stored is None or address is None:
            return None
        key = self.settings.required_secret_key()
        return message_id(stored[1].edition, address, key=key, domain=self.publisher.domain)

    def deliveries_so_far(
        self, digest: Digest
    ) -> tuple[list[tuple[datetime, int]], dict[DeliveryState, int]] | None:
        """Return how many of today's were sent by when and how all stand, once any are."""
        stored = self.editions.edition_on(digest.id, local_date(digest, self.clock()))
        counts = self.deliveries.counts(stored[0]) if stored else {}
        return (self.progress.sent_by(stored[0]), counts) if stored and counts else None

    def retry_failed(self, digest: Digest) -> int:
        """Have today's failed deliveries tried once more; return how many."""
        now = self.clock()
        stored = self.editions.edition_on(digest.id, local_date(digest, now))
        return self.progress.retry_failed(stored[0], now=now) if stored else 0

    def _writers(self, rendered: RenderedEdition, *, key: str) -> VariantWriters:
        """Return who writes an edition's messages, in the variants that readers chose."""
        return VariantWriters(
            rendered,
            self.choices.variants(),
            vary=partial(vary, topics=self.settings.topics),
            render=self.renderer.render,
            writer=lambda variant: MessageWriter(
                variant, publisher=self.publisher, key=key, sign=self.sign
            ),
        )

    def ask(self, asking: Asking, *, remote: str) -> Answer:
        """Take it that somebody asks for digests on the web; the mail goes out soon."""
        key = self.settings.required_secret_key()
        who = askers(normal_address(asking.address), remote, key=key)
        answer = self.signups.ask(asking, who, now=self.clock())
        self.asked.set()
        return answer

    def mail_confirmations(self) -> MailedAskings:
        """Ask back everybody who asked for a digest on the web."""
        writer = LetterWriter(
            pages=self.pages,
            publisher=self.publisher,
            key=self.settings.required_secret_key(),
            titles={digest.id: digest.title for digest in self.settings.digests},
        )
        report = mail_confirmations(
            store=self.signups,
            mailer=self.mailers[0],
            write=lambda waiting: writer.write(
                waiting,
                known=self.subscribers.find(waiting.asking.address),
                suppression=self.subscribers.suppression(waiting.asking.address),
                now=self.clock(),
            ),
            sender=self.publisher.address,
            clock=self.clock,
            stop=self.stop.is_set,
        )
        if report.sent or report.silent or report.failed:
            log(Event.SIGNUPS_MAILED, **asdict(report))
        return report

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
            sign=self.sign,
        )
        message = writer.write(address, subscriber_id=_EXAMPLE_READER, now=self.clock())
        with self.mailers[0].session() as session:
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
        writers = self._writers(self.preview(digest), key=key)
        folder.mkdir(parents=True, exist_ok=True)
        for stale in folder.glob("*.eml"):
            stale.unlink()
        written = []
        for reader in self.subscribers.active(digest.id):
            path = folder / f"{reader.id}.eml"
            path.write_bytes(
                writers.of(reader.id).write(
                    reader.address, subscriber_id=reader.id, now=self.clock()
                )
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

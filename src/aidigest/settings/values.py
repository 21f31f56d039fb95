"""What a run needs to know, as values."""

from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from aidigest.core.delivery.mailboxes import Mailbox, parse_mailbox_url
from aidigest.core.editions.digest import Digest
from aidigest.core.feeds.feed import Feed
from aidigest.core.stories.topics import Topic
from aidigest.errors import NotFoundError, Problem, SettingsError
from aidigest.settings.sending import SendingSettings


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """`[site]`: who publishes."""

    name: str  #: What readers call you.
    base_url: str  #: Where the web pages are, or will be; no slash at the end.
    sender: str  #: `Name <address>`; it is `from` in the file.
    reply_to: str | None = None  #: Who reads answers, and mails for leaving.
    postal_address: str = ""  #: In the footer; many countries ask for it.
    maintainer: str | None = None  #: Who is written to when something stays wrong with a feed.


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """`[fetch]`: how feeds are fetched."""

    contact_url: str | None = None  #: In the User-Agent; the site's address if not given.
    timeout_s: float = 30.0  #: For the whole of one fetch: name, connection, headers, body.
    max_bytes: int = 10 * 1024 * 1024  #: Of the decoded body.
    workers: int = 8  #: How many hosts are asked at a time.
    read_articles: bool = False  #: Whether pages are read for stories without a summary.
    allow_private: bool = False  #: Whether loopback and private addresses may be fetched.


@dataclass(frozen=True, slots=True, kw_only=True)
class EmbeddingSettings:
    """`[embeddings]`: a sentence model of this machine; off without a `model`."""

    model: str = ""  #: The folder it lies in.
    least: float = 0.5  #: From which cosine on two entries may tell one story; at 1 they do.


@dataclass(frozen=True, slots=True, kw_only=True)
class LlmSettings:
    """`[llm]`: an OpenAI-compatible endpoint that words summaries; off without a `base_url`."""

    base_url: str = ""  #: As http://127.0.0.1:11434/v1.
    model: str = ""  #: The name that the endpoint knows it by.
    daily_requests: int = 60  #: More are not made on one day.
    timeout_s: float = 20.0  #: For each wait on one answer.
    patience_s: float = 60.0  #: For all summaries of an edition together.


@dataclass(frozen=True, slots=True, kw_only=True)
class WebSettings:
    """`[web]`: the pages for readers."""

    proxies: int = 0  #: How many stand before us, each of which adds to X-Forwarded-For.
    signups: bool = True  #: Whether readers may subscribe by themselves.


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything a run needs to know."""

    home: Path
    site: Site
    digests: tuple[Digest, ...]
    feeds: tuple[Feed, ...]
    topics: tuple[Topic, ...]
    fetch: FetchSettings = FetchSettings()
    embeddings: EmbeddingSettings = EmbeddingSettings()
    llm: LlmSettings = LlmSettings()
    llm_key: str | None = None  #: AIDIGEST_LLM_KEY.
    web: WebSettings = WebSettings()
    sending: SendingSettings = field(default_factory=SendingSettings)
    database_url: str
    smtp_url: str  #: One relay, or several with a space between.
    mailbox_url: str | None = None  #: Where bounces and mails for leaving arrive.
    secret_key: str | None = None  #: Signs what is signed from now on.
    old_secret_keys: tuple[str, ...] = ()  #: What they have signed is still good; newest first.
    operator_token: str | None = None  #: Opens the operator's page; without it there is none.
    logs_addresses: bool = False  #: Whether logs may name readers.
    now: datetime | None = None  #: AIDIGEST_NOW: freezes the clock.

    def digest(self, digest_id: str | None) -> Digest:
        """Return the digest of that id, or the first; raise NotFoundError."""
        if digest_id is None:
            return self.digests[0]
        for digest in self.digests:
            if digest.id == digest_id:
                return digest
        raise NotFoundError("digest", digest_id, known=tuple(one.id for one in self.digests))

    @property
    def smtp_urls(self) -> tuple[str, ...]:
        """The relays, each by its address."""
        return tuple(self.smtp_url.split())

    def required_mailbox(self) -> Mailbox:
        """Return the mailbox that bounces arrive in; raise SettingsError."""
        if self.mailbox_url is not None:
            return parse_mailbox_url(self.mailbox_url)
        what = "is not set; it names the mailbox, as imaps://user:password@mail.example.org/INBOX"
        raise SettingsError((Problem(where="MAILBOX_URL", what=what),))

    @property
    def secret_keys(self) -> tuple[str, ...]:
        """Every key whose signatures are good, the newest last, as itsdangerous takes them."""
        return (*reversed(self.old_secret_keys), self.required_secret_key())

    def required_secret_key(self) -> str:
        """Return the key that links for leaving are signed with; raise SettingsError."""
        if self.secret_key:
            return self.secret_key
        what = (
            "is not set; links for leaving are signed with it. Put a long random text into .env,"
            ' such as `python3 -c "import secrets; print(secrets.token_urlsafe(32))"` prints'
        )
        raise SettingsError((Problem(where="AIDIGEST_SECRET_KEY", what=what),))

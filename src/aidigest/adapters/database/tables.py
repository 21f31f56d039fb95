"""The tables, as they stand after the latest migration."""

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
    false,
)

from aidigest.adapters.database.types import UtcDateTime, Valued
from aidigest.core.feeds.feed import Alarm, Move, Rhythm
from aidigest.core.feeds.parsed import Hints

#: SQLite counts up only plain INTEGER keys.
_Key = BigInteger().with_variant(Integer, "sqlite")

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

feeds = Table(
    "feeds",
    metadata,
    Column("url", String, primary_key=True),
    Column("etag", String),
    Column("last_modified", String),
    Column("body_hash", String),
    Column("body_size", Integer, nullable=False),
    Column("first_polled_at", UtcDateTime),
    Column("last_polled_at", UtcDateTime),
    Column("last_success_at", UtcDateTime),
    Column("last_read_at", UtcDateTime),
    Column("last_status", Text, nullable=False),
    Column("trouble", String),
    Column("failures", Integer, nullable=False),
    Column("failing_since", UtcDateTime),
    Column("next_poll_at", UtcDateTime),
    Column("next_poll_reason", Text, nullable=False),
    Column("not_before", UtcDateTime),
    Column("asked_by_hand_at", UtcDateTime),
    Column("gone", Boolean, nullable=False),
    Column("polls", Integer, nullable=False),
    Column("unchanged", Integer, nullable=False),
    Column("bytes_saved", BigInteger, nullable=False),
    Column("hints", Valued(Hints, Hints())),
    Column("rhythm", Valued(Rhythm, Rhythm())),
    Column("move", Valued(Move)),
    Column("moved_to", Text),
    Column("site_url", Text),
    Column("built", Text),
    Column("alarms", Valued(tuple[Alarm, ...], ())),
)

sites = Table(
    "sites",
    metadata,
    Column("site", String, primary_key=True),  # as core.polling.sites names it
    Column("last_asked_at", UtcDateTime),
    Column("quiet_until", UtcDateTime),
    Column("quiet_because_of", Text),
)

entries = Table(
    "entries",
    metadata,
    Column("id", String, primary_key=True),
    Column("feed_url", String, nullable=False),
    Column("feed_title", String, nullable=False),
    Column("guid", Text),
    Column("url", Text),
    Column("title", Text, nullable=False),
    Column("summary", Text, nullable=False),
    Column("language", String, nullable=False),
    Column("published_at", UtcDateTime, nullable=False),
    Column("published_is_guess", Boolean, nullable=False),
    Column("first_seen_at", UtcDateTime, nullable=False, index=True),
    Column("links", JSON, nullable=False),
    Column("text_hash", String),
    Column("held_at", UtcDateTime),
    Column("picture", JSON(none_as_null=True)),  # core.feeds.pictures.Picture
    Index("ix_entries_feed_url", "feed_url"),
)

editions = Table(
    "editions",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("digest_id", String, nullable=False),
    Column("number", Integer, nullable=False),
    Column("date", Date, nullable=False),
    Column("created_at", UtcDateTime, nullable=False),
    Column("content", JSON, nullable=False),  # core.editions.edition.Edition, whole
    Column("subject", Text, nullable=False),
    Column("html", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("markdown", Text, nullable=False),
    Column("audience_frozen_at", UtcDateTime),
    Column("audience_size", Integer),
    Column("weighed", JSON(none_as_null=True)),  # core.editions.window.Weighed's entry_ids
    UniqueConstraint("digest_id", "date"),
    UniqueConstraint("digest_id", "number"),
)

edition_entries = Table(
    "edition_entries",
    metadata,
    Column("edition_id", _Key, ForeignKey("editions.id"), primary_key=True),
    Column("entry_id", String, primary_key=True),
    Column("story_id", String, nullable=False),
)

edition_edits = Table(
    "edition_edits",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("digest_id", String, nullable=False),
    Column("date", Date, nullable=False),
    Column("story_id", String, nullable=False),  # of the story, or of one of its entries
    Column("action", String, nullable=False),
    Column("position", Integer),
    Column("made_at", UtcDateTime, nullable=False),
    UniqueConstraint("digest_id", "date", "story_id"),
)

llm_requests = Table(
    "llm_requests",
    metadata,
    Column("day", Date, primary_key=True),
    Column("count", Integer, nullable=False),
)

subscribers = Table(
    "subscribers",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("address", String, nullable=False),  # as the reader wrote it
    Column("address_key", String, nullable=False, unique=True),  # as addresses are compared
    Column("name", String, nullable=False),
    Column("language", String),
    Column("created_at", UtcDateTime, nullable=False),
    Column("topics", JSON(none_as_null=True)),  # ids; all of them where there are none
    Column("hour", Integer),  # of the day, in `zone`
    Column("zone", String),
    Column("paused_until", UtcDateTime),
)

subscriptions = Table(
    "subscriptions",
    metadata,
    Column("subscriber_id", _Key, ForeignKey("subscribers.id"), primary_key=True),
    Column("digest_id", String, primary_key=True),
    Column("since", UtcDateTime, nullable=False),
    Column("until", UtcDateTime),  # when they left
    Index("ix_subscriptions_digest_id", "digest_id"),
)

suppressions = Table(
    "suppressions",
    metadata,
    Column("address_key", String, primary_key=True),
    Column("address", String, nullable=False),
    Column("reason", Text, nullable=False),
    Column("since", UtcDateTime, nullable=False),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("edition_id", _Key, ForeignKey("editions.id"), nullable=False),
    Column("subscriber_id", _Key, ForeignKey("subscribers.id"), nullable=False),
    Column("address", String, nullable=False),
    Column("state", String, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("due_at", UtcDateTime, nullable=False),
    Column("claimed_at", UtcDateTime),
    Column("offered_at", UtcDateTime),
    Column("settled_at", UtcDateTime),
    Column("code", Integer),
    Column("reply", Text, nullable=False),
    Column("reason", Text, nullable=False),
    # It is put off for the pace of its domain, and due_at may be a slot that it took there.
    Column("is_held", Boolean, nullable=False, server_default=false()),
    Column("has_slot", Boolean, nullable=False, server_default=false()),
    UniqueConstraint("edition_id", "subscriber_id"),
    Index("ix_deliveries_queue", "edition_id", "state", "due_at", "id"),
)

# PostgreSQL has one more index, ix_deliveries_shards (migration 0011), for workers that share an
# edition. What is sent leaves it, so it costs next to nothing but when an audience is frozen.
# It does not check the two foreign keys of `deliveries` (migration 0012): that took more than half
# of the time of a freeze. Rows are only ever copied from the very subscribers, and whoever erases
# one waits for a freeze (`hold_audience`).

exclusions = Table(
    "exclusions",
    metadata,
    Column("edition_id", _Key, ForeignKey("editions.id"), primary_key=True),
    Column("subscriber_id", _Key, ForeignKey("subscribers.id"), primary_key=True),
    Column("reason", Text, nullable=False),
)

buckets = Table(
    "buckets",
    metadata,
    Column("name", String, primary_key=True),  # relay:HOST:PORT or domain:NAME
    Column("full_at", UtcDateTime, nullable=False),
    Column("rests", Integer, nullable=False),
)

bounces = Table(
    "bounces",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("subscriber_id", _Key, ForeignKey("subscribers.id"), nullable=False),
    Column("edition_id", _Key, ForeignKey("editions.id")),
    Column("kind", String, nullable=False),  # core.delivery.bounces.BounceKind
    Column("status", String, nullable=False),  # 5.1.1 and its like, or empty
    Column("diagnostic", Text, nullable=False),  # the refusing server's words
    Column("mail_key", String, nullable=False),  # of the mail that told us
    Column("at", UtcDateTime, nullable=False),
    UniqueConstraint("mail_key", "subscriber_id"),
    Index("ix_bounces_subscriber_id", "subscriber_id"),
)

seen_mail = Table(
    "seen_mail",
    metadata,
    Column("mailbox", String, primary_key=True),
    Column("uid", String, primary_key=True),
)

edition_stories = Table(
    "edition_stories",
    metadata,
    Column("edition_id", _Key, ForeignKey("editions.id"), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("story_id", String, nullable=False, index=True),
    Column("topic", String, nullable=False),
    Column("words", Text, nullable=False),  # core.editions.searching.searchable
)

signups = Table(
    "signups",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("address", String, nullable=False),
    Column("address_key", String, nullable=False),
    Column("language", String, nullable=False),
    Column("digests", JSON, nullable=False),
    Column("text", Text, nullable=False),  # what the form said, word for word
    Column("asked_at", UtcDateTime, nullable=False, index=True),
    Column("mail_due_at", UtcDateTime, index=True),  # none: it has been mailed, or never will be
    Column("attempts", Integer, nullable=False),
    Column("confirmed_at", UtcDateTime),
    Index("ix_signups_address_key", "address_key"),
)

askings = Table(
    "askings",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("who", String, nullable=False),  # a keyed hash of an address or a network
    Column("at", UtcDateTime, nullable=False, index=True),
    Index("ix_askings_who", "who", "at"),
)

consents = Table(
    "consents",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("subscriber_id", _Key, ForeignKey("subscribers.id"), nullable=False, index=True),
    Column("at", UtcDateTime, nullable=False),
    Column("how", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("digests", JSON, nullable=False),
)

quiet_days = Table(
    "quiet_days",
    metadata,
    Column("digest_id", String, primary_key=True),
    Column("date", Date, primary_key=True),  # of an edition that had nothing to say
    Column("reason", Text, nullable=False),
)

#: One row: the oldest revision whose programs can work with this schema. A migration that takes
#: away what older programs need raises it.
schema_needs = Table(
    "schema_needs",
    metadata,
    Column("revision", String, primary_key=True),
)

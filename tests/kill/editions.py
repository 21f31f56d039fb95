"""An edition for the kill tests: nothing of it matters but that it can be sent."""

from datetime import UTC, datetime, timedelta

from aidigest.core.editions.edition import UNSUBSCRIBE_MARK, Edition, RenderedEdition

NOW = datetime(2026, 9, 14, 0, 0, tzinfo=UTC)


def an_edition(now: datetime = NOW) -> RenderedEdition:
    """Return one made then."""
    edition = Edition(
        digest_id="daily",
        digest_title="Daily",
        number=1,
        date=now.date(),
        timezone="UTC",
        language="en",
        sections=(),
        created_at=now,
        not_after=now + timedelta(hours=20),
    )
    words = f"Today. Leave: {UNSUBSCRIBE_MARK}\n"
    return RenderedEdition(
        edition=edition, subject="Today", html=f"<p>{words}</p>", text=words, markdown=""
    )

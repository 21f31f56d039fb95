"""Readers choose and consent, signups wait to be confirmed, and stories can be searched."""

import sqlalchemy as sa
from alembic import op

from aidigest.core.editions.searching import searchable

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer, "sqlite")
_TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Add the tables, and make the stories of earlier editions findable."""
    for column in (
        sa.Column("topics", sa.JSON()),
        sa.Column("hour", sa.Integer()),
        sa.Column("zone", sa.String()),
        sa.Column("paused_until", _TIME),
    ):
        op.add_column("subscribers", column)
    _add_stories()
    _add_signups()
    op.create_table(
        "consents",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("subscriber_id", _KEY, sa.ForeignKey("subscribers.id"), nullable=False),
        sa.Column("at", _TIME, nullable=False),
        sa.Column("how", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
    )
    op.create_index("ix_consents_subscriber_id", "consents", ["subscriber_id"])


def _add_signups() -> None:
    op.create_table(
        "signups",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("address", sa.String(), nullable=False),
        sa.Column("address_key", sa.String(), nullable=False),
        sa.Column("language", sa.String(), nullable=False),
        sa.Column("digests", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("asked_at", _TIME, nullable=False),
        sa.Column("mail_due_at", _TIME),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("confirmed_at", _TIME),
    )
    for column in ("address_key", "asked_at", "mail_due_at"):
        op.create_index(f"ix_signups_{column}", "signups", [column])
    op.create_table(
        "askings",
        sa.Column("id", _KEY, primary_key=True),
        sa.Column("who", sa.String(), nullable=False),
        sa.Column("at", _TIME, nullable=False),
    )
    op.create_index("ix_askings_at", "askings", ["at"])
    op.create_index("ix_askings_who", "askings", ["who", "at"])


def _add_stories() -> None:
    stories = op.create_table(
        "edition_stories",
        sa.Column("edition_id", _KEY, sa.ForeignKey("editions.id"), primary_key=True),
        sa.Column("position", sa.Integer(), primary_key=True),
        sa.Column("story_id", sa.String(), nullable=False),
        sa.Column("topic", sa.String(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
    )
    op.create_index("ix_edition_stories_story_id", "edition_stories", ["story_id"])
    editions = sa.table("editions", sa.column("id"), sa.column("content", sa.JSON()))
    connection = op.get_bind()
    for edition_id, content in connection.execute(sa.select(editions)).all():
        rows = [
            (section["id"], story)
            for section in content["sections"]
            for story in section["stories"]
        ]
        if rows:
            connection.execute(
                sa.insert(stories),
                [
                    {
                        "edition_id": edition_id,
                        "position": position,
                        "story_id": story["id"],
                        "topic": topic,
                        "words": searchable(
                            story["title"],
                            story["summary"],
                            *(entry["feed"] for entry in story["entries"]),
                        ),
                    }
                    for position, (topic, story) in enumerate(rows)
                ],
            )


def downgrade() -> None:
    """Take them away again."""
    for table in ("consents", "askings", "signups", "edition_stories"):
        op.drop_table(table)
    for column in ("paused_until", "zone", "hour", "topics"):
        op.drop_column("subscribers", column)

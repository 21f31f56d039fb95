"""Feeds remember their rhythm, hints, moves and alarms; sites their quiet."""

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_TIME = sa.DateTime(timezone=True)


def _columns() -> list[sa.Column[Any]]:
    return [
        sa.Column("body_size", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("last_read_at", _TIME),
        sa.Column("trouble", sa.String()),
        sa.Column("failing_since", _TIME),
        sa.Column("not_before", _TIME),
        sa.Column("asked_by_hand_at", _TIME),
        sa.Column("polls", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("unchanged", sa.Integer(), nullable=False, server_default="0"),
        sa.Column("bytes_saved", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("hints", sa.JSON()),
        sa.Column("rhythm", sa.JSON()),
        sa.Column("move", sa.JSON()),
        sa.Column("moved_to", sa.Text()),
        sa.Column("site_url", sa.Text()),
        sa.Column("built", sa.Text()),
        sa.Column("alarms", sa.JSON()),
    ]


def upgrade() -> None:
    """Add what is remembered; nothing that is stored changes."""
    for column in _columns():
        op.add_column("feeds", column)
    op.add_column("entries", sa.Column("text_hash", sa.String()))
    op.add_column("entries", sa.Column("held_at", _TIME))
    op.create_index(op.f("ix_entries_feed_url"), "entries", ["feed_url"])
    op.create_table(
        "sites",
        sa.Column("site", sa.String(), nullable=False),
        sa.Column("last_asked_at", _TIME),
        sa.Column("quiet_until", _TIME),
        sa.Column("quiet_because_of", sa.Text()),
        sa.PrimaryKeyConstraint("site", name=op.f("pk_sites")),
    )


def downgrade() -> None:
    """Forget it again."""
    op.drop_table("sites")
    op.drop_index(op.f("ix_entries_feed_url"), "entries")
    for name in ("text_hash", "held_at"):
        op.drop_column("entries", name)
    for column in _columns():
        op.drop_column("feeds", column.name)

"""Pace kept over restarts, and bounces."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0003"
branch_labels = None
depends_on = None

_KEY = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Add what a delivery waits for, the buckets, the bounces, and mails looked at already."""
    for name in ("is_held", "has_slot"):
        op.add_column(
            "deliveries",
            sa.Column(name, sa.Boolean(), nullable=False, server_default=sa.false()),
        )
    op.create_table(
        "buckets",
        sa.Column("name", sa.String(), nullable=False),
        sa.Column("full_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("rests", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("name", name="pk_buckets"),
    )
    op.create_table(
        "bounces",
        sa.Column("id", _KEY, nullable=False),
        sa.Column("subscriber_id", _KEY, nullable=False),
        sa.Column("edition_id", _KEY, nullable=True),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("status", sa.String(), nullable=False),
        sa.Column("diagnostic", sa.Text(), nullable=False),
        sa.Column("mail_key", sa.String(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["subscriber_id"], ["subscribers.id"], name="fk_bounces_subscriber_id"
        ),
        sa.ForeignKeyConstraint(["edition_id"], ["editions.id"], name="fk_bounces_edition_id"),
        sa.PrimaryKeyConstraint("id", name="pk_bounces"),
        sa.UniqueConstraint("mail_key", "subscriber_id", name="uq_bounces_mail_key_subscriber_id"),
    )
    op.create_index("ix_bounces_subscriber_id", "bounces", ["subscriber_id"])
    op.create_table(
        "seen_mail",
        sa.Column("mailbox", sa.String(), nullable=False),
        sa.Column("uid", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("mailbox", "uid", name="pk_seen_mail"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("seen_mail")
    op.drop_table("bounces")
    op.drop_table("buckets")
    with op.batch_alter_table("deliveries") as table:
        table.drop_column("has_slot")
        table.drop_column("is_held")

"""Shards, days without an edition, and which programs the schema is good for."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0009"


def upgrade() -> None:
    """Add an index and two tables; older programs do not mind."""
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE INDEX ix_deliveries_shards"
            " ON deliveries (edition_id, (subscriber_id % 32), state, due_at, id)"
            " WHERE state IN ('pending', 'deferred')"
        )
    op.create_table(
        "quiet_days",
        sa.Column("digest_id", sa.String(), nullable=False),
        sa.Column("date", sa.Date(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("digest_id", "date", name="pk_quiet_days"),
    )
    needs = op.create_table(
        "schema_needs",
        sa.Column("revision", sa.String(), nullable=False),
        sa.PrimaryKeyConstraint("revision", name="pk_schema_needs"),
    )
    op.bulk_insert(needs, [{"revision": revision}])


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("schema_needs")
    op.drop_table("quiet_days")
    if op.get_bind().dialect.name == "postgresql":
        op.drop_index("ix_deliveries_shards", "deliveries")

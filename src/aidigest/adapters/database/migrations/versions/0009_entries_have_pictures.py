"""Entries keep the picture that their feed offers."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; entries stored before have none."""
    op.add_column("entries", sa.Column("picture", sa.JSON()))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("entries", "picture")

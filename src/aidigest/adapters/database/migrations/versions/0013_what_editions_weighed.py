"""Editions remember which entries of late they were chosen from."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; of editions made before, or by older programs, it is not known."""
    op.add_column("editions", sa.Column("weighed", sa.JSON()))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("editions", "weighed")

"""Grants that wait for their code: an access token that goes through the browser has its grant on record at once."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add until when a grant's code may be redeemed; empty, as in every row so far, says that it has been."""
    op.add_column("grants", sa.Column("redeemable_until", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("grants", "redeemable_until")

"""The switch of an upstream: by hand, on every node, until it is taken back or its time is over."""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the pauses."""
    op.create_table(
        "upstream_pauses",
        sa.Column("provider", sa.String(32), primary_key=True),
        sa.Column("since", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("upstream_pauses")

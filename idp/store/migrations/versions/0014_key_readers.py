"""From where clients call, and whether the published keys were read from there."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "key_readers",
        sa.Column(
            "client_id", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("address", sa.String(64), primary_key=True),
        sa.Column("called_at", sa.BigInteger(), nullable=False),
        sa.Column("read_at", sa.BigInteger(), nullable=True),
        sa.Column("newest_read", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_key_readers_called_at", "key_readers", ["called_at"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("key_readers")

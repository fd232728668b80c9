"""What applications did, day by day, and what they were refused."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the table."""
    op.create_table(
        "client_days",
        sa.Column(
            "client_id", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("day", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(32), primary_key=True),
        sa.Column("aspect", sa.String(128), primary_key=True),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first_at", sa.BigInteger(), nullable=False),
        sa.Column("last_at", sa.BigInteger(), nullable=False),
        sa.Column("sent", sa.String(256), nullable=False),
        sa.Column("registered", sa.String(256), nullable=False),
    )
    op.create_index("ix_client_days_day", "client_days", ["day"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("client_days")

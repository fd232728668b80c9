"""Seals over the security events, by which a changed one is found."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the seals; the events of before are sealed as they stand."""
    op.create_table(
        "audit_seals",
        sa.Column("number", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("first_id", sa.BigInteger(), nullable=False),
        sa.Column("last_id", sa.BigInteger(), nullable=False),
        sa.Column("last_time", sa.BigInteger(), nullable=False),
        sa.Column("sealed_at", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("previous", sa.String(64), nullable=False),
        sa.Column("mac", sa.String(64), nullable=False),
        sa.Column("digests", sa.LargeBinary(), nullable=False),
        sa.Column("wiped_at", sa.BigInteger(), nullable=True),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("audit_seals")

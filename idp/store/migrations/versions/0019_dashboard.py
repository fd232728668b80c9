"""Samples of the tables' sizes, and the indexes that the dashboard's counts read."""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add them. The index of times alone goes: the one with the method does its work."""
    op.create_table(
        "size_samples",
        sa.Column("day", sa.BigInteger(), primary_key=True, autoincrement=False),
        sa.Column("name", sa.String(64), primary_key=True),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_audit_event_time", "audit", ["event", "time", "outcome"])
    op.create_index("ix_sign_ins_time_provider", "sign_ins", ["started_at", "provider"])
    op.drop_index("ix_sign_ins_started_at", "sign_ins")


def downgrade() -> None:
    """Take them away again."""
    op.create_index("ix_sign_ins_started_at", "sign_ins", ["started_at"])
    op.drop_index("ix_sign_ins_time_provider", "sign_ins")
    op.drop_index("ix_audit_event_time", "audit")
    op.drop_table("size_samples")

"""Dynamic registration: who registered, who may, and the pictures of clients."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the three tables."""
    op.create_table(
        "registrations",
        sa.Column(
            "client_id", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("token_digest", sa.String(64), nullable=False, unique=True),
        sa.Column("network", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_registrations_created_at", "registrations", ["created_at"])
    op.create_table(
        "initial_tokens",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("uses_left", sa.BigInteger(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_initial_tokens_expires_at", "initial_tokens", ["expires_at"])
    op.create_table(
        "client_logos",
        sa.Column(
            "client_id", sa.String(128), sa.ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
        ),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("media_type", sa.String(32), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("fetched_at", sa.BigInteger(), nullable=False),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("client_logos")
    op.drop_table("initial_tokens")
    op.drop_table("registrations")

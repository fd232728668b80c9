"""Access tokens have no rows: what a client was given for itself ends by a time, and one of them by its digest."""

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the time, and an index from which caches learn that a client changed; drop the table."""
    op.add_column("clients", sa.Column("token_epoch", sa.BigInteger(), nullable=False, server_default="0"))
    op.create_index("ix_clients_stamp", "clients", ["version", "token_epoch"])
    op.add_column("grants", sa.Column("signed_until", sa.BigInteger(), nullable=False, server_default="0"))
    op.drop_table("access_tokens")


def downgrade() -> None:
    """Make the table again, empty: whoever holds an access token asks for another."""
    op.create_table(
        "access_tokens",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("grant_id", sa.String(32), sa.ForeignKey("grants.id", ondelete="CASCADE")),
        sa.Column("client_id", sa.String(128), nullable=False),
        sa.Column("scope", sa.Text(), nullable=False),
        sa.Column("audience", sa.JSON(), nullable=False),
        sa.Column("dpop_jkt", sa.String(43)),
        sa.Column("issued_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("revoked_at", sa.BigInteger()),
    )
    op.create_index("ix_access_tokens_expires_at", "access_tokens", ["expires_at"])
    op.create_index("ix_access_tokens_grant_id", "access_tokens", ["grant_id"])
    op.drop_column("grants", "signed_until")
    op.drop_index("ix_clients_stamp", "clients")
    op.drop_column("clients", "token_epoch")

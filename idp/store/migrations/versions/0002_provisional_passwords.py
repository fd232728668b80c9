"""Provisional passwords, letters, proofs of an e-mail address."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add what a first connection and a forgotten password need."""
    op.add_column("accounts", sa.Column("must_reset", sa.String(16), nullable=True))
    for name in ("email_changed_at", "address_changed_at"):
        op.add_column("accounts", sa.Column(name, sa.BigInteger(), nullable=False, server_default="0"))
    op.create_table(
        "provisionals",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("channel", sa.String(8), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("attempts", sa.BigInteger(), nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
        sa.Column("cancelled_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_provisionals_account_id", "provisionals", ["account_id"])
    op.create_index("ix_provisionals_expires_at", "provisionals", ["expires_at"])
    op.create_table(
        "letters",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("provisional_id", sa.String(32), sa.ForeignKey("provisionals.id"), nullable=False, unique=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=True),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("batch", sa.String(32), nullable=True),
        sa.Column("printed_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_letters_account_id", "letters", ["account_id"])
    op.create_index("ix_letters_batch", "letters", ["batch"])
    op.create_index("ix_letters_waiting", "letters", ["printed_at", "created_at"])
    op.create_table(
        "email_proofs",
        sa.Column("digest", sa.String(64), primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("expires_at", sa.BigInteger(), nullable=False),
        sa.Column("spent_at", sa.BigInteger(), nullable=True),
    )
    op.create_index("ix_email_proofs_account_id", "email_proofs", ["account_id"])
    op.create_index("ix_email_proofs_expires_at", "email_proofs", ["expires_at"])


def downgrade() -> None:
    """Take it away again, the referring tables first."""
    for name in ("email_proofs", "letters", "provisionals"):
        op.drop_table(name)
    for name in ("address_changed_at", "email_changed_at", "must_reset"):
        op.drop_column("accounts", name)

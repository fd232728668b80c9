"""The desk's queue: upstream people whose dossier nobody could tell."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the cases."""
    op.create_table(
        "federation_cases",
        sa.Column("id", sa.Text(), primary_key=True),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("sub", sa.Text(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("identity", sa.LargeBinary(), nullable=False),
        sa.Column("candidates", sa.JSON(), nullable=False),
        sa.Column("opened_at", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False, server_default=""),
        sa.Column("decided_at", sa.BigInteger(), nullable=False, server_default="0"),
        sa.Column("decided_by", sa.Text(), nullable=False, server_default=""),
        sa.Column("note", sa.Text(), nullable=False, server_default=""),
    )
    op.create_index("ix_federation_cases_status", "federation_cases", ["status", "opened_at"])
    op.create_index("ix_federation_cases_person", "federation_cases", ["issuer", "sub"])
    op.create_index(
        "uq_federation_cases_open",
        "federation_cases",
        ["issuer", "sub"],
        unique=True,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("federation_cases")

"""The fund's staff: what each may do, and the invitation that opens an account."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the administrators."""
    op.create_table(
        "administrators",
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), primary_key=True),
        sa.Column("login", sa.String(128), nullable=False, unique=True),
        sa.Column("roles", sa.JSON(), nullable=False),
        sa.Column("created_at", sa.BigInteger(), nullable=False),
        sa.Column("disabled_at", sa.BigInteger(), nullable=True),
        sa.Column("invitation", sa.String(64), nullable=True, unique=True),
        sa.Column("invitation_expires", sa.BigInteger(), nullable=True),
    )


def downgrade() -> None:
    """Take them away again."""
    op.drop_table("administrators")

"""Codes by letter: what a provisional password's row may be besides."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add whom a code proves the dossier to; a password has nobody there."""
    op.add_column("provisionals", sa.Column("purpose", sa.String(64), nullable=False, server_default=""))
    op.create_index("ix_provisionals_purpose", "provisionals", ["purpose"])


def downgrade() -> None:
    """Take it away again, and the codes with it: they must not become passwords."""
    op.execute("DELETE FROM letters WHERE provisional_id IN (SELECT id FROM provisionals WHERE purpose <> '')")
    op.execute("DELETE FROM provisionals WHERE purpose <> ''")
    op.drop_index("ix_provisionals_purpose", "provisionals")
    op.drop_column("provisionals", "purpose")

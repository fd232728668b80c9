"""The reference of the last request that an application was refused, of each kind and day: what its log prints."""

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column; a node of the version before leaves it empty, or as a node of this one wrote it."""
    op.add_column("client_days", sa.Column("reference", sa.String(32), nullable=False, server_default=""))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("client_days", "reference")

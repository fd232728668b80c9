"""Which refresh token took the place of which: a lost answer may be asked for again."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the token replaced."""
    op.add_column("refresh_tokens", sa.Column("replaces", sa.String(64), nullable=True))
    op.create_index("ix_refresh_tokens_replaces", "refresh_tokens", ["replaces"])


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_refresh_tokens_replaces", "refresh_tokens")
    op.drop_column("refresh_tokens", "replaces")

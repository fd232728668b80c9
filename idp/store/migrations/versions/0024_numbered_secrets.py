"""A secret that may be replaced has a number: access tokens carry that of the one that they are sealed under."""

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the number; the house's own secret is never replaced."""
    op.add_column("house_secrets", sa.Column("number", sa.BigInteger(), nullable=False, server_default="0"))


def downgrade() -> None:
    """Take it away again, with the secrets that have one: access tokens hang on the house's secret once more."""
    op.execute("DELETE FROM house_secrets WHERE number > 0")
    op.drop_column("house_secrets", "number")

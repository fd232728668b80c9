"""Which application was refused under a reference, by an index: a look-up read every application's days otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the index, without the many rows that have no reference; a node of the version before fills it too."""
    some = sa.text("reference <> ''")
    op.create_index("ix_client_days_reference", "client_days", ["reference"], postgresql_where=some, sqlite_where=some)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_client_days_reference", "client_days")

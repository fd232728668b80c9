"""The house's sealed secret, from which keyed hashes derive; and a status that an operator holds against imports."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the place of the secret, and the reason of a held status."""
    op.create_table(
        "house_secrets",
        sa.Column("name", sa.String(32), primary_key=True),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
    )
    op.add_column("accounts", sa.Column("status_held", sa.String(32), nullable=True))


def downgrade() -> None:
    """Take it away again."""
    op.drop_column("accounts", "status_held")
    op.drop_table("house_secrets")

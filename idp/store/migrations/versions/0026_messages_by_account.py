"""Whose a task of the outbox is, by an index: a member's page and copy read the messages of 30 days otherwise."""

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

ACCOUNT = {"postgresql": "(payload ->> 'account_id')", "sqlite": "json_extract(payload, '$.account_id')"}
"""An index and no column, since the database itself fills it: a node of the version before, which knows of neither,
writes its messages as before, and they are found."""


def upgrade() -> None:
    """Add the index, without the many tasks that name nobody."""
    whose = ACCOUNT[op.get_bind().dialect.name]
    some = sa.text(f"{whose} IS NOT NULL")
    op.create_index("ix_outbox_account", "outbox", [sa.text(whose)], postgresql_where=some, sqlite_where=some)


def downgrade() -> None:
    """Take it away again."""
    op.drop_index("ix_outbox_account", "outbox")

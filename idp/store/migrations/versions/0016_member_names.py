"""The names of members as the desk looks for them."""

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from alembic import op

from idp.store.member_names import beginnings

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_PAGE = 1000


def upgrade() -> None:
    """Add the table, and fill it with the dossiers there are."""
    name = sa.String(64).with_variant(sa.String(64, collation="C"), "postgresql")
    names = op.create_table(
        "member_names",
        sa.Column("name", name, primary_key=True),
        sa.Column("account_id", sa.String(32), sa.ForeignKey("accounts.id"), primary_key=True),
    )
    op.create_index("ix_member_names_account_id", "member_names", ["account_id"])
    accounts = sa.table("accounts", *map(sa.column, ("id", "situation", "birth_name", "usage_name")))
    last = ""
    while True:
        query = sa.select(accounts.c.id, accounts.c.birth_name, accounts.c.usage_name)
        query = query.where(accounts.c.id > last, accounts.c.situation != "administration")
        page = op.get_bind().execute(query.order_by(accounts.c.id).limit(_PAGE)).mappings().all()
        if not page:
            return
        if rows := [{"name": one, "account_id": row["id"]} for row in page for one in _names(row)]:
            op.bulk_insert(names, rows)
        last = page[-1]["id"]


def downgrade() -> None:
    """Take it away again."""
    op.drop_table("member_names")


def _names(row: Mapping[Any, Any]) -> list[str]:
    return sorted(beginnings(row["birth_name"], row["usage_name"]))

"""Letters are purged by an index; PostgreSQL cleans up sooner behind the rows that live for minutes."""

from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

HOT = ("refresh_tokens", "grants", "key_values", "spent", "outbox")
"""Tables whose rows come and go all day. By default a fifth of a table must be dead before it is cleaned: of a million
rows, two hundred thousand."""
SETTINGS = {
    "autovacuum_vacuum_scale_factor": "0.02",
    "autovacuum_vacuum_insert_scale_factor": "0.1",
    "autovacuum_analyze_scale_factor": "0.05",
}


def upgrade() -> None:
    """Add the index and the settings."""
    op.create_index("ix_letters_created", "letters", ["created_at"])
    if op.get_bind().dialect.name == "postgresql":
        chosen = ", ".join(f"{name} = {value}" for name, value in SETTINGS.items())
        for table in HOT:
            op.execute(f"ALTER TABLE {table} SET ({chosen})")


def downgrade() -> None:
    """Take them away again."""
    if op.get_bind().dialect.name == "postgresql":
        for table in HOT:
            op.execute(f"ALTER TABLE {table} RESET ({', '.join(SETTINGS)})")
    op.drop_index("ix_letters_created", "letters")

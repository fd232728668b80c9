"""Alembic's entry: it runs on the connection that `idp.store.schema.migrate` hands in, and opens none itself."""

from alembic import context

context.configure(connection=context.config.attributes["connection"])
context.run_migrations()

"""Schema changes, in order, applied by Alembic; expand first, contract later (decision D14).

Every file is written by hand and frozen once released: it imports no model, so that it means the same for ever.
A test compares the migrated schema with the models on both databases.

Depends on Alembic and SQLAlchemy only. It must not know the repositories nor any other room.
"""

"""Alembic, told where our migrations are; only `idp.store.schema` calls it, and only where one is missing."""

from pathlib import Path
from typing import Final

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection

_SCRIPTS: Final = Path(__file__).parent


def configuration() -> Config:
    """Return Alembic's configuration; no file is read for it."""
    made = Config()
    # The separator is ours to choose; naming it spares Alembic's guess from the platform.
    made.set_main_option("path_separator", "os")
    made.set_main_option("script_location", str(_SCRIPTS).replace("%", "%%"))
    made.set_main_option("version_locations", str(_SCRIPTS / "versions").replace("%", "%%"))
    return made


def upgrade(connection: Connection) -> None:
    """Apply every missing change on a connection; its owner commits.

    Raises:
        sqlalchemy.exc.SQLAlchemyError: the database refuses.
    """
    made = configuration()
    made.attributes["connection"] = connection
    command.upgrade(made, "head")

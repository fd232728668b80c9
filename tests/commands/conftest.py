"""Commands begin on a database that has its schema already, as they do on every day but the first."""

import shutil
from pathlib import Path

import pytest

from tests.support.servers import migrated_sqlite


@pytest.fixture(autouse=True)
def _schema(request: pytest.FixtureRequest, tmp_path: Path) -> None:
    """Put the schema where the settings of these tests say that the database is; `first_start` tests have none."""
    if request.node.get_closest_marker("first_start") is None:
        for name in ("idp.sqlite3", "db"):
            shutil.copyfile(migrated_sqlite(), tmp_path / name)

"""The key-encryption key: made at a first start, and by no later one."""

from pathlib import Path

import pytest

from idp.app import build
from idp.config import ConfigurationError
from tests.support.provider import settings


def test_a_first_start_makes_the_key_encryption_key(tmp_path: Path) -> None:
    """On an empty database, migrated or not, the missing file is made, and later starts use it."""
    for again in range(3):
        application = build(settings(tmp_path))
        if again == 1:
            (tmp_path / "kek").unlink()
            application.migrate()
        assert application.sealer.kek_id
        application.close()
    assert 0o600 == (tmp_path / "kek").stat().st_mode & 0o777


def test_a_lost_key_encryption_key_is_told_and_not_made_again(tmp_path: Path) -> None:
    """Where the database holds keys, a missing file ends the start with one sentence that names it; nothing is made."""
    application = build(settings(tmp_path))
    application.prepare()
    application.close()
    (tmp_path / "kek").rename(tmp_path / "elsewhere")
    application = build(settings(tmp_path))
    with pytest.raises(ConfigurationError) as caught:
        application.prepare()
    assert [
        f"keys.kek_file: {tmp_path}/kek is missing, and the database holds keys sealed with it: put it back"
    ] == list(caught.value.faults)
    application.close()
    assert not (tmp_path / "kek").exists()
    (tmp_path / "elsewhere").rename(tmp_path / "kek")
    application = build(settings(tmp_path))
    application.prepare()
    application.close()

"""The settings that the containers are given are settings of this version."""

from pathlib import Path

import pytest

from idp import config
from tests.support.sources import ROOT


def test_the_file_of_the_containers_is_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Every name is known and every value good, once the secrets are there."""
    secret = tmp_path / "secret"
    secret.write_text("x" * 32, encoding="ascii")
    for name in ("DATABASE__PASSWORD_FILE", "CACHE__REDIS_PASSWORD_FILE", "METRICS__TOKEN_FILE"):
        monkeypatch.setenv(f"IDP_{name}", str(secret))
    settings = config.load(ROOT / "deploy" / "idp.toml")
    assert settings.secure
    assert not settings.server.run_worker

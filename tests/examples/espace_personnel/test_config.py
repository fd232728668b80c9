"""The example server's configuration file."""

import json
from pathlib import Path

import pytest

from examples.espace_personnel.config import KEYS, load_config


def document() -> dict[str, object]:
    """Return a sound configuration."""
    applications = {key: {"client_id": key, "scope": "openid"} for key in KEYS}
    return {"issuer": "http://a", "base_url": "http://b", "applications": applications}


class TestLoadConfig:
    """Reading the file."""

    def test_sound_file(self, tmp_path: Path) -> None:
        """A file with what is needed is read; the mailbox is optional."""
        file = tmp_path / "espace.json"
        file.write_text(json.dumps(document()), encoding="utf-8")
        config = load_config(file)
        assert "espace" == config.applications["espace"].client_id
        assert config.mailbox is None

    @pytest.mark.parametrize("missing", ["issuer", "base_url", "applications"])
    def test_missing_member(self, tmp_path: Path, missing: str) -> None:
        """A missing member is named with the file."""
        content = document()
        del content[missing]
        file = tmp_path / "espace.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(ValueError, match=missing):
            load_config(file)

    def test_unknown_member_of_an_application(self, tmp_path: Path) -> None:
        """A misspelt member of an application is refused."""
        content = document()
        content["applications"] = {key: {"client_id": key, "scope": "openid", "secret": "x"} for key in KEYS}
        file = tmp_path / "espace.json"
        file.write_text(json.dumps(content), encoding="utf-8")
        with pytest.raises(ValueError, match="secret"):
            load_config(file)

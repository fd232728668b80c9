"""What a provider is composed on."""

import sys
from pathlib import Path

import pytest

from idp.app import build
from idp.config import ConfigurationError
from tests.support.provider import settings


def test_a_python_without_its_lock_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Threads rely on it (docs/architecture.md, section 5): nothing is opened, and the reason is told."""
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: False, raising=False)
    with pytest.raises(ConfigurationError, match="global lock"):
        build(settings(tmp_path))
    monkeypatch.setattr(sys, "_is_gil_enabled", lambda: True, raising=False)
    build(settings(tmp_path)).close()

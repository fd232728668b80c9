"""An OpenID provider beside FranceConnect, by configuration alone."""

from pathlib import Path
from typing import Any

import pytest

from idp import config
from idp.commands.soundness import deeper_faults
from tests.support.provider import copied_provider, running


def proconnect(folder: Path, **changes: Any) -> dict[str, Any]:
    """Return the settings of an enabled provider; of its host nothing is ever asked here."""
    secret = folder / "proconnect.secret"
    secret.write_text("s" * 64, encoding="utf-8")
    values = {
        "enabled": True,
        "label": "ProConnect",
        "issuer": "https://pro.example/api/v2",
        "client_id": "client",
        "client_secret_file": secret,
    }
    return values | changes


@pytest.mark.parametrize("enabled", [False, True])
def test_it_is_an_entrance_and_no_way_to_a_members_account(tmp_path: Path, enabled: bool) -> None:
    """Off, it has no page at all; on, it has its own, and the members' sign-in page does not know it."""
    upstreams = {"proconnect": proconnect(tmp_path, enabled=enabled)}
    with running(copied_provider(tmp_path / "house", upstreams=upstreams)) as provider:
        browser = provider.browser()
        page = browser.get("/connexion")
        assert "ProConnect" not in page.text
        interaction = page.url.rpartition("/")[2]
        assert (400 if enabled else 404) == browser.get("/federation/proconnect/start?interaction=unknown").status
        assert (["proconnect"] if enabled else []) == list(provider.application.entrances)
        assert [] == list(provider.application.edge.upstreams)
        if enabled:
            provider.application.upstream_switch.pause("proconnect")
            told = browser.get(f"/federation/proconnect/start?interaction={interaction}")
            assert (503, True) == (told.status, "La connexion est suspendue quelques instants" in told.text)


@pytest.mark.parametrize(
    ("upstreams", "fault"),
    [
        ({"franceconnect": {}}, "'franceconnect' cannot name an upstream"),
        ({"Pro Connect": {}}, "'Pro Connect' cannot name an upstream"),
        ({"pro": {"enabled": True}}, "upstreams.pro.client_id: needed when it is enabled"),
        ({"pro": {"issuer": "http://pro.example"}}, "upstreams.pro.issuer: must be an https address"),
        ({"pro": {"scopes": ["email"]}}, "upstreams.pro.scopes: must contain openid"),
        ({"pro": {"colour": "blue"}}, "upstreams.pro.colour: unknown key"),
    ],
)
def test_settings_that_cannot_work_are_told(upstreams: dict[str, Any], fault: str) -> None:
    """Each fault names its key, in the table of its provider."""
    with pytest.raises(config.ConfigurationError) as refused:
        config.load(upstreams=upstreams)
    assert any(fault in told for told in refused.value.faults), refused.value.faults


def test_a_check_looks_at_its_secret_and_its_registration(tmp_path: Path) -> None:
    """What `idp config check` says beyond the form of the settings."""
    sound = config.load(upstreams={"proconnect": proconnect(tmp_path)})
    assert [] == [fault for fault in deeper_faults(sound) if "upstreams" in fault]
    missing = config.load(upstreams={"proconnect": proconnect(tmp_path, client_secret_file=tmp_path / "none")})
    assert any(fault.startswith("upstreams.proconnect.client_secret_file") for fault in deeper_faults(missing))
    odd = config.load(upstreams={"proconnect": proconnect(tmp_path, issuer="https://pro.example/?x=1")})
    assert any(fault.startswith("upstreams.proconnect: the issuer") for fault in deeper_faults(odd))

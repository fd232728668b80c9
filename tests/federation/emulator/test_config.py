"""Configuration: files, refusals, and no chance to pose as the real service."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from federation.emulator import serve
from federation.emulator.config import (
    EmulatorConfig,
    EmulatorConfigurationError,
    ServiceProvider,
    check_issuer,
    load_config,
)
from tests.federation.emulator.partner import FUND, PERSONAS

CLIENT = {
    "client_id": "fund",
    "client_secret": "f" * 32,
    "name": "Espace Personnel",
    "redirect_uris": ["http://localhost:8000/callback"],
    "scopes": ["openid", "identite_pivot"],
}
SETTINGS = {"issuer": "http://localhost:8001/api/v2", "personas": str(PERSONAS), "clients": [CLIENT]}

Write = Callable[..., Path]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Write a configuration file with some settings changed; None takes one away."""

    def writer(**changes: object) -> Path:
        settings = {name: value for name, value in {**SETTINGS, **changes}.items() if value is not None}
        file = tmp_path / "emulator.json"
        file.write_text(json.dumps(settings), encoding="utf-8")
        return file

    return writer


@pytest.mark.parametrize(
    "issuer",
    [
        "https://oidc.franceconnect.gouv.fr/api/v2",
        "https://auth.franceconnect.gouv.fr/api/v2",
        "https://OIDC.FranceConnect.gouv.fr./api/v2",
        "https://franceconnect.gouv.fr/api/v2",
        "https://fcp-low.sbx.dev-franceconnect.fr/api/v2",
    ],
)
@pytest.mark.parametrize("allowed", [True, False])
def test_it_never_starts_under_a_name_of_franceconnect(issuer: str, allowed: bool) -> None:
    """Production and sandbox names are refused whatever is allowed."""
    with pytest.raises(EmulatorConfigurationError, match="test double"):
        check_issuer(issuer, allowed)


def test_another_public_host_must_be_allowed(config: EmulatorConfig) -> None:
    """A host that is neither loopback nor a test name needs the explicit setting."""
    with pytest.raises(EmulatorConfigurationError, match="allow_public_host"):
        replace(config, issuer="https://emulator.fund.fr/api/v2")
    replace(config, issuer="https://emulator.fund.fr/api/v2", allow_public_host=True)


@pytest.mark.parametrize(
    "issuer",
    ["http://localhost:1/a", "http://127.0.0.1/a", "http://[::1]:8001", "https://fc.test", "http://x.localhost"],
)
def test_local_hosts_are_accepted(config: EmulatorConfig, issuer: str) -> None:
    """Loopback addresses and reserved test names need no setting."""
    assert issuer == replace(config, issuer=issuer, allow_public_host=False).issuer


@pytest.mark.parametrize("issuer", ["", "localhost", "ftp://localhost", "http://localhost/", "http://localhost/?a=1"])
def test_a_malformed_issuer_is_refused(issuer: str) -> None:
    """The issuer is an http(s) address without trailing slash, query or fragment."""
    with pytest.raises(EmulatorConfigurationError):
        check_issuer(issuer, allow_public_host=False)


@pytest.mark.parametrize(
    "change",
    [
        {"client_secret": "short"},
        {"redirect_uris": ()},
        {"id_token_alg": "HS256"},
        {"userinfo_alg": "none"},
        {"scopes": frozenset({"openid", "phone"})},
    ],
)
def test_a_client_that_franceconnect_would_not_register_is_refused(change: dict[str, Any]) -> None:
    """Secrets of 32 characters, a callback, ES256 or RS256, scopes that exist."""
    with pytest.raises(EmulatorConfigurationError):
        replace(FUND, **change)


def test_a_secret_is_not_in_the_repr() -> None:
    """A configuration that ends up in a log shows no secret."""
    assert FUND.client_secret not in repr(FUND)


def test_two_clients_cannot_share_an_id(config: EmulatorConfig) -> None:
    """A client id names one service."""
    with pytest.raises(EmulatorConfigurationError, match="share"):
        replace(config, clients=(FUND, FUND))


def test_a_json_file_is_read(write: Write) -> None:
    """Every setting arrives, lists as tuples, and the clock can be replaced."""
    config = load_config(write(), clock=lambda: 7)
    assert 7 == config.clock()
    assert isinstance(config.clients[0], ServiceProvider)
    assert frozenset({"openid", "identite_pivot"}) == config.clients[0].scopes
    assert config.persona("angela") is not None


def test_a_toml_file_is_read_and_its_personas_are_relative(tmp_path: Path) -> None:
    """The personas path is relative to the file."""
    (tmp_path / "people.json").write_text(PERSONAS.read_text(encoding="utf-8"), encoding="utf-8")
    file = tmp_path / "emulator.toml"
    file.write_text(
        'issuer = "http://localhost:8001/api/v2"\npersonas = "people.json"\n\n[[clients]]\nclient_id = "fund"\n'
        f'client_secret = "{"f" * 32}"\nname = "Fund"\nredirect_uris = ["http://localhost:8000/cb"]\n',
        encoding="utf-8",
    )
    assert ("http://localhost:8000/cb",) == load_config(file).clients[0].redirect_uris


@pytest.mark.parametrize(
    "change", [{"isuer": "x"}, {"clients": None}, {"clients": [{**CLIENT, "colour": "red"}]}, {"clients": [{}]}]
)
def test_a_faulty_file_is_refused(write: Write, change: dict[str, object]) -> None:
    """Unknown and missing settings are refused by name."""
    with pytest.raises(EmulatorConfigurationError):
        load_config(write(**change))


def test_a_file_that_is_not_json_is_refused(tmp_path: Path) -> None:
    """A syntax error is told as a configuration error."""
    file = tmp_path / "emulator.json"
    file.write_text("{", encoding="utf-8")
    with pytest.raises(EmulatorConfigurationError, match="cannot be read"):
        load_config(file)


def test_the_factory_reads_the_environment(write: Write, monkeypatch: pytest.MonkeyPatch) -> None:
    """The WSGI factory serves what EMULATOR_CONFIG names, and refuses to guess."""
    monkeypatch.setenv(serve.VARIABLE, str(write()))
    document = serve.application().test_client().get("/api/v2/.well-known/openid-configuration").get_json()
    assert "http://localhost:8001/api/v2" == document["issuer"]
    monkeypatch.delenv(serve.VARIABLE)
    with pytest.raises(EmulatorConfigurationError, match=serve.VARIABLE):
        serve.application()

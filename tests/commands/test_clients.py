"""`idp clients`, `idp members`, `idp config`, over a real database."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from joserfc.jwk import ECKey

from idp.cli import main
from idp.commands.house import House
from idp.services.token_wishes import Wish


@pytest.fixture
def settings(tmp_path: Path) -> Path:
    """A settings file for a provider in a folder of its own."""
    file = tmp_path / "idp.toml"
    text = (
        f'[database]\nurl = "sqlite:///{tmp_path}/idp.sqlite3"\n'
        f'[keys]\nkek_file = "{tmp_path}/kek"\n[passwords]\nmemory_kib = 1024\npasses = 1\n'
    )
    file.write_text(text, encoding="utf-8")
    return file


def run(settings: Path, *arguments: str) -> Result:
    """Run a command."""
    return CliRunner().invoke(main, ["--config", str(settings), *arguments], env={"IDP_CONFIG": None})


URI = "https://app.example.org/cb"


def test_life_of_a_client(settings: Path) -> None:
    """A client is created with a secret shown once, listed, disabled and enabled."""
    made = run(settings, "clients", "create", "app", "--name", "Appli", "--redirect-uri", URI)
    assert made.exit_code == 0, made.output
    secret = made.output.split("client_secret: ")[1].split()[0]
    assert len(secret) >= 43
    shown = json.loads(run(settings, "clients", "show", "app").output)
    assert [URI] == shown["redirect_uris"]
    assert secret not in run(settings, "clients", "show", "app").output
    assert "disabled" in run(settings, "clients", "disable", "app").output
    assert json.loads(run(settings, "clients", "list", "--json").output)[0]["enabled"] is False
    run(settings, "clients", "enable", "app")
    assert "enabled" in run(settings, "clients", "list").output


@pytest.mark.parametrize(
    "arguments",
    [
        ("create", "app", "--name", "x"),
        ("create", "app", "--name", "x", "--redirect-uri", "http://app.example.org/cb#x"),
        ("create", "app", "--name", "x", "--redirect-uri", "javascript:alert(1)"),
        ("create", "app", "--name", "x", "--redirect-uri", URI, "--scope", "everything"),
        ("create", "a b", "--name", "x", "--redirect-uri", URI),
        ("create", "app", "--name", "x", "--type", "machine", "--scope", "openid"),
        ("create", "app", "--name", "x", "--redirect-uri", URI, "--auth-method", "none"),
        ("show", "nobody"),
        ("disable", "nobody"),
    ],
)
def test_mistakes_are_explained(settings: Path, arguments: tuple[str, ...]) -> None:
    """A mistake ends with exit code 1, one sentence and no trace."""
    result = run(settings, "clients", *arguments)
    assert result.exit_code == 1
    assert result.output.startswith("Error: ")
    assert "Traceback" not in result.output


def test_public_client_has_no_secret(settings: Path) -> None:
    """A browser application gets no secret."""
    made = run(settings, "clients", "create", "spa", "--type", "spa", "--name", "x", "--redirect-uri", URI)
    assert "client_secret" not in made.output


def test_an_id_is_taken_once(settings: Path) -> None:
    """Creating a client again does not overwrite it."""
    run(settings, "clients", "create", "app", "--name", "x", "--redirect-uri", URI)
    again = run(settings, "clients", "create", "app", "--name", "y", "--redirect-uri", URI)
    assert again.exit_code == 1
    assert '"name": "x"' in run(settings, "clients", "show", "app").output


def test_unknown_member(settings: Path) -> None:
    """An unknown dossier is said plainly."""
    result = run(settings, "members", "show", "1234567")
    assert result.exit_code == 1
    assert "no such dossier" in result.output


def test_keys_after_the_first_start(settings: Path) -> None:
    """Keys exist after the first command that prepares the provider."""
    run(settings, "clients", "create", "app", "--name", "x", "--redirect-uri", URI)
    rows = json.loads(run(settings, "keys", "status", "--json").output)
    assert {"ES256", "RS256"} == {row["algorithm"] for row in rows}


def test_configuration_is_checked(settings: Path) -> None:
    """`config check` tells every fault and no trace."""
    settings.write_text("[server]\nport = 0\nprot = 1\n", encoding="utf-8")
    result = run(settings, "config", "check")
    assert result.exit_code == 1
    assert "server.port" in result.output
    assert "server.prot: unknown key" in result.output


def test_every_command_has_help(settings: Path) -> None:
    """Each command explains itself."""
    for command in ("serve", "demo", "worker", "migrate", "keys", "clients", "members", "config"):
        result = run(settings, command, "--help")
        assert result.exit_code == 0
        assert "Usage: " in result.output


def test_a_machine_gets_a_token_for_itself(settings: Path) -> None:
    """What `--type machine` registers is what the token endpoint serves (RFC 6749 section 4.4)."""
    made = run(settings, "clients", "create", "batch", "--type", "machine", "--name", "x", "--scope", "paie:lire")
    assert made.exit_code == 0, made.output
    secret = made.output.split("client_secret: ")[1].split()[0]
    application = House(settings).application
    try:
        client = application.clients.get("batch")
        assert client is not None
        assert application.clients.secret_holds(client, secret)
        tokens = application.channel.tokens
        assert ("paie:lire",) == tokens.client_credentials(client, Wish()).scope
        assert ("paie:lire",) == tokens.client_credentials(client, Wish(scope=("paie:lire",))).scope
    finally:
        application.close()


def test_keys_instead_of_a_secret(settings: Path, tmp_path: Path) -> None:
    """An application with keys of its own is given no secret, and its keys are shown."""
    public = ECKey.generate_key("P-256").as_dict(private=False)
    file = tmp_path / "jwks.json"
    file.write_text(json.dumps({"keys": [public]}), encoding="utf-8")
    options = ("--redirect-uri", URI, "--auth-method", "private_key_jwt", "--jwks", str(file))
    made = run(settings, "clients", "create", "app", "--name", "x", *options)
    assert made.exit_code == 0, made.output
    assert "client_secret" not in made.output
    assert {"keys": [public]} == json.loads(run(settings, "clients", "show", "app").output)["jwks"]

"""`idp clients`, `idp members`, `idp config`, over a real database."""

import json
import os
import subprocess
import sys
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
    listed = run(settings, "clients", "list").output
    assert ("enabled" in listed, "last used" in listed, "refused" in listed) == (True, True, True)
    one = json.loads(run(settings, "clients", "list", "--json").output)[0]
    assert (None, 0, True) == (one["last_used"], one["refused"], one["never_used"])
    assert (True, "Last used: never\n" in run(settings, "clients", "usage", "app").output) == (
        " never " in listed,
        True,
    )


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


def test_what_is_done_to_an_application_is_on_record(settings: Path) -> None:
    """Registering, stopping and letting go again leave an event each, with who did it."""
    run(settings, "clients", "create", "app", "--name", "x", "--redirect-uri", URI)
    run(settings, "clients", "disable", "app")
    run(settings, "clients", "enable", "app")
    events = json.loads(run(settings, "audit", "list", "--client", "app", "--json").output)
    assert ["client_enabled", "client_disabled", "client_created"] == [event["event"] for event in events]
    assert all(event["details"]["actor"].startswith("operator:") for event in events)


def test_keys_after_the_first_start(settings: Path) -> None:
    """Keys exist after the first command that prepares the provider."""
    run(settings, "clients", "create", "app", "--name", "x", "--redirect-uri", URI)
    rows = json.loads(run(settings, "keys", "status", "--json").output)["keys"]
    assert {"ES256", "RS256", "PS256", "EdDSA", "RSA-OAEP-256", "ECDH-ES"} == {row["algorithm"] for row in rows}


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


def test_leave_to_register_is_shown_once(settings: Path, tmp_path: Path) -> None:
    """A token where applications may register themselves, and a refusal where they may not; only its digest is kept."""
    assert "registration.enabled is false" in run(settings, "clients", "initial-token").output
    with settings.open("a", encoding="utf-8") as file:
        file.write("[registration]\nenabled = true\n")
    made = run(settings, "clients", "initial-token", "--note", "essai", "--uses", "2", "--by", "marie")
    assert made.exit_code == 0, made.output
    token = made.stdout.strip()
    assert 43 == len(token)
    assert (
        "essai" in run(settings, "audit", "list", "--event", "initial_token_made", "--actor", "operator:marie").output
    )
    assert token.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("idp.sqlite3*"))
    house = House(settings)
    leave = house.application.registration_gate.admit(token, "192.0.2.1")
    assert leave.token_digest is not None
    house.application.close()


def test_a_logo_that_cannot_be_shown_is_said(settings: Path, tmp_path: Path) -> None:
    """The application is registered all the same."""
    more = tmp_path / "more.json"
    more.write_text('{"logo_uri": "http://localhost:9/logo.png"}', encoding="utf-8")
    made = run(settings, "clients", "create", "app", "--name", "x", "--redirect-uri", URI, "--metadata", str(more))
    assert (0, True) == (made.exit_code, "logo cannot be shown" in made.stderr)


def create(settings: Path, *more: str) -> str:
    """Register an application; return its secret."""
    made = run(settings, "clients", "create", "app", "--name", "Appli", "--redirect-uri", URI, "--json", *more)
    assert made.exit_code == 0, made.output
    return str(json.loads(made.stdout)["client_secret"])


def test_scripts_read_what_was_made(settings: Path) -> None:
    """`--json` has the secret, once, where discovery is, and every member by its name of the specifications."""
    made = run(settings, "clients", "create", "app", "--name", "x", "--redirect-uri", URI, "--json")
    told = json.loads(made.stdout)
    issuer = told["issuer"]
    assert f"{issuer}/.well-known/openid-configuration" == told["discovery"]
    assert ("app", True, 1, [URI]) == (
        told["client_id"],
        told["enabled"],
        told["version"],
        told["metadata"]["redirect_uris"],
    )
    assert len(told["client_secret"]) >= 43


def test_an_application_is_changed(settings: Path, tmp_path: Path) -> None:
    """Options and a file say what changes; everything else stays, and the file gives a default back with null."""
    secret = create(settings, "--logout-uri", "https://app.example.org/bye")
    more = tmp_path / "more.json"
    more.write_text('{"contacts": ["dsi@example.org"], "post_logout_redirect_uris": null}', encoding="utf-8")
    changed = run(settings, "clients", "update", "app", "--name", "Autre", "--metadata", str(more), "--third-party")
    assert (0, "app is changed: version 2.\n") == (changed.exit_code, changed.output)
    shown = json.loads(run(settings, "clients", "show", "app").output)
    assert ("Autre", ["dsi@example.org"], [], [URI], False, 2, 1) == tuple(
        shown[name]
        for name in (
            "name",
            "contacts",
            "post_logout_redirect_uris",
            "redirect_uris",
            "first_party",
            "version",
            "secrets",
        )
    )
    again = run(settings, "clients", "update", "app", "--name", "Autre", "--json")
    assert (False, 2) == (json.loads(again.stdout)["changed"], json.loads(again.stdout)["version"])
    assert "Nothing to change." in run(settings, "clients", "update", "app", "--name", "Autre").output
    house = House(settings)
    assert house.application.clients.secret_holds(house.application.clients.get("app"), secret)
    house.application.close()


def test_changes_that_are_refused(settings: Path) -> None:
    """One sentence that says what is right, and nothing is changed."""
    create(settings)
    for code, word, *arguments in (
        (2, "say what changes"),
        (
            1,
            "redirect_uris, number 1 (http://app.example.org/cb), must use https (http for localhost only), such as",
            "--redirect-uri",
            "http://app.example.org/cb",
        ),
        (
            1,
            "scope, number 2 (everything), is not known; these are: openid",
            "--scope",
            "openid",
            "--scope",
            "everything",
        ),
        (1, "scope is one word", "--scope", "openid profile"),
        (1, "its version is 1, not 7", "--name", "y", "--version", "7"),
        (1, "response_types need", "--response-type", "code id_token"),
    ):
        result = run(settings, "clients", "update", "app", *arguments)
        assert (code, True) == (result.exit_code, word in result.output), result.output
    assert 1 == json.loads(run(settings, "clients", "show", "app").output)["version"]


def test_all_faults_are_said_at_once(settings: Path, tmp_path: Path) -> None:
    """As the console and the API say them, at the creation and at a change, one a line; one alone is a sentence."""
    file = tmp_path / "more.json"
    file.write_text('{"subject_type": "odd", "logo_uri": "ftp://x"}', encoding="utf-8")
    wrong = ("--redirect-uri", "http://app.example.org/cb", "--scope", "everything", "--metadata", str(file))
    refused = run(settings, "clients", "create", "app", "--name", "Appli", *wrong)
    found = [line.split()[1].rstrip(",") for line in refused.output.splitlines() if line.startswith("  - ")]
    assert (1, {"redirect_uris", "scope", "subject_type", "logo_uri"}) == (refused.exit_code, set(found)), (
        refused.output
    )
    assert refused.output.startswith("Error: 4 faults, and nothing was done:\n")
    assert "No application fits." in run(settings, "clients", "list", "--search", "app").output
    create(settings)
    changed = run(settings, "clients", "update", "app", *wrong)
    assert refused.output == changed.output
    one = run(settings, "clients", "update", "app", "--scope", "everything")
    assert (1, 1) == (one.exit_code, len(one.output.splitlines()))


def test_members_of_a_file_are_known_or_refused(settings: Path, tmp_path: Path) -> None:
    """A word that nobody knows is named, what an option says too, what is no object."""
    file = tmp_path / "more.json"
    for text, word in (
        ('{"logo_url": "https://app.example.org/x.png"}', "logo_url is not known here"),
        ('{"client_name": "x"}', "says again what the options say: client_name"),
        ("[]", "is not client metadata"),
    ):
        file.write_text(text, encoding="utf-8")
        options = ("--name", "x", "--redirect-uri", URI, "--metadata", str(file))
        assert word in run(settings, "clients", "create", "app", *options).output


def test_a_secret_is_renewed_without_an_outage(settings: Path) -> None:
    """Both work for a while, then the older one ends, or is ended at once."""
    old = create(settings)
    made = run(settings, "clients", "rotate-secret", "app", "--overlap-days", "2")
    assert made.exit_code == 0, made.output
    new = made.output.split("client_secret: ")[1].split()[0]
    assert "The one before works until" in made.output

    def working() -> list[bool]:
        house = House(settings)
        client = house.application.clients.get("app")
        found = [house.application.clients.secret_holds(client, one) for one in (old, new)]
        house.application.close()
        return found

    assert [True, True] == working()
    assert run(settings, "clients", "end-older-secrets", "app").exit_code == 0
    assert [False, True] == working()
    told = json.loads(run(settings, "clients", "rotate-secret", "app", "--overlap-days", "0", "--json").stdout)
    assert ("app", None) == (told["client_id"], told["older_until"])


def test_versions_and_the_way_back(settings: Path) -> None:
    """Who changed what and why, for people and for scripts; a former version comes back as a new one."""
    create(settings)
    run(settings, "clients", "update", "app", "--name", "Autre", "--reason", "Nouveau nom", "--by", "marie")
    told = run(settings, "clients", "versions", "app").output
    assert 'client_name: "Appli" -> "Autre"' in told
    assert ("operator:marie" in told, "Nouveau nom" in told) == (True, True)
    back = run(settings, "clients", "roll-back", "app", "1")
    assert "that is version 3" in back.output
    newest = json.loads(run(settings, "clients", "versions", "app", "--json", "--limit", "1").output)[0]
    assert ("roll_back", [{"member": "client_name", "before": "Autre", "after": "Appli"}]) == (
        newest["act"],
        newest["changes"],
    )
    assert "registered like that already" in run(settings, "clients", "roll-back", "app", "1").output


def test_only_a_disabled_application_is_deleted(settings: Path) -> None:
    """And never without a reason."""
    create(settings)
    assert 2 == run(settings, "clients", "delete", "app").exit_code
    assert "only a disabled application" in run(settings, "clients", "delete", "app", "--reason", "x").output
    run(settings, "clients", "disable", "app", "--reason", "Plus utile")
    assert 0 == run(settings, "clients", "delete", "app", "--reason", "Plus utile").exit_code
    assert "no such application" in run(settings, "clients", "show", "app").output


def test_what_is_printed_works_as_pasted(settings: Path) -> None:
    """The commands to go on with name the program and the settings that were used: without, another house answers."""
    settings.write_text(f'issuer = "https://sso.example.org"\n{settings.read_text(encoding="utf-8")}', encoding="utf-8")
    program = [str(Path(sys.executable).with_name("idp")), "--config", str(settings), "clients", "create", "app"]
    plain = {name: value for name, value in os.environ.items() if name != "IDP_CONFIG"}

    def said(command: list[str] | str) -> str:
        return subprocess.run(
            command, shell=isinstance(command, str), env=plain, capture_output=True, text=True, check=True, timeout=120
        ).stdout

    made = said([*program, "--name", "Appli", "--redirect-uri", URI])
    snippet, shown = (line.strip() for line in made.splitlines() if line.startswith("  "))
    assert "https://sso.example.org/.well-known/openid-configuration" in said(snippet)
    assert "app" == json.loads(said(shown))["client_id"]

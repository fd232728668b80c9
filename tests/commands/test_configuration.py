"""`idp config check`: every fault at once, of the form and of what it names."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from idp.cli import main
from idp.demo.tls import TlsFiles, ensure
from keys.sealing import create_kek_file


def check(file: Path, text: str) -> Result:
    """Check these settings."""
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(main, ["--config", str(file), "config", "check"], env={"IDP_CONFIG": None})


def keys_of(result: Result) -> list[str]:
    """Return the key that each fault names."""
    lines = [line.removeprefix("  - ") for line in result.output.splitlines() if line.startswith("  - ")]
    return sorted(line.split(":")[0] for line in lines)


def test_every_fault_at_once(tmp_path: Path) -> None:
    """A wrong value, a contradiction, a database URL, four secrets, two keys and Redis: one run tells them all."""
    empty, open_to_all = tmp_path / "empty", tmp_path / "open"
    empty.touch()
    create_kek_file(open_to_all)
    open_to_all.chmod(0o644)
    result = check(
        tmp_path / "idp.toml",
        f"""
        [server]
        port = 0
        [database]
        url = "not a url:s3cret@host"
        password_file = "{tmp_path}/none"
        [cache]
        redis_url = "http://localhost"
        redis_password_file = "{empty}"
        [mail]
        password_file = "{tmp_path}/none"
        [keys]
        kek_file = "{open_to_all}"
        previous_kek_files = ["{tmp_path}/none"]
        keep_after = 3600
        [tokens]
        id_token = 7200
        [franceconnect]
        enabled = true
        client_secret_file = "{empty}"
        """,
    )
    assert 1 == result.exit_code
    assert [
        "cache.redis_password_file",
        "cache.redis_url",
        "database.password_file",
        "database.url",
        "franceconnect.client_id",
        "franceconnect.client_secret_file",
        "keys.keep_after",
        "keys.kek_file",
        "keys.previous_kek_files",
        "mail.password_file",
        "server.port",
    ] == keys_of(result)
    assert "s3cret" not in result.output
    assert "Traceback" not in result.output


def test_a_registration_that_federation_refuses_is_told(tmp_path: Path) -> None:
    """An emulator on a public host is refused by its own room, beside a driver that is not served."""
    secret = tmp_path / "secret"
    secret.write_text("x", encoding="utf-8")
    result = check(
        tmp_path / "idp.toml",
        f"""
        database.url = "mysql://host/name"
        [franceconnect]
        enabled = true
        environment = "emulator"
        issuer = "https://elsewhere.example"
        client_id = "x"
        client_secret_file = "{secret}"
        """,
    )
    assert ["database.url", "franceconnect"] == keys_of(result)


def test_a_certificate_that_cannot_serve_is_told(tmp_path: Path) -> None:
    """Files that are absent, or are no certificate, are told before a start fails for them."""
    for name in ("absent", "idp.toml"):
        file = tmp_path / name
        text = (
            f'issuer = "https://localhost:8000"\n[server]\ntls_certificate = "{file}"\ntls_key = "{file}"\n'
            f'[keys]\nkek_file = "{tmp_path}/kek"\n'
        )
        assert ["server.tls_certificate"] == keys_of(check(tmp_path / "idp.toml", text))


@pytest.mark.parametrize("content", [None, "no certificate"])
@pytest.mark.parametrize("url", ["rediss://cache:6379/0", "rediss+sentinel://a,b/idp", "rediss+cluster://a,b"])
def test_authorities_that_cannot_be_read_are_told(tmp_path: Path, url: str, content: str | None) -> None:
    """The start passes over a file that is absent or holds none, and then no call over TLS is made."""
    file = tmp_path / "authorities.pem"
    if content is not None:
        file.write_text(content, encoding="utf-8")
    text = f'[cache]\nredis_url = "{url}"\nca_bundle = "{file}"\n[outgoing]\nca_bundle = "{file}"\n'
    result = check(tmp_path / "idp.toml", text)
    assert (1, ["cache.ca_bundle", "outgoing.ca_bundle"]) == (result.exit_code, keys_of(result)), result.output


def test_authorities_that_can_be_read_are_no_fault(tmp_path: Path) -> None:
    """Those of the house's Redis and of its partners."""
    files = TlsFiles(tmp_path / "authority.pem", tmp_path / "tls.pem", tmp_path / "tls.key")
    ensure(files, ("localhost",), datetime.now(UTC))
    bundle = f'ca_bundle = "{files.authority}"\n'
    text = f'[cache]\nredis_url = "rediss://cache:6379/0"\n{bundle}[outgoing]\n{bundle}'
    assert 0 == check(tmp_path / "idp.toml", text).exit_code


@pytest.mark.parametrize("host", ["", " "])
def test_mail_by_smtp_needs_a_host(tmp_path: Path, host: str) -> None:
    """With none no message leaves; where messages are written to a folder nobody asks for one."""
    settings = tmp_path / "idp.toml"
    refused = check(settings, f'[mail]\ntransport = "smtp"\nhost = "{host}"\n')
    assert (1, ["mail.host"]) == (refused.exit_code, keys_of(refused)), refused.output
    assert 0 == check(settings, f'[mail]\nhost = "{host}"\n').exit_code


def test_sound_settings_leave_nothing_behind(tmp_path: Path) -> None:
    """The check says so, and neither makes keys nor a database."""
    text = f'[database]\nurl = "sqlite:///{tmp_path}/data/x.sqlite3"\n[keys]\nkek_file = "{tmp_path}/data/kek"\n'
    result = check(tmp_path / "idp.toml", text)
    assert 0 == result.exit_code, result.output
    assert "is sound" in result.output
    assert f"Settings: {tmp_path}/idp.toml, named by --config" in result.output
    assert not (tmp_path / "data").exists()


def test_mail_that_reaches_nobody_is_warned_of(tmp_path: Path) -> None:
    """The example's defaults behind a public address are no fault, but no message would ever arrive."""
    public, smtp = 'issuer = "https://id.example.org"\n', '[mail]\ntransport = "smtp"\n'
    warned = check(tmp_path / "idp.toml", public)
    assert (0, True) == (warned.exit_code, "members get no mail" in warned.stderr)
    for text in (public + smtp, "", 'issuer = "https://localhost:8000"'):
        assert "" == check(tmp_path / "idp.toml", text).stderr


def test_what_is_off_is_listed(tmp_path: Path) -> None:
    """Each line names the setting to change; what is on has no line."""
    names = ["cache.redis_url", "database.url", "franceconnect.enabled", "mail.transport"]
    assert names == keys_of(check(tmp_path / "idp.toml", ""))
    secret = tmp_path / "secret"
    secret.write_text("x", encoding="utf-8")
    result = check(
        tmp_path / "idp.toml",
        f"""
        database.url = "postgresql+psycopg://idp@db/idp"
        cache.redis_url = "redis://cache:6379/0"
        mail.transport = "smtp"
        [franceconnect]
        enabled = true
        client_id = "x"
        client_secret_file = "{secret}"
        """,
    )
    assert ["franceconnect.environment"] == keys_of(result), result.output


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    """A settings file that does not exist is the one fault told."""
    result = CliRunner().invoke(
        main, ["--config", str(tmp_path / "none.toml"), "config", "check"], env={"IDP_CONFIG": None}
    )
    assert 1 == result.exit_code
    assert "does not exist" in result.output


def test_the_example_is_printed(tmp_path: Path) -> None:
    """The example is a file that the check accepts."""
    text = CliRunner().invoke(main, ["config", "example"]).output
    result = check(tmp_path / "idp.toml", text)
    assert 0 == result.exit_code, result.output

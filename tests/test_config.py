"""Settings: sources, faults, the example file."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from idp import config
from idp.config_example import example

PROJECT = Path(__file__).resolve().parents[1]


def faults(**sections: Any) -> list[str]:
    """Return every fault of these settings."""
    with pytest.raises(config.ConfigurationError) as caught:
        config.load(**sections)
    return caught.value.faults


def test_example_file_is_what_the_classes_say() -> None:
    """config.example.toml is up to date (`python -m idp.config_example` writes it)."""
    assert (PROJECT / "config.example.toml").read_text(encoding="utf-8") == example() + "\n"


def test_example_file_gives_the_defaults() -> None:
    """Reading the example changes nothing."""
    read = config.load(PROJECT / "config.example.toml")
    assert config.Settings().model_dump() == read.model_dump()


def test_every_setting_has_a_sentence() -> None:
    """Each field of each section says what it means."""
    for name, field in config.Settings.model_fields.items():
        section = field.annotation
        if isinstance(section, type) and issubclass(section, config.Section):
            for key, inner in section.model_fields.items():
                assert inner.description, f"{name}.{key}"
        else:
            assert field.description, name


def test_all_faults_are_told_at_once_and_unknown_keys_refused() -> None:
    """Every fault names its key, all together (decision D13)."""
    found = faults(issuer="http://a.example", server={"port": 0, "prot": 1}, tokens={"code": 5})
    assert {"issuer", "server.port", "server.prot", "tokens.code"} == {fault.split(":")[0] for fault in found}


@pytest.mark.parametrize(
    "issuer",
    [
        "http://id.example.org",
        "https://id.example.org/",
        "https://id.example.org/path",
        "https://id.example.org?x=1",
        "https://user@id.example.org",
        "id.example.org",
        "ftp://id.example.org",
    ],
)
def test_issuer_is_an_https_origin(issuer: str) -> None:
    """The issuer is https without path, query or trailing slash; http only on localhost."""
    assert faults(issuer=issuer)[0].startswith("issuer:")


def test_file_then_environment_then_arguments(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The environment wins over the file, arguments over both; sections are merged, not replaced."""
    file = tmp_path / "idp.toml"
    file.write_text('issuer = "https://file.example"\n[server]\nport = 1111\nworkers = 3\n', encoding="utf-8")
    monkeypatch.setenv("IDP_SERVER__PORT", "2222")
    read = config.load(file)
    assert ("https://file.example", 2222, 3) == (read.issuer, read.server.port, read.server.workers)
    assert "https://argument.example" == config.load(file, issuer="https://argument.example").issuer


def test_missing_file_is_said(tmp_path: Path) -> None:
    """A configuration file that does not exist is a fault, not an empty configuration."""
    with pytest.raises(config.ConfigurationError, match="does not exist"):
        config.load(tmp_path / "none.toml")


def test_broken_file_is_said(tmp_path: Path) -> None:
    """A file that is no TOML is named in the fault."""
    file = tmp_path / "idp.toml"
    file.write_text("issuer = ", encoding="utf-8")
    with pytest.raises(config.ConfigurationError, match=r"idp\.toml"):
        config.load(file)


def test_franceconnect_needs_its_credentials_and_its_own_host() -> None:
    """A half-configured upstream is refused at start, and an issuer belongs to the emulator only."""
    assert faults(franceconnect={"enabled": True})
    assert faults(franceconnect={"environment": "production", "issuer": "https://evil.example"})
    assert faults(franceconnect={"environment": "emulator"})


def test_what_must_hold_together_is_judged_beside_other_faults() -> None:
    """A wrong value hides no contradiction, and a contradiction hides no other; what depends on it is not judged."""
    found = faults(
        server={"port": 0, "trusted_proxies": ["10.0.0.0/8", "the proxy"]},
        keys={"keep_after": 3600},
        tokens={"access_token": 7200},
        captcha={"provider": "hcaptcha", "verify_url": "https://elsewhere.example"},
        franceconnect={"enabled": True, "environment": "emulator", "scopes": ["email"], "clock_leeway": 61},
    )
    assert sorted(
        [
            "server.port",
            "server.trusted_proxies",
            "keys.keep_after",
            "captcha.verify_url",
            "captcha.site_key",
            "captcha.secret_file",
            "franceconnect.scopes",
            "franceconnect.clock_leeway",
            "franceconnect.client_id",
            "franceconnect.client_secret_file",
            "franceconnect.issuer",
        ]
    ) == sorted(fault.split(":")[0] for fault in found)
    assert ["tokens.access_token"] == [
        fault.split(":")[0] for fault in faults(keys={"keep_after": 3600}, tokens={"access_token": 90_000})
    ]


def test_a_section_that_is_no_table_is_one_fault() -> None:
    """What is not even a table is told once, beside the rest."""
    assert ["issuer", "server"] == sorted(fault.split(":")[0] for fault in faults(server=3, issuer="ftp://x"))


def test_keys_outlive_tokens() -> None:
    """A retired key is kept past the longest token (N-138)."""
    assert faults(keys={"keep_after": 3600}, tokens={"access_token": 7200})


def test_secret_file(tmp_path: Path) -> None:
    """A secret is the first line of its file; a missing or empty file is a fault that does not show contents."""
    secret = tmp_path / "secret"
    secret.write_text("s3cret\nmore\n", encoding="utf-8")
    assert "s3cret" == config.read_secret(secret)
    for content in (b"", b"\nmore\n", b"\xff\xfe"):
        secret.write_bytes(content)
        with pytest.raises(config.ConfigurationError, match="cannot be read or is empty"):
            config.read_secret(secret)
    with pytest.raises(config.ConfigurationError):
        config.read_secret(tmp_path / "none")


def test_example_is_toml() -> None:
    """The example parses, and names no secret value."""
    parsed = tomllib.loads(example())
    named = [key for section in parsed.values() if isinstance(section, dict) for key in section]
    assert not [key for key in named if key.endswith(("password", "secret"))]

"""Settings: sources, faults, the example file."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from idp import config
from idp.config.example import example

PROJECT = Path(__file__).resolve().parents[1]


def faults(**sections: Any) -> list[str]:
    """Return every fault of these settings."""
    with pytest.raises(config.ConfigurationError) as caught:
        config.load(**sections)
    return caught.value.faults


def test_example_file_is_what_the_classes_say() -> None:
    """config.example.toml is up to date (`python -m idp.config.example` writes it)."""
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
    assert faults(franceconnect={"environment": "production_plus", "issuer": "https://evil.example"})
    assert faults(franceconnect={"environment": "sandbox_plus", "level": "eidas1"})
    assert faults(franceconnect={"environment": "sandbox_plus", "signing_algorithm": "RS256"})
    assert faults(franceconnect={"environment": "sandbox", "level": "eidas2"})
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


@pytest.mark.parametrize(
    ("named", "sentence"),
    [
        (["clients.rotate_secret", "clients.delete"], "clients.update and clients.delete"),
        (["clients.rotate_secret", "clients.update", "config.apply"], "clients.update and clients.delete"),
        (["clients.update"], "config.apply"),
        (["clients.rotate_secret", "clients.update", "clients.delete"], "config.apply"),
    ],
)
def test_four_eyes_have_no_way_around(named: list[str], sentence: str) -> None:
    """What does the same as an act that waits is named with it."""
    assert any(sentence in one for one in faults(admin={"four_eyes": named}))
    whole = [*named, "clients.update", "clients.delete", "config.apply"]
    assert set(whole) == set(config.load(admin={"four_eyes": whole}).admin.four_eyes)


def test_keys_outlive_tokens() -> None:
    """A retired key is kept past the longest token (N-138)."""
    assert faults(keys={"keep_after": 3600}, tokens={"access_token": 7200})


def test_tls_needs_both_files_and_an_https_issuer() -> None:
    """A certificate without its key is told, and so is one for an issuer that is served without it."""
    both = {"tls_certificate": "tls.pem", "tls_key": "tls.key"}
    (alone,) = faults(issuer="https://id.example.org", server={"tls_key": "tls.key"})
    (on_http,) = faults(server=both)
    assert ["server.tls_key", "server.tls_certificate"] == [fault.split(":")[0] for fault in (alone, on_http)]
    assert config.load(issuer="https://localhost:8000", server=both).secure


@pytest.mark.parametrize(
    ("issuer", "strict"),
    [("https://id.example.org", True), ("https://localhost:8000", False), ("http://localhost:8000", False)],
)
def test_browsers_are_not_told_to_stay_with_https_on_this_machine(issuer: str, strict: bool) -> None:
    """They would refuse every other program on it that has no certificate."""
    assert strict == config.load(issuer=issuer).strict_transport


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


def test_every_fault_of_the_levels_is_told_at_once() -> None:
    """A name that is no single value, a level that nothing reaches, an unknown method, each with its place."""
    levels = [
        {"name": "two words", "methods": ["password"]},
        {"name": "none", "methods": []},
        {"name": "odd", "methods": ["fingerprint"]},
        {"methods": ["code"], "weight": 3},
    ]
    found = faults(assurance={"levels": levels}, server={"port": 0})
    places = ["0.name", "1.methods", "2.methods.0", "3.name", "3.weight"]
    assert sorted([f"assurance.levels.{place}" for place in places] + ["server.port"]) == sorted(
        fault.split(":")[0] for fault in found
    )


@pytest.mark.parametrize(
    ("levels", "sentence"),
    [
        ([], "must name at least one level"),
        ([("a", "code"), ("b", "passkey"), ("a", "password")], "a is named twice"),
        ([("eidas1", "franceconnect"), ("eidas2", "password")], "eidas2 is reached by franceconnect alone"),
    ],
)
def test_levels_make_an_order(levels: list[tuple[str, str]], sentence: str) -> None:
    """One place each, and eIDAS levels only by who can vouch for them."""
    (found,) = faults(assurance={"levels": [{"name": name, "methods": [method]} for name, method in levels]})
    assert f"assurance.levels: {sentence}" == found


def test_no_level_is_above_what_franceconnect_is_asked_for(tmp_path: Path) -> None:
    """Every sign-in by FranceConnect must reach what the settings say that it reaches."""
    levels = [{"name": "eidas1", "methods": ["franceconnect"]}, {"name": "eidas2", "methods": ["franceconnect"]}]
    registered = {"enabled": True, "client_id": "c", "client_secret_file": tmp_path / "secret"}
    (found,) = faults(assurance={"levels": levels}, franceconnect=registered)
    assert found.startswith("assurance.levels: names an eIDAS level above")
    plus = {**registered, "environment": "sandbox_plus"}
    others: tuple[dict[str, Any], ...] = ({"franceconnect": plus}, {})
    for sections in others:
        accepted = config.load(assurance={"levels": levels}, **sections)
        assert ["eidas1", "eidas2"] == [level.name for level in accepted.assurance.levels]

"""The rules of a registration, without a database."""

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import ECKey, RSAKey

from idp.commands.registration import RegistrationRefused, Wanted, registered
from idp.protocol.client import AuthMethod

URI = "https://app.example.org/cb"


def jwks(file: Path, *members: Any) -> Path:
    """Write a JWKS."""
    file.write_text(json.dumps({"keys": list(members)}), encoding="utf-8")
    return file


@pytest.mark.parametrize("scope", ["batch", "dossiers:read", "https://api.example.org/x", "!~[]"])
def test_a_machine_has_scopes_of_its_own(scope: str) -> None:
    """Any scope-token of RFC 6749 section 3.3 is accepted, and no scope is needed at all."""
    assert {scope} == registered(Wanted("m", "x", "machine", scopes=(scope,)), secure=True).scopes
    assert frozenset() == registered(Wanted("m", "x", "machine"), secure=True).scopes


@pytest.mark.parametrize(
    "scope", ["openid", "profile", "dossier", "offline_access", "", "a b", 'a"b', "a\\b", "é", "a\n"]
)
def test_a_machine_has_no_scope_of_a_member(scope: str) -> None:
    """Scopes that mean a member, and texts that are no scope, are refused (N-037)."""
    with pytest.raises(RegistrationRefused):
        registered(Wanted("m", "x", "machine", scopes=(scope,)), secure=True)


@pytest.mark.parametrize(
    ("kind", "method"),
    [("web", "none"), ("machine", "none"), ("spa", "client_secret_basic"), ("native", "private_key_jwt")],
)
def test_a_method_fits_its_kind(kind: Any, method: AuthMethod) -> None:
    """What runs at a member's keeps no secret, and what runs on a server has one."""
    with pytest.raises(RegistrationRefused, match="authenticates with"):
        registered(Wanted("a", "x", kind, (URI,) if kind != "machine" else (), method=method), secure=True)


def test_public_keys_are_registered(tmp_path: Path) -> None:
    """A client with private_key_jwt brings its public keys."""
    keys = [ECKey.generate_key("P-256").as_dict(private=False), RSAKey.generate_key(2048).as_dict(private=False)]
    file = jwks(tmp_path / "jwks.json", *keys)
    made = registered(Wanted("m", "x", "machine", method="private_key_jwt", jwks_file=file), secure=True)
    assert ("private_key_jwt", {"keys": keys}) == (made.token_endpoint_auth_method, made.jwks)


def test_keys_that_are_not_public_or_not_usable_are_refused(tmp_path: Path) -> None:
    """A private key, a shared secret, a short or unknown key, no key, no JWKS: each is said."""
    good = ECKey.generate_key("P-256")
    private = good.as_dict(private=True)
    public = good.as_dict(private=False)
    for members, word in (
        ((private,), "private key"),
        ((public, {"kty": "oct", "k": "c2VjcmV0"}), "private key"),
        ((public, {"kty": "XYZ"}), "nothing else"),
        ((public, 7), "nothing else"),
        (({**public, "use": "enc"},), "nothing else"),
        ((ECKey.generate_key("P-384").as_dict(private=False),), "nothing else"),
        ((), "nothing else"),
    ):
        file = jwks(tmp_path / "jwks.json", *members)
        with pytest.raises(RegistrationRefused, match=word):
            registered(Wanted("m", "x", "machine", method="private_key_jwt", jwks_file=file), secure=True)
    for text in ("", "[]", '{"keys": 3}', "{", '{"keys": [' + " " * 300_000 + "]}"):
        file.write_text(text, encoding="utf-8")
        with pytest.raises(RegistrationRefused, match="JWKS"):
            registered(Wanted("m", "x", "machine", method="private_key_jwt", jwks_file=file), secure=True)


def test_keys_and_their_method_go_together(tmp_path: Path) -> None:
    """Neither keys without the method, nor the method without keys."""
    file = jwks(tmp_path / "jwks.json", ECKey.generate_key("P-256").as_dict(private=False))
    for wanted in (
        Wanted("m", "x", "machine", jwks_file=file),
        Wanted("m", "x", "machine", method="private_key_jwt"),
    ):
        with pytest.raises(RegistrationRefused, match="go together"):
            registered(wanted, secure=True)


@pytest.mark.parametrize(
    "client_id", ["", "a b", "a/b", "é", "x" * 65, "a:b", "0123456789abcdef0123456789ABCDEF", "a\n"]
)
def test_an_id_is_plain_and_never_looks_like_a_member(client_id: str) -> None:
    """A client id stands in URLs, logs and Basic credentials, and as `sub` of its own tokens beside members' subs."""
    with pytest.raises(RegistrationRefused):
        registered(Wanted(client_id, "x", "machine"), secure=True)


def test_a_machine_has_no_address() -> None:
    """Nobody is sent back to a machine."""
    with pytest.raises(RegistrationRefused, match="no member"):
        registered(Wanted("m", "x", "machine", (URI,)), secure=True)

"""The two ceremonies of a passkey, answered rightly and with one thing wrong."""

import json
from dataclasses import replace
from typing import Any

import pytest
import webauthn
from webauthn.helpers import base64url_to_bytes, options_to_json_dict, structs

from idp.members.factors import passkeys
from idp.members.factors.passkeys import RefusedPasskeyError, Site
from idp.store.authenticators import PASSKEY, Authenticator
from tests.support.cast import ISSUER
from tests.support.soft_passkey import PRESENT, SHARED, VERIFIED, SoftPasskey

SITE = Site("id.example.org", ISSUER, "CARPIMKO")


def creation(known: tuple[Authenticator, ...] = ()) -> dict[str, Any]:
    """Return the options of a registration."""
    return passkeys.creation_options(SITE, account_id="account", name="Angela", challenge=b"c" * 56, known=known)


def made(passkey: SoftPasskey) -> Authenticator:
    """Register a passkey and return it as stored."""
    found = passkeys.registered(SITE, passkeys.read(passkey.create(creation())))
    return Authenticator(
        id="key",
        account_id="account",
        kind=PASSKEY,
        label="Clé",
        created_at=1000,
        credential_id=found.credential_id,
        public_key=found.public_key,
        sign_count=found.sign_count,
        transports=found.transports,
        backed_up=found.backed_up,
    )


def used(passkey: SoftPasskey, known: Authenticator, *, verified: bool = True) -> passkeys.Asserted:
    """Use a passkey."""
    asked = passkeys.request_options(SITE, b"d" * 56, verified=verified)
    return passkeys.asserted(SITE, passkeys.read(passkey.get(asked)), known, verified=verified)


def test_what_is_asked_for() -> None:
    """Discoverable, verified, without attestation; a device that has one makes no second; no dossier number."""
    known = made(SoftPasskey())
    options = creation((known,))
    assert "none" == options["attestation"]
    chosen = options["authenticatorSelection"]
    assert ("required", "required") == (chosen["residentKey"], chosen["userVerification"])
    assert [known.credential_id] == [one["id"] for one in options["excludeCredentials"]]
    assert b"account" == base64url_to_bytes(options["user"]["id"])
    asked = passkeys.request_options(SITE, b"d" * 56, verified=True)
    assert ("id.example.org", "required", []) == (
        asked["rpId"],
        asked["userVerification"],
        asked.get("allowCredentials", []),
    )


@pytest.mark.parametrize("verified", [True, False])
@pytest.mark.parametrize("transports", [None, (), ("internal", "hybrid")])
def test_a_use_is_asked_for_as_the_package_would(verified: bool, transports: tuple[str, ...] | None) -> None:
    """The options that a sign-in page carries are written here; member for member those of `webauthn`."""
    known = () if transports is None else (replace(made(SoftPasskey()), transports=transports),)
    theirs = webauthn.generate_authentication_options(
        rp_id=SITE.rp_id,
        challenge=b"\xfb\xff" * 28,
        timeout=passkeys.TIMEOUT,
        allow_credentials=[
            structs.PublicKeyCredentialDescriptor(
                id=base64url_to_bytes(str(one.credential_id)),
                transports=[structs.AuthenticatorTransport(each) for each in one.transports],
            )
            for one in known
        ],
        user_verification=structs.UserVerificationRequirement("required" if verified else "preferred"),
    )
    ours = passkeys.request_options(SITE, b"\xfb\xff" * 28, known, verified=verified)
    assert options_to_json_dict(theirs) == ours


def test_a_passkey_is_made_and_used() -> None:
    """On one device, or shared by several, as it says itself."""
    alone, shared = SoftPasskey(), SoftPasskey(flags=PRESENT | VERIFIED | SHARED)
    assert [False, True] == [used(one, made(one)).backed_up for one in (alone, shared)]


@pytest.mark.parametrize(
    ("origin", "host"),
    [
        ("https://id.example.org.evil.example", SITE.rp_id),
        (f"{ISSUER}:8443", SITE.rp_id),
        (ISSUER, "example.org"),
    ],
    ids=["another origin", "another port", "another host"],
)
def test_another_site_is_refused(origin: str, host: str) -> None:
    """Neither made nor used for anybody but this very origin."""
    with pytest.raises(RefusedPasskeyError):
        made(SoftPasskey(origin, host))
    passkey = SoftPasskey()
    known = made(passkey)
    passkey.origin, passkey.host = origin, host
    with pytest.raises(RefusedPasskeyError):
        used(passkey, known)


def test_a_passkey_that_asked_nobody_is_no_two_factors() -> None:
    """Without user verification none is made, and none replaces the password; as a second factor it will do."""
    with pytest.raises(RefusedPasskeyError):
        made(SoftPasskey(flags=PRESENT))
    passkey = SoftPasskey()
    known = made(passkey)
    passkey.flags = PRESENT
    with pytest.raises(RefusedPasskeyError):
        used(passkey, known)
    assert not used(passkey, known, verified=False).verified


def test_another_key_and_another_member_are_refused() -> None:
    """The signature must be of the stored key, the user handle of its account."""
    passkey = SoftPasskey()
    known = made(passkey)
    with pytest.raises(RefusedPasskeyError):
        used(passkey, replace(known, public_key=made(SoftPasskey()).public_key))
    with pytest.raises(RefusedPasskeyError):
        used(passkey, replace(known, account_id="other"))


def test_a_counter_that_went_back_is_told() -> None:
    """One that counts must grow; one that never counts says nothing (WebAuthn section 6.1.1)."""
    counting, silent = SoftPasskey(count=5), SoftPasskey()
    known = made(counting)
    assert not used(counting, known).went_back
    assert used(counting, replace(known, sign_count=100)).went_back
    assert not used(silent, made(silent)).went_back


@pytest.mark.parametrize(
    "sent",
    ["", "[]", "{}", "null", "x" * 20_000, '{"rawId": 1, "response": {}}', "[" * 9000, json.dumps({"response": None})],
)
def test_what_is_no_answer_is_refused(sent: str) -> None:
    """Nothing that a page may send ends in anything but a refusal."""
    with pytest.raises(RefusedPasskeyError):
        passkeys.read(sent)

"""The two ceremonies of a passkey (WebAuthn Level 3 sections 7.1 and 7.2), over the `webauthn` package. Pure.

No attestation is asked for: which make of authenticator a member uses is nobody's business. The relying party is the
issuer's host and the origin is compared whole. A counter that went back is told to the caller, who decides.
"""

import base64
import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

from idp.loading import Late
from idp.records import dataclass
from idp.store.authenticators import Authenticator

if TYPE_CHECKING:
    import webauthn
    from webauthn import helpers
    from webauthn.helpers import exceptions, structs
else:
    webauthn, helpers = Late("webauthn"), Late("webauthn.helpers")
    exceptions, structs = Late("webauthn.helpers.exceptions"), Late("webauthn.helpers.structs")

TIMEOUT: Final = 300_000
"""Milliseconds that a browser waits for the person."""

LONGEST: Final = 16 * 1024
"""Characters of an answer that are read."""


class RefusedPasskeyError(Exception):
    """An answer that is not what was asked for; its text is for the log."""


@dataclass(frozen=True, slots=True)
class Site:
    """Who asks: `rp_id` is the host, `origin` the issuer's origin, `name` what a browser shows."""

    rp_id: str
    origin: str
    name: str


@dataclass(frozen=True, slots=True)
class Registered:
    """A new passkey. `backed_up` says that it may be on several devices of its owner."""

    credential_id: str
    public_key: bytes
    sign_count: int
    transports: tuple[str, ...]
    backed_up: bool


@dataclass(frozen=True, slots=True)
class Asserted:
    """A use of a passkey. `verified`: the device asked for a finger, a face or a code (user verification)."""

    sign_count: int
    went_back: bool
    backed_up: bool
    verified: bool


@dataclass(frozen=True, slots=True)
class Answer:
    """What a browser sent: its JSON, the challenge in it, the credential's id and the user handle, if any."""

    credential: dict[str, Any]
    challenge: bytes
    credential_id: str
    user_handle: str


def creation_options(
    site: Site, *, account_id: str, name: str, challenge: bytes, known: Sequence[Authenticator]
) -> dict[str, Any]:
    """Return the options of `navigator.credentials.create`, as JSON values.

    Args:
        site: who asks.
        account_id: the user handle: opaque, and never the dossier number, since any passkey tells it to whoever asks.
        name: what the member sees in a list of passkeys.
        challenge: for this registration.
        known: passkeys of this member: a device that holds one makes no second.
    """
    options = webauthn.generate_registration_options(
        rp_id=site.rp_id,
        rp_name=site.name,
        user_id=account_id.encode(),
        user_name=name,
        user_display_name=name,
        challenge=challenge,
        timeout=TIMEOUT,
        attestation=structs.AttestationConveyancePreference.NONE,
        authenticator_selection=structs.AuthenticatorSelectionCriteria(
            resident_key=structs.ResidentKeyRequirement.REQUIRED,
            require_resident_key=True,
            user_verification=structs.UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=_descriptors(known),
    )
    return dict(helpers.options_to_json_dict(options))


def request_options(
    site: Site, challenge: bytes, allowed: Sequence[Authenticator] = (), *, verified: bool
) -> dict[str, Any]:
    """Return the options of `navigator.credentials.get`, as JSON values (section 5.5).

    Args:
        site: who asks.
        challenge: for this use.
        allowed: the passkeys that will do; none for any that the device holds for this site.
        verified: whether the device must ask for a finger, a face or a code.
    """
    # Every sign-in page asks: written by hand, it needs none of the ninety modules that check an answer.
    return {
        "challenge": base64.urlsafe_b64encode(challenge).decode("ascii").rstrip("="),
        "timeout": TIMEOUT,
        "rpId": site.rp_id,
        "allowCredentials": [_allowed(one) for one in allowed if one.credential_id is not None],
        "userVerification": "required" if verified else "preferred",
    }


def _allowed(one: Authenticator) -> dict[str, Any]:
    named = {"transports": list(one.transports)} if one.transports else {}
    return {"id": one.credential_id, "type": "public-key", **named}


def read(sent: str) -> Answer:
    """Read what a page sent; nothing in it is believed yet.

    Raises:
        RefusedPasskeyError: it is not the JSON of a credential.
    """
    try:
        if len(sent) > LONGEST:
            raise RefusedPasskeyError("oversized")
        credential = json.loads(sent)
        response = credential["response"]
        client_data = helpers.parse_client_data_json(helpers.base64url_to_bytes(response["clientDataJSON"]))
        identifier = helpers.bytes_to_base64url(helpers.base64url_to_bytes(credential["rawId"]))
        handle = helpers.base64url_to_bytes(response.get("userHandle") or "").decode()
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError, exceptions.WebAuthnException) as error:
        raise RefusedPasskeyError("malformed") from error
    return Answer(credential, client_data.challenge, identifier, handle)


def registered(site: Site, answer: Answer) -> Registered:
    """Check a registration whose challenge is known to be ours.

    Raises:
        RefusedPasskeyError: it is not what was asked for.
    """
    try:
        found = webauthn.verify_registration_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            require_user_verification=True,
        )
    except (exceptions.WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise RefusedPasskeyError(str(error)) from error
    named = answer.credential["response"].get("transports")
    known = {transport.value for transport in structs.AuthenticatorTransport}
    transports = tuple(one for one in named if isinstance(one, str) and one in known) if isinstance(named, list) else ()
    return Registered(
        credential_id=helpers.bytes_to_base64url(found.credential_id),
        public_key=found.credential_public_key,
        sign_count=found.sign_count,
        transports=transports,
        backed_up=found.credential_device_type is structs.CredentialDeviceType.MULTI_DEVICE,
    )


def asserted(site: Site, answer: Answer, known: Authenticator, *, verified: bool) -> Asserted:
    """Check the use of a passkey whose challenge is known to be ours.

    Raises:
        RefusedPasskeyError: it is not what was asked for, or not this member's.
    """
    if answer.user_handle not in {"", known.account_id}:
        raise RefusedPasskeyError("the user handle is another's")
    try:
        found = webauthn.verify_authentication_response(
            credential=answer.credential,
            expected_challenge=answer.challenge,
            expected_rp_id=site.rp_id,
            expected_origin=site.origin,
            credential_public_key=known.public_key or b"",
            # The package would refuse every counter that does not grow; ours is compared below.
            credential_current_sign_count=0,
            require_user_verification=verified,
        )
    except (exceptions.WebAuthnException, ValueError, TypeError, KeyError) as error:
        raise RefusedPasskeyError(str(error)) from error
    counted = found.new_sign_count > 0 or known.sign_count > 0
    return Asserted(
        sign_count=found.new_sign_count,
        went_back=counted and found.new_sign_count <= known.sign_count,
        backed_up=found.credential_device_type is structs.CredentialDeviceType.MULTI_DEVICE,
        verified=found.user_verified,
    )


def _descriptors(known: Sequence[Authenticator]) -> "list[structs.PublicKeyCredentialDescriptor]":
    return [
        structs.PublicKeyCredentialDescriptor(
            id=helpers.base64url_to_bytes(one.credential_id),
            transports=[structs.AuthenticatorTransport(transport) for transport in one.transports],
        )
        for one in known
        if one.credential_id is not None
    ]

"""The `jwks` of a registration: public keys only, one of which at least can be used (RFC 7517 section 5, RFC 7591)."""

import json
from collections.abc import Mapping
from typing import Any

from idp.protocol.client_metadata.choices import Choices
from idp.protocol.client_metadata.refusal import MetadataRefused


def jwks(name: str, sent: object, _choices: Choices) -> dict[str, Any]:
    """Read a JWKS. Keys of a kind that we do not know are kept and not used, as the specification asks.

    Raises:
        MetadataRefused: it is none, holds a private or shared key, or no key that we could use.
    """
    # Cryptography is slow to import, and most registrations have no keys.
    from keys.algorithms import PRIVATE_MEMBERS  # noqa: PLC0415 - see above
    from keys.errors import TokenRejected  # noqa: PLC0415 - see above
    from keys.foreign import MAX_JWKS_BYTES, PublicKeySet  # noqa: PLC0415 - see above

    if not isinstance(sent, dict) or not isinstance(sent.get("keys"), list):
        raise MetadataRefused(name, "must be a JWKS: an object with a list of keys")
    written = json.dumps(sent)
    if len(written) > MAX_JWKS_BYTES or "\\u0000" in written:
        raise MetadataRefused(name, "is too large or cannot be kept")
    members = [member for member in sent["keys"] if isinstance(member, Mapping)]
    if len(members) != len(sent["keys"]):
        raise MetadataRefused(name, "must hold keys, each an object")
    if any(PRIVATE_MEMBERS.intersection(member) for member in members):
        raise MetadataRefused(name, "holds a private or shared key: register public parts, and treat this one as known")
    try:
        usable = PublicKeySet.from_mapping(sent).keys
    except TokenRejected:
        raise MetadataRefused(name, "holds too many keys") from None
    if not usable:
        raise MetadataRefused(name, "holds no key that can be used: RSA of 2048 bits or more, P-256, Ed25519")
    return {"keys": list(members)}


def holds_key_for(held: Mapping[str, Any], algorithms: tuple[str, ...]) -> bool:
    """Whether a JWKS that was read has a key that fits one of the algorithms."""
    from keys.foreign import PublicKeySet  # noqa: PLC0415 - see above

    usable = PublicKeySet.from_mapping(held).keys
    return any(key.fits(algorithm) for key in usable for algorithm in algorithms)

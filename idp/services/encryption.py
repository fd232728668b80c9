"""What clients registered to be encrypted to them (OpenID Connect Core 1.0 sections 2, 5.3.2, 10.2; RFC 7516).

Signed first, then encrypted: what the client decrypts is still ours to answer for. The key is one of the client's own
registered keys, never one that a request brings. Encryption hides the answer from whoever carries it, a browser above
all; it does not say who sent it.
"""

from collections.abc import Callable
from typing import Final

from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.records import dataclass
from keys.foreign import PublicKey, PublicKeySet
from keys.jwe import CONTENT_ENCRYPTIONS, encrypt

KEY_MANAGEMENTS: Final = ("RSA-OAEP-256", "ECDH-ES")
"""What a client may register; each is for one type of key, so a client takes the one that it has a key for."""
DEFAULT_CONTENT: Final = "A128CBC-HS256"
"""What a client that names no content encryption gets (Registration 1.0 section 2)."""

KeysOf = Callable[[Client], PublicKeySet | None]
"""From a client to its usable keys; may fetch them, so never inside a transaction."""


@dataclass(frozen=True, slots=True)
class Recipient:
    """One key of one client, with what to encrypt by."""

    key: PublicKey
    algorithm: str
    content: str

    def seal(self, text: str, *, signed: bool = True) -> str:
        """Return `text` as a JWE in compact form; `signed` tells that it is itself a signed token (`cty`)."""
        return encrypt(self.key, text, algorithm=self.algorithm, content=self.content, nested=signed)


@dataclass(frozen=True, slots=True)
class Encryption:
    """Finds whom to encrypt to."""

    keys_of: KeysOf

    def of_id_tokens(self, client: Client) -> Recipient | None:
        """Return whom the client's ID tokens are encrypted to, None where it registered no encryption.

        Raises:
            ProtocolError: it registered one and has no key for it; nothing must be issued then.
        """
        return self._recipient(client, client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc)

    def of_userinfo(self, client: Client) -> Recipient | None:
        """Return whom the client's userinfo is encrypted to, None where it registered no encryption.

        Raises:
            ProtocolError: it registered one and has no key for it.
        """
        return self._recipient(client, client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc)

    def of_introspection(self, client: Client) -> Recipient | None:
        """Return whom introspection answers are encrypted to (RFC 9701 section 6), None where nothing is registered.

        Raises:
            ProtocolError: it registered one and has no key for it.
        """
        return self._recipient(
            client, client.introspection_encrypted_response_alg, client.introspection_encrypted_response_enc
        )

    def _recipient(self, client: Client, algorithm: str | None, content: str | None) -> Recipient | None:
        if algorithm is None:
            return None
        keys = self.keys_of(client)
        key = None if keys is None else keys.to_encrypt(algorithm)
        if key is None:
            # In the clear would be what the client asked us not to do.
            raise ProtocolError("invalid_request", "this client has no usable key to encrypt the answer to")
        return Recipient(key, algorithm, content or DEFAULT_CONTENT)


def fault(client: Client, keys: PublicKeySet | None) -> str | None:
    """Return what is wrong with the encryption that a client registers, as one sentence, or None.

    Args:
        client: the registration.
        keys: its usable keys, None where they are fetched or absent: their fit is then found out at use.
    """
    pairs = {
        "id_token_encrypted_response": (client.id_token_encrypted_response_alg, client.id_token_encrypted_response_enc),
        "userinfo_encrypted_response": (client.userinfo_encrypted_response_alg, client.userinfo_encrypted_response_enc),
        "introspection_encrypted_response": (
            client.introspection_encrypted_response_alg,
            client.introspection_encrypted_response_enc,
        ),
        "request_object_encryption": (client.request_object_encryption_alg, client.request_object_encryption_enc),
    }
    for name, (algorithm, content) in pairs.items():
        if algorithm is None:
            if content is not None:
                return f"{name}_enc needs {name}_alg"
            continue
        if algorithm not in KEY_MANAGEMENTS:
            return f"{name}_alg must be one of {', '.join(KEY_MANAGEMENTS)}"
        if content is not None and content not in CONTENT_ENCRYPTIONS:
            return f"{name}_enc must be one of {', '.join(CONTENT_ENCRYPTIONS)}"
        if name == "request_object_encryption":
            continue  # these are encrypted to our keys
        if client.jwks is None and client.jwks_uri is None:
            return f"{name}_alg needs keys to encrypt to: register jwks or jwks_uri"
        if keys is not None and keys.to_encrypt(algorithm) is None:
            return f"{name}_alg is {algorithm}, and none of the registered keys is one to encrypt to with it"
    return None

"""What may be registered to be encrypted, and to which key it then is."""

from dataclasses import replace
from typing import Any

import pytest

from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.services.encryption import DEFAULT_CONTENT, Encryption, fault
from keys.foreign import PublicKeySet
from tests.support.assertions import client_key
from tests.support.back_channel import CLIENT

KEY = client_key("reader", "ECDH-ES")
JWKS = {"keys": [KEY.public | {"use": "enc", "kid": "1"}]}
READER = replace(CLIENT, jwks=JWKS, id_token_encrypted_response_alg="ECDH-ES")


def keys_of(client: Client) -> PublicKeySet | None:
    """Return a client's keys."""
    return None if client.jwks is None else PublicKeySet.from_mapping(client.jwks)


@pytest.mark.parametrize(
    ("changes", "about"),
    [
        ({"id_token_encrypted_response_alg": "RSA1_5"}, "id_token_encrypted_response_alg must be one of"),
        ({"id_token_encrypted_response_alg": "RSA-OAEP"}, "id_token_encrypted_response_alg must be one of"),
        ({"id_token_encrypted_response_alg": "dir"}, "must be one of"),
        ({"id_token_encrypted_response_alg": "ES256"}, "must be one of"),
        ({"id_token_encrypted_response_alg": "RSA-OAEP-256"}, "none of the registered keys"),
        ({"id_token_encrypted_response_enc": "A128GCMKW"}, "id_token_encrypted_response_enc must be one of"),
        ({"userinfo_encrypted_response_enc": "A256GCM"}, "userinfo_encrypted_response_enc needs"),
        ({"introspection_encrypted_response_alg": "PBES2-HS256+A128KW"}, "introspection"),
        ({"request_object_encryption_alg": "A128KW"}, "request_object_encryption_alg must be one of"),
        ({"request_object_encryption_enc": "A256GCM"}, "request_object_encryption_enc needs"),
        ({"jwks": None}, "register jwks or jwks_uri"),
        ({"jwks": {"keys": [KEY.public | {"use": "sig"}]}}, "none of the registered keys"),
    ],
)
def test_what_cannot_be_registered(changes: dict[str, Any], about: str) -> None:
    """Each refusal names the member and what may stand there."""
    client = replace(READER, **changes)
    assert about in (fault(client, keys_of(client)) or "nothing")


def test_what_may_be_registered() -> None:
    """Keys of the client's own or fetched ones, every content encryption, request objects without keys of its own."""
    assert fault(READER, keys_of(READER)) is None
    assert fault(replace(READER, jwks=None, jwks_uri="https://app.example.org/jwks"), None) is None
    assert fault(replace(CLIENT, request_object_encryption_alg="RSA-OAEP-256"), None) is None
    for content in ("A256GCM", "A128GCM", "A128CBC-HS256"):
        assert fault(replace(READER, id_token_encrypted_response_enc=content), keys_of(READER)) is None


def test_whom_to_encrypt_to() -> None:
    """Each kind of answer by its own members, with the default of the specification; None where none is registered."""
    encryption = Encryption(keys_of)
    recipient = encryption.of_id_tokens(READER)
    assert recipient is not None
    assert ("1", "ECDH-ES", DEFAULT_CONTENT) == (recipient.key.kid, recipient.algorithm, recipient.content)
    assert encryption.of_userinfo(READER) is None
    assert encryption.of_introspection(READER) is None
    other = replace(READER, userinfo_encrypted_response_alg="ECDH-ES", userinfo_encrypted_response_enc="A256GCM")
    found = encryption.of_userinfo(other)
    assert "A256GCM" == (None if found is None else found.content)


@pytest.mark.parametrize("jwks", [None, {"keys": []}, {"keys": [KEY.public | {"use": "sig"}]}])
def test_without_a_key_nothing_goes_out_in_the_clear(jwks: dict[str, Any] | None) -> None:
    """A client that asked for encryption and has no key for it gets an error, not a readable answer."""
    with pytest.raises(ProtocolError) as caught:
        Encryption(keys_of).of_id_tokens(replace(READER, jwks=jwks))
    assert "invalid_request" == caught.value.error

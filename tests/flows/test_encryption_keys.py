"""A provider that is registered with FranceConnect+ has keys to encrypt to."""

import json
from pathlib import Path

import pytest

from keys.errors import TokenRejected
from keys.foreign import PublicKeySet
from keys.jwe import encrypt
from tests.support.provider import copied_provider, running


@pytest.mark.parametrize("plus", [False, True])
def test_the_jwks_has_what_franceconnect_plus_needs(tmp_path: Path, plus: bool) -> None:
    """One key of the registered encryption, published and able to open what is sent; none where none is needed."""
    (tmp_path / "secret").write_text("s" * 64, encoding="utf-8")
    franceconnect = {
        "enabled": True,
        "environment": "sandbox_plus" if plus else "sandbox",
        "client_id": "c" * 64,
        "client_secret_file": tmp_path / "secret",
    }
    with running(copied_provider(tmp_path / "house", franceconnect=franceconnect)) as provider:
        provider.application.prepare()
        document = json.loads(provider.browser().get("/jwks").text)
        found = [key for key in document["keys"] if key["use"] == "enc"]
        assert (["ECDH-ES"] if plus else []) == [key["alg"] for key in found]
        if plus:
            key = PublicKeySet.from_mapping({"keys": found}).keys[0]
            assert "a.b.c" == provider.application.decrypt(encrypt(key, "a.b.c", algorithm="ECDH-ES"), "ECDH-ES")
            with pytest.raises(TokenRejected):
                provider.application.decrypt("a.b.c", "ECDH-ES")

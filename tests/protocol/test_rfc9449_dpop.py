"""DPoP proofs, pure; the endpoints' side is tested beside them (N-074)."""

import pytest

from idp.protocol.rfc9449_dpop import WINDOW, check_proof, token_hash
from keys.errors import TokenRejected
from tests.support.assertions import client_key

KEY = client_key("pure dpop")
NOW = 1_700_000_000
URL = "https://id.example.org/token"


def test_a_sound_proof_names_its_key() -> None:
    """The thumbprint of the key in the header, the `jti`, and when it is too old."""
    proof = check_proof(KEY.proof(NOW, jti="j"), method="POST", url=URL, now=NOW)
    assert (KEY.thumbprint, "j", NOW + WINDOW + 1) == (proof.jkt, proof.jti, proof.expires_at)


def test_a_proof_is_remembered_as_long_as_it_is_accepted() -> None:
    """Replay memory ends only when age refuses the proof by itself, also for one from ten seconds ahead."""
    sent = KEY.proof(NOW + 10)
    proof = check_proof(sent, method="POST", url=URL, now=NOW)
    with pytest.raises(TokenRejected):
        check_proof(sent, method="POST", url=URL, now=proof.expires_at)


def test_the_hash_of_the_example() -> None:
    """RFC 9449 section 7.1."""
    token = "Kz~8mXK1EalYznwH-LC-1fBAo.4Ljp~zsPE_NeO.gxU"
    assert "fUHyO2r2Z3DZ53EsNrWBb0xWXoaNy59IiKCAqksmQEo" == token_hash(token)


@pytest.mark.parametrize("url", ["https://a:b@id.example.org/token", "https://id.example.org:99999/token", "id", ""])
def test_odd_addresses_are_refused(url: str) -> None:
    """User information, impossible ports, no address at all."""
    with pytest.raises(TokenRejected):
        check_proof(KEY.proof(NOW, htu=url), method="POST", url=URL, now=NOW)

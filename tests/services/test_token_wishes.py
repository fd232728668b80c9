"""How far a token request may reach, pure (N-045, N-050, RFC 8707)."""

from dataclasses import replace

import pytest

from idp.protocol.client import Client
from idp.protocol.errors import ProtocolError
from idp.services.token_wishes import Wish, choose_resource, client_key, narrowed

A, B = "https://a.example", "https://b.example"
CLIENT = Client(client_id="c", name="C", audiences=(A, B))


@pytest.mark.parametrize(
    ("granted", "asked", "chosen"),
    [((), (), None), ((A,), (), A), ((), (A,), A), ((A, B), (B,), B), ((A,), (A, A), A)],
)
def test_the_one_resource(granted: tuple[str, ...], asked: tuple[str, ...], chosen: str | None) -> None:
    """What was authorized, or a choice among it; nothing named, nothing meant."""
    assert chosen == choose_resource(CLIENT, granted, asked)


@pytest.mark.parametrize(
    ("granted", "asked"),
    [((), (A, B)), ((A, B), ()), ((A,), (B,)), ((), ("https://c.example",)), (("https://c.example",), ())],
)
def test_no_other_resource(granted: tuple[str, ...], asked: tuple[str, ...]) -> None:
    """Two, one not authorized, one never registered or no longer: invalid_target."""
    with pytest.raises(ProtocolError) as caught:
        choose_resource(CLIENT, granted, asked)
    assert "invalid_target" == caught.value.error


def test_narrowing() -> None:
    """A part, in the granted order; nothing asked is everything; more is refused."""
    granted = ("openid", "profile", "email")
    holder = replace(CLIENT, scopes=frozenset(granted))
    assert ("openid", "email") == narrowed(holder, granted, ("email", "openid"))
    assert granted == narrowed(holder, granted, ())
    with pytest.raises(ProtocolError):
        narrowed(holder, granted, ("openid", "dossier"))


def test_a_bound_client_needs_a_key() -> None:
    """RFC 9449 section 5.2."""
    assert "k" == client_key(Wish(dpop_jkt="k"), replace(CLIENT, dpop_bound=True))
    assert client_key(Wish(), CLIENT) is None
    with pytest.raises(ProtocolError):
        client_key(Wish(), replace(CLIENT, dpop_bound=True))

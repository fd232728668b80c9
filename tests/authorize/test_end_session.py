"""Logout requests of clients."""

import pytest

from idp.authorize.end_session import LogoutRequest, read_logout, return_url
from idp.protocol.id_token_hint import Hint
from idp.protocol.messages import Parameters
from tests.support.requests import CLIENT, client, finder

BYE = "https://app.example.org/bye"
HINT = Hint("espace", "sub-1", "sid-1")


def read(**sent: str) -> LogoutRequest:
    """Read a request; the only good hint is the text `good`."""
    return read_logout(Parameters.of(sent), finder(), {"good": HINT}.get)


def test_verified_hint_and_registered_uri() -> None:
    """A good hint and an exactly registered URI allow the redirect, state added (N-080)."""
    request = read(id_token_hint="good", post_logout_redirect_uri=BYE, state="a&b#c")
    assert CLIENT == request.client
    assert f"{BYE}?state=a%26b%23c" == return_url(request)


def test_no_state_no_state() -> None:
    """Nothing is added where no state was sent."""
    assert BYE == return_url(read(id_token_hint="good", post_logout_redirect_uri=BYE))


REFUSED = {
    "no hint": {"post_logout_redirect_uri": BYE},
    "no hint but client": {"post_logout_redirect_uri": BYE, "client_id": "espace"},
    "bad hint": {"id_token_hint": "bad", "post_logout_redirect_uri": BYE},
    "other client named": {"id_token_hint": "good", "client_id": "other", "post_logout_redirect_uri": BYE},
    "unregistered": {"id_token_hint": "good", "post_logout_redirect_uri": "https://evil.example.org/"},
    "query added": {"id_token_hint": "good", "post_logout_redirect_uri": f"{BYE}?foo=bar"},
    "nothing": {},
}


@pytest.mark.parametrize("case", REFUSED)
def test_never_redirected(case: str) -> None:
    """Whatever is not proven leads to our own page (conformance: rp-initiated-logout modules)."""
    assert return_url(read(state="s", **REFUSED[case])) is None


def test_disabled_client_is_not_followed() -> None:
    """A disabled client's address is not used."""
    sent = Parameters.of({"id_token_hint": "good", "post_logout_redirect_uri": BYE})
    request = read_logout(sent, finder(client(enabled=False)), {"good": HINT}.get)
    assert request.return_to is None


def test_question() -> None:
    """The person is asked unless the hint is of the live session, or no session lives (C-06)."""
    assert not read(id_token_hint="good").needs_question("sid-1")
    assert read(id_token_hint="good").needs_question("sid-2")
    assert read().needs_question("sid-1")
    assert not read().needs_question(None)


def test_repeated_parameters_prove_nothing() -> None:
    """An ambiguous request is treated as one without proof."""
    sent = Parameters((("id_token_hint", "good"), ("id_token_hint", "good"), ("post_logout_redirect_uri", BYE)))
    assert read_logout(sent, finder(), {"good": HINT}.get).return_to is None

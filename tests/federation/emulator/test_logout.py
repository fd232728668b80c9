"""`/session/end`: the hint is mandatory, the return is declared, the shared session is over."""

import pytest

from tests.federation.emulator.partner import AFTER_LOGOUT, Now, Partner


def signed_in(partner: Partner) -> str:
    """Sign in and return the ID token that will be the hint."""
    answer = partner.token(partner.sign_in()["code"]).get_json()
    return str(answer["id_token"])


def test_logout_ends_the_session_and_returns_the_state(partner: Partner) -> None:
    """The browser comes back with state, and the next request shows the tiles again."""
    hint = signed_in(partner)
    query = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT, "state": "bye"}
    response = partner.browser.get("/api/v2/session/end", query_string=query)
    assert (303, f"{AFTER_LOGOUT}?state=bye") == (response.status_code, response.location)
    assert partner.browser.get_cookie("fc_session_id") is None
    assert 'id="idp-impots"' in partner.browser.get(partner.begin(), follow_redirects=True).text


def test_an_expired_hint_is_good(partner: Partner, now: Now) -> None:
    """The age of the ID token does not matter, nor whether the session is gone."""
    hint = signed_in(partner)
    now.time += 86_400
    query = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT}
    assert AFTER_LOGOUT == partner.browser.get("/api/v2/session/end", query_string=query).location


def test_without_a_return_address_there_is_a_page(partner: Partner) -> None:
    """Without post_logout_redirect_uri the person stays on a plain page."""
    response = partner.browser.get("/api/v2/session/end", query_string={"id_token_hint": signed_in(partner)})
    assert (200, True) == (response.status_code, "Vous êtes bien déconnecté" in response.text)


def test_an_undeclared_return_address_is_refused(partner: Partner) -> None:
    """An undeclared address is page Y04CFAEF, and the session goes on."""
    query = {"id_token_hint": signed_in(partner), "post_logout_redirect_uri": "https://elsewhere.example/"}
    response = partner.browser.get("/api/v2/session/end", query_string=query)
    assert (400, True) == (response.status_code, "Y04CFAEF" in response.text)
    assert "Continuer sur" in partner.browser.get(partner.begin(), follow_redirects=True).text


def test_another_service_address_is_refused(partner: Partner, shop: Partner) -> None:
    """The hint says which service asks; another service's declared address is not its own."""
    hint = shop.token(shop.sign_in()["code"]).get_json()["id_token"]
    query = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT}
    assert "Y04CFAEF" in partner.browser.get("/api/v2/session/end", query_string=query).text


@pytest.mark.parametrize("hint", [None, "", "garbage", "a.b.c"])
def test_the_hint_is_mandatory(partner: Partner, hint: str | None) -> None:
    """Without a readable hint there is an error page and no redirect."""
    query = {"post_logout_redirect_uri": AFTER_LOGOUT} | ({} if hint is None else {"id_token_hint": hint})
    response = partner.browser.get("/api/v2/session/end", query_string=query)
    assert 400 == response.status_code
    assert "Location" not in response.headers


def test_a_hint_of_a_withdrawn_key_is_refused(partner: Partner) -> None:
    """After a key rotation an old hint meets an error page: a service must log out locally first."""
    hint = signed_in(partner)
    partner.turn(rotated_key=True)
    query = {"id_token_hint": hint, "post_logout_redirect_uri": AFTER_LOGOUT}
    response = partner.browser.get("/api/v2/session/end", query_string=query)
    assert 400 == response.status_code
    assert "Location" not in response.headers


def test_an_unknown_parameter_is_refused(partner: Partner) -> None:
    """The end-session endpoint has a white list as well."""
    query = {"id_token_hint": signed_in(partner), "extra": "1"}
    assert "Y030007" in partner.browser.get("/api/v2/session/end", query_string=query).text


def test_post_is_not_routed(partner: Partner) -> None:
    """The endpoint takes GET only."""
    assert 404 == partner.browser.post("/api/v2/session/end").status_code

"""The authorization request: strict white list, errors that stay, errors that return."""

import pytest

from tests.federation.emulator.partner import CALLBACK, ISSUER, SHOP, Partner, query


@pytest.mark.parametrize(
    "extra",
    [
        "code_challenge",
        "code_challenge_method",
        "max_age",
        "login_hint",
        "response_mode",
        "display",
        "id_token_hint",
        "request",
        "request_uri",
        "utm_source",
    ],
)
def test_a_parameter_outside_the_white_list_is_refused_on_a_page(partner: Partner, extra: str) -> None:
    """PKCE and every other parameter outside the list gives 400 Y030007, though discovery announces some."""
    response = partner.authorize(**{extra: "x"})
    assert response.status_code == 400
    assert "Y030007" in response.text
    assert response.mimetype == "text/html"


@pytest.mark.parametrize(
    "changes",
    [
        {"response_type": None},
        {"client_id": None},
        {"redirect_uri": None},
        {"scope": None},
        {"state": None},
        {"nonce": None},
        {"acr_values": None},
        {"state": ""},
        {"client_id": ""},
        {"nonce": "9" * 21},
        {"redirect_uri": "not-an-address"},
        {"redirect_uri": "https://localhost/callback"},
        {"redirect_uri": "ftp://service.example/"},
        {"prompt": ""},
        {"prompt": "none"},
        {"prompt": "select_account"},
        {"prompt": "login none"},
        {"claims": "{"},
        {"claims": "[]"},
    ],
)
def test_a_missing_or_malformed_parameter_is_refused_on_a_page(
    partner: Partner, changes: dict[str, str | None]
) -> None:
    """A required parameter that is absent or malformed keeps the person on page Y030007."""
    response = partner.authorize(**changes)
    assert (response.status_code, "Y030007" in response.text) == (400, True)


def test_a_repeated_parameter_is_refused(partner: Partner) -> None:
    """The same parameter twice is not a string any more."""
    pairs = [*partner.params().items(), ("state", "other")]
    assert partner.browser.get("/api/v2/authorize", query_string=pairs).status_code == 400


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {"prompt": "login"},
        {"prompt": "login consent"},
        {"ui_locales": "fr en"},
        {"nonce": "9" * 22},
        {"nonce": "@#&" * 30},
        {"claims": '{"id_token":{}}'},
        {"scope": "openid unknown_scope"},
        {"acr_values": "eidas1 eidas2"},
        {"acr_values": "unknown"},
    ],
)
def test_a_correct_request_leads_to_the_choice_page(partner: Partner, changes: dict[str, str | None]) -> None:
    """Everything documented is accepted, http://localhost included, and ends on the tiles."""
    page = partner.browser.get(partner.begin(**changes), follow_redirects=True)
    assert page.status_code == 200
    assert 'id="idp-impots"' in page.text


def test_post_is_accepted_and_reads_its_body(partner: Partner) -> None:
    """`/authorize` takes POST too."""
    response = partner.browser.post("/api/v2/authorize", data=partner.params())
    assert response.status_code == 303


def test_an_unknown_client_stays_on_its_page(partner: Partner) -> None:
    """An unknown client id, which is also what a wrong environment looks like, is Y04EA6EF."""
    response = partner.authorize(client_id="nobody")
    assert (response.status_code, "Y04EA6EF" in response.text) == (400, True)


@pytest.mark.parametrize("uri", [f"{CALLBACK}/", "https://elsewhere.example/callback"])
def test_an_undeclared_callback_stays_on_its_page(partner: Partner, uri: str) -> None:
    """The callback is matched exactly; a trailing slash is enough to be Y04C013C."""
    response = partner.authorize(redirect_uri=uri)
    assert (response.status_code, "Y04C013C" in response.text) == (400, True)


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"acr_values": "eidas2"}, "invalid_acr"),
        ({"acr_values": "eidas3 eidas2"}, "invalid_acr"),
        ({"scope": "profile"}, "invalid_request"),
        ({"scope": ""}, "invalid_request"),
        ({"response_type": ""}, "invalid_request"),
        ({"response_type": "sms"}, "unsupported_response_type"),
        ({"idp_hint": "emulator-ameli"}, "invalid_idp_hint"),
    ],
)
def test_an_error_returns_to_the_callback(partner: Partner, changes: dict[str, str | None], error: str) -> None:
    """Errors that return carry error, error_description, state and iss (RFC 9207)."""
    response = partner.authorize(**changes)
    answer = query(response.location)
    assert response.location.startswith(f"{CALLBACK}?")
    assert {"error", "error_description", "state", "iss"} == set(answer)
    assert (error, "5" * 64, ISSUER) == (answer["error"], answer["state"], answer["iss"])


def test_a_scope_outside_the_habilitation_is_refused(shop: Partner) -> None:
    """A known scope that the service was not granted returns invalid_scope; its own query is kept."""
    response = shop.authorize(scope="openid birthdate")
    assert "invalid_scope" == query(response.location)["error"]
    assert "requested scope is not allowed" == query(response.location)["error_description"]
    assert response.location.startswith("https://shop.example/callback?keep=1&")


def test_a_token_response_type_returns_in_the_fragment(partner: Partner) -> None:
    """A response type that holds a token has its error behind `#`."""
    location = partner.authorize(response_type="code id_token").location
    assert location.startswith(f"{CALLBACK}#error=unsupported_response_type")


def test_amr_needs_an_entitlement(partner: Partner, shop: Partner) -> None:
    """The claims parameter may ask for `amr` only when the service is entitled: else page Y100009."""
    claims = '{"id_token":{"amr":{"essential":true}}}'
    assert "Y100009" in partner.authorize(claims=claims).text
    assert 303 == shop.authorize(claims=claims).status_code


def test_an_allowed_hint_skips_the_tiles(shop: Partner) -> None:
    """A hint that the service may use leads straight to that provider's sign-in page."""
    page = shop.browser.get(shop.begin(idp_hint="emulator-ameli"), follow_redirects=True)
    assert 'id="idp-login"' in page.text
    assert "Ameli" in page.text


def test_the_hint_is_read_from_a_query_only(shop: Partner) -> None:
    """In a POST body the hint is tolerated and does nothing."""
    response = shop.browser.post("/api/v2/authorize", data=shop.params(idp_hint="emulator-ameli"))
    assert 'id="idp-impots"' in shop.browser.get(response.location, follow_redirects=True).text


def test_redirect_to_sp_with_error(partner: Partner) -> None:
    """The way back answers 302 with error, description, state and iss."""
    response = partner.browser.get(
        "/api/v2/redirect-to-sp-with-error",
        query_string={
            "error": "access_denied",
            "error_description": "User auth aborted",
            "state": "abc",
            "redirect_uri": CALLBACK,
        },
    )
    assert 302 == response.status_code
    expected = {"error": "access_denied", "error_description": "User auth aborted", "state": "abc", "iss": ISSUER}
    assert expected == query(response.location)


def test_redirect_to_sp_with_error_without_state(partner: Partner) -> None:
    """A lost state comes back as the literal text `undefined`."""
    response = partner.browser.get(f"/api/v2/redirect-to-sp-with-error?error=access_denied&redirect_uri={CALLBACK}")
    assert "undefined" == query(response.location)["state"]


@pytest.mark.parametrize("target", ["", "redirect_uri=https://elsewhere.example/"])
def test_redirect_to_sp_with_error_is_no_open_redirect(partner: Partner, target: str) -> None:
    """Without a declared callback there is a page Y030030 and no redirect."""
    response = partner.browser.get(f"/api/v2/redirect-to-sp-with-error?error=access_denied&{target}")
    assert (500, True) == (response.status_code, "Y030030" in response.text)


def test_the_second_client_is_registered_with_its_own_callback(partner: Partner) -> None:
    """One service cannot use the callback of another."""
    assert "Y04C013C" in partner.authorize(redirect_uri=SHOP.redirect_uris[0]).text

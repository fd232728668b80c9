"""The pages a person goes through: tiles, the provider's sign-in, information, single sign-on."""

import re
from html import unescape

import pytest

from tests.federation.emulator.partner import CALLBACK, ISSUER, Now, Partner, query

TILES = ("impots", "ameli", "laposte", "msa", "yris", "france-identite", "trustme", "aidants-connect")


def link(page: str, element_id: str) -> str:
    """Return the address of the link with that id."""
    found = re.search(rf'<a id="{element_id}" href="([^"]+)"', page)
    assert found is not None
    return unescape(found[1])


@pytest.mark.parametrize("tile", TILES)
def test_each_tile_signs_in(partner: Partner, tile: str) -> None:
    """Every tile is on the choice page, leads to its provider's page and ends with a code."""
    base = partner.begin()
    assert f'id="idp-{tile}" name="idp" value="emulator-{tile}"' in partner.browser.get(f"{base}/choice").text
    partner.browser.post(f"{base}/choice", data={"idp": f"emulator-{tile}"})
    login = partner.browser.get(f"{base}/login").text
    assert 'select name="persona" id="persona"' in login
    assert 'id="idp-login"' in login
    partner.browser.post(f"{base}/login", data={"persona": "angela", "password": "123"})
    information = partner.browser.get(f"{base}/consent").text
    assert 'id="continue">Continuer sur Espace Personnel' in information
    answer = query(partner.browser.post(f"{base}/consent").location)
    assert ["code", "state", "iss"] == list(answer)
    assert (43, "5" * 64, ISSUER) == (len(answer["code"]), answer["state"], answer["iss"])


def test_a_typed_login_wins_over_the_list(partner: Partner) -> None:
    """A login typed by hand is used instead of the list's choice."""
    base = partner.begin()
    partner.browser.post(f"{base}/choice", data={"idp": "emulator-msa"})
    partner.browser.post(f"{base}/login", data={"login": " sophie ", "persona": "angela", "password": "123"})
    page = partner.browser.get(f"{base}/consent").text
    assert "MARTIN" in page
    assert "DUBOIS" not in page


@pytest.mark.parametrize(
    "form", [{"persona": "angela", "password": "bad"}, {"login": "nobody", "password": "123"}, {"password": "123"}]
)
def test_a_wrong_login_stays_on_the_provider_page(partner: Partner, form: dict[str, str]) -> None:
    """A refusal by the provider is shown there; the service is not told."""
    base = partner.begin()
    partner.browser.post(f"{base}/choice", data={"idp": "emulator-msa"})
    response = partner.browser.post(f"{base}/login", data=form)
    assert (401, True) == (response.status_code, 'role="alert"' in response.text)


def test_abandoning_at_the_provider_returns_to_the_tiles(partner: Partner) -> None:
    """Giving up at the provider comes back to the choice page with a message, and another tile works."""
    base = partner.begin()
    partner.browser.post(f"{base}/choice", data={"idp": "emulator-msa"})
    page = partner.browser.get(link(partner.browser.get(f"{base}/login").text, "abandon")).text
    assert "MSA a été abandonnée" in page
    assert 303 == partner.browser.post(f"{base}/choice", data={"idp": "emulator-ameli"}).status_code


@pytest.mark.parametrize("step", ["choice", "consent"])
def test_returning_to_the_service_is_access_denied(partner: Partner, step: str) -> None:
    """The link "Revenir sur" of the tiles and of the information page gives access_denied with state and iss."""
    base = partner.begin()
    if step == "consent":
        partner.browser.post(f"{base}/choice", data={"idp": "emulator-msa"})
        partner.browser.post(f"{base}/login", data={"persona": "angela", "password": "123"})
    back = partner.browser.get(link(partner.browser.get(f"{base}/{step}").text, "back-to-service"))
    expected = {
        "error": "access_denied",
        "error_description": "User auth aborted",
        "state": "5" * 64,
        "iss": ISSUER,
    }
    assert expected == query(back.location)
    assert back.location.startswith(CALLBACK)


def test_an_unknown_tile_is_refused(partner: Partner) -> None:
    """A provider that is not on the page cannot be chosen."""
    base = partner.begin()
    assert 400 == partner.browser.post(f"{base}/choice", data={"idp": "x"}).status_code


@pytest.mark.parametrize("step", ["login", "consent"])
def test_steps_cannot_be_jumped(partner: Partner, step: str) -> None:
    """Out-of-order navigation meets page Y420001, which offers a way back to the service."""
    response = partner.browser.get(f"{partner.begin()}/{step}")
    assert (400, True) == (response.status_code, "Y420001" in response.text)
    assert "error=server_error" in link(response.text, "back-to-service")


def test_posting_consent_without_signing_in_gives_no_code(partner: Partner) -> None:
    """The information page's form is worth nothing before the sign-in."""
    response = partner.browser.post(f"{partner.begin()}/consent")
    assert 400 == response.status_code
    assert "Location" not in response.headers


def test_a_second_tab_replaces_the_first(partner: Partner) -> None:
    """The flow is single-threaded per browser: the older tab meets Y420001."""
    first = partner.begin()
    partner.begin()
    assert "Y420001" in partner.browser.get(f"{first}/choice").text


def test_an_interaction_belongs_to_its_browser(partner: Partner) -> None:
    """Without the session cookie the page is Y190001."""
    response = partner.server.get(f"{partner.begin()}/choice")
    assert (400, True) == (response.status_code, "Y190001" in response.text)


def test_a_code_is_given_once_per_interaction(partner: Partner) -> None:
    """A second click on "Continuer" meets an error page, not a second code."""
    base = partner.begin()
    partner.browser.post(f"{base}/choice", data={"idp": "emulator-msa"})
    partner.browser.post(f"{base}/login", data={"persona": "angela", "password": "123"})
    assert 303 == partner.browser.post(f"{base}/consent").status_code
    assert "Y420001" in partner.browser.post(f"{base}/consent").text


def test_single_sign_on_skips_the_tiles(partner: Partner, shop: Partner) -> None:
    """Within the session a second service lands on the information page at once, even with prompt=login."""
    partner.sign_in()
    page = shop.browser.get(shop.begin(prompt="login consent"), follow_redirects=True)
    assert "Continuer sur Autre service" in page.text


def test_the_session_slides_and_ends(partner: Partner, now: Now) -> None:
    """The session lasts 30 minutes after its last use, then the tiles come back."""
    partner.sign_in()
    for _ in range(3):
        now.time += 1799
        assert "Continuer sur" in partner.browser.get(partner.begin(), follow_redirects=True).text
    now.time += 1800
    assert 'id="idp-impots"' in partner.browser.get(partner.begin(), follow_redirects=True).text


def test_an_allowed_prompt_skips_the_information_page(shop: Partner) -> None:
    """`prompt=login` alone, where the service may use it, goes from the provider straight to the callback."""
    base = shop.begin(prompt="login")
    shop.browser.post(f"{base}/choice", data={"idp": "emulator-msa"})
    shop.browser.post(f"{base}/login", data={"persona": "angela", "password": "123"})
    assert "code" in query(shop.browser.get(base).location)


def test_the_cookie_is_distinct_and_lax(partner: Partner) -> None:
    """The session cookie is FranceConnect's name, HttpOnly, SameSite=Lax, 30 minutes; renewed at sign-in."""
    response = partner.authorize()
    cookie = response.headers["Set-Cookie"]
    assert cookie.startswith("fc_session_id=")
    assert all(part in cookie for part in ("HttpOnly", "SameSite=Lax", "Max-Age=1800"))
    before = partner.browser.get_cookie("fc_session_id")
    partner.browser.post(f"{response.location}/choice", data={"idp": "emulator-msa"})
    partner.browser.post(f"{response.location}/login", data={"persona": "angela", "password": "123"})
    after = partner.browser.get_cookie("fc_session_id")
    assert before is not None
    assert after is not None
    assert before.value != after.value


def test_every_page_says_that_it_is_a_double(partner: Partner) -> None:
    """Tiles, sign-in, information, error, 404 and knobs all carry the warning, and no foreign address."""
    base = partner.begin()
    pages = [partner.browser.get(f"{base}/choice").text]
    partner.browser.post(f"{base}/choice", data={"idp": "emulator-msa"})
    pages.append(partner.browser.get(f"{base}/login").text)
    partner.browser.post(f"{base}/login", data={"persona": "angela", "password": "123"})
    pages.append(partner.browser.get(f"{base}/consent").text)
    pages.extend(partner.browser.get(path).text for path in ("/api/v2/authorize", "/nowhere", "/_emulator"))
    for page in pages:
        assert "Émulateur — ce n'est pas FranceConnect." in page
        assert not re.search(r'(?:src|href)="(?:https?:)?//', page)
        assert "<script" not in page

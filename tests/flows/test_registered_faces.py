"""What members see of an application that registered itself: name, site, logo, policy and terms."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.services.client_logos import LOGO
from tests.support.cast import ISSUER
from tests.support.developer import OPEN, Developer, Site, site
from tests.support.provider import copied_provider, running

PNG = b"\x89PNG\r\n\x1a\n" + bytes(40)


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """The application's own site."""
    folder = tmp_path / "site"
    folder.mkdir()
    with site(folder) as there:
        yield there


@pytest.fixture(params=["sqlite", "postgresql"])
def developer(request: pytest.FixtureRequest, tmp_path: Path, own_site: Site) -> Iterator[Developer]:
    """A developer before an open provider that may call the site, on each database."""
    settings = own_site.settings
    with running(copied_provider(tmp_path, request.param, registration=OPEN, outgoing=settings)) as provider:
        yield Developer(provider)


def test_oidcc_registration_logo_uri(developer: Developer, own_site: Site) -> None:
    """The sign-in page and the consent page show our copy; nothing is loaded from the application's site (N-017)."""
    told = developer.register(logo_uri=own_site.has("/logo.png", PNG))
    party, browser = developer.party(told), developer.provider.browser()
    page = browser.get(party.authorize_url(scope="openid"))
    address = f"/client-logo?client_id={told['client_id']}&amp;v="
    assert address in page.text
    assert own_site.address not in page.text + page.headers["Content-Security-Policy"]
    assert address in browser.sign_in(page).text
    path = page.text.partition('class="service__logo" src="')[2].partition('"')[0].replace("&amp;", "&")
    picture = developer.call("GET", path)
    assert (200, PNG, "image/png") == (picture.status_code, picture.data, picture.headers["Content-Type"])
    assert ("nosniff", "same-origin") == tuple(
        picture.headers[name] for name in ("X-Content-Type-Options", "Cross-Origin-Resource-Policy")
    )
    assert "sandbox" in picture.headers["Content-Security-Policy"]
    assert "immutable" in picture.headers["Cache-Control"]
    assert 404 == developer.call("GET", path[:-1]).status_code
    assert 404 == developer.call("GET", "/client-logo?client_id=espace&v=0").status_code
    assert 404 == developer.call("GET", "/client-logo").status_code


def test_oidcc_registration_policy_and_tos_uri(developer: Developer) -> None:
    """Links to both on the page, which tell the application nothing of ours when they are followed."""
    policy, terms = "https://rp.example.com/policy?a=1&b=2", "https://rp.example.com/terms"
    told = developer.register(policy_uri=policy, tos_uri=terms, **{"policy_uri#en": "https://rp.example.com/en"})
    party, browser = developer.party(told), developer.provider.browser()
    page = browser.get(party.authorize_url(scope="openid"))
    for address in (policy.replace("&", "&amp;"), terms):
        assert f'<a href="{address}" rel="noopener noreferrer">' in page.text
    assert 'href="https://rp.example.com/en"' in browser.get(party.authorize_url(scope="openid", ui_locales="en")).text


@pytest.mark.parametrize("name", ['<script>alert(1)</script>"', "{{ 7*7 }}", "CARPIMKO' onload='x"])
def test_a_name_is_text_and_stands_beside_the_site(developer: Developer, name: str) -> None:
    """Whatever it says, it is shown as letters, and the host that the member will be sent to is said as well (V-08)."""
    told = developer.register(client_name=name)
    party, browser = developer.party(told), developer.provider.browser()
    page = browser.get(party.authorize_url(scope="openid"))
    for text in (page.text, browser.sign_in(page).text):
        assert name not in text or "<" not in name
        assert "<script>alert" not in text
        assert ">49<" not in text
        assert '<span id="service-site">(rp.example.com)</span>' in text


@pytest.mark.parametrize(
    "document",
    [
        b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>",
        b"<!doctype html><script>alert(1)</script>",
        b"",
        b"\x89PNG" + bytes(10),
        b"GIF89a"[:5],
        b"\x89PNG\r\n\x1a\n" + bytes(200_000),
    ],
)
def test_what_is_no_picture_is_not_shown(developer: Developer, own_site: Site, document: bytes) -> None:
    """A document with scripts, a text, half a picture, a huge one: the client is registered and has no logo."""
    told = developer.register(logo_uri=own_site.has("/logo", document))
    page = developer.provider.browser().get(developer.party(told).authorize_url(scope="openid"))
    assert "client-logo" not in page.text
    assert told["logo_uri"] == own_site.address + "/logo"


def test_a_logo_comes_later_where_its_site_is_away(developer: Developer, own_site: Site) -> None:
    """The outbox asks again, and a change of the address asks for the new picture; without one the copy goes."""
    told = developer.register(logo_uri=f"{own_site.address}/logo.gif")
    application = developer.provider.application
    with application.store.reading() as unit:
        assert [(LOGO, 1)] == [(one.kind, one.count) for one in unit.outbox.obstacles()]
    own_site.has("/logo.gif", b"GIF89a" + bytes(10))
    developer.provider.clock.forward(3600)
    application.worker.turn()
    first = application.logos.get(told["client_id"])
    assert first is not None
    assert "image/gif" == first.media_type
    change = {"client_id": told["client_id"], "redirect_uris": told["redirect_uris"]}
    address, token = told["registration_client_uri"], told["registration_access_token"]
    webp = own_site.has("/logo.webp", b"RIFF\x00\x00\x00\x00WEBP" + bytes(10))
    developer.call("PUT", address, {**change, "logo_uri": webp}, token=token)
    second = application.logos.get(told["client_id"])
    assert second is not None
    assert "image/webp" == second.media_type
    developer.call("PUT", address, change, token=token)
    assert application.logos.get(told["client_id"]) is None
    with application.store.reading() as unit:
        assert unit.client_logos.get(told["client_id"]) is None


def test_oidcc_3rd_party_init_login(developer: Developer) -> None:
    """`initiate_login_uri` is told at registration and afterwards."""
    address = "https://rp.example.com/login"
    told = developer.register(initiate_login_uri=address)
    read = developer.call("GET", told["registration_client_uri"], token=told["registration_access_token"]).get_json()
    assert (address, address) == (told["initiate_login_uri"], read["initiate_login_uri"])


def test_oidcc_3rd_party_init_login_nohttps(developer: Developer) -> None:
    """Plain http is refused by the general code."""
    refused = developer.refused(initiate_login_uri="http://rp.example.com/login")
    assert (400, "invalid_client_metadata") == refused


def test_nobody_enters_the_house_by_registering(developer: Developer) -> None:
    """The first page shows the fund's own applications only; one with a login of its own is entered by it."""
    developer.register(client_name="Intruse", client_uri="https://rp.example.com/", first_party=True)
    clients = developer.provider.application.clients
    espace = clients.get("espace")
    assert espace is not None
    clients.upsert(replace(espace, initiate_login_uri="https://app.example.org/login"))
    browser = developer.provider.browser()
    page = browser.sign_in(browser.get("/connexion"))
    page = browser.get("/")
    assert "Intruse" not in page.text
    begun = f"https://app.example.org/login?iss={ISSUER.replace(':', '%3A').replace('/', '%2F')}&amp;target_link_uri="
    assert begun in page.text

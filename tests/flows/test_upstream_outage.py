"""A bad day at FranceConnect: the sign-in page says so, and password sign-in goes on."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.upstream import Outage
from tests.support.provider import Provider, copied_provider, running


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that offers FranceConnect, of whose host nothing is ever asked here."""
    secret = tmp_path / "secret"
    secret.write_text("s" * 64, encoding="utf-8")
    franceconnect = {
        "enabled": True,
        "environment": "emulator",
        "issuer": "http://fc.test/api/v2",
        "client_id": "c" * 64,
        "client_secret_file": secret,
    }
    with running(copied_provider(tmp_path / "house", franceconnect=franceconnect)) as opened:
        yield opened


def test_the_button_gives_way_to_a_dated_message(provider: Provider) -> None:
    """Paused: no button, since when, and the form beside it signs in; in both languages."""
    browser = provider.browser()
    page = browser.get("/connexion")
    assert 'class="fr-connect"' in page.text
    provider.application.upstream_switch.pause("franceconnect")
    paused = browser.get(page.url)
    assert 'class="fr-connect"' not in paused.text
    assert "La connexion avec FranceConnect est suspendue depuis 23\u00a0h\u00a013." in paused.text
    assert "has been suspended since 23:13" in provider.browser().get("/connexion?lang=en").text
    assert "Angela DUBOIS" in browser.sign_in(paused).text


def test_nobody_is_sent_to_a_paused_upstream(provider: Provider) -> None:
    """A page from before the pause still has its button: pressed, it leads back to the form, not to FranceConnect."""
    browser = provider.browser()
    interaction = browser.get("/connexion").url.rpartition("/")[2]
    provider.application.upstream_switch.pause("franceconnect")
    told = browser.get(f"/federation/franceconnect/start?interaction={interaction}")
    assert 503 == told.status
    assert f'href="/connexion/{interaction}"' in told.text


@pytest.mark.parametrize("came_with", ["", "?interaction=long-gone-0123456789abcd"])
def test_who_comes_for_a_password_by_a_bookmark_may_take_the_button_too(provider: Provider, came_with: str) -> None:
    """Its address names a sign-in of this browser, before the form is sent and after: pressed, it starts something."""
    browser = provider.browser()
    page = browser.get(f"/mot-de-passe-oublie{came_with}")
    for shown in (page, browser.submit(page, {}, "reset")):
        button = re.search(r'href="/federation/franceconnect/start\?interaction=([^"]*)"', shown.text)
        assert button is not None
        assert 'id="sign-in-form"' in browser.get(f"/connexion/{button[1]}").text


def test_its_pages_have_one_spelling_too(provider: Provider) -> None:
    """No redirect to another one, which would go to the host that the request claims (N-112)."""
    answer = provider.browser().raw("GET", "/federation//franceconnect/start", headers={"Host": "evil.example"})
    assert 404 == answer.status_code


def test_it_comes_back_by_itself(provider: Provider) -> None:
    """At the end of the pause the button is there again, without anybody's doing."""
    switch, clock = provider.application.upstream_switch, provider.clock
    switch.pause("franceconnect", until=clock() + 600)
    upstream = provider.application.edge.upstreams["franceconnect"]
    assert Outage(clock(), paused=True, until=clock() + 600) == upstream.outage()
    clock.forward(600)
    assert upstream.outage() is None
    assert 'class="fr-connect"' in provider.browser().get("/connexion").text

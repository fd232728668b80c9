"""What a person reads after signing out: never more than is true, and never in the way of who asked."""

from urllib.parse import urlencode

import pytest

from tests.flows.test_back_channel_logout import BYE, receivers, second, sign_in
from tests.support.cast import ISSUER, SECRET
from tests.support.logout_receivers import receiver
from tests.support.pages import Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty

END = f"{ISSUER}/deconnexion/fin"


def state(page: Page, service: str) -> str:
    """Return what a page says of a service."""
    row = page.text.partition(f'data-service="{service}"')[2].partition("</li>")[0]
    return row.partition('class="state state--')[2].partition("</span></span>")[0].rpartition("<span>")[2]


def test_where_all_is_closed_the_person_goes_back_at_once(provider: Provider) -> None:
    """No page stands between."""
    with receivers({}, {}) as (one, two):
        member = sign_in(provider, one.client(), second(two))
        assert BYE == member.logout(post_logout_redirect_uri=BYE).url


def test_where_another_service_is_silent_the_receipt_comes_first(provider: Provider) -> None:
    """Its first button leads back, state and all; so the way back is there, and the truth is read."""
    with receivers({}, {"status": 503}) as (one, two):
        member = sign_in(provider, one.client(), second(two))
        page = member.logout(post_logout_redirect_uri=BYE, state="a&b")
    assert END == page.url
    assert ("Fermé", "N’a pas répondu") == (state(page, "espace"), state(page, "second"))
    assert f'id="back-to-service" href="{BYE}?state=a%26b"' in page.text


def test_the_silence_of_who_asked_is_no_trouble(provider: Provider) -> None:
    """It ended its own session before it sent the person here."""
    with receiver(status=503) as there:
        member = sign_in(provider, there.client())
        assert BYE == member.logout(post_logout_redirect_uri=BYE).url


def test_a_second_look_tells_what_became_true(provider: Provider) -> None:
    """Silent at first, closed after the worker's next attempt, given up at last."""
    with receivers({"status": 503}, {"status": 400}) as (late, refuses):
        member = sign_in(provider, late.client(), second(refuses))
        page = member.browser.submit(member.browser.get("/deconnexion"), {}, "logout-confirm")
        assert {"N’a pas répondu"} == {state(page, "espace"), state(page, "second")}
        late.status = 200
        provider.clock.forward(30)
        provider.application.logouts.run_once()
        assert "Fermé" == state(member.browser.get(END), "espace")


def test_a_token_that_others_believe_is_told_with_its_end(provider: Provider) -> None:
    """A signed access token of a named resource cannot be taken back: the receipt says until when it is believed."""
    with receiver() as there:
        client = there.client(audiences=("https://api.example.org",))
        provider.application.clients.upsert(client, SECRET)
        party, browser = RelyingParty(provider, client), provider.browser()
        page = party.sign_in(browser, resource="https://api.example.org")
        assert 200 == party.redeem(page.query["code"], resource="https://api.example.org").status_code
        done = browser.submit(browser.get("/deconnexion"), {}, "logout-confirm")
        assert "Fermé" == state(done, "espace")
        # 23:13:20 in Paris, and ten minutes.
        assert "prend fin à 23:23." in done.text


def test_only_this_browser_reads_it_and_not_for_long(provider: Provider) -> None:
    """Another browser sees the plain page; after ten minutes this one does too."""
    with receiver() as there:
        member = sign_in(provider, there.client())
        member.logout()
        assert 'id="receipt"' in member.browser.get(END).text
        assert 'id="receipt"' not in provider.browser().get(END).text
        provider.clock.forward(600)
        assert 'id="receipt"' not in member.browser.get(END).text


def test_leaving_one_service_leads_back_to_it(provider: Provider) -> None:
    """An application that could not prove this session asks; the person leaves it alone and goes back there."""
    with receivers({}, {}) as (one, two):
        member = sign_in(provider, one.client(), second(two))
        elsewhere = sign_in(provider, one.client())
        query = {"id_token_hint": elsewhere.id_tokens[0], "post_logout_redirect_uri": BYE, "state": "s"}
        page = member.browser.get(f"/logout?{urlencode(query)}")
        assert "Quitter Espace Personnel" in page.text
        assert "Quitter Mes documents" not in page.text
        back = member.browser.submit(page, {"service": "espace"}, "logout-confirm")
        assert f"{BYE}?state=s" == back.url
        assert [1, 0] == [len(one.calls), len(two.calls)]
        assert [member.sid()] == [call.claims["sid"] for call in one.calls]
        assert "code" in member.browser.get(member.parties[1].authorize_url(prompt="none")).query


def test_who_comes_back_to_a_service_is_told_again(provider: Provider) -> None:
    """Leaving, coming back silently, and signing out: the application is told twice of the same session."""
    with receiver() as there:
        member = sign_in(provider, there.client())
        page = member.browser.get("/deconnexion")
        done = member.browser.submit(page, {"service": "espace"}, "logout-confirm")
        assert "Vous avez quitté Espace Personnel" in done.text
        provider.clock.forward(5)
        sign_in(provider, there.client(), browser=member.browser)
        member.browser.submit(member.browser.get("/deconnexion"), {}, "logout-confirm")
        assert [member.sid()] * 2 == [call.claims["sid"] for call in there.calls]


@pytest.mark.parametrize("service", ["unknown", "second\0", "é"])
def test_a_service_that_the_session_does_not_know_is_not_left(provider: Provider, service: str) -> None:
    """The form names whatever it likes: nobody is told and the session goes on."""
    with receiver() as there:
        member = sign_in(provider, there.client())
        page = member.browser.get("/deconnexion")
        member.browser.submit(page, {"service": service}, "logout-confirm")
        assert [] == there.calls
        assert "code" in member.browser.get(member.parties[0].authorize_url(prompt="none")).query


def test_its_tokens_die_with_the_service_that_is_left(provider: Provider) -> None:
    """And those of the others live."""
    with receivers({}, {}) as (one, two):
        member = sign_in(provider, one.client(), second(two))
        tokens = []
        for party in member.parties:
            page = member.browser.get(party.authorize_url())
            tokens.append(party.tokens(page)["access_token"])
        member.browser.submit(member.browser.get("/deconnexion"), {"service": "espace"}, "logout-confirm")
        assert [401, 200] == [member.parties[0].userinfo(token).status_code for token in tokens]

"""Applications are told of the end of a session by the provider itself: OpenID Connect Back-Channel Logout 1.0."""

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

import pytest

from idp.protocol.client import Client
from idp.services.logout_calls import EVENT
from idp.store.logouts import LOGOUT
from keys.jws import verify_own
from keys.purposes import Purpose
from tests.support.cast import APP, ESPACE, ISSUER, MEMBER, PARTNER, PASSWORD, SECRET
from tests.support.held import closed
from tests.support.logout_receivers import Receiver, receiver
from tests.support.pages import Browser, Page
from tests.support.processes import free_port
from tests.support.provider import Provider
from tests.support.raw_server import raw_server
from tests.support.relying_party import RelyingParty, claims_of

BYE = f"{APP}/bye"
NEW = "tapis-orange-fenetre-7"


@dataclass
class SignedIn:
    """A browser with a session, and what each application got in it."""

    provider: Provider
    browser: Browser
    parties: list[RelyingParty]
    id_tokens: list[str]

    def logout(self, **fields: str) -> Page:
        """Let the first application send the browser to the logout endpoint."""
        hint = {"id_token_hint": self.id_tokens[0]}
        return self.browser.get(f"/logout?{urlencode({**hint, **fields})}")

    def sid(self) -> str:
        """Return the session as the applications know it."""
        return str(claims_of(self.id_tokens[0])["sid"])


def sign_in(provider: Provider, *clients: Client, browser: Browser | None = None) -> SignedIn:
    """Register applications, and sign a member in at the first and silently at the others."""
    browser = browser or provider.browser()
    parties, tokens = [], []
    for client in clients:
        provider.application.clients.upsert(client, SECRET)
        party = RelyingParty(provider, client)
        page = browser.get(party.authorize_url())
        issued = party.tokens(browser.sign_in(page) if "code" not in page.query else page)
        parties.append(party)
        tokens.append(issued["id_token"])
    return SignedIn(provider, browser, parties, tokens)


@contextmanager
def receivers(*answers: dict[str, Any]) -> Iterator[list[Receiver]]:
    """Run several receivers."""
    with ExitStack() as stack:
        yield [stack.enter_context(receiver(**one)) for one in answers]


def second(there: Receiver, **changes: Any) -> Client:
    """Return a second application of the fund."""
    members = {"client_id": "second", "name": "Mes documents", "client_uri": f"{APP}/documents", **changes}
    return there.client(ESPACE, **members)


def deliver(provider: Provider) -> int:
    """Let the worker deliver what is due."""
    return provider.application.logouts.run_once()


def states(provider: Provider) -> list[str]:
    """Return what became of the logout tasks, in no order."""
    application = provider.application
    with application.store.reading() as unit:
        waiting = [one.cause or "waiting" for one in unit.outbox.obstacles() if one.kind == LOGOUT]
        return sorted([*waiting, *(one.cause for one in unit.outbox.given_up(0) if one.kind == LOGOUT)])


def test_oidcc_backchannel_rp_initiated_logout(every_provider: Provider) -> None:
    """The application gets a form with one logout token, signed like its ID tokens; then the browser comes back."""
    with receiver() as there:
        member = sign_in(every_provider, there.client(backchannel_logout_session_required=True))
        back = member.logout(post_logout_redirect_uri=BYE, state="s")
        (call,) = there.calls
        assert ("POST", "application/x-www-form-urlencoded") == (call.method, call.content_type)
    ring, now = every_provider.application.ring, every_provider.clock()
    verified = verify_own(ring, Purpose.LOGOUT_TOKEN, call.token, now=now)
    assert ("logout+jwt", "ES256") == (verified.header["typ"], verified.algorithm)
    id_token = claims_of(member.id_tokens[0])
    told = dict(verified.claims)
    assert isinstance(told.pop("jti"), str)
    assert {
        "iss": ISSUER,
        "aud": "espace",
        "iat": now,
        "exp": now + 120,
        "events": {EVENT: {}},
        "sid": id_token["sid"],
        "sub": id_token["sub"],
    } == told
    assert f"{BYE}?state=s" == back.url
    assert "login_required" == member.browser.get(member.parties[0].authorize_url(prompt="none")).query["error"]


def test_every_application_of_the_session_is_told_and_no_other(provider: Provider) -> None:
    """Each gets a token for itself with the same session; one that was not used gets nothing."""
    with receivers({}, {}, {}) as (one, two, unused):
        provider.application.clients.upsert(second(unused, client_id="unused"), SECRET)
        member = sign_in(provider, one.client(), second(two))
        member.logout()
        assert ["espace", "second"] == [there.calls[0].claims["aud"] for there in (one, two)]
        assert [member.sid()] * 2 == [there.calls[0].claims["sid"] for there in (one, two)]
        assert [1, 1, 0] == [len(there.calls) for there in (one, two, unused)]
    assert 0 == deliver(provider)


@pytest.mark.parametrize("status", [200, 204])
def test_two_answers_mean_that_it_is_done(provider: Provider, status: int) -> None:
    """Both are used for it (section 2.8); nothing is left to do, and nothing is sent again."""
    with receiver(status=status) as there:
        sign_in(provider, there.client()).logout()
        provider.clock.forward(86400)
        deliver(provider)
        assert 1 == len(there.calls)
    assert [] == states(provider)


@pytest.mark.parametrize("status", [400, 401, 404, 500, 503, 302])
def test_another_answer_is_tried_again_and_believed_later(provider: Provider, status: int) -> None:
    """With a token of its own each time, since the first may have been noted as used; no redirect is followed."""
    with receiver(status=status, location="/elsewhere" if status == 302 else "") as there:
        member = sign_in(provider, there.client())
        member.logout()
        assert [f"status_{status}"] == states(provider)
        there.status, there.location = 200, ""
        provider.clock.forward(29)
        assert 0 == deliver(provider)
        provider.clock.forward(1)
        assert 1 == deliver(provider)
        first, again = (call.claims for call in there.calls)
    assert first["jti"] != again["jti"]
    assert (first["iat"] + 30, first["sid"]) == (again["iat"], again["sid"])
    assert [] == states(provider)


def test_a_silent_application_is_tried_for_a_day_and_no_longer(provider: Provider) -> None:
    """Rarer and rarer, at most an hour apart; then it stands among what was given up."""
    with receiver(status=503) as there:
        sign_in(provider, there.client()).logout()
        for _ in range(30):
            provider.clock.forward(3600)
            deliver(provider)
        assert 24 < len(there.calls) < 32
        assert there.calls[-1].claims["iat"] - there.calls[0].claims["iat"] == 86400
    assert ["status_503"] == states(provider)


def test_one_that_refuses_is_given_up_after_an_hour(provider: Provider) -> None:
    """400 means that it could not take the token: a change of keys is over by then, and nothing else would help."""
    with receiver(status=400) as there:
        sign_in(provider, there.client()).logout()
        for _ in range(8):
            provider.clock.forward(900)
            deliver(provider)
        assert there.calls[-1].claims["iat"] - there.calls[0].claims["iat"] == 3600


def test_one_that_hangs_holds_nobody_up(provider: Provider) -> None:
    """The member goes on in about a second, the others are told meanwhile, and the outbox keeps the one that hangs."""
    with receivers({"delay": 3}, {}) as (hangs, other):
        member = sign_in(provider, other.client(), second(hangs))
        member.logout(post_logout_redirect_uri=BYE)
        assert 0 == hangs.answered
        assert [1, 1] == [len(there.calls) for there in (hangs, other)]


def test_one_that_is_down_does_not_delay_the_others(provider: Provider) -> None:
    """Its tasks fail by themselves; what another application is told, queued between them, goes out."""
    with receiver() as lives:
        down = second(Receiver(address=f"http://127.0.0.1:{free_port()}/"))
        for _ in range(3):
            member = sign_in(provider, lives.client(), down)
            sign_out_elsewhere(provider, member)
        deliver(provider)
        assert 3 == len(lives.calls)
    assert {"unreachable"} <= set(states(provider)) <= {"unreachable", "resting"}


def sign_out_elsewhere(provider: Provider, member: SignedIn) -> None:
    """End a member's session from another browser."""
    application = provider.application
    session = application.sessions.get(member.browser.cookies()["__Host-idp-session"])
    assert session is not None
    application.sign_out.end(session, "remote")


@pytest.mark.parametrize(
    "answer", [[b""], [b"rubbish\r\n\r\n"], [b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort"], [b"\x00" * 4000]]
)
def test_rubbish_is_no_answer(provider: Provider, answer: list[bytes]) -> None:
    """What does not speak HTTP to the end has not confirmed anything."""
    with raw_server(lambda _path: answer if answer[0] else [b"\r\n"]) as server:
        sign_in(provider, replace(ESPACE, backchannel_logout_uri=server.address)).logout()
    assert 1 == len(states(provider))


def test_an_address_that_is_gone_is_given_up(provider: Provider) -> None:
    """A registration that no longer names one leaves nobody to tell."""
    with receiver(status=500) as there:
        sign_in(provider, there.client()).logout()
        provider.application.clients.upsert(ESPACE)
        provider.clock.forward(60)
        deliver(provider)
        assert 1 == len(there.calls)
    assert ["no_address"] == states(provider)


def test_nothing_is_lost_when_the_process_dies_between(every_provider: Provider) -> None:
    """The session is over and the process with it, before a call was made: another process makes it."""

    class Died(BaseException):
        pass

    def die(*_: object) -> None:
        raise Died

    with receiver() as there:
        member = sign_in(every_provider, there.client())
        application = every_provider.application
        object.__setattr__(application.sign_out, "at_once", die)
        with pytest.raises(Died):
            member.logout()
        survivor = every_provider.restarted()
        assert 0 == deliver(survivor)
        every_provider.clock.forward(30)
        assert 1 == deliver(survivor)
        assert [member.sid()] == [call.claims["sid"] for call in there.calls]
        survivor.close()


def test_ending_a_device_tells_its_applications(provider: Provider) -> None:
    """« Fermer cette connexion » on another device; the worker tells, a moment later."""
    with receiver() as there:
        lost = sign_in(provider, there.client())
        here = sign_in(provider, there.client())
        page = here.browser.get("/compte/appareils")
        before = page.text[: page.text.index('id="end-2"')]
        number = before.rpartition('name="id" value="')[2].partition('"')[0]
        here.browser.submit(page, {"id": number}, "end-2")
        assert 1 == deliver(provider)
        assert [lost.sid()] == [call.claims["sid"] for call in there.calls]


def test_another_member_in_the_same_browser_ends_what_was_open(provider: Provider) -> None:
    """The session that makes room for another member's is told to its applications."""
    provider.application.dossiers.upsert(replace(MEMBER, dossier="7654321"), PASSWORD)
    with receiver() as there:
        member = sign_in(provider, there.client())
        page = member.browser.get(member.parties[0].authorize_url(prompt="login"))
        assert "code" in member.browser.sign_in(page, dossier="7654321").query
        deliver(provider)
        assert [member.sid()] == [call.claims["sid"] for call in there.calls]


def test_a_new_password_ends_every_session_but_its_own(provider: Provider) -> None:
    """The applications of the others are told; those of the session that goes on are told when it ends."""
    with receiver() as there:
        other, own = sign_in(provider, there.client()), sign_in(provider, there.client())
        page = own.browser.get("/compte/mot-de-passe")
        fields = {"present": PASSWORD, "password": NEW, "confirmation": NEW}
        assert 'id="notice"' in own.browser.submit(page, fields, "change-password").text
        deliver(provider)
        assert [other.sid()] == [call.claims["sid"] for call in there.calls]
        own.logout()
        assert [other.sid(), own.sid()] == [call.claims["sid"] for call in there.calls]


def test_a_report_ends_every_session(provider: Provider) -> None:
    """« Ce n’était pas moi »: the applications of all sessions are told, the reporter's too."""
    with receiver() as there:
        both = [sign_in(provider, there.client()) for _ in range(2)]
        history = both[1].browser.get("/compte/historique").text
        entry = history.partition("/compte/historique/")[2].partition("/signaler")[0]
        page = both[1].browser.get(f"/compte/historique/{entry}/signaler")
        both[1].browser.submit(page, {}, "report")
        deliver(provider)
        assert {one.sid() for one in both} == {call.claims["sid"] for call in there.calls}


def test_closing_a_dossier_ends_every_session(provider: Provider) -> None:
    """An operator closes it; what was open is told."""
    with receiver() as there:
        member = sign_in(provider, there.client())
        application = provider.application
        closed(application.store, provider.clock, "1234567")
        deliver(provider)
        assert [member.sid()] == [call.claims["sid"] for call in there.calls]


def test_hours_after_its_last_token_an_application_is_still_told(provider: Provider) -> None:
    """What it got has expired and was swept away long before; the session has not."""
    with receiver() as there:
        member = sign_in(provider, there.client())
        for _ in range(7):
            provider.clock.forward(1500)
            assert "code" in member.browser.get(member.parties[0].authorize_url()).query
            provider.application.worker.turn()
        member.logout()
        assert 1 == len(there.calls)


def test_a_third_party_s_application_is_told_like_the_fund_s(provider: Provider) -> None:
    """With the very `sub` it knows."""
    with receiver() as there:
        client = there.client(PARTNER)
        provider.application.clients.upsert(client)
        party, browser = RelyingParty(provider, client, None), provider.browser()
        page = party.sign_in(browser, scope="openid")
        issued = party.tokens(browser.consent(page) if "code" not in page.query else page)
        browser.get(f"/logout?{urlencode({'id_token_hint': issued['id_token']})}")
        assert claims_of(issued["id_token"])["sub"] == there.calls[0].claims["sub"]


def test_a_pairwise_application_is_told_its_own_sub(provider: Provider) -> None:
    """The token names the member as this application knows them, and as no other does (Core 8.1)."""
    with receivers({}, {}) as (own, public):
        pairwise = own.client(subject_type="pairwise")
        member = sign_in(provider, pairwise, second(public))
        member.logout()
        subs = [claims_of(token)["sub"] for token in member.id_tokens]
        assert subs == [there.calls[0].claims["sub"] for there in (own, public)]
        assert subs[0] != subs[1]

"""The second step of a sign-in: nothing exists before it, and every way in meets it (N-098)."""

import re

import pytest
from sqlalchemy import select, update

from idp.members.factors.second_step import LIFETIME
from idp.protocol.names import ACR_EIDAS1, ACR_TWO_FACTORS
from idp.store.tables import AuditRow
from idp.store.tables_members import AuthenticatorRow
from idp.upstream import LoginOutcome
from tests.support.activation import NEW, keep, mailed, messages, text_of
from tests.support.cast import ISSUER, MEMBER
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, claims_of
from tests.support.second_factor import confirm, enrolled, recover

ASKED = "Confirmez que c’est vous"
OVER = "Cette étape a expiré"


def claims(espace: RelyingParty, page: Page) -> dict[str, object]:
    """Return acr and amr of the ID token that a browser came back for."""
    told = claims_of(espace.tokens(page)["id_token"])
    return {name: told[name] for name in ("acr", "amr")}


def by_franceconnect(provider: Provider, browser: Browser, page: Page) -> Page:
    """Finish a sign-in through FranceConnect, as its callback does, for the interaction of a page."""
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
    assert account is not None
    edge, interaction = provider.application.edge, page.url.rpartition("/")[2]
    outcome = LoginOutcome(
        account_id=account.id,
        acr=ACR_EIDAS1,
        amr=("fc",),
        auth_time=provider.clock(),
        provider="franceconnect",
        epoch=account.epoch,
    )
    cookie = f"__Host-idp-browser={browser.cookies()['__Host-idp-browser']}"
    with provider.application.flask.test_request_context("/", base_url=ISSUER, headers={"Cookie": cookie}):
        answer = edge.finish_login(outcome, interaction)
    assert "Set-Cookie" not in answer.headers
    return browser.get(answer.headers["Location"])


def test_nothing_exists_before_the_second_step(every_provider: Provider) -> None:
    """After the right password: no session, no code, no page of the account; then a code tells two factors."""
    espace, browser = RelyingParty(every_provider), every_provider.browser()
    application = enrolled(every_provider)
    page = espace.sign_in(browser)
    assert ASKED in page.text
    assert "__Host-idp-session" not in browser.cookies()
    assert "login_required" == browser.get(espace.authorize_url(prompt="none")).query["error"]
    assert "/connexion/" in browser.get("/compte/securite").url
    back = confirm(browser, page, application.next_code())
    assert {"acr": ACR_TWO_FACTORS, "amr": ["pwd", "otp", "mfa"]} == claims(espace, back)
    assert "code" in browser.get(espace.authorize_url(prompt="none")).query


def test_franceconnect_meets_it_too(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """No session after FranceConnect alone; its level is still told to whoever insists on it."""
    application = enrolled(provider)
    wish = '{"id_token": {"acr": {"essential": true, "values": ["eidas1"]}}}'
    page = by_franceconnect(provider, browser, browser.get(espace.authorize_url(claims=wish)))
    assert ASKED in page.text
    back = confirm(browser, page, application.next_code())
    assert {"acr": ACR_EIDAS1, "amr": ["fc", "otp", "mfa"]} == claims(espace, back)
    assert ACR_TWO_FACTORS == claims(espace, browser.get(espace.authorize_url()))["acr"]


def test_two_factors_may_be_insisted_on(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """A member who has none cannot reach that level; one who has does."""
    wish = f'{{"id_token": {{"acr": {{"essential": true, "value": "{ACR_TWO_FACTORS}"}}}}}}'
    page = espace.sign_in(browser, claims=wish)
    assert 'id="enrol"' in page.text
    back = browser.submit(page, {"step": "decline"}, "decline")
    assert "unmet_authentication_requirements" == back.query["error"]
    application = enrolled(provider)
    other = provider.browser()
    back = confirm(other, espace.sign_in(other, claims=wish), application.next_code())
    assert ACR_TWO_FACTORS == claims(espace, back)["acr"]


def test_a_code_works_once(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """Neither again, nor an earlier one after it, nor the one that set it up (RFC 6238 section 5.2)."""
    application, other = enrolled(provider), provider.browser()
    assert "a déjà servi" in confirm(browser, espace.sign_in(browser), application.code()).text
    code = application.next_code()
    early = application.code(-1)
    assert "code" in confirm(browser, espace.sign_in(browser), code).query
    page = espace.sign_in(other)
    for used in (code, early):
        provider.clock.forward(1)
        page = confirm(other, page, used)
        assert "a déjà servi" in page.text
    assert "__Host-idp-session" not in other.cookies()


def test_a_recovery_code_works_once_and_is_told(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """It replaces the second factor, ends with its use, and the member reads how many are left."""
    application = enrolled(provider)
    page = recover(browser, espace.sign_in(browser), application.recovery[0].lower().replace("-", " "))
    assert {"acr": ACR_TWO_FACTORS, "amr": ["pwd", "otp", "mfa"]} == claims(espace, page)
    other = provider.browser()
    assert "a déjà servi" in recover(other, espace.sign_in(other), application.recovery[0]).text
    told = [text_of(one) for one in messages(provider) if "code de secours a servi" in str(one["Subject"])]
    assert 1 == len(told)
    assert "Il en reste 9." in told[0]
    assert application.recovery[0] not in told[0]


def test_tries_are_counted_and_delayed(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """After some wrong codes even the right one waits, in every window; then it counts (N-096)."""
    application = enrolled(provider)
    page = espace.sign_in(browser)
    for _ in range(3):
        page = confirm(browser, page, "000000" if application.code() != "000000" else "111111")
    assert 'id="delay"' in page.text
    provider.clock.forward(1)
    other = provider.browser()
    for window, shown in ((browser, page), (other, espace.sign_in(other))):
        refused = confirm(window, shown, application.code())
        assert "il y a eu trop d’essais" in refused.text
    assert "il y a eu trop d’essais" in recover(browser, page, application.recovery[0]).text
    assert "code" in confirm(browser, page, application.next_code()).query
    with provider.application.store.reading() as unit:
        kept = select(AuditRow.outcome).where(AuditRow.event.in_(("second_factor", "sign_in"))).order_by(AuditRow.id)
        told = [outcome for outcome in unit.session.execute(kept).scalars() if outcome != "ok"]
    assert ["second_factor_wrong"] * 3 + ["second_factor_delayed"] * 3 == told
    assert 3 < browser.get("/compte/historique").text.count("Refusée à la seconde étape")
    assert 1 == sum("seconde étape a échoué" in str(one["Subject"]) for one in messages(provider))


@pytest.mark.parametrize(
    "typed", [{"code": ""}, {"code": "12"}, {"recovery": ""}, {"recovery": "ABCD"}, {}, {"credential": "{}"}]
)
def test_what_cannot_be_a_factor_is_shown_again(
    provider: Provider, espace: RelyingParty, browser: Browser, typed: dict[str, str]
) -> None:
    """The page stays, with what to correct; nothing opens."""
    enrolled(provider)
    shown = browser.submit(espace.sign_in(browser), typed, "confirm-code")
    assert (200, True) == (shown.status, ASKED in shown.text)
    assert "__Host-idp-session" not in browser.cookies()


def test_a_ticket_is_of_one_browser_and_one_interaction(provider: Provider, espace: RelyingParty) -> None:
    """Forged, another browser's, another sign-in's: no form, whatever the code."""
    application, mine, thief = enrolled(provider), provider.browser(), provider.browser()
    page = espace.sign_in(mine)
    ticket = page.url.rpartition("/")[2]
    thief.get(espace.authorize_url())
    assert 400 == thief.get(page.url).status
    own = thief.get("/connexion").url.rpartition("/")[2]
    assert OVER in thief.get(f"/connexion/{own}/confirmer/{ticket}").text
    assert OVER in thief.get(f"/connexion/{own}/confirmer/{'A' * 32}").text
    fields = {**page.hidden(), "code": application.next_code()}
    assert 400 == thief.post(page.url, fields).status
    elsewhere = mine.get(espace.authorize_url()).url.rpartition("/")[2]
    assert OVER in mine.get(f"/connexion/{elsewhere}/confirmer/{ticket}").text
    forged = mine.post(page.url, {"code": application.code(), "csrf": "x"})
    assert "ouverte trop longtemps" in forged.text
    assert "__Host-idp-session" not in {**thief.cookies(), **mine.cookies()}


def test_reload_two_tabs_and_back(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """The page opens as often as one likes; what is finished in one tab goes on in the other."""
    application = enrolled(provider)
    page = espace.sign_in(browser)
    assert ASKED in browser.get(page.url).text
    second = espace.sign_in(browser)
    assert second.url != page.url
    assert "code" in confirm(browser, browser.get(page.url), application.next_code()).query
    assert "code" in browser.get(page.url).query
    assert "code" in confirm(browser, second, application.next_code()).query


def test_it_ends_after_ten_minutes_with_a_way_back(provider: Provider, espace: RelyingParty, browser: Browser) -> None:
    """A step that took too long begins again with the first; the application still waits."""
    application = enrolled(provider)
    page = espace.sign_in(browser)
    provider.clock.forward(LIFETIME)
    over = confirm(browser, page, application.code())
    assert (400, True) == (over.status, OVER in over.text)
    link = re.search(r'id="sign-in-again" href="([^"]*)"', over.text)
    assert link is not None
    again = browser.sign_in(browser.get(link[1]))
    assert "code" in confirm(browser, again, application.next_code()).query


def test_a_new_password_leaves_the_second_factor(provider: Provider, browser: Browser) -> None:
    """A provisional password opens its form and nothing else; the new password still meets the second step."""
    application = enrolled(provider)
    form = browser.sign_in(browser.get("/connexion"), password=mailed(provider, browser))
    assert "Choisissez votre mot de passe personnel" in form.text
    keep(browser, form)
    page = browser.sign_in(browser.get("/connexion"), password=NEW)
    assert ASKED in page.text
    assert "Angela" in confirm(browser, page, application.next_code()).text


def test_a_secret_that_cannot_be_unsealed_leaves_the_other_ways(
    provider: Provider, espace: RelyingParty, browser: Browser
) -> None:
    """After a lost key-encryption key no code is right, and a recovery code still is."""
    application = enrolled(provider)
    with provider.application.store.begin() as unit:
        unit.session.execute(update(AuthenticatorRow).values(sealed=b"of another key"))
    page = confirm(browser, espace.sign_in(browser), application.next_code())
    assert "n’est pas le bon" in page.text
    assert "code" in recover(browser, page, application.recovery[0]).query

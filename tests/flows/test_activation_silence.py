"""Asking for a password tells nobody whether a dossier exists: same words, same work, same writes (N-095, N-111)."""

import re

import pytest

from tests.support.activation import ASKED, ask, choose, keep, mailed, member, posted_secrets, ticked, work
from tests.support.cast import PASSWORD
from tests.support.pages import Browser, Page
from tests.support.provider import Provider
from tests.support.statements import counted

MASK = re.compile(r"[a-z0-9]\*\*\*[a-z0-9]{0,2}@[a-z0-9]\*{5}\.[a-z]+")


def plain(page: Page) -> tuple[int, str, dict[str, str]]:
    """Return a page without what differs from one answer to the next."""
    text = re.sub(r"/(mot-de-passe-oublie|connexion)/[\w-]+|lang=\w+", "<ticket>", MASK.sub("<mask>", page.text))
    text = re.sub(r'(name="\w+" value|nonce|data-challenge)="[^"]*"', r"\1", text)
    text = re.sub(r"(&#34;challenge&#34;: &#34;)[^&]*", r"\1", text)  # a passkey's
    own = {"x-request-id", "content-length"}
    kept = {name.lower(): value for name, value in page.headers.items() if name.lower() not in own}
    return page.status, text, {name: re.sub(r"nonce-[^']*", "nonce", value) for name, value in kept.items()}


def shapes(provider: Provider, dossier: str, channel: str) -> list[object]:
    """Ask for one number; return each page and the statements behind it."""
    browser = provider.browser()
    start = browser.get("/mot-de-passe-oublie")
    seen: list[object] = []
    with counted(provider.application.engine) as statements:
        offered = ask(browser, start, dossier=dossier)
        done = choose(browser, offered, channel)
        seen.extend(re.sub(r"\s+", " ", one)[:60] for one in statements)
    return [plain(offered), plain(done), *seen]


def offers_mail(provider: Provider, dossier: str) -> bool:
    """Whether the delivery page offers e-mail for a number."""
    return 'value="email"' in ask(provider.browser(), dossier=dossier).text


@pytest.mark.parametrize("channel", ["email", "post"])
def test_a_known_number_and_an_unknown_one_are_answered_alike(provider: Provider, channel: str) -> None:
    """Every page and every statement of the request is the same: the lookup is the worker's (V-52)."""
    member(provider, "2234567", PASSWORD)
    member(provider, "3234567", None)
    member(provider, "4234567", PASSWORD, status="closed")
    unknown = next(number for number in ("9234567", "9234568", "9234569") if offers_mail(provider, number))
    seen = {number: shapes(provider, number, channel) for number in ("2234567", "3234567", "4234567", unknown)}
    assert [] == [number for number, shape in seen.items() if shape != seen["2234567"]]


def test_a_member_without_an_address_looks_like_an_unknown_number_without_one(provider: Provider) -> None:
    """Some invented members have no e-mail address, as some real ones (decision D9)."""
    member(provider, "2234567", email=None)
    strangers = [f"95{number:05}" for number in range(28)]
    without = [number for number in strangers if not offers_mail(provider, number)]
    assert 1 <= len(without) < len(strangers) / 2
    provider.clock.forward(3600)
    assert shapes(provider, "2234567", "post") == shapes(provider, without[0], "post")


def test_an_invented_address_is_always_the_same(provider: Provider) -> None:
    """Asked twice, also by another process, an unknown number shows one mask."""
    masks = {
        tuple(MASK.findall(ask(one.browser(), dossier="9234567").text)) for one in (provider, provider.restarted())
    }
    assert 1 == len(masks)


def test_nothing_leaves_for_a_number_that_is_nobodys(provider: Provider, browser: Browser) -> None:
    """The worker finds nobody, sends nothing, and keeps no trace of the number."""
    for dossier in ("9234567", "9234568"):
        choose(browser, ask(browser, dossier=dossier), "post")
    assert [] == posted_secrets(provider)
    assert not provider.application.settings.mail.directory.exists()


def test_what_a_dead_provisional_password_meets_is_what_any_wrong_one_meets(provider: Provider) -> None:
    """Expired, cancelled, used, of another dossier, of a closed one: one page (N-095)."""
    answers = {}
    cases: dict[str, tuple[str, str]] = {"wrong": ("1234567", "not the password")}
    used_by = provider.browser()
    used = mailed(provider, used_by)
    keep(used_by, used_by.sign_in(used_by.get("/connexion"), password=used))
    cases["used"] = ("1234567", used)
    member(provider, "2234567", None, email="b@example.org")
    cancelled = mailed(provider, provider.browser(), dossier="2234567")
    other = mailed(provider, provider.browser(), dossier="2234567")
    cases |= {"cancelled": ("2234567", cancelled), "of another dossier": ("1234568", other)}
    member(provider, "3234567", None)
    closed = mailed(provider, provider.browser(), dossier="3234567")
    member(provider, "3234567", None, status="closed")
    cases["closed"] = ("3234567", closed)
    member(provider, "4234567", None)
    expired = mailed(provider, provider.browser(), dossier="4234567")
    provider.clock.forward(3601)
    cases["expired"] = ("4234567", expired)
    for case, (dossier, secret) in cases.items():
        if case == "closed":
            provider.clock.forward(3600)  # so many numbers at once would make this network suspect
        browser = provider.browser()
        status, text, headers = plain(browser.sign_in(browser.get("/connexion"), dossier, secret))
        text = re.sub(r"/connexion/[\w-]+|interaction=[\w-]+", "<interaction>", text).replace(
            f'"{dossier}"', "<number>"
        )
        answers[case] = (status, text, headers)
    assert {} == {case: answer for case, answer in answers.items() if answer != answers["wrong"]}


def test_too_many_requests_are_told_alike(provider: Provider) -> None:
    """The sixth request of a day for one number is refused, known or not; the network's limit comes after (N-115)."""
    for dossier in ("1234567", "9234567"):
        for _ in range(5):
            browser = provider.browser()
            assert "est enregistrée" in choose(browser, ask(browser, dossier=dossier), "post").text
        browser = provider.browser()
        assert (
            "Trop de demandes ont été faites aujourd’hui" in choose(browser, ask(browser, dossier=dossier), "post").text
        )
    for _ in range(18):
        ask(provider.browser())
    assert "depuis votre connexion à Internet" in ask(provider.browser()).text
    provider.clock.forward(3600)
    assert "Demande de réinitialisation" in ask(provider.browser()).text


def test_a_form_of_another_site_asks_for_nothing(provider: Provider, browser: Browser) -> None:
    """Without its token neither page goes on, and nothing is queued (N-127)."""
    page = browser.post("/mot-de-passe-oublie", {"situation": "affilie", "dossier": "1234567"})
    assert "ouverte trop longtemps" in page.text
    offered = ask(browser)
    again = browser.post(offered.url, {"channel": "post"})
    assert "ouverte trop longtemps" in again.text
    work(provider)
    assert [] == posted_secrets(provider)


def test_a_request_is_one_browsers(provider: Provider, browser: Browser) -> None:
    """The delivery page of somebody else's request is not shown, nor its last page."""
    offered = ask(browser)
    stranger = provider.browser()
    assert 400 == stranger.get(offered.url).status
    choose(browser, offered)
    assert 400 == stranger.get(f"{offered.url}/envoye").status
    assert "est enregistrée" in browser.get(offered.url).text


def test_the_form_sent_twice_is_one_request(provider: Provider, browser: Browser) -> None:
    """A double press, or going back, makes one letter."""
    offered = ask(browser)
    for _ in range(3):
        choose(browser, offered, "post")
    assert 1 == len(posted_secrets(provider))


@pytest.mark.parametrize("fields", [{}, {"channel": "pigeon"}])
def test_no_choice_is_told_beside_the_choices(browser: Browser, fields: dict[str, str]) -> None:
    """Nothing is chosen for the member where two ways are offered."""
    page = browser.submit(ask(browser), fields, "choose-delivery")
    assert 'id="channel-error"' in page.text


def test_nobody_asks_without_the_captcha(provider: Provider, browser: Browser) -> None:
    """An unticked box, a proof used before, one of another browser: the form again, and nothing behind it (N-101)."""
    start = browser.get("/mot-de-passe-oublie")
    proof = ticked(start)
    other = provider.browser()
    for who, fields in ((browser, {}), (other, proof)):
        shown = start if who is browser else who.get("/mot-de-passe-oublie")
        page = who.submit(shown, {**ASKED, **fields}, "reset")
        assert 'id="captcha-error"' in page.text
        assert "Demande de réinitialisation" not in page.text
    assert "Demande de réinitialisation" in browser.submit(start, {**ASKED, **proof}, "reset").text
    assert 'id="captcha-error"' in browser.submit(start, {**ASKED, **proof}, "reset").text


def test_without_scripts_the_box_and_some_seconds_are_enough(provider: Provider, browser: Browser) -> None:
    """The way on without JavaScript (N-172)."""
    start = browser.get("/mot-de-passe-oublie")
    early = browser.submit(start, {**ASKED, "captcha": "on"}, "reset")
    assert 'id="captcha-error"' in early.text
    provider.clock.forward(provider.application.settings.captcha.unscripted_wait)
    assert "Demande de réinitialisation" in browser.submit(early, {**ASKED, "captcha": "on"}, "reset").text

"""A member comes by FranceConnect: out, back and recognised, against the real emulator."""

import logging
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any, cast
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
import requests
from werkzeug.test import TestResponse

from federation.franceconnect_upstream import FranceConnectUpstream
from federation.notices import ERRORS
from idp.upstream import Status
from tests.support.federation_pages import of, to_proof, told
from tests.support.ports import ANGELA, NOW, MemoryHouse, account
from tests.support.upstream_world import World


def test_exact_parameters(here: World) -> None:
    """FranceConnect gets its own parameters and no other, state and nonce 64 hexadecimal characters."""
    answer = here.browser().get(here.upstream.start_path("i1"))
    query = parse_qs(urlsplit(answer.headers["Location"]).query)
    assert {"response_type", "client_id", "redirect_uri", "scope", "state", "nonce", "acr_values"} == set(query)
    assert [64, 64] == [len(bytes.fromhex(query[name][0])) * 2 for name in ("state", "nonce")]
    assert ["eidas1"] == query["acr_values"]


def test_sure_match_is_linked_at_once(here: World, house: MemoryHouse) -> None:
    """A member whose identity agrees on every strong field is signed in, linked and told by mail (D19)."""
    house.directory.add(account())
    answer = here.sign_in("angela")
    assert "/continuer/i1" == answer.headers["Location"]
    outcome = here.door.outcomes[0]
    assert ("account-1234567", "eidas1", ("fc",), NOW, "franceconnect") == (
        outcome.account_id,
        outcome.acr,
        outcome.amr,
        outcome.auth_time,
        outcome.provider,
    )
    assert [("auto", True)] == [(method, force) for _, method, force in of(house)]
    assert [("linked", "account-1234567")] == [(mail.template, mail.account_id) for mail in house.mails]


def test_second_time_needs_no_match(here: World, house: MemoryHouse) -> None:
    """Once linked, the subject alone opens the dossier, whatever its civil status says now, without a mail."""
    house.directory.add(account())
    here.sign_in("angela")
    house.directory.add(account(civil=replace(ANGELA, birth_name="MARTIN", given_names=("Zoé",))))
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]
    assert (1, 1) == (len(of(house)), len(house.mails))


def test_nothing_personal_is_kept(here: World, house: MemoryHouse, caplog: pytest.LogCaptureFixture) -> None:
    """Neither names nor tokens nor state stand readable in the store, the audit or the log (N-152, N-155)."""
    caplog.set_level(logging.DEBUG)
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))))
    browser = here.browser()
    back = here.come_back(browser, "angela")
    query = parse_qs(urlsplit(back).query)
    browser.get(back)
    kept = house.kv.dump().decode("latin-1") + house.trace()
    logged = "\n".join(r.getMessage() for r in caplog.records if r.name.startswith(("idp", "authlib")))
    for secret in ("DUBOIS", "Louise", "eyJ", "@example.org"):
        assert secret not in kept
    for secret in ("DUBOIS", "Louise", "eyJ", query["state"][0], query["code"][0]):
        assert secret not in logged


def test_no_dossier(here: World) -> None:
    """Nobody resembles this person: plain words, and the way by number and password."""
    page = told(here.sign_in("angela"), "Nous n’avons pas trouvé de dossier à votre nom")
    assert page["actions"][0]["href"].startswith("/federation/franceconnect/preuve?suite=")


def test_presumed_date_always_offers_the_proof(here: World) -> None:
    """A date with unknown parts may hide a dossier from the look-up: the proof is offered."""
    to_proof(here, "presumed")


@pytest.mark.parametrize("status", ["suspended", "closed", "deceased"])
def test_shut_dossiers_stay_shut(here: World, house: MemoryHouse, status: Status) -> None:
    """A dossier that is not active does not open, with the same words for every status."""
    house.directory.add(account(status=status))
    told(here.sign_in("angela"), "Votre espace n’est pas accessible en ligne")
    assert [] == of(house)


def test_state_of_another_browser(here: World, house: MemoryHouse) -> None:
    """A callback brought to another browser is refused, signs nobody in, and spoils nothing (V-70)."""
    house.directory.add(account())
    browser = here.browser()
    back = here.come_back(browser, "angela")
    told(here.browser("browser-2", "i2").get(back), "Cette étape n’est plus valable")
    assert ([], []) == (here.door.outcomes, of(house))
    assert "/continuer/i1" == browser.get(back).headers["Location"]


def test_callback_twice(here: World, house: MemoryHouse) -> None:
    """A second callback with the same state goes where the first one went, without a second sign-in."""
    house.directory.add(account())
    browser = here.browser()
    back = here.come_back(browser, "angela")
    assert ["/continuer/i1", "/continuer/i1"] == [browser.get(back).headers["Location"] for _ in range(2)]
    assert 1 == len(here.door.outcomes)


def test_callback_while_the_first_still_runs(here: World, house: MemoryHouse) -> None:
    """A callback that arrives while the first is being served does not replay the code."""
    house.directory.add(account())
    browser = here.browser()
    back = here.come_back(browser, "angela")
    inner: list[TestResponse] = []
    born_on = house.directory.born_on

    def meanwhile(years: Any) -> Any:
        if not inner:
            inner.append(here.browser().get(back))
        return born_on(years)

    house.directory.born_on = meanwhile  # type: ignore[method-assign]  # a hook at the right moment
    assert "/continuer/i1" == browser.get(back).headers["Location"]
    told(inner[0], "Votre connexion est en cours")


def test_late_and_unknown_callbacks(here: World, house: MemoryHouse) -> None:
    """A callback after half an hour, without state, or with an unknown one leads back to the start."""
    browser = here.browser()
    back = here.come_back(browser, "angela")
    house.clock.forward(1801)
    path = "/federation/franceconnect/callback"
    for address in (back, path, f"{path}?state=undefined&error=access_denied", f"{path}?code=x&state=a&state=b"):
        answer = browser.get(address)
        assert 400 == answer.status_code
        told(answer, "Cette étape n’est plus valable")


@pytest.mark.parametrize("error", ERRORS)
def test_each_error_has_its_notice(
    here: World, house: MemoryHouse, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Every error of FranceConnect has its own notice, with retry and the other way in, and is logged and audited."""
    here.emulator.turn(authorize_error=error)
    browser = here.browser()
    started = browser.get(here.upstream.start_path("i1"))
    back = requests.get(started.headers["Location"], allow_redirects=False, timeout=5).headers["Location"]
    parts = urlsplit(back)
    with caplog.at_level(logging.INFO, "idp.federation"):
        page = told(browser.get(f"{parts.path}?{parts.query}"), ERRORS[error].title)
    assert list(ERRORS[error].paragraphs) == page["paragraphs"]
    assert [here.upstream.start_path("i1"), "/connexion/i1"] == [action["href"] for action in page["actions"]]
    assert error in house.trace()
    assert f"error='{error}'" in caplog.text


@pytest.mark.parametrize(
    ("knob", "status", "error"),
    [
        ("token_status", 401, "server_error"),
        ("token_status", 429, "token:http_429"),
        ("token_status", 503, "token:http_503"),
        ("userinfo_status", 500, "userinfo:http_500"),
    ],
)
def test_what_support_asks_for_is_kept(
    here: World, house: MemoryHouse, knob: str, status: int, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Error, description, Y code and id of a failed call are in audit and log, under the page's reference."""
    here.emulator.turn(**{knob: status})
    with caplog.at_level(logging.INFO, "idp.federation"):
        page = told(here.sign_in("angela"))
    kept = house.events[-1]
    assert page["reference"] == kept["reference"] == caplog.records[-1].__dict__["reference"]
    assert (error, "fault knob", "Y040001") == (kept["error"], kept["description"], kept["code"])
    assert kept["id"] in caplog.text


def test_two_errors_have_two_pages() -> None:
    """No two notices of FranceConnect's errors say the same."""
    assert len(ERRORS) == len({(one.title, one.paragraphs) for one in ERRORS.values()})


def test_rotation_under_the_same_kid(here: World, house: MemoryHouse) -> None:
    """A new key under an old name costs nobody a sign-in: the keys are fetched again on a bad signature."""
    house.directory.add(account())
    here.sign_in("angela")
    here.emulator.turn(rotated_key=True)
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]


def test_discovery_down(here: World, house: MemoryHouse) -> None:
    """Sign-in works while discovery is down: the paths are known."""
    house.directory.add(account())
    here.emulator.turn(discovery_status=500)
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]


def test_breaker(here: World, house: MemoryHouse) -> None:
    """After many failures the button is withdrawn; it comes back by itself."""
    here.emulator.turn(token_status=500)
    for _ in range(5):
        here.sign_in("angela")
    assert here.upstream.outage() is not None
    told(
        here.browser().get(here.upstream.start_path("i1")),
        "La connexion avec FranceConnect est suspendue quelques instants",
    )
    here.emulator.turn()
    house.directory.add(account())
    house.clock.forward(31)
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]
    assert here.upstream.outage() is None


def test_foreign_interaction(here: World) -> None:
    """A start for an interaction of another browser goes nowhere (V-44)."""
    here.browser("browser-2", "i2")
    assert 400 == here.browser().get(here.upstream.start_path("i2")).status_code


def test_a_failure_of_ours_ends_the_trip(here: World, house: MemoryHouse) -> None:
    """When the house itself fails in mid-callback, a reload leads back to the sign-in page, not to the code."""

    def broken(years: Any) -> Any:
        raise RuntimeError(f"database gone: {years}")

    browser = here.browser()
    back = here.come_back(browser, "angela")
    house.directory.born_on = broken  # type: ignore[method-assign]  # the database fails at this moment
    assert 500 == browser.get(back).status_code
    assert "/connexion/i1" == browser.get(back).headers["Location"]


def test_an_upstream_that_hangs_keeps_few_threads(here: World) -> None:
    """While FranceConnect hangs, half of the threads at most wait for it; whoever comes on top is told at once."""
    browsers = [here.browser(f"browser-{n}", f"i{n}") for n in range(6)]
    backs = [here.come_back(browser, "angela", f"i{n}") for n, browser in enumerate(browsers)]
    here.emulator.turn(token_delay=3)
    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(lambda pair: pair[0].get(pair[1]), zip(browsers, backs, strict=True)))
    assert {503} == {answer.status_code for answer in answers}
    reasons = Counter(event["error"] for event in here.house.events)
    assert 6 == reasons.total()
    assert 2 <= reasons["token:too_many_waiting"] <= 3


@pytest.mark.parametrize(("threads", "talking", "inside"), [(1, 1, 1), (2, 1, 1), (8, 3, 4), (32, 12, 16)])
def test_the_share_of_threads(here: World, threads: int, talking: int, inside: int) -> None:
    """However many threads there are, one sign-in gets through, and half of them never wait."""
    within = here.emulator.settings().relying_party().within(threads)
    assert (talking, inside) == (within.concurrent, within.room)


def forge_error(here: World, error: str, name: str = "browser-1", interaction: str = "i1") -> TestResponse:
    """Start a trip and come back at once with an error that nobody but this browser wrote."""
    browser = here.browser(name, interaction)
    state = parse_qs(urlsplit(browser.get(here.upstream.start_path(interaction)).headers["Location"]).query)["state"][0]
    query = urlencode({"state": state, "iss": here.emulator.issuer, "error": error})
    return browser.get(f"/federation/franceconnect/callback?{query}")


def swap_code(here: World) -> TestResponse:
    """Come back with the state of this browser and the code of another trip: its nonce does not fit."""
    browser = here.browser()
    codes = parse_qs(urlsplit(here.come_back(here.browser("browser-2", "i2"), "angela", "i2")).query)["code"]
    path, _, query = here.come_back(browser, "angela").partition("?")
    return browser.get(f"{path}?{urlencode(parse_qs(query) | {'code': codes}, doseq=True)}")


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable"])
def test_a_forged_error_switches_nothing_off(here: World, error: str) -> None:
    """An error in the callback's query is the browser's word: however often it comes, the button stays."""
    for _ in range(6):
        forge_error(here, error)
    assert here.upstream.outage() is None


def test_a_swapped_code_switches_nothing_off(here: World) -> None:
    """Codes of another trip, made up or not even a code are refused, and the button stays for everybody."""
    for _ in range(5):
        told(swap_code(here))
    for code in ("made-up", "\0", "é"):
        browser = here.browser()
        path, _, query = here.come_back(browser, "angela").partition("?")
        told(browser.get(f"{path}?{urlencode(parse_qs(query) | {'code': code}, doseq=True)}"))
    assert here.upstream.outage() is None


def test_a_forged_callback_heals_nothing(here: World, house: MemoryHouse) -> None:
    """While one attempt probes a broken upstream, callbacks of other browsers neither close nor open the breaker."""
    upstream = cast("FranceConnectUpstream", here.upstream)
    browser = here.browser("browser-2", "i2")
    path, _, query = here.come_back(browser, "angela", "i2").partition("?")
    here.emulator.turn(token_status=500)
    for _ in range(5):
        here.sign_in("angela")
    here.emulator.turn()
    house.clock.forward(31)
    told(browser.get(f"{path}?{urlencode(parse_qs(query) | {'code': 'made-up'}, doseq=True)}"))
    forge_error(here, "server_error", "browser-3", "i3")
    assert "half_open" == upstream.breaker.state

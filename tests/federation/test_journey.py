"""A member comes by FranceConnect: the pages, against the real emulator."""

import logging
from dataclasses import replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from sqlalchemy.orm import Session
from werkzeug.test import TestResponse

from federation import links
from federation.notices import ERRORS
from idp.upstream import Status
from tests.support.ports import ANGELA, NOW, MemoryHouse, account
from tests.support.upstream_world import SIGNED_OUT, World, walk

PASSWORD = "correct horse battery"


def of(house: MemoryHouse, account_id: str = "account-1234567") -> list[tuple[str, str, bool]]:
    """Return an account's links: (sub, method, in force)."""
    with Session(house.engine) as session:
        return [(link.sub, link.method, link.ended_at == 0) for link in links.history(session, account_id)]


def told(answer: TestResponse, title: str | None = None) -> dict[str, Any]:
    """Return what a notice says, and check that it leaves a way on."""
    page: dict[str, Any] = answer.get_json()
    assert "federation/notice.html" == page["template"]
    assert page["actions"]
    if title is not None:
        assert title == page["title"]
    return page


def to_proof(here: World, person: str = "angela") -> tuple[Any, str]:
    """Come back from FranceConnect to the proof page; returns the browser and the page's path."""
    browser = here.browser()
    answer = here.sign_in(person, browser)
    assert 303 == answer.status_code, answer.get_data(as_text=True)
    assert answer.headers["Location"].startswith("/federation/franceconnect/preuve?suite=")
    return browser, answer.headers["Location"]


def submit(browser: Any, path: str, **changes: str) -> TestResponse:
    """Post the proof form."""
    csrf = browser.get(path).get_json()["csrf"]
    form = {"situation": "affilie", "dossier": "1234567", "password": PASSWORD, "csrf": csrf}
    answer: TestResponse = browser.post(path, data=form | changes)
    return answer


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


def test_weak_match_asks_for_a_proof_once(here: World, house: MemoryHouse) -> None:
    """One given name in the dossier: number and password are asked for once, then FranceConnect alone opens."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    page = browser.get(path).get_json()
    assert {"given_name": "Angela Claire Louise", "family_name": "DUBOIS"} == page["identity"]
    assert "/continuer/i1" == submit(browser, path, dossier="12 34.567").headers["Location"]
    assert [("proof", True)] == [(method, force) for _, method, force in of(house)]
    assert 1 == len(house.mails)
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]


def test_wrong_proofs_cannot_be_told_apart(here: World, house: MemoryHouse) -> None:
    """Wrong password, unknown dossier and closed account get the same page (N-095)."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    house.directory.add(account("7654321", status="closed"), PASSWORD)
    browser, path = to_proof(here)
    answers = [
        submit(browser, path, password="wrong"),
        submit(browser, path, dossier="9999999"),
        submit(browser, path, dossier="7654321"),
    ]
    assert {"Le numéro de dossier ou le mot de passe est incorrect."} == {
        a.get_json()["form"]["error_summary"] for a in answers
    }
    assert [] == here.door.outcomes


def test_proof_form_errors(here: World, house: MemoryHouse) -> None:
    """Each field that cannot be right is named, and nothing is checked before."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    page = submit(browser, path, situation="ayant_droit", password="").get_json()
    assert {"dossier", "password"} == set(page["form"]["errors"])
    assert {"situation", "dossier"} == set(
        submit(browser, path, situation="x", dossier="").get_json()["form"]["errors"]
    )


def test_proof_needs_our_own_form(here: World, house: MemoryHouse) -> None:
    """A proof without this form's token links nothing."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    answer = submit(browser, path, csrf="csrf federation:preuve:other")
    assert "federation/prove.html" == answer.get_json()["template"]
    assert [] == of(house)


def test_proof_belongs_to_one_browser(here: World, house: MemoryHouse) -> None:
    """A proof page opened in another browser shows nothing of the person and links nothing."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    _, path = to_proof(here)
    other = here.browser("browser-2", "i2")
    told(other.get(path), "Cette étape n’est plus valable")
    told(other.post(path, data={"situation": "affilie", "dossier": "1234567", "password": PASSWORD}))
    assert [] == of(house)


def test_proof_is_spent(here: World, house: MemoryHouse) -> None:
    """A proof works once."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    assert 303 == submit(browser, path).status_code
    told(browser.get(path))


def test_proof_expires(here: World, house: MemoryHouse) -> None:
    """A proof page is worth nothing after fifteen minutes."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    house.clock.advance(901)
    told(browser.get(path), "Cette étape n’est plus valable")


def test_attempts_are_bounded(here: World, house: MemoryHouse) -> None:
    """After ten wrong proofs the person starts again at FranceConnect."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    browser, path = to_proof(here)
    for _ in range(10):
        submit(browser, path, password="wrong")
    told(submit(browser, path))
    told(browser.get(path))
    assert [] == here.door.outcomes


def test_delay_is_told(here: World, house: MemoryHouse) -> None:
    """While the sign-in page would make a person wait, the proof page says so, with Retry-After."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))), PASSWORD)
    house.directory.retry_after = 30
    browser, path = to_proof(here)
    assert "30" == submit(browser, path, password="wrong").headers["Retry-After"]


def test_somebody_elses_dossier(here: World, house: MemoryHouse) -> None:
    """A right password does not tie a dossier to a FranceConnect of another birth name and birth date."""
    house.directory.add(account(civil=replace(ANGELA, given_names=("Angela",))))
    other = replace(ANGELA, birth_name="AUTRE", birthdate="1990-03-04")
    house.directory.add(account("7654321", other), PASSWORD)
    browser, path = to_proof(here)
    told(submit(browser, path, dossier="7654321"), "Ce dossier ne correspond pas à votre identité")
    assert [] == of(house, "account-7654321")
    assert "somebody_else" in house.trace()


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


def test_two_dossiers(here: World, house: MemoryHouse) -> None:
    """Two dossiers of one person: a choice page; the one that is chosen is linked and opened."""
    house.directory.add(account())
    house.directory.add(account("123456789", situation="ayant_droit"))
    browser = here.browser()
    path = here.sign_in("angela", browser).headers["Location"]
    page = browser.get(path).get_json()
    assert ["account-1234567", "account-123456789"] == [d["id"] for d in page["dossiers"]]
    wrong = browser.post(path, data={"dossier": "account-9", "csrf": page["csrf"]})
    assert "Choisissez un dossier." == wrong.get_json()["error"]
    forged = browser.post(path, data={"dossier": "account-1234567"})
    assert forged.get_json()["error"]
    chosen = browser.post(path, data={"dossier": "account-123456789", "csrf": page["csrf"]})
    assert "/continuer/i1" == chosen.headers["Location"]
    assert ([], 1) == (of(house), len(of(house, "account-123456789")))
    told(browser.post(path, data={"dossier": "account-1234567", "csrf": page["csrf"]}))


def test_second_dossier_stays_reachable(here: World, house: MemoryHouse) -> None:
    """With one of two dossiers linked, the person still chooses, and may open the other."""
    house.directory.add(account())
    here.sign_in("angela")
    house.directory.add(account("123456789", situation="ayant_droit"))
    location = here.sign_in("angela").headers["Location"]
    assert location.startswith("/federation/franceconnect/dossier?suite=")


def test_new_subject_needs_a_proof(here: World, house: MemoryHouse) -> None:
    """A new subject for a linked dossier is not believed without a proof, which keeps the history."""
    house.directory.add(account(), PASSWORD)
    here.sign_in("angela")
    here.emulator.turn(new_sub=True)
    browser, path = to_proof(here)
    assert "/continuer/i1" == submit(browser, path).headers["Location"]
    assert [("auto", False), ("proof", True)] == [(method, force) for _, method, force in of(house)]
    assert 2 == len(house.mails)


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
    house.clock.advance(1801)
    path = "/federation/franceconnect/callback"
    for address in (back, path, f"{path}?state=undefined&error=access_denied", f"{path}?code=x&state=a&state=b"):
        answer = browser.get(address)
        assert 400 == answer.status_code
        told(answer, "Cette étape n’est plus valable")


@pytest.mark.parametrize("error", [e for e in ERRORS if e != "unsupported_response_type"])
def test_each_error_has_its_notice(
    here: World, house: MemoryHouse, error: str, caplog: pytest.LogCaptureFixture
) -> None:
    """Every error of FranceConnect has its own notice with ways on, and is logged and audited."""
    here.emulator.turn(authorize_error=error)
    browser = here.browser()
    started = browser.get(here.upstream.start_path("i1"))
    back = requests.get(started.headers["Location"], allow_redirects=False, timeout=5).headers["Location"]
    parts = urlsplit(back)
    with caplog.at_level(logging.INFO, "idp.federation"):
        page = told(browser.get(f"{parts.path}?{parts.query}"), ERRORS[error].title)
    assert "/connexion/i1" in {action["href"] for action in page["actions"]}
    assert error in house.trace()
    assert f"error='{error}'" in caplog.text


@pytest.mark.parametrize(
    ("knob", "value", "status"),
    [
        ("callback_iss", "absent", 502),
        ("callback_iss", "other", 502),
        ("callback_code", "absent", 502),
        ("callback_code", "unknown", 502),
        ("token_status", 500, 503),
        ("token_status", 401, 502),
        ("token_delay", 3, 503),
        ("token_body", "empty", 502),
        ("token_body", "truncated", 502),
        ("token_body", "html", 502),
        ("token_body", "huge", 503),
        ("userinfo_status", 500, 503),
        ("userinfo_status", 401, 502),
        ("userinfo_delay", 3, 503),
        ("userinfo_body", "empty", 502),
        ("userinfo_body", "truncated", 502),
        ("userinfo_body", "html", 502),
        ("userinfo_body", "huge", 503),
        ("userinfo_plain", True, 502),
        ("jwks_status", 500, 503),
        ("jwks_body", "empty", 502),
        ("jwks_body", "html", 502),
        ("jwks_body", "huge", 503),
        ("unknown_kid", True, None),
        ("foreign_key", True, 502),
        *(("id_token_alg", alg, 502) for alg in ("none", "HS256", "other")),
        *(("userinfo_alg", alg, 502) for alg in ("none", "HS256", "other")),
        *(
            ("id_token_claim", claim, 502)
            for claim in ("iss", "aud", "nonce", "sub", "acr", "exp", "iat", "no_nonce", "no_exp")
        ),
        *(("userinfo_claim", claim, 502) for claim in ("iss", "aud", "sub", "exp", "no_sub")),
    ],
)
def test_faults_open_nothing(here: World, house: MemoryHouse, knob: str, value: object, status: int | None) -> None:
    """No faulty answer opens a session or makes a link; each ends at a notice with ways on."""
    house.directory.add(account())
    here.emulator.turn(**{knob: value})
    answer = here.sign_in("angela")
    if status is None:
        # A kid that is not published: the only key that fits the algorithm is tried.
        assert 303 == answer.status_code
        return
    assert status == answer.status_code
    assert "reference-1" == told(answer)["reference"]
    assert ([], [], []) == (here.door.outcomes, of(house), house.mails)


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
    assert not here.upstream.available()
    told(
        here.browser().get(here.upstream.start_path("i1")),
        "La connexion avec FranceConnect est suspendue quelques instants",
    )
    here.emulator.turn()
    house.directory.add(account())
    house.clock.advance(31)
    assert "/continuer/i1" == here.sign_in("angela").headers["Location"]
    assert here.upstream.available()


def test_foreign_interaction(here: World) -> None:
    """A start for an interaction of another browser goes nowhere (V-44)."""
    here.browser("browser-2", "i2")
    assert 400 == here.browser().get(here.upstream.start_path("i2")).status_code


def test_store_down(here: World, house: MemoryHouse) -> None:
    """Without its store the journey says so instead of breaking."""
    browser = here.browser()
    house.kv.down = True
    told(browser.get(here.upstream.start_path("i1")), "Le service est momentanément indisponible")


def test_logout(here: World, house: MemoryHouse) -> None:
    """The FranceConnect session ends with all three parameters, and the browser comes back here."""
    house.directory.add(account())
    session = requests.Session()
    browser = here.browser()
    started = browser.get(here.upstream.start_path("i1"))
    parts = urlsplit(walk(started.headers["Location"], "angela", session))
    browser.get(f"{parts.path}?{parts.query}")
    url = here.upstream.logout_url(here.door.outcomes[0].upstream_session or "", "return-1")
    assert url is not None
    assert {"id_token_hint", "state", "post_logout_redirect_uri"} == set(parse_qs(urlsplit(url).query))
    assert SIGNED_OUT == parse_qs(urlsplit(url).query)["post_logout_redirect_uri"][0]
    back = browser.get("/federation/franceconnect/logout?state=return-1")
    assert "/deconnexion/fin?retour=return-1" == back.headers["Location"]


@pytest.mark.parametrize("query", ["", "?state=", "?state=a%0d%0ab", "?state=//evil.example"])
def test_logout_without_state(here: World, query: str) -> None:
    """The return from FranceConnect's logout works without a usable state."""
    answer = here.browser().get(f"/federation/franceconnect/logout{query}")
    assert "/deconnexion/fin" == answer.headers["Location"]

"""The pages at which a journey ends: in the other language they say the same, and nothing is asked twice."""

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from federation.ends import END_SECONDS
from tests.support.federation_pages import PASSWORD, submit, told
from tests.support.ports import ANGELA, MemoryHouse, account
from tests.support.upstream_world import World

EXPIRED = "Cette étape n’est plus valable"

End = Callable[[World, MemoryHouse], tuple[FlaskClient, TestResponse]]


def interrupted(here: World, _house: MemoryHouse) -> tuple[FlaskClient, TestResponse]:
    """The person turned back at FranceConnect."""
    browser = here.browser()
    path, _, query = here.come_back(browser, "angela").partition("?")
    back = {name: values for name, values in parse_qs(query).items() if name != "code"}
    return browser, browser.get(f"{path}?{urlencode(back | {'error': 'access_denied'}, doseq=True)}")


def no_dossier(here: World, _house: MemoryHouse) -> tuple[FlaskClient, TestResponse]:
    """Nobody resembles the person."""
    browser = here.browser()
    return browser, here.sign_in("angela", browser)


def closed(here: World, house: MemoryHouse) -> tuple[FlaskClient, TestResponse]:
    """The dossier is closed."""
    house.directory.add(account(status="closed"))
    return no_dossier(here, house)


def failed(here: World, house: MemoryHouse) -> tuple[FlaskClient, TestResponse]:
    """FranceConnect answers with a fault; the page has a reference."""
    here.emulator.turn(token_status=503)
    return no_dossier(here, house)


def suspended(here: World, _house: MemoryHouse) -> tuple[FlaskClient, TestResponse]:
    """The browser was not even sent there."""
    here.emulator.turn(token_status=500)
    for _ in range(5):
        here.sign_in("angela")
    browser = here.browser()
    return browser, browser.get(here.upstream.start_path("i1"))


def somebody_elses(here: World, house: MemoryHouse) -> tuple[FlaskClient, TestResponse]:
    """The dossier that was proven is another person's."""
    other = replace(ANGELA, birth_name="MARTIN", given_names=("Zoé",), birthdate="1990-03-04", gender="male")
    house.directory.add(account(civil=other), PASSWORD)
    browser, answer = no_dossier(here, house)
    return browser, submit(browser, told(answer)["actions"][0]["href"])


def test_a_closed_dossier_leads_to_the_house(here: World, house: MemoryHouse) -> None:
    """No other way in opens it either: none of them is the main action."""
    page = told(closed(here, house)[1])
    assert (True, [False]) == (page["contact"], [action["primary"] for action in page["actions"]])


@pytest.mark.parametrize("end", [interrupted, no_dossier, closed, failed, suspended, somebody_elses])
def test_an_end_is_a_page_of_its_own(here: World, house: MemoryHouse, end: End) -> None:
    """The switch of languages asks for the page alone: same words, same status, and nothing more in the audit."""
    browser, answer = end(here, house)
    page, audited = told(answer), house.trace()
    place = urlsplit(answer.request.url)
    assert "/federation/franceconnect/fin" == place.path
    switched = browser.get(f"{place.path}?{place.query}&lang=en")
    assert (answer.status_code, page) == (switched.status_code, told(switched))
    assert audited == house.trace()


def test_an_unknown_callback_ends_on_a_page_of_its_own_too(here: World, house: MemoryHouse) -> None:
    """Nothing is kept for it, and reading it again is no second unknown callback."""
    browser, kept = here.browser(), house.kv.dump()
    answer = browser.get("/federation/franceconnect/callback?state=never&code=given")
    audited = house.trace()
    for page in (answer, browser.get("/federation/franceconnect/fin?lang=en")):
        told(page, EXPIRED)
        assert 400 == page.status_code
    assert (kept, audited) == (house.kv.dump(), house.trace())


def test_an_unknown_way_out_of_the_account_leaves_nothing(here: World, house: MemoryHouse) -> None:
    """However often it is asked for: no page is kept, nothing audited; the words are the account's."""
    browser, kept, audited = here.browser(), house.kv.dump(), house.trace()
    for handle in ("anything", "", "compte", "x" * 3000):
        answer = browser.get(f"/federation/franceconnect/relier?suite={handle}")
        assert "/federation/franceconnect/fin?suite=compte" == answer.request.full_path
        page = told(answer, EXPIRED)
        assert ("/compte/identites", 400) == (page["actions"][0]["href"], answer.status_code)
    assert page == told(browser.get("/federation/franceconnect/fin?suite=compte&lang=en"))
    assert (kept, audited) == (house.kv.dump(), house.trace())


def test_an_end_belongs_to_its_browser_for_a_while(here: World, house: MemoryHouse) -> None:
    """Another browser reads nothing of it; after 15 minutes it is over."""
    browser, answer = closed(here, house)
    address = answer.request.url
    told(here.browser("browser-2").get(address), EXPIRED)
    house.clock.forward(END_SECONDS - 1)
    told(browser.get(address), "Votre espace n’est pas accessible en ligne")
    house.clock.forward(1)
    told(browser.get(address), EXPIRED)

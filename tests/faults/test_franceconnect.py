"""FranceConnect: not there, silent, dripping, reset; wrong answers; keys that lack; a userinfo that fails."""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import func, select

from federation.emulator.keys import SigningKeys
from federation.links import federation_links
from idp.store.tables_members import SignInRow
from tests.faults.conftest import Case
from tests.support.cast import ISSUER
from tests.support.harness.house import House, open_stores
from tests.support.harness.people import LOST, Person
from tests.support.harness.proxy import FaultProxy
from tests.support.pages import Page
from tests.support.upstream_world import ANGELA_CLAIMS, CLIENT_ID, CLIENT_SECRET, Emulator, emulator, walk

BASE = f"{ISSUER}/federation/franceconnect"
MEMBER = "1234567"
PEOPLE = {"member": ANGELA_CLAIMS | {"given_name": "Angela Claire", "given_name_array": ["Angela", "Claire"]}}
NETWORK = ["refusing", "silent", *(pytest.param(fault, marks=pytest.mark.long) for fault in ("drip", "cut"))]


@dataclass
class There:
    """FranceConnect, the proxy before it, and how long it may take."""

    upstream: Emulator
    between: FaultProxy
    timeout: float


@pytest.fixture(scope="module")
def there(request: pytest.FixtureRequest) -> Iterator[There]:
    """An emulator behind a proxy: its issuer is the proxy's address, as browsers and the house see it."""
    between = FaultProxy(("127.0.0.1", 0))
    registration: dict[str, Any] = {
        "redirect_uris": (f"{BASE}/callback",),
        "post_logout_redirect_uris": (f"{BASE}/logout",),
    }
    clock: Any = lambda: int(time.time())  # noqa: E731 - a clock that runs, where tests usually set one
    address = f"http://127.0.0.1:{between.port}"
    with emulator(clock, PEOPLE, SigningKeys(), address=address, **registration) as upstream:
        between.target = ("127.0.0.1", upstream.port)
        yield There(upstream, between, 5.0 if request.config.getoption("--faults") else 1.0)
    between.close()


@pytest.fixture(scope="module")
def federated(there: There, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house that offers FranceConnect, with one member."""
    folder = tmp_path_factory.mktemp("federated")
    (folder / "secret").write_text(CLIENT_SECRET, encoding="utf-8")
    franceconnect: dict[str, Any] = {
        "enabled": True,
        "environment": "emulator",
        "issuer": there.upstream.issuer,
        "client_id": CLIENT_ID,
        "client_secret_file": str(folder / "secret"),
        "timeout": there.timeout,
    }
    stores = open_stores("sqlite")
    house = House(folder / "house", stores, 1, (MEMBER,), {"franceconnect": franceconnect})
    house.start()
    yield house
    house.close()
    stores.close()


@pytest.fixture
def house(federated: House, there: There) -> Iterator[House]:
    """The house of this file, FranceConnect whole before and after."""
    yield federated
    there.between.heal()
    there.upstream.turn()


def member(case: Case, number: int = 0) -> Person:
    """Return the member with a new browser."""
    person = Person(case.house.port, case.history, MEMBER, number)
    case.request.addfinalizer(person.leave)
    return person


def leaves(person: Person, login: str = "member") -> str:
    """Go from the application to FranceConnect and sign in there; return the address that it sends the browser to."""
    interaction = person.browser.get(person.application.authorize_url()).url.rpartition("/")[2]
    for _ in range(100):
        started = person.browser.get(f"{BASE}/start?interaction={interaction}", follow=False)
        if started.status == 303:
            (away,) = (value for name, value in started.headers.items() if name.lower() == "location")
            if away.startswith("http"):
                return walk(away, login)
        time.sleep(0.5)  # withheld after repeated failures, and tried again by itself within half a minute
    raise AssertionError(f"FranceConnect is not offered any more: {started.text[-1500:]}")


def comes_back(case: Case, person: Person, callback: str) -> tuple[Page, float]:
    """Open the callback; return the page and its seconds."""
    began = time.monotonic()
    page = person.browser.get(callback)
    took = time.monotonic() - began
    case.history.add(began, person.browser.who, "came back", page.status)
    return page, took


def kept(house: House) -> tuple[int, int]:
    """Count the sessions that were opened and the links that were made."""
    with house.application.store.reading() as unit:
        tables = (SignInRow.__table__, federation_links)
        sessions, links = (unit.session.execute(select(func.count()).select_from(one)).scalar_one() for one in tables)
    return int(sessions), int(links)


def gets_in(case: Case, number: int) -> None:
    """Check that a new journey by FranceConnect ends at the application."""
    person = member(case, number)
    page, _ = comes_back(case, person, leaves(person))
    assert not page.url.startswith(ISSUER), (page.status, page.url, page.text[-1500:])


@contextmanager
def others_sign_in(case: Case) -> Iterator[list[float]]:
    """Have the member sign in with the password, over and over, from two browsers; gives the seconds of each."""
    stopping, took = threading.Event(), list[float]()

    def one(number: int) -> None:
        while not stopping.is_set():
            person = Person(case.house.port, case.history, MEMBER, 1000 * (number + 1) + len(took))
            began = time.monotonic()
            try:
                person.code()
                took.append(time.monotonic() - began)
            finally:
                person.leave()

    threads = [threading.Thread(target=one, args=(number,)) for number in range(2)]
    for thread in threads:
        thread.start()
    try:
        yield took
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def p95(took: list[float]) -> float:
    """Return the 95th percentile."""
    return sorted(took)[min(len(took) - 1, int(len(took) * 0.95))]


@pytest.mark.parametrize("fault", NETWORK)
@pytest.mark.case("R-27", "FranceConnect refuses connections, says nothing, drips, or resets, at the callback")
def test_network(case: Case, there: There, fault: str) -> None:
    """An error page within the deadline and a second, no session; passwords go on as before; then all is well again."""
    gets_in(case, 1)
    gets_in(case, 2)
    with others_sign_in(case) as usual:
        time.sleep(case.rounds(1, 15))
    people = [member(case, 10 + number) for number in range(case.rounds(2, 4))]
    callbacks = [leaves(person) for person in people]
    before, seen, lost = kept(case.house)[1], list[tuple[Page, float]](), list[str]()

    def back(person: Person, callback: str) -> None:
        try:
            seen.append(comes_back(case, person, callback))
        except LOST as error:
            lost.append(type(error).__name__)

    threads = [threading.Thread(target=back, args=pair) for pair in zip(people, callbacks, strict=True)]
    with others_sign_in(case) as meanwhile:
        if fault == "cut":
            there.between.trap(b"POST /", "before", len(people))
        else:
            setattr(there.between, fault, 0.05 if fault == "drip" else True)
            if fault == "refusing":
                there.between.cut()
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        time.sleep(case.rounds(0, 10))
    there.between.heal()
    for person in people:
        assert 200 == person.browser.get(person.application.authorize_url()).status
    assert ([], before) == (lost, kept(case.house)[1])
    for page, _ in seen:
        assert page.url.startswith(ISSUER), page.url
        assert "Réessayer" in page.text, page.text
        assert "/connexion" in page.text, page.text
    gets_in(case, 3)
    slowest = max(took for _, took in seen)
    case.tell(
        page_after=f"{slowest:.1f} s", statuses=sorted({page.status for page, _ in seen}),
        password_p95=f"{p95(meanwhile):.2f} s", usual_p95=f"{p95(usual):.2f} s",
    )  # fmt: skip
    assert not case.long or slowest < there.timeout + 1


WRONG = {
    "token_status": (500, 503, 429),
    "token_body": ("html", "truncated", "huge"),
    "userinfo_status": (500, 503),
    "userinfo_body": ("html", "cut"),
}


@pytest.mark.long
@pytest.mark.parametrize(("knob", "value"), [(knob, value) for knob, values in WRONG.items() for value in values])
@pytest.mark.case("R-28 R-30", "FranceConnect answers 500, 503, 429, HTML, half an answer or too much")
def test_wrong_answers(case: Case, there: There, knob: str, value: str | int) -> None:
    """No session and no link, our page; the code is not tried twice, and a new journey succeeds."""
    gets_in(case, 1)
    gets_in(case, 2)
    person = member(case, 5)
    callback, before = leaves(person), kept(case.house)
    there.upstream.turn(**{knob: value})
    page, took = comes_back(case, person, callback)
    assert before == kept(case.house)
    assert page.url.startswith(ISSUER)
    assert "/connexion" in page.text
    there.upstream.turn()
    assert 200 == person.browser.get(person.application.authorize_url()).status
    again, _ = comes_back(case, person, callback)
    assert again.url.startswith(ISSUER)
    assert before == kept(case.house)
    gets_in(case, 3)
    case.tell(status=page.status, page_after=f"{took:.1f} s")


@pytest.mark.long
@pytest.mark.parametrize(
    ("knob", "value"),
    [("jwks_status", 500), *(("jwks_body", body) for body in ("empty", "html", "truncated")), ("unknown_kid", True)],
)
@pytest.mark.case("R-29", "FranceConnect's keys: 500, empty, HTML, cut; another kid")
def test_keys(case: Case, there: There, knob: str, value: str | int | bool) -> None:
    """The last good set is kept: nobody's sign-in fails."""
    gets_in(case, 1)
    there.upstream.turn(**{knob: value})
    gets_in(case, 2)
    there.upstream.turn()
    gets_in(case, 3)
    case.tell(sign_ins_failed=0)


@pytest.mark.long
@pytest.mark.case("R-29", "FranceConnect's keys change between two sign-ins, and in the middle of a third")
def test_new_keys(case: Case, there: There) -> None:
    """The new key is looked for when it is first met: nobody's sign-in fails. Last: they stay changed."""
    gets_in(case, 1)
    person = member(case, 2)
    time.sleep(32)  # the keys were read a moment ago, and are not read again for half a minute, whoever asks
    callback = leaves(person)
    there.upstream.turn(rotated_key=True)
    page, _ = comes_back(case, person, callback)
    assert not page.url.startswith(ISSUER), page.text
    gets_in(case, 3)
    case.tell(sign_ins_failed=0)

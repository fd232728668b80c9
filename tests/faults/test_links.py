"""One confirmation of a link, sent many times at once: a link, a message, a line on record."""

import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import func, select

from federation.emulator.keys import SigningKeys
from federation.links import federation_links
from idp.store.tables import AuditRow
from tests.faults.conftest import Case
from tests.faults.test_franceconnect import BASE, leaves
from tests.faults.test_single_use import posted_at_once
from tests.support.activation import messages
from tests.support.cast import MEMBER, PASSWORD
from tests.support.harness.house import House, Kind, open_stores
from tests.support.harness.people import Person
from tests.support.upstream_world import ANGELA_CLAIMS, CLIENT_ID, CLIENT_SECRET, emulator

DOSSIERS = tuple(str(4_000_000 + 71 * number) for number in range(5))


def birthdate(number: int) -> str:
    """Return that of the member with a number: nobody's dossier is like another's."""
    return f"19{60 + number}-08-24"


PEOPLE = {dossier: ANGELA_CLAIMS | {"birthdate": birthdate(number)} for number, dossier in enumerate(DOSSIERS)}
"""FranceConnect says three given names where the dossiers have one: alike, and not enough to link without a proof."""


@pytest.fixture(scope="module", params=["postgresql", "sqlite"])
def linking(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A house of two processes that offers FranceConnect, on either database."""
    kind: Kind = request.param
    folder = tmp_path_factory.mktemp(f"linking-{kind}")
    (folder / "secret").write_text(CLIENT_SECRET, encoding="utf-8")
    registration: dict[str, Any] = {"redirect_uris": (f"{BASE}/callback",)}
    clock: Any = lambda: int(time.time())  # noqa: E731 - a clock that runs, where tests usually set one
    with emulator(clock, PEOPLE, SigningKeys(), **registration) as upstream:
        franceconnect: dict[str, Any] = {
            "enabled": True,
            "environment": "emulator",
            "issuer": upstream.issuer,
            "client_id": CLIENT_ID,
            "client_secret_file": str(folder / "secret"),
        }
        stores = open_stores(kind)
        house = House(folder / "house", stores, 2, DOSSIERS, {"franceconnect": franceconnect})
        for number, dossier in enumerate(DOSSIERS):
            civil = replace(MEMBER.civil, given_names=("Angela",), birthdate=birthdate(number))
            own = replace(MEMBER, dossier=dossier, email=f"m{dossier}@example.org", civil=civil)
            house.application.dossiers.upsert(own, None)
        house.start()
        yield house
        house.close()
        stores.close()


@pytest.fixture
def house(linking: House) -> House:
    """The house of this file."""
    return linking


@pytest.mark.case("R-03", "one confirmation of a link to FranceConnect, sent many times at once")
def test_one_link_many_confirmations(case: Case) -> None:
    """One opens the account and the others are shown the way back; one link, one message, one line on record."""
    count, rounds, shown = case.rounds(12, 50), case.rounds(1, len(DOSSIERS)), Counter[str]()
    for number, dossier in enumerate(DOSSIERS[:rounds]):
        person = Person(case.house.port, case.history, dossier, number)
        case.request.addfinalizer(person.leave)
        form = person.browser.get(leaves(person, dossier))
        assert "/preuve?" in form.url, (form.url, form.text[-1500:])
        fields = {"situation": "affilie", "dossier": dossier, "password": PASSWORD}
        pages = posted_at_once(case, person.browser, form, "link", count, **fields)
        codes = [page.query["code"] for page in pages if "code" in page.query]
        assert 1 == len(codes), Counter(page.url for page in pages)
        assert 200 == person.application.redeem(codes[0], dossier).status
        others = [page for page in pages if "code" not in page.query]
        assert {200, 400, 410} >= {page.status for page in others}, Counter(page.status for page in others)
        shown.update("sign-in page" if 'id="sign-in-form"' in page.text else "not valid any more" for page in others)
        assert (1, 1, 1) == what_was_done(case.house, dossier)
    case.tell(forms=count, links=1, **{name.replace(" ", "_"): times for name, times in shown.items()})


def what_was_done(house: House, dossier: str) -> tuple[int, int, int]:
    """Count the links of a dossier, the lines on record and the messages to the member; the harness is the worker."""
    account = house.account_of(dossier)
    links = select(func.count()).where(federation_links.c.account_id == account)
    told = select(func.count()).where(AuditRow.account_id == account, AuditRow.event == "federation.linked")
    with house.application.store.reading() as unit:
        counts = [int(unit.session.execute(query).scalar_one()) for query in (links, told)]
    sent = messages(house, f"m{dossier}@example.org")  # type: ignore[arg-type]  # it has an application
    return counts[0], counts[1], sum("FranceConnect" in str(one["Subject"]) for one in sent)

"""What may be used once, by many at the same moment."""

import time
from collections import Counter
from functools import partial
from typing import Any, cast

import pytest
from sqlalchemy import select

from idp.store.tables import AuditRow, ConsentRow
from tests.faults.conftest import Case
from tests.support.activation import NEW, ask, choose, mailed_secrets, messages, ticked
from tests.support.cast import PASSWORD
from tests.support.harness.people import Answer, Person, WatchedBrowser, at_once, mark, statuses
from tests.support.pages import Page

BOTH = pytest.mark.parametrize("house", ["postgresql", "sqlite"], indirect=True)
KEPT = "Votre mot de passe est enregistré"


def _redeem(person: Person, code: str, _number: int) -> Answer:
    """Redeem a code; whoever is told that the house is full does as told."""
    while (answer := person.application.redeem(code, person.dossier)).status == 503:
        time.sleep(1)
    return answer


def posted_at_once(
    case: Case, browser: WatchedBrowser, page: Page, button: str, count: int, **fields: str
) -> list[Page]:
    """Send one filled form from one browser `count` times at the same moment, as a frantic finger cannot."""

    def one(number: int) -> Page:
        twin = WatchedBrowser(case.house.port, case.history, f"{browser.who} twin {number}")
        twin.keeps(browser)
        try:
            return twin.again(lambda: twin.submit(page, fields, button))
        finally:
            twin.close()

    return cast("list[Page]", at_once(count, one))


def secret_by_mail(case: Case, person: Person) -> str:
    """Ask for a provisional password and return the one that arrives; the harness is the worker."""
    house, to = cast("Any", case.house), f"m{person.dossier}@example.org"
    before = set(mailed_secrets(house, to))
    choose(person.browser, ask(person.browser, None, dossier=person.dossier))
    (secret,) = set(mailed_secrets(house, to)) - before
    return str(secret)


@BOTH
@pytest.mark.case("R-01", "many clients redeem one code at the same time")
def test_one_code_many_clients(case: Case) -> None:
    """One gets tokens, the others `invalid_grant`; they were replays, and so the winner's tokens are revoked."""
    codes, clients = case.rounds(3, 200), case.rounds(12, 50)
    person = case.person()
    for _ in range(codes):
        code = person.code()
        answers = at_once(clients, partial(_redeem, person, code))
        assert [200] + [400] * (clients - 1) == statuses(answers)
        assert {"invalid_grant"} == {one.body["error"] for one in answers if one.status == 400}
        (winner,) = (one for one in answers if one.status == 200)
        assert 401 == person.application.userinfo(winner.body["access_token"], person.dossier).status
    full = sum(event.status == 503 for event in case.history.of("redeem"))
    case.tell(codes=codes, clients=clients, answered_twice=0, told_to_come_back=full)


@BOTH
@pytest.mark.case("R-03", "one provisional password's form, sent many times at once")
def test_one_provisional_password_many_changes(case: Case) -> None:
    """One change, one line on record, one message; the password before is dead, and so is the provisional one."""
    count = case.rounds(8, 50)
    for number in range(case.rounds(1, 5)):
        person = case.person(10 + number)
        secret = secret_by_mail(case, person)
        form = person.browser.sign_in(person.browser.get(person.application.authorize_url()), person.dossier, secret)
        assert 'id="choose-password"' in form.text
        case.history.add(0, person.browser.who, "password posted", 0, owner=person.dossier)
        pages = posted_at_once(case, person.browser, form, "choose-password", count, password=NEW, confirmation=NEW)
        winners = [page for page in pages if KEPT in page.text]
        assert 1 == len(winners), Counter(page.status for page in pages)
        case.history.add(
            0,
            person.browser.who,
            "password changed",
            200,
            owner=person.dossier,
            secret=mark(secret),
            old=mark(PASSWORD),
        )
        assert 1 == notices_of_a_change(case, person)
        person.password = NEW
        assert person.code()
    case.tell(forms=count, changes=1)


def notices_of_a_change(case: Case, person: Person) -> int:
    """Return how many messages tell a member of a new password."""
    told = messages(cast("Any", case.house), f"m{person.dossier}@example.org")
    return sum("changé" in str(one["Subject"]) for one in told)


@BOTH
@pytest.mark.case("R-03", "one captcha's answer, sent many times at once")
def test_one_captcha_many_requests(case: Case) -> None:
    """One passes on to the next page, the others are asked again."""
    count, person = case.rounds(8, 50), case.person(20)
    page = person.browser.get("/mot-de-passe-oublie")
    fields = {"situation": "affilie", "dossier": person.dossier, **ticked(page)}
    pages = posted_at_once(case, person.browser, page, "reset", count, **fields)
    passed = [one for one in pages if 'id="choose-delivery"' in one.text]
    assert 1 == len(passed), Counter(one.status for one in pages)
    assert {200, 400} >= {one.status for one in pages}
    case.tell(answers=count, passed=1)


@BOTH
@pytest.mark.case("R-03", "one consent page, sent many times at once")
def test_one_consent_many_answers(case: Case) -> None:
    """One consent, one line on record; each answer leads to the application, with a code of its own that works once."""
    count, person = case.rounds(8, 50), case.partner(21)
    page = person.browser.get(person.application.authorize_url(scope="openid profile"))
    page = person.browser.sign_in(page, person.dossier)
    pages = posted_at_once(case, person.browser, page, "consent-allow", count, decision="allow")
    codes = [one.query["code"] for one in pages if "code" in one.query]
    assert len(codes) == len(set(codes)) >= 1
    account = case.house.account_of(person.dossier)
    with case.house.application.store.reading() as unit:
        consents = unit.session.execute(select(ConsentRow).where(ConsentRow.account_id == account)).all()
        told = select(AuditRow).where(AuditRow.account_id == account, AuditRow.event == "consent_granted")
        lines = unit.session.execute(told).all()
    assert (1, 1) == (len(consents), len(lines))
    assert [200, 400] == sorted(person.application.redeem(codes[0], person.dossier).status for _ in range(2))
    case.tell(answers=count, codes=len(codes), consents=1)

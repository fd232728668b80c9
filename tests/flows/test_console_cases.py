"""The reconciliation desk at the console: a case is looked at, linked, refused, taken back, each with a reason."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import update

from federation.cases import WIPED, federation_cases
from idp.admin.roles import Role
from idp.store.accounts import ACCOUNTS
from tests.support.administration import FIRST, SECOND, administered, recorded, waiting
from tests.support.pages import Page
from tests.support.provider import Provider, running
from tests.support.staff import Desk, at_the_console

HERE = "/rapprochements"
REASON = "Carte <b> vue."


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that offers FranceConnect, with two dossiers that are alike."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, of the support desk."""
    return at_the_console(provider, Role.MEMBERS)


def choice(page: Page, number: str) -> str:
    """Return the value of the choice that links to a dossier."""
    known: dict[str, str] = dict(re.findall(r'value="(\w+)">\s*<span>Rattacher au dossier (\d+)', page.text))
    return next(account for account, dossier in known.items() if dossier == number)


def status(page: Page) -> str:
    """Return the case's state as shown."""
    found = re.search(r'id="status">.*?<span>([^<]+)</span></span></dd>', page.text)
    assert found is not None, page.text
    return found[1]


def test_linked_and_taken_back(provider: Provider, desk: Desk) -> None:
    """From the queue to the case, both sides side by side; linked with a reason, undone; on record under who did it."""
    case = waiting(provider)
    assert f'href="/administration{HERE}/{case}"' in desk.get(HERE).text
    page = desk.get(f"{HERE}/{case}")
    assert ("En attente", True) == (status(page), "Concorde" in page.text)
    sides = set(re.findall(r"<td[^>]*>([^<]+)</td><td[^>]*>([^<]+)<br>.*?</td><td[^>]*>([^<]+)<br>", page.text))
    place = "commune 75107 (code INSEE)"
    assert {(one, one, one) for one in ("DUBOIS", "24 août 1962", "Féminin", place, "France")} <= sides
    assert "municipality 75107 (INSEE code)" in desk.get(f"{HERE}/{case}?lang=en").text
    desk.get("?lang=fr")
    assert "Revenu le" not in page.text
    linked = desk.browser.submit(page, {"decision": choice(page, SECOND), "reason": REASON}, "decide")
    assert ("Rattaché", True) == (status(linked), "Carte &lt;b&gt; vue." in linked.text)
    assert "marie@fund.example" in linked.text
    undone = desk.browser.submit(linked, {"reason": "Erreur."}, "decide")
    assert ("Annulé", False) == (status(undone), 'id="decide"' in undone.text)
    told = [one.details["door"] for one in recorded(provider, "federation.case") if one.outcome in {"linked", "undone"}]
    assert ["console", "console"] == told
    assert (False, True) == (case in desk.get(HERE).text, case in desk.get(f"{HERE}?tous=1").text)


def test_people_have_names(provider: Provider, desk: Desk) -> None:
    """The list and the page's title say who came and when they were born; each name that is read is on record."""
    cases = [waiting(provider, f"sub-{number}") for number in range(2)]
    shown = desk.get(HERE).text
    link = f'href="/administration{HERE}/{cases[0]}">Angela DUBOIS</a>'
    assert (True, True) == (link in shown, "24 août 1962" in shown)
    seen = recorded(provider, "federation.case_seen")
    assert sorted((one, 2) for one in cases) == sorted((one.details["case"], one.details["count"]) for one in seen)
    page = desk.get(f"{HERE}/{cases[0]}").text
    assert "<h1>Angela DUBOIS, 24 août 1962</h1>" in page
    assert ("Identique" in page, "<code>" in page) == (True, False)
    desk.get()
    assert 3 == len(recorded(provider, "federation.case_seen"))
    with provider.application.store.begin() as unit:
        unit.session.execute(update(federation_cases).values(identity=WIPED))
    assert (
        f">Cas {cases[0]}</a>" in desk.get(HERE).text,
        f"<h1>Cas {cases[0]}</h1>" in desk.get(f"{HERE}/{cases[0]}").text,
    ) == (True, True)
    assert 4 == len(recorded(provider, "federation.case_seen"))


def test_a_case_leads_to_its_dossiers(provider: Provider, desk: Desk) -> None:
    """Each dossier of a case is a link to its page."""
    page = desk.get(f"{HERE}/{waiting(provider)}")
    known = dict(re.findall(r'<a href="/administration(/dossiers/\w+)">Voir le dossier (\d+)</a>', page.text))
    assert {FIRST, SECOND} == set(known.values())
    assert all(f'id="dossier-number">{number}<' in desk.get(path).text for path, number in known.items())


def test_what_tells_two_dossiers_apart(provider: Provider, desk: Desk) -> None:
    """Side by side: each difference is named in words, by whole addresses though only a part of each is shown."""
    case = waiting(provider)
    page = desk.get(f"{HERE}/{case}")
    assert ("Rien de ce tableau ne distingue ces dossiers" in page.text, "≠" in page.text) == (True, False)
    heads = re.findall(r'<th scope="col">([^<]+)</th>', page.text)
    assert ["Donnée", "Identité présentée"] == heads[:2]
    assert {f"Dossier {FIRST}", f"Dossier {SECOND}"} == set(heads[2:])
    with provider.application.store.begin() as unit:
        for number, email in ((FIRST, "angela.dubois@mail.example"), (SECOND, "angelique.lis@mail.example")):
            held = {"email": email, "address": {"postal_code": "75007", "locality": "PARIS", "street_address": "1"}}
            unit.session.execute(update(ACCOUNTS).where(ACCOUNTS.c.dossier == number).values(**held))
        unit.session.execute(update(ACCOUNTS).where(ACCOUNTS.c.dossier == SECOND).values(status="closed"))
    page = desk.get(f"{HERE}/{case}")
    assert "Les dossiers diffèrent par : État du dossier, Adresse e-mail." in " ".join(
        re.sub("<[^>]+>|&nbsp;|\xa0", " ", page.text).split()
    )
    marked = re.findall(r'<tr class="differs"><th scope="row">([^<]+)<small', page.text)
    assert ["État du dossier", "Adresse e-mail"] == marked
    assert ("a***is@m*****.example" in page.text, "75007 PARIS" in page.text) == (True, True)
    assert ("angela.dubois" in page.text, "Clos" in page.text) == (False, True)
    assert "The files differ in:" in desk.get(f"{HERE}/{case}?lang=en").text


def test_what_differs_and_is_not_shown_is_said(provider: Provider, desk: Desk) -> None:
    """Two streets of one town look alike in the table: the row says that it is the street that differs."""
    case = waiting(provider)
    with provider.application.store.begin() as unit:
        for number, street in ((FIRST, "1 rue Crébillon"), (SECOND, "8 quai de la Fosse")):
            held = {"address": {"postal_code": "44000", "locality": "NANTES", "street_address": street}}
            unit.session.execute(update(ACCOUNTS).where(ACCOUNTS.c.dossier == number).values(**held))
    row = desk.get(f"{HERE}/{case}").text.partition('<th scope="row">Adresse postale')[2].partition("</tr>")[0]
    assert (2, True) == (row.count("44000 NANTES"), "≠ ce qui n’est pas montré (la rue) diffère" in row)


@pytest.mark.parametrize(
    ("email", "words"), [(None, "prévenez-la vous-même"), ("a@mail.example", "est prévenue par e-mail")]
)
def test_the_page_says_whether_the_member_is_told(
    provider: Provider, desk: Desk, email: str | None, words: str
) -> None:
    """Linked and taken back: whoever has no address hears of it from whoever decided."""
    case = waiting(provider)
    with provider.application.store.begin() as unit:
        unit.session.execute(update(ACCOUNTS).where(ACCOUNTS.c.dossier == SECOND).values(email=email))
    page = desk.get(f"{HERE}/{case}")
    linked = desk.browser.submit(page, {"decision": choice(page, SECOND), "reason": REASON}, "decide")
    undone = desk.browser.submit(linked, {"reason": "Erreur."}, "decide")
    told = [re.search(r'id="told".*?</p>', one.text, re.DOTALL) for one in (linked, undone)]
    assert [True, True] == [one is not None and words in one[0] for one in told]


def test_refused(provider: Provider, desk: Desk) -> None:
    """Refused with a reason: nothing is linked, and the English page says so."""
    case = waiting(provider)
    refused = desk.browser.submit(desk.get(f"{HERE}/{case}"), {"decision": "refuse", "reason": "Homonymes."}, "decide")
    assert ("Refusé", False) == (status(refused), 'id="told"' in refused.text)
    assert "Refused" == status(desk.get(f"{HERE}/{case}?lang=en"))


def test_what_is_missing_is_said(provider: Provider, desk: Desk) -> None:
    """No decision, no reason, no token: the form again with what was chosen, and the case waits."""
    page = desk.get(f"{HERE}/{waiting(provider)}")
    empty = desk.browser.submit(page, {"reason": " "}, "decide")
    assert (True, True) == ('id="decision-error"' in empty.text, 'id="reason-error"' in empty.text)
    forged = desk.browser.post(page.url, {"decision": "refuse", "reason": "x"})
    assert (True, "En attente") == ('id="error-summary"' in forged.text, status(forged))


def test_somebody_else_was_first(provider: Provider, desk: Desk) -> None:
    """A page from before another's decision changes nothing of it; a case that is not there is not found."""
    case = waiting(provider)
    page = desk.get(f"{HERE}/{case}")
    desk.browser.submit(page, {"decision": "refuse", "reason": "Homonymes."}, "decide")
    late = desk.browser.submit(page, {"decision": choice(page, FIRST), "reason": "Vu."}, "decide")
    assert ("Refusé", True) == (status(late), "n’est plus possible" in late.text)
    assert [404, 404] == [desk.get(f"{HERE}/{name}").status for name in ("none", "%00")]
    assert 404 == desk.get(f"{HERE}?apres=1-%00").status


def test_an_auditor_looks(provider: Provider) -> None:
    """Both sides without a form; the look is on record."""
    case = waiting(provider)
    shown = at_the_console(provider, Role.AUDITOR).get(f"{HERE}/{case}")
    assert (True, False) == ("DUBOIS" in shown.text, 'id="decide"' in shown.text)
    assert [case] == [one.details["case"] for one in recorded(provider, "federation.case_seen")]


def test_a_long_queue_has_pages(provider: Provider, desk: Desk) -> None:
    """Fifty a page; the next page goes on where this one ended."""
    cases = {waiting(provider, f"sub-{number}") for number in range(52)}
    first = desk.get(HERE)
    later = re.search(r'href="/administration(/rapprochements\?apres=[^"]+)"', first.text)
    assert later is not None
    pages = [set(re.findall(r"rapprochements/(\w+)\"", page.text)) for page in (first, desk.get(later[1]))]
    assert [50, 2] == [len(one) for one in pages]
    assert cases == pages[0] | pages[1]


def test_the_overview_says_that_somebody_waits(provider: Provider, desk: Desk) -> None:
    """Whoever may decide is told on the first page, with the way to the queue; whoever may not is told nothing."""
    assert 'id="waiting-cases"' not in desk.get().text
    waiting(provider)
    assert "1 rapprochement à décider" in desk.get().text
    assert "1 reconciliation to decide" in desk.get("?lang=en").text
    other = at_the_console(provider, Role.CLIENTS, login="paul@fund.example").get()
    assert (False, False) == ("rapprochement" in other.text, 'id="to-dashboard"' in other.text)

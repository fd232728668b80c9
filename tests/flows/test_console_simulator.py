"""The simulator at the console: claims in, the decision and every reason out, nothing changed."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.admin.roles import Role
from tests.support.administration import FIRST, SECOND, administered, recorded
from tests.support.pages import Page
from tests.support.provider import Provider, running
from tests.support.staff import Desk, at_the_console

HERE = "/simulateur"
ANGELA = {
    "family_name": "DUBOIS",
    "given_name": "Angela",
    "birthdate": "1962-08-24",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that offers FranceConnect, with two dossiers that are alike."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, of the support desk."""
    return at_the_console(provider, Role.MEMBERS)


def asks(desk: Desk, claims: str) -> Page:
    """Paste claims and send them."""
    return desk.browser.submit(desk.get(HERE), {"claims": claims}, "simulate")


def rule(page: Page) -> str:
    """Return the rule that decided."""
    found = re.search(r'<code id="rule">(\w+)<', page.text)
    return found[1] if found else ""


def test_every_reason_and_nothing_changed(provider: Provider, desk: Desk) -> None:
    """The dossiers that are alike, with the rule and the reasons; no case is opened, and the record has no claim."""
    shown = asks(desk, json.dumps({**ANGELA, "email": "passed@over.example"}))
    assert ("several_alike", True) == (rule(shown), "Attend un rapprochement" in shown.text)
    found = dict(re.findall(r'href="(/administration/dossiers/\w+)">Dossier (\d+)</a></strong>', shown.text))
    assert {FIRST, SECOND} <= set(found.values())
    assert all(number in desk.browser.get(path).text for path, number in found.items())
    assert "Identique <code>same</code>" in shown.text
    assert '<a href="/administration/rapprochements/' not in desk.get("/rapprochements").text
    assert ["console"] == [one.details["door"] for one in recorded(provider, "federation.explained")]
    assert "DUBOIS" not in str(recorded(provider))


def test_field_by_field(provider: Provider, desk: Desk) -> None:
    """An administrator types what a person has told; the answer is the same, and the fields stay as they were."""
    shown = desk.browser.submit(desk.get(HERE), {**ANGELA, "birthdate": "24/08/1962"}, "simulate")
    assert ("several_alike", True) == (rule(shown), 'value="24/08/1962"' in shown.text)
    assert '<option value="99100" selected>France (99100)</option>' in shown.text
    wrong = desk.browser.submit(desk.get(HERE), {**ANGELA, "birthplace": "Paris"}, "simulate")
    assert ('id="birthplace-error"' in wrong.text, "" == rule(wrong)) == (True, True)
    assert 'id="family_name-error"' in desk.browser.submit(desk.get(HERE), {}, "simulate").text
    assert ([], 1) == (
        [one for one in recorded(provider) if "DUBOIS" in str(one)],
        len(recorded(provider, "federation.explained")),
    )


def test_somebody_nobody_knows(desk: Desk) -> None:
    """No dossier: the rule says so, in both languages; a date that is none is no reason to fail."""
    assert "no_candidate" == rule(asks(desk, json.dumps({**ANGELA, "birthdate": "1950-01-01"})))
    assert "no_candidate" == rule(asks(desk, '{"family_name": "X", "birthdate": "hier"}'))
    assert "Simulate" in desk.get(f"{HERE}?lang=en").text


@pytest.mark.parametrize(
    "claims",
    [
        "{",
        "[]",
        '{"email": "a"}',
        '{"sub": 1}',
        '{"sub": "\\u0000"}',
        '{"sub": "\\ud800"}',
        "[" * 7000,
        "{" + " " * 9000,
    ],
)
def test_what_is_no_identity(provider: Provider, desk: Desk, claims: str) -> None:
    """It is said beside the field, and nobody is looked for."""
    assert 'id="claims-error"' in asks(desk, claims).text
    assert [] == recorded(provider, "federation.explained")


def test_who_may_ask(provider: Provider, desk: Desk) -> None:
    """An auditor asks too; a form without its token asks nothing, and what was typed stays as text."""
    auditor = at_the_console(provider, Role.AUDITOR, login="audit@fund.example")
    assert "several_alike" == rule(asks(auditor, json.dumps(ANGELA)))
    forged = desk.browser.post(f"/administration{HERE}", {"claims": '{"sub": "</textarea><b>"}'})
    assert ('id="error-summary"' in forged.text, "</textarea><b>" in forged.text) == (True, False)

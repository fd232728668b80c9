"""The filter of the record at the console: what is wrong with it stands beside its field, and nothing typed is lost."""

import re

import pytest

from tests.flows.test_console import events
from tests.support.cast import ESPACE, MEMBER
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.staff import Desk, at_the_console


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, with every role."""
    return at_the_console(provider)


def test_the_last_day_before_the_first(provider: Provider, desk: Desk) -> None:
    """Said beside the last one, in both languages; nothing is looked up, and no file is offered."""
    path = "/journal?since=2026-11-30&until=2026-11-29&event=sign_in"
    page = desk.get(path).text
    assert "Ce jour est avant le premier jour cherché." in page
    assert ('value="2026-11-30"' in page, 'value="2026-11-29"' in page) == (True, True)
    assert ("Aucun événement" in page, 'id="export"' in page) == (False, False)
    assert "This day is before the first day searched for." in desk.get(f"{path}&lang=en").text
    assert 'id="until-error"' in desk.get(path.replace("/journal?", "/journal/export?")).text
    assert "audit_read" not in events(provider)


def test_a_reference_that_the_record_does_not_have(desk: Desk) -> None:
    """Where else to look is said, in both languages: the server's log by its place, and the applications' pages."""
    shown = desk.get("/journal?reference=ABCD-EFGH").text
    assert ("idp serve" in shown, 'id="to-applications"' in shown) == (True, True)
    assert "an application that was refused" in desk.get("/journal?reference=ABCD-EFGH&lang=en").text


def test_the_reference_of_a_refusal_leads_to_its_application(provider: Provider, desk: Desk) -> None:
    """What a developer reads in their log is found: which application, when and why; its page has it too."""
    refused = RelyingParty(provider).redeem("unknown")
    assert 400 == refused.status_code, refused.text
    reference = refused.headers["X-Request-Id"]
    shown = desk.get(f"/journal?reference={reference}").text
    assert ('id="to-refused">espace</a>' in shown, 'id="to-applications"' in shown) == (True, False)
    assert (
        "An application was refused under this reference:" in desk.get(f"/journal?reference={reference}&lang=en").text
    )
    assert reference in desk.get("/applications/espace").text


def test_an_application_by_its_name(provider: Provider, desk: Desk) -> None:
    """Its name is no id, and so is said; the application is offered, with all else that was asked."""
    provider.application.audit("sign_in", client_id="espace")
    page = desk.get(f"/journal?event=sign_in&client_id={ESPACE.name.upper()}").text
    assert ('id="client_id-error"' in page, f'value="{ESPACE.name.upper()}"' in page) == (True, True)
    offered = re.search(r'id="client_id-meant">[^<]*<a href="([^"]+)">([^<]+)</a>', page)
    assert offered is not None
    assert ESPACE.name == offered[2]
    found = desk.browser.get(offered[1].replace("&amp;", "&")).text
    assert ('id="client_id-error"' in found, "<small>sign_in</small>" in found) == (False, True)


@pytest.mark.parametrize(
    ("query", "message"),
    [
        ("client_id=nobody", "Aucune application n’a cet identifiant client."),
        ("actor=nobody@fund.example", "Le journal ne connaît personne sous cet identifiant."),
        ("dossier=0000000", "Aucun compte n’a ce numéro de dossier."),
        ("client_id=nobody&lang=en", "No application has this client id."),
        ("actor=nobody@fund.example&lang=en", "The record knows nobody by this identifier."),
        ("dossier=0000000&lang=en", "No account has this file number."),
    ],
)
def test_nobody_is_said(desk: Desk, query: str, message: str) -> None:
    """An id, a login or a number of nobody."""
    assert message in desk.get(f"/journal?{query}").text


def test_from_an_event_to_the_account(provider: Provider, desk: Desk) -> None:
    """A member's events lead to their page, an administrator's to theirs."""
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
    assert account is not None
    provider.application.audit("password_changed", account_id=account.id)
    member = f'/administration/dossiers/{account.id}">{account.id[:8]}…</a>'
    assert member in desk.get("/journal?event=password_changed").text
    assert MEMBER.dossier in desk.get(f"/dossiers/{account.id}").text
    joined = re.search(
        r'href="(/administration/administrateurs/\w+)">marie@', desk.get("/journal?event=admin_joined").text
    )
    assert joined is not None
    assert 200 == desk.browser.get(joined[1]).status


def test_whom_the_house_knows(provider: Provider, desk: Desk) -> None:
    """Somebody who did nothing is no mistake; an application that is gone is known by its events."""
    provider.application.audit("client_deleted", client_id="gone")
    for query in ("client_id=gone", "client_id=espace&event=letters_printed", "actor=marie@fund.example&event=sign_in"):
        assert "-error" not in desk.get(f"/journal?{query}").text

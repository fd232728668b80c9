"""The reference of an error page, at the console: who may ask what was refused under it, and what is answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import Engine, event, exc

from idp.admin.roles import Role
from idp.protocol.client_notes import Kind
from tests.support.faults import lost_disk
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty
from tests.support.staff import at_the_console
from tests.support.statements import counted


@contextmanager
def days_lost(engine: Engine) -> Iterator[None]:
    """Let the statements alone fail that read or write what applications did."""

    def fail(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if "client_days" in statement:
            raise exc.OperationalError(statement, parameters, lost_disk(), hide_parameters=True)

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def refused(provider: Provider) -> str:
    """Have an application refused; return the reference that its answer bears."""
    return RelyingParty(provider).redeem("unknown").headers["X-Request-Id"]


@pytest.mark.parametrize(
    ("role", "field", "link"),
    [(Role.CLIENTS, "/applications", True), (Role.MEMBERS, "/dossiers", False), (Role.AUDITOR, "/dossiers", True)],
)
def test_who_may_ask(provider: Provider, role: Role, field: str, link: bool) -> None:
    """Each finds the field on their page; the application is named, and is a link for whoever may open it."""
    reference = refused(provider)
    desk = at_the_console(provider, role)
    assert 'action="/administration/reference" id="reference-form"' in desk.get(field).text
    shown = desk.get(f"/reference?reference={reference[:8].upper()}+{reference[8:]}")
    assert ("<dd>espace</dd>" in shown.text, 'id="to-refused">espace</a>' in shown.text) == (not link, link)
    assert "Reference of an error page" in desk.get(f"/reference?reference={reference}&lang=en").text


def test_who_may_not(provider: Provider) -> None:
    """The keys' role is refused plainly."""
    page = at_the_console(provider, Role.SECURITY).get(f"/reference?reference={'a' * 16}")
    assert (403, True) == (page.status, 'id="forbidden"' in page.text)


@pytest.mark.parametrize("typed", ["", "ABCD-EFGH", "a" * 15, "a" * 17, "<b>", "é" * 16])
def test_what_is_no_reference(provider: Provider, typed: str) -> None:
    """It is said beside the field, in both languages, and the days are not asked."""
    desk = at_the_console(provider, Role.MEMBERS)
    with counted(provider.application.store.engine) as statements:
        shown = desk.get(f"/reference?reference={typed}").text
    assert ('id="reference-error"' in shown, 'id="none"' in shown, "<b>" in shown) == (True, False, False)
    assert [] == [one for one in statements if "client_days" in one]
    assert "A reference has 16 characters" in desk.get(f"/reference?reference={typed}&lang=en").text


def test_nothing_under_a_reference(provider: Provider) -> None:
    """What is kept of refusals is said, and where else to look; without a question nothing is."""
    desk = at_the_console(provider, Role.MEMBERS)
    assert 'id="none"' in desk.get(f"/reference?reference={'0' * 16}").text
    bare = desk.get("/reference").text
    assert ('id="none"' in bare, 'id="reference-error"' in bare) == (False, False)


def test_a_look_up_writes_no_more_than_a_turn(provider: Provider) -> None:
    """Of what thousands of applications did, most waits on; every refusal is there."""
    for number in range(500):
        provider.application.client_notes("espace", Kind.ANSWERED, str(number))
    reference = refused(provider)
    desk = at_the_console(provider, Role.CLIENTS)
    with counted(provider.application.store.engine) as statements:
        assert 'id="to-refused"' in desk.get(f"/reference?reference={reference}").text
    assert 250 > sum("INSERT INTO client_days" in one for one in statements)


def test_pages_stand_where_the_store_is_silent(provider: Provider) -> None:
    """The look-up says so; the record shows its events, without the hint."""
    reference = refused(provider)
    desk = at_the_console(provider)
    with days_lost(provider.application.store.engine):
        asked, record = (desk.get(f"/{page}?reference={reference}") for page in ("reference", "journal"))
    assert (200, True, False) == (asked.status, 'id="silent"' in asked.text, 'id="none"' in asked.text)
    assert (200, True, False) == (
        record.status,
        'id="to-applications"' in record.text,
        'id="to-refused"' in record.text,
    )

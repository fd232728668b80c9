"""Tickets: what waits on the server for one browser's next page."""

from idp.members.tickets import Tickets
from idp.services.local_counters import LocalCounters
from keys.sealing import Sealer
from tests.support.stores import Clock

FACTS = {"account_id": "account", "interaction": ""}


def test_a_ticket_is_of_one_browser_one_purpose_and_some_minutes() -> None:
    """Anybody else reads nothing, and nothing readable waits in the store (N-114)."""
    clock, sealer = Clock(), Sealer([b"k" * 32])
    kv = LocalCounters(clock)
    tickets = Tickets(kv, sealer, "change", 900)
    ticket = tickets.issue(FACTS, "browser")
    assert FACTS == tickets.read(ticket, "browser")
    assert tickets.read(ticket, "other browser") is None
    assert tickets.read(ticket[:-1] + ("A" if ticket[-1] != "A" else "B"), "browser") is None
    assert Tickets(kv, sealer, "reset", 900).read(ticket, "browser") is None
    assert Tickets(kv, Sealer([b"x" * 32]), "change", 900).read(ticket, "browser") is None
    clock.forward(900)
    assert tickets.read(ticket, "browser") is None


def test_an_ended_ticket_is_no_more() -> None:
    """After the change its form cannot be opened again."""
    tickets = Tickets(LocalCounters(Clock()), Sealer([b"k" * 32]), "change", 900)
    ticket = tickets.issue(FACTS, "browser")
    tickets.end(ticket)
    assert tickets.read(ticket, "browser") is None
    assert [None] * 3 == [tickets.read(odd, "browser") for odd in ("", "é" * 30, "x" * 5000)]

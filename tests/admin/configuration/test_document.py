"""A whole file: written, read, and everything that is wrong with it."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from idp.admin.configuration.difference import Plan, compare
from idp.admin.configuration.document import FaultyError, Held, export, ours, pause_end, pause_of, read
from idp.admin.roles import Role
from idp.protocol.client import Client
from idp.upstream import Outage
from tests.support.cast import ESPACE, PARTNER
from tests.support.configurations import CHOICES, clients

NOW = 1_790_000_000
HELD = Held(
    clients={"espace": ESPACE, "partner": PARTNER, "console": replace(PARTNER, client_id="console", staff=True)},
    roles={"root@fund.example": ("security",), "marie@fund.example": ("clients", "auditor")},
    pauses={
        "franceconnect": pause_of(Outage(NOW, paused=True, until=NOW + 3600, words={"fr": "Travaux « b »."})),
        "other": pause_of(None),
    },
    choices=CHOICES,
    now=NOW,
)


def faults(text: str) -> list[tuple[int, str]]:
    """Return line and place of every fault of a file."""
    with pytest.raises(FaultyError) as refused:
        read(text, HELD)
    assert all(one.reason.isascii() for one in refused.value.faults)
    return [(one.line, one.where) for one in refused.value.faults]


@settings(max_examples=15)
@given(st.lists(clients(), max_size=3), st.sets(st.sampled_from(Role), min_size=1))
def test_there_and_back(drawn: list[Client], roles: set[Role]) -> None:
    """What is exported asks for no change, and makes the same clients; the text is the same every time."""
    known = {f"c-{number}": replace(one, client_id=f"c-{number}") for number, one in enumerate(drawn)}
    held = replace(HELD, clients=known, roles={**HELD.roles, "a@b.example": roles})
    document = read(export(held), held)
    assert (Plan(()), known) == (compare(held.state, document.state), document.clients)
    assert export(held) == export(replace(held, clients=dict(reversed(known.items()))))


def test_what_is_no_file_s_business() -> None:
    """The console and whoever registered by itself are left out, and may not be named."""
    alone = replace(PARTNER, client_id="stray", registered_dynamically=True)
    held = replace(HELD, clients={**HELD.clients, "stray": alone})
    assert ["espace", "partner"] == [name for name, one in held.clients.items() if ours(one)]
    assert ("console" in export(held), "stray" in export(held)) == (False, False)
    for name in ("console", "stray"):
        with pytest.raises(FaultyError, match=f"clients.{name} is not for a file"):
            read(f'version = 1\n[clients.{name}]\nclient_name = "x"', held)


WRONG = """\
version = true
[clients.espace]
redirect_uris = "x"
secrets = 3
foo = 1
client_name = "E"
[clients.nameless]
[clients."a b"]
client_name = "A"
redirect_uris = ["https://a.example/cb"]
[administrators."marie@fund.example"]
roles = ["boss"]
[administrators."nobody@fund.example"]
name = "x"
roles = ["clients"]
[upstreams.franceconnect]
until = 2020-01-01
words = "x"
[upstreams.unknown]
paused = true
[upstreams.other]
paused = false
words = { fr = " " }
[others]
"""


def test_every_fault_at_once() -> None:
    """Each with its line and its table."""
    assert [
        (1, "version"),
        (3, "clients.espace.redirect_uris"),
        (4, "clients.espace.secrets"),
        (5, "clients.espace.foo"),
        (7, "clients.nameless.client_name"),
        (8, 'clients."a b"'),
        (12, 'administrators."marie@fund.example".roles'),
        (13, 'administrators."nobody@fund.example"'),
        (14, 'administrators."nobody@fund.example".name'),
        (16, "upstreams.franceconnect.paused"),
        (17, "upstreams.franceconnect.until"),
        (18, "upstreams.franceconnect.words"),
        (19, "upstreams.unknown"),
        (22, "upstreams.other.paused"),
        (23, "upstreams.other.words"),
        (24, "others"),
    ] == faults(WRONG)


@pytest.mark.parametrize(
    ("expected", "text"),
    [
        ((2, ""), "version = 1\n= 2"),
        ((1, ""), "\ud800"),
        ((1, ""), "#" * 1_000_001),
        ((2, "clients"), "version = 1\nclients = 3"),
        ((2, "clients.espace"), "version = 1\nclients.espace = 3"),
        ((2, "upstreams.other.until"), "version = 1\nupstreams.other = {paused = true, until = 0001-01-01T00:00:00}"),
        ((2, "administrators"), 'version = 1\n[administrators."root@fund.example"]\nroles = ["clients"]'),
    ],
)
def test_what_is_no_configuration(expected: tuple[int, str], text: str) -> None:
    """No TOML, too long, no table, a date before all dates, nobody left who gives roles."""
    assert [expected] == faults(text)


def test_a_time_without_a_zone_is_paris() -> None:
    """As operators write it; the same moment in another zone is no difference."""
    texts = [
        f"version = 1\n[upstreams.other]\npaused = true\nuntil = {when}"
        for when in ("2200-01-15T08:00:00", "2200-01-15T07:00:00Z")
    ]
    first, second = [read(text, HELD).state["upstreams"]["other"] for text in texts]
    assert (first, 7_259_353_200) == (second, pause_end(first))


@given(st.text())
def test_whatever_is_sent_is_read_or_refused(text: str) -> None:
    """No text breaks the reading."""

    def outcome() -> object:
        try:
            return read(text, HELD)
        except FaultyError as refused:
            return refused.faults

    assert outcome()

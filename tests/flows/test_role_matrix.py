"""Who may do what, by every door: a route, an operation or a command that names no act of the matrix fails here."""

import re
from collections.abc import Iterator

import click
import pytest

from idp.admin.actor import FRESH_FOR, Actor, ForbiddenError, StaleSignInError, operator
from idp.admin.api.assemble import operations
from idp.admin.console.routes import CONSOLE, OPEN, SIGN_IN
from idp.admin.roles import ACTS, Role
from idp.cli import main
from tests.support.administration import administered
from tests.support.provider import Provider, running
from tests.support.staff import at_the_console

CLIENTS, MEMBERS, SECURITY, AUDITOR = "clients", "members", "security", "auditor"

MATRIX = {
    "clients.list": {CLIENTS, AUDITOR},
    "clients.show": {CLIENTS, AUDITOR},
    "clients.versions": {CLIENTS, AUDITOR},
    "clients.refused": {CLIENTS, MEMBERS, AUDITOR},
    "clients.create": {CLIENTS},
    "clients.update": {CLIENTS},
    "clients.enable": {CLIENTS},
    "clients.doctor": {CLIENTS},
    "clients.roll_back": {CLIENTS},
    "clients.rotate_secret": {CLIENTS},
    "clients.disable": {CLIENTS},
    "clients.delete": {CLIENTS},
    "clients.administer": {SECURITY},
    "members.find": {MEMBERS, AUDITOR},
    "members.show": {MEMBERS, AUDITOR},
    "members.reset": {MEMBERS},
    "members.end_sessions": {MEMBERS},
    "members.resume": {MEMBERS},
    "members.unlink": {MEMBERS},
    "members.suspend": {MEMBERS},
    "members.close": {MEMBERS},
    "members.remove_second_factor": {MEMBERS},
    "cases.list": {MEMBERS, AUDITOR},
    "cases.show": {MEMBERS, AUDITOR},
    "cases.link": {MEMBERS},
    "cases.refuse": {MEMBERS},
    "cases.undo": {MEMBERS},
    "federation.explain": {MEMBERS, AUDITOR},
    "federation.status": {SECURITY, AUDITOR},
    "federation.pause": {SECURITY},
    "federation.resume": {SECURITY},
    "letters.status": {MEMBERS, AUDITOR},
    "letters.print": {MEMBERS},
    "letters.take": {MEMBERS},
    "keys.status": {SECURITY, AUDITOR},
    "keys.rotate": {SECURITY},
    "keys.emergency": {SECURITY},
    "config.export": {SECURITY, AUDITOR},
    "config.diff": {SECURITY, AUDITOR},
    "config.apply": {SECURITY},
    "admins.list": {SECURITY, AUDITOR},
    "admins.create": {SECURITY},
    "admins.change_roles": {SECURITY},
    "admins.disable": {SECURITY},
    "admins.invite": {SECURITY},
    "proposals.list": {CLIENTS, MEMBERS, SECURITY, AUDITOR},
    "proposals.show": {CLIENTS, MEMBERS, SECURITY, AUDITOR},
    "proposals.refuse": {CLIENTS, MEMBERS, SECURITY},
    "proposals.approve": {CLIENTS, MEMBERS, SECURITY},
    "audit.read": {AUDITOR},
    "audit.export": {AUDITOR},
    "audit.verify": {AUDITOR},
    "dashboard.read": {AUDITOR},
}
"""Whom each act is open to, written down a second time: who changes one side changes the other knowingly."""

INNER = {"clients.administer"}
"""Acts that others ask for on their way; they have no door of their own."""

COMMANDS = {
    "config export": "config.export",
    "config diff": "config.diff",
    "config apply": "config.apply",
    "config version": "config.export",
    "config versions": "config.export",
    "clients create": "clients.create",
    "clients delete": "clients.delete",
    "clients disable": "clients.disable",
    "clients doctor": "clients.doctor",
    "clients enable": "clients.enable",
    "clients end-older-secrets": "clients.rotate_secret",
    "clients initial-token": "clients.create",
    "clients list": "clients.list",
    "clients roll-back": "clients.roll_back",
    "clients rotate-secret": "clients.rotate_secret",
    "clients show": "clients.show",
    "clients snippet": "clients.show",
    "clients update": "clients.update",
    "clients usage": "clients.show",
    "clients versions": "clients.versions",
    "keys emergency": "keys.emergency",
    "keys rotate": "keys.rotate",
    "keys status": "keys.status",
    "members close": "members.close",
    "members end-sessions": "members.end_sessions",
    "members find": "members.find",
    "members remove-second-factor": "members.remove_second_factor",
    "members reset": "members.reset",
    "members resume": "members.resume",
    "members show": "members.show",
    "members suspend": "members.suspend",
    "members unlink": "members.unlink",
    "federation case": "cases.show",
    "federation cases": "cases.list",
    "federation explain": "federation.explain",
    "federation link": "cases.link",
    "federation pause": "federation.pause",
    "federation refuse": "cases.refuse",
    "federation resume": "federation.resume",
    "federation status": "federation.status",
    "federation undo": "cases.undo",
    "letters print": "letters.print",
    "letters status": "letters.status",
    "admins create": "admins.create",
    "admins disable": "admins.disable",
    "admins invite": "admins.invite",
    "admins list": "admins.list",
    "admins reset-factors": "admins.invite",
    "admins roles": "admins.change_roles",
    "proposals approve": "proposals.approve",
    "proposals list": "proposals.list",
    "proposals refuse": "proposals.refuse",
    "proposals show": "proposals.show",
    "audit export": "audit.export",
    "audit list": "audit.read",
    "audit verify": "audit.verify",
    "dashboard": "dashboard.read",
}
"""The act behind each command."""

MACHINE = {
    *("demo", "serve", "worker", "migrate", "completion", "outbox status"),
    *("config check", "config example", "keys rewrap", "members import", "members export"),
}
"""Commands of whoever runs the machine, which no other door has: its programs, its settings, its files."""


@pytest.fixture(scope="module")
def provider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Provider]:
    """One provider for all: nothing here changes anything."""
    with running(administered(tmp_path_factory.mktemp("matrix"), admin={"api": True})) as made:
        yield made


def commands(command: click.Command, path: tuple[str, ...] = ()) -> Iterator[str]:
    """Return every command below one, as it is typed."""
    context = click.Context(command)
    if not isinstance(command, click.Group):
        yield " ".join(path)
        return
    for name in command.list_commands(context):
        found = command.get_command(context, name)
        assert found is not None
        yield from commands(found, (*path, name))


def allowed(name: str, role: Role) -> bool:
    """Whether the gate lets somebody with one role pass, just signed in, by the command line, API or console."""
    passed = set()
    for door in ("console", "api", "command"):
        try:
            Actor("x", frozenset({role}), door, auth_time=100).permit(name, 100)
            passed.add(True)
        except ForbiddenError:
            passed.add(False)
    (answer,) = passed
    return answer


@pytest.mark.parametrize("role", list(Role))
def test_every_act_by_every_role(role: Role) -> None:
    """The gate and the matrix say the same of every act, whichever the door."""
    assert MATRIX.keys() == ACTS.keys()
    assert {name: role.value in roles for name, roles in MATRIX.items()} == {name: allowed(name, role) for name in ACTS}


def test_nobody_without_a_role() -> None:
    """No act is open to an administrator without a role."""
    for name in ACTS:
        with pytest.raises(ForbiddenError):
            Actor("x", frozenset(), "console", auth_time=100).permit(name, 100)


def test_what_is_dangerous_wants_a_fresh_sign_in() -> None:
    """At the console; a program and the machine prove themselves otherwise."""
    for name, act in ACTS.items():
        for door in ("console", "api", "command"):
            actor, late = Actor("x", frozenset(Role), door, auth_time=100), 101 + FRESH_FOR
            if act.dangerous and door == "console":
                with pytest.raises(StaleSignInError):
                    actor.permit(name, late)
            else:
                assert act == actor.permit(name, late)


def test_every_command_has_its_act() -> None:
    """A new command names its act here, or is one of the machine's; the operator may do every one."""
    assert set(commands(main)) == COMMANDS.keys() | MACHINE
    for act in COMMANDS.values():
        assert operator("root").permit(act, 0).name == act


def test_every_route_is_in_the_tables(provider: Provider) -> None:
    """What Flask serves below the console's address is what the tables say, by method, and each act is one."""
    provider.browser()
    served = {
        (rule.rule, method)
        for rule in provider.application.flask.url_map.iter_rules()
        if rule.rule.startswith("/administration")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }
    assert {(path, method) for path, method, *_ in (*SIGN_IN, *OPEN, *CONSOLE)} == served
    assert {act for *_, act in CONSOLE if act} <= MATRIX.keys()


def test_every_operation_has_its_act(provider: Provider) -> None:
    """And so has every operation of the API."""
    assert {one.act for one in operations(provider.application.acts)} <= MATRIX.keys()


def test_every_act_has_a_door(provider: Provider) -> None:
    """Nothing can be done that nobody can ask for."""
    doors = {act for *_, act in CONSOLE} | {one.act for one in operations(provider.application.acts)}
    assert MATRIX.keys() - INNER == (doors | set(COMMANDS.values())) - {""}


def test_pages_of_dangerous_acts_ask_again(provider: Provider) -> None:
    """Every one, shown or sent, sends whoever signed in a while ago to the sign-in page; nothing is done."""
    desk = at_the_console(provider)
    provider.clock.forward(FRESH_FOR + 1)
    asked = [(path, method) for path, method, _, _, act in CONSOLE if act and ACTS[act].dangerous]
    assert asked
    for path, method in asked:
        url = re.sub(r"<[^>]+>", "0" * 32, re.sub(r"<int:\w+>", "1", path))
        page = desk.browser.post(url, {}) if method == "POST" else desk.browser.get(url)
        assert (path, True) == (path, "/administration/connexion/" in page.url)

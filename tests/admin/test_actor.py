"""The gate that each act passes."""

from dataclasses import replace

import pytest

from idp.admin.actor import FRESH_FOR, Actor, ForbiddenError, StaleSignInError, operator
from idp.admin.roles import ACTS, Role

NOW = 1_700_000_000


def console(*roles: Role, age: int = 0) -> Actor:
    """Return somebody at the console, signed in so many seconds ago."""
    return Actor("a-1", frozenset(roles), "console", NOW - age, "192.0.2.1", "r-1")


def test_roles_decide() -> None:
    """An act passes with its role, and is refused by name without it."""
    assert ACTS["clients.create"] is console(Role.CLIENTS).permit("clients.create", NOW)
    with pytest.raises(ForbiddenError, match=r"clients\.create needs the role clients"):
        console(Role.MEMBERS, Role.SECURITY, Role.AUDITOR).permit("clients.create", NOW)


@pytest.mark.parametrize("age", [FRESH_FOR + 1, -1])
def test_dangerous_acts_need_a_recent_sign_in_at_the_console(age: int) -> None:
    """Too old, or from the future: prove again; what is not dangerous goes on."""
    with pytest.raises(StaleSignInError):
        console(Role.CLIENTS, age=age).permit("clients.disable", NOW)
    assert console(Role.CLIENTS, age=age).permit("clients.update", NOW).name == "clients.update"
    assert console(Role.CLIENTS, age=FRESH_FOR).permit("clients.disable", NOW).name == "clients.disable"


def test_what_has_passed_does_not_stop_half_way() -> None:
    """A part of an act goes on when the sign-in grows too old meanwhile; roles count."""
    late = replace(console(Role.CLIENTS, age=FRESH_FOR + 1), part_of="config.apply")
    assert "clients.disable" == late.permit("clients.disable", NOW).name
    with pytest.raises(ForbiddenError):
        late.permit("keys.rotate", NOW)


def test_the_role_is_asked_before_the_sign_in() -> None:
    """Who may not do it at all is not sent to sign in again for nothing."""
    with pytest.raises(ForbiddenError):
        console(Role.AUDITOR, age=9999).permit("clients.disable", NOW)


@pytest.mark.parametrize("name", ACTS)
def test_the_operator_of_the_machine_may_do_everything(name: str) -> None:
    """Whoever has the machine has its database too."""
    assert operator("root").permit(name, NOW).name == name


def test_what_the_audit_keeps() -> None:
    """Who, by which door, from where; nothing that is empty."""
    expected = {"actor": "a-1", "door": "console", "network": "192.0.2.1", "reference": "r-1"}
    assert expected == console(Role.AUDITOR).facts()
    assert {"actor": "operator:root", "door": "command"} == operator("root").facts()

"""The table of acts: who may do what."""

import pytest

from idp.admin.roles import ACTS, Role

READS = frozenset(name for name, act in ACTS.items() if act.reads)


def test_an_auditor_looks_at_everything_and_changes_nothing() -> None:
    """What reads is open to an auditor, what changes is not."""
    assert READS == {name for name, act in ACTS.items() if act.open_to({Role.AUDITOR})}


@pytest.mark.parametrize("role", [Role.CLIENTS, Role.MEMBERS, Role.SECURITY])
def test_a_role_opens_its_own_acts_alone(role: Role) -> None:
    """Nobody reaches another role's acts, not even to look, but for those that are shared and ask again, or name it."""
    assert {role} == {act.role for act in ACTS.values() if act.open_to({role}) and not act.shared and act.also != role}
    assert {"clients.refused": Role.MEMBERS} == {name: act.also for name, act in ACTS.items() if act.also}
    assert {name for name, act in ACTS.items() if act.shared} <= {
        name for name, act in ACTS.items() if act.open_to({role})
    }


def test_nothing_is_open_to_nobody() -> None:
    """Without a role nothing can be done."""
    assert [] == [name for name, act in ACTS.items() if act.open_to(())]


def test_names_are_a_thing_and_a_verb() -> None:
    """An act is called as its command is: a thing, a dot, what is done with it; and no look is dangerous."""
    assert all(2 == len(name.split(".")) and name.islower() for name in ACTS)
    assert not any(act.reads and act.dangerous for act in ACTS.values())

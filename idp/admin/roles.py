"""The acts of administration and the roles that open them: one screen, read by the gate, the pages and the tests."""

from collections.abc import Collection
from enum import StrEnum
from typing import Final

from idp.records import dataclass


class Role(StrEnum):
    """What a person of the staff is trusted with; one person may hold several."""

    CLIENTS = "clients"
    """Relying applications."""
    MEMBERS = "members"
    """The support desk."""
    SECURITY = "security"
    """Keys, settings, administrators."""
    AUDITOR = "auditor"
    """Sees everything that is written down, changes nothing."""


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that can be done. `reads`: it changes nothing. `dangerous`: it asks for a recent sign-in.

    `shared`: every role that changes anything may do it, and the act asks again for the role of what it is done with.
    `also`: another role whose work needs it as it stands.
    """

    name: str
    role: Role
    reads: bool = False
    dangerous: bool = False
    shared: bool = False
    also: Role | None = None

    def open_to(self, roles: Collection[Role]) -> bool:
        """Whether somebody with these roles may do it: the act's own role may, and an auditor may look."""
        own = any(role is not Role.AUDITOR for role in roles) if self.shared else self.role in roles
        return own or self.also in roles or (self.reads and Role.AUDITOR in roles)


def _reads(role: Role, *names: str) -> tuple[Act, ...]:
    return tuple(Act(name, role, reads=True) for name in names)


def _does(role: Role, *names: str) -> tuple[Act, ...]:
    return tuple(Act(name, role) for name in names)


def _dangerous(role: Role, *names: str) -> tuple[Act, ...]:
    return tuple(Act(name, role, dangerous=True) for name in names)


_ACTS: Final = (
    *_reads(Role.CLIENTS, "clients.list", "clients.show", "clients.versions"),
    # Who calls with the reference of an error page calls the support desk.
    Act("clients.refused", Role.CLIENTS, reads=True, also=Role.MEMBERS),
    *_does(Role.CLIENTS, "clients.create", "clients.update", "clients.enable", "clients.doctor", "clients.roll_back"),
    *_dangerous(Role.CLIENTS, "clients.rotate_secret", "clients.disable", "clients.delete"),
    # Whoever keeps an application with scopes of the administrators' API could give themselves any role by it.
    *_dangerous(Role.SECURITY, "clients.administer"),
    *_reads(Role.MEMBERS, "members.find", "members.show"),
    *_does(Role.MEMBERS, "members.reset", "members.end_sessions", "members.resume"),
    *_dangerous(Role.MEMBERS, "members.unlink", "members.suspend", "members.close", "members.remove_second_factor"),
    *_dangerous(Role.MEMBERS, "letters.take"),
    *_reads(Role.MEMBERS, "cases.list", "cases.show", "federation.explain", "letters.status"),
    *_does(Role.MEMBERS, "cases.link", "cases.refuse", "cases.undo", "letters.print"),
    *_reads(Role.SECURITY, "keys.status", "federation.status", "config.export", "config.diff", "admins.list"),
    *_does(Role.SECURITY, "federation.pause", "federation.resume"),
    *_dangerous(Role.SECURITY, "keys.rotate", "keys.emergency", "config.apply"),
    *_dangerous(Role.SECURITY, "admins.create", "admins.change_roles", "admins.disable", "admins.invite"),
    *_reads(Role.AUDITOR, "audit.read", "audit.export", "audit.verify"),
    *_reads(Role.AUDITOR, "dashboard.read"),
    Act("proposals.list", Role.SECURITY, reads=True, shared=True),
    Act("proposals.show", Role.SECURITY, reads=True, shared=True),
    Act("proposals.refuse", Role.SECURITY, shared=True),
    Act("proposals.approve", Role.SECURITY, dangerous=True, shared=True),
)

ACTS: Final = {act.name: act for act in _ACTS}
"""Every act by its name."""

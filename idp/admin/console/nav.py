"""The console's menu, and what its pages call the roles."""

from collections.abc import Collection
from typing import Final

from idp.admin.roles import ACTS, Role
from idp.records import dataclass
from idp.web.i18n import mark as _


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of the menu: the page's short name, its path, its title, and the act that it is for; empty for all."""

    name: str
    href: str
    title: str
    act: str = ""


@dataclass(frozen=True, slots=True)
class RoleWords:
    """What pages call a role, and what it is trusted with."""

    title: str
    what: str


MENU: Final = (
    Entry("overview", "/administration", _("Vue d’ensemble")),
    Entry("dashboard", "/administration/tableau-de-bord", _("Tableau de bord"), "dashboard.read"),
    Entry("applications", "/administration/applications", _("Applications"), "clients.list"),
    Entry("members", "/administration/dossiers", _("Dossiers"), "members.find"),
    Entry("letters", "/administration/courriers", _("Courriers"), "letters.status"),
    Entry("cases", "/administration/rapprochements", _("Rapprochements"), "cases.list"),
    Entry("simulator", "/administration/simulateur", _("Simulateur"), "federation.explain"),
    Entry("upstreams", "/administration/fournisseurs", _("Fournisseurs d’identité"), "federation.status"),
    Entry("keys", "/administration/cles", _("Clés"), "keys.status"),
    Entry("proposals", "/administration/propositions", _("Propositions"), "proposals.list"),
    Entry("administrators", "/administration/administrateurs", _("Administrateurs"), "admins.list"),
    Entry("configuration", "/administration/configuration", _("Configuration"), "config.diff"),
    Entry("audit", "/administration/journal", _("Journal d’audit"), "audit.read"),
    Entry("audit-verify", "/administration/journal/verification", _("Vérification du journal"), "audit.verify"),
    Entry("own", "/administration/mon-acces", _("Mon accès")),
)

ROLES: Final = {
    Role.CLIENTS: RoleWords(_("Applications"), _("Enregistre et modifie les applications.")),
    Role.MEMBERS: RoleWords(_("Assistance"), _("Aide les affiliés et les ayants droit au téléphone.")),
    Role.SECURITY: RoleWords(_("Sécurité"), _("Gère les clés, les réglages et les administrateurs.")),
    Role.AUDITOR: RoleWords(_("Audit"), _("Consulte tout ce qui est enregistré et ne change rien.")),
}


def menu(roles: Collection[Role]) -> list[Entry]:
    """Return what somebody with these roles may open; the server refuses the rest whatever the menu shows."""
    return [entry for entry in MENU if not entry.act or ACTS[entry.act].open_to(roles)]


def titles(roles: Collection[str]) -> list[str]:
    """Return what pages call some roles, in the roles' order."""
    return [words.title for role, words in ROLES.items() if role.value in roles]

"""Every page of the staff's door: path, methods, view, and the act whose roles open it. One screen."""

from collections.abc import Callable
from functools import partial
from typing import Final

from flask import Flask
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.console import (
    administrators,
    applications,
    cases,
    client_acts,
    client_edit,
    client_history,
    configuration,
    dashboard,
    doctor,
    home,
    invitation,
    journal,
    keys,
    letters,
    members,
    own,
    proposals,
    references,
    sign_in,
    simulator,
    upstreams,
)
from idp.admin.console.desk import Console, View, guarded
from idp.web.http import Edge

SIGN_IN: Final[tuple[tuple[str, str, str, Callable[[Edge, str], AnyResponse]], ...]] = (
    ("/administration/connexion/<interaction>", "GET", "staff_sign_in", sign_in.page),
    ("/administration/connexion/<interaction>", "POST", "staff_sign_in_submit", sign_in.submit),
)
"""The provider's own pages: they are there before anybody is signed in."""

OPEN: Final[tuple[tuple[str, str, str, View], ...]] = (
    ("/administration/invitation/<token>", "GET", "invitation", invitation.page),
    ("/administration/invitation/<token>", "POST", "invitation_choose", invitation.choose),
    ("/administration/invitation/<token>/<provider>", "POST", "invitation_upstream", invitation.by_upstream),
    ("/administration/bienvenue/<ticket>", "GET", "welcome", invitation.factor_page),
    ("/administration/bienvenue/<ticket>", "POST", "welcome_factor", invitation.add_factor),
    ("/administration/bienvenue/<ticket>/codes", "GET", "welcome_codes", invitation.codes_page),
    ("/administration/bienvenue/<ticket>/codes", "POST", "welcome_codes_kept", invitation.codes_kept),
    ("/administration/retour", "GET", "arrive", home.arrive),
    ("/administration/fin", "GET", "left", home.left),
)
"""An invitation, for whoever holds the link; coming in and having gone."""

_ONE: Final = "/administration/administrateurs/<account>"
_DOCTOR: Final = "/administration/diagnostic/<path:client_id>"
_MEMBER: Final = "/administration/dossiers/<member>"
_BATCH: Final = "/administration/courriers/<batch>"
_CONFIGURATION: Final = "/administration/configuration"
_PROPOSAL: Final = "/administration/propositions/<proposal>"
_OWN: Final = "/administration/mon-acces"
_CLIENT: Final = "/administration/applications/<path:client_id>"


def _client(act: str, name: str, opened_by: str) -> tuple[tuple[str, str, str, View, str], ...]:
    """Return the page of an act on an application, and the form that does it."""
    path = f"{_CLIENT}/{act}"
    return (
        (path, "GET", name, partial(client_acts.act_page, act=act), opened_by),
        (path, "POST", f"{name}_now", partial(client_acts.do, act=act), opened_by),
    )


_UPSTREAM: Final = "/administration/fournisseurs/<upstream>"

CONSOLE: Final[tuple[tuple[str, str, str, View, str], ...]] = (
    ("/administration", "GET", "overview", home.overview, ""),
    ("/administration/deconnexion", "POST", "leave", home.leave, ""),
    ("/administration/tableau-de-bord", "GET", "dashboard", dashboard.page, "dashboard.read"),
    ("/administration/applications", "GET", "applications", applications.page, "clients.list"),
    ("/administration/reference", "GET", "reference", references.page, "clients.refused"),
    (_DOCTOR, "GET", "doctor", doctor.page, "clients.doctor"),
    (_DOCTOR, "POST", "doctor_examine", doctor.examine, "clients.doctor"),
    ("/administration/dossiers", "GET", "members", members.page, "members.find"),
    ("/administration/dossiers", "POST", "members_found", members.find, "members.find"),
    (_MEMBER, "GET", "member", members.show, "members.show"),
    (f"{_MEMBER}/connexions", "GET", "member_sign_ins", members.sign_ins, "members.show"),
    *(
        (f"{_MEMBER}/{verb}", method, f"member_{verb}_{method}", partial(view, verb=verb), one.act)
        for verb, one in members.PAGES.items()
        for method, view in (("GET", members.act_page), ("POST", members.act))
    ),
    ("/administration/courriers", "GET", "letters", letters.page, "letters.status"),
    ("/administration/courriers/imprimer", "GET", "letters_print", letters.print_page, "letters.print"),
    ("/administration/courriers/imprimer", "POST", "letters_printed", letters.print_now, "letters.print"),
    (f"{_BATCH}/fichier", "GET", "letters_file", letters.file_page, "letters.take"),
    (f"{_BATCH}/fichier", "POST", "letters_taken", letters.take, "letters.take"),
    ("/administration/nouvelle-application", "GET", "client_new", client_edit.new, "clients.create"),
    ("/administration/nouvelle-application", "POST", "client_create", client_edit.create, "clients.create"),
    (_CLIENT, "GET", "application", applications.show, "clients.show"),
    (f"{_CLIENT}/integration", "GET", "client_integration", applications.integration, "clients.show"),
    (f"{_CLIENT}/modifier", "GET", "client_edit", client_edit.edit, "clients.update"),
    (f"{_CLIENT}/modifier", "POST", "client_update", client_edit.update, "clients.update"),
    (f"{_CLIENT}/historique", "GET", "client_history", client_history.page, "clients.versions"),
    (f"{_CLIENT}/historique/<int:number>", "GET", "client_version", client_history.roll_back_page, "clients.roll_back"),
    (f"{_CLIENT}/historique/<int:number>", "POST", "client_roll_back", client_history.roll_back, "clients.roll_back"),
    *_client("desactiver", "client_disable", "clients.disable"),
    *_client("reactiver", "client_enable", "clients.enable"),
    *_client("supprimer", "client_delete", "clients.delete"),
    *_client("secret", "client_secret", "clients.rotate_secret"),
    *_client("anciens-secrets", "client_older_secrets", "clients.rotate_secret"),
    ("/administration/rapprochements", "GET", "cases", cases.page, "cases.list"),
    ("/administration/rapprochements/<case>", "GET", "case", cases.show, "cases.show"),
    ("/administration/rapprochements/<case>", "POST", "case_decide", cases.decide, "cases.link"),
    ("/administration/simulateur", "GET", "simulator", simulator.page, "federation.explain"),
    ("/administration/simulateur", "POST", "simulate", simulator.simulate, "federation.explain"),
    ("/administration/fournisseurs", "GET", "upstreams", upstreams.page, "federation.status"),
    (f"{_UPSTREAM}/suspendre", "GET", "upstream_pause", upstreams.pause_page, "federation.pause"),
    (f"{_UPSTREAM}/suspendre", "POST", "upstream_paused", upstreams.pause, "federation.pause"),
    (f"{_UPSTREAM}/reprendre", "GET", "upstream_resume", upstreams.resume_page, "federation.resume"),
    (f"{_UPSTREAM}/reprendre", "POST", "upstream_resumed", upstreams.resume, "federation.resume"),
    ("/administration/cles", "GET", "keys", keys.page, "keys.status"),
    ("/administration/cles/renouveler", "GET", "keys_rotate", keys.rotate_page, "keys.rotate"),
    ("/administration/cles/renouveler", "POST", "keys_rotated", keys.rotate, "keys.rotate"),
    ("/administration/cles/urgence", "GET", "keys_emergency", keys.emergency_page, "keys.emergency"),
    ("/administration/cles/urgence", "POST", "keys_emergency_prepared", keys.prepare, "keys.emergency"),
    ("/administration/propositions", "GET", "proposals", proposals.page, "proposals.list"),
    (_PROPOSAL, "GET", "proposal", proposals.show, "proposals.show"),
    (f"{_PROPOSAL}/approuver", "GET", "proposal_approve", proposals.approve_page, "proposals.approve"),
    (f"{_PROPOSAL}/approuver", "POST", "proposal_approved", proposals.approve, "proposals.approve"),
    (f"{_PROPOSAL}/refuser", "GET", "proposal_refuse", proposals.refuse_page, "proposals.refuse"),
    (f"{_PROPOSAL}/refuser", "POST", "proposal_refused", proposals.refuse, "proposals.refuse"),
    ("/administration/administrateurs", "GET", "administrators", administrators.page, "admins.list"),
    ("/administration/administrateurs/nouveau", "GET", "administrator_new", administrators.new, "admins.create"),
    ("/administration/administrateurs/nouveau", "POST", "administrator_create", administrators.create, "admins.create"),
    (_ONE, "GET", "administrator", administrators.show, "admins.list"),
    (f"{_ONE}/roles", "GET", "roles", partial(administrators.act_page, act="roles"), "admins.change_roles"),
    (f"{_ONE}/roles", "POST", "roles_change", administrators.change_roles, "admins.change_roles"),
    (f"{_ONE}/inviter", "GET", "invite", partial(administrators.act_page, act="inviter"), "admins.invite"),
    (f"{_ONE}/inviter", "POST", "invite_again", administrators.invite, "admins.invite"),
    (f"{_ONE}/desactiver", "GET", "disable", partial(administrators.act_page, act="desactiver"), "admins.disable"),
    (f"{_ONE}/desactiver", "POST", "disable_now", administrators.disable, "admins.disable"),
    (_CONFIGURATION, "GET", "configuration", configuration.page, "config.diff"),
    (f"{_CONFIGURATION}/export", "GET", "configuration_export", configuration.export, "config.export"),
    (f"{_CONFIGURATION}/versions/<int:number>", "GET", "configuration_file", configuration.version, "config.export"),
    (f"{_CONFIGURATION}/appliquer", "GET", "configuration_apply", configuration.apply_page, "config.apply"),
    (f"{_CONFIGURATION}/appliquer", "POST", "configuration_applied", configuration.apply, "config.apply"),
    (_OWN, "GET", "own", own.page, ""),
    (f"{_OWN}/moyen/<factor>", "GET", "own_factor", own.factor_page, ""),
    (f"{_OWN}/moyen/<factor>", "POST", "own_factor_changed", own.change_factor, ""),
    (f"{_OWN}/application", "GET", "own_application", own.begin_application, ""),
    (f"{_OWN}/application/<ticket>", "GET", "own_application_setup", own.application, ""),
    (f"{_OWN}/application/<ticket>", "POST", "own_application_added", own.add_application, ""),
    (f"{_OWN}/cle", "GET", "own_passkey", own.passkey, ""),
    (f"{_OWN}/cle", "POST", "own_passkey_added", own.add_passkey, ""),
    (f"{_OWN}/codes", "GET", "own_codes", own.codes_page, ""),
    (f"{_OWN}/codes", "POST", "own_codes_renewed", own.renew_codes, ""),
    (f"{_OWN}/codes/<ticket>", "GET", "own_new_codes", own.new_codes, ""),
    (f"{_OWN}/codes/<ticket>", "POST", "own_codes_kept", own.codes_kept, ""),
    ("/administration/journal", "GET", "audit", journal.page, "audit.read"),
    ("/administration/journal/export", "GET", "audit_export", journal.export_page, "audit.export"),
    ("/administration/journal/export", "POST", "audit_exported", journal.export, "audit.export"),
    ("/administration/journal/verification", "GET", "audit_verify", journal.verify_page, "audit.verify"),
    ("/administration/journal/verification", "POST", "audit_verified", journal.verify, "audit.verify"),
)
"""The console: for administrators, each page for whom its act is open to; an empty act for all of them."""


def register(app: Flask, console: Console) -> None:
    """Attach the views; each receives the console (the edge alone before a sign-in) and its path arguments."""
    for path, methods, name, page in SIGN_IN:
        app.add_url_rule(path, f"admin_{name}", partial(page, console.edge), methods=methods.split())
    for path, methods, name, view in OPEN:
        app.add_url_rule(path, f"admin_{name}", partial(view, console), methods=methods.split())
    for path, methods, name, view, act in CONSOLE:
        app.add_url_rule(path, f"admin_{name}", guarded(console, view, act), methods=methods.split())

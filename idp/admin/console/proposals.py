"""Proposals: acts that wait for a second person, each with a page to read, to approve and to refuse."""

from collections.abc import Mapping
from typing import Any, Final

from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.keys import EMERGENCY
from idp.admin.acts.proposals import Opened
from idp.admin.acts.refusals import RefusedError, UnknownError
from idp.admin.console import nav
from idp.admin.console.client_values import change
from idp.admin.console.desk import PROPOSALS, Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.forms_keys import RefusalForm
from idp.admin.console.forms_members import CAUSES, IDENTIFIED
from idp.admin.registration.differences import Difference
from idp.store.proposals import Proposal
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

_HERE: Final = "proposals"
_SHOWN: Final = 50

ACT_WORDS: Final[Mapping[str, str]] = {
    "keys.emergency": _("Supprimer des clés en urgence"),
    "keys.rotate": _("Renouveler les clés"),
    "admins.create": _("Inviter un administrateur"),
    "admins.invite": _("Inviter un administrateur de nouveau"),
    "admins.change_roles": _("Changer les rôles d’un administrateur"),
    "admins.disable": _("Désactiver un administrateur"),
    "config.apply": _("Appliquer un fichier de configuration"),
    "clients.delete": _("Supprimer une application"),
    "clients.rotate_secret": _("Renouveler le secret d’une application"),
    "clients.update": _("Modifier une application"),
    "members.close": _("Fermer un dossier"),
    "members.remove_second_factor": _("Retirer les seconds moyens d’un dossier"),
    "members.unlink": _("Détacher une identité d’un dossier"),
    "federation.pause": _("Suspendre un fournisseur d’identité"),
    "federation.resume": _("Reprendre un fournisseur d’identité"),
}
"""What pages call the acts that can be proposed."""

_ARGUMENT_WORDS: Final[Mapping[str, str]] = {
    "login": _("Identifiant"),
    "name": _("Nom"),
    "roles": _("Rôles"),
    "reason": _("Motif"),
    "upstream": _("Fournisseur d’identité"),
    "until": _("Jusqu’au"),
    "words": _("Message"),
    "algorithm": _("Algorithme"),
    "text": _("Fichier"),
    "client_id": _("Application"),
    "overlap": _("Secondes pendant lesquelles l’ancien secret sert encore"),
    "version": _("Version lue"),
    "to": _("Version à rétablir"),
    "dossier": _("Numéro de dossier"),
    "cause": _("Cause"),
    "identified": _("Identification de l’appelant"),
    "prune": _("Désactive les applications que le fichier ne nomme pas"),
    "plan": _("Empreinte des changements montrés"),
}
_YES: Final = _("Oui")
_NO: Final = _("Non")
_OPEN: Final = ("warning", _("En attente"))
_OVER: Final = ("none", _("Expirée"))
_STATES: Final = {
    "approved": ("warning", _("Approuvée, sans compte rendu")),
    "done": ("done", _("Approuvée et faite")),
    "failed": ("warning", _("Approuvée, impossible à faire")),
    "refused": ("none", _("Refusée")),
    "withdrawn": ("none", _("Retirée par son auteur")),
}
_WRONG: Final = {
    "own": _("Vous avez fait cette proposition : une autre personne doit l’approuver."),
    "program": _(
        "Une application que vous avez enregistrée ou modifiée l’a proposé : une autre personne doit l’approuver."
    ),
    "lost": _(
        "L’application qui l’a proposé a été enregistrée ou modifiée par une autre, supprimée depuis : personne ne "
        "sait plus qui en détient les clés. Supprimez-la, puis enregistrez-la de nouveau."
    ),
    "over": _("Cette proposition a déjà reçu une réponse, ou elle a expiré."),
    "proposer": _("La personne qui l’a proposée n’a plus le droit de le faire."),
}
_FAILED: Final = _("L’acte n’a pas pu être fait. La raison est inscrite dans la proposition.")


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/propositions: those that wait and those of the last days, the newest first, in pages."""
    made_at, _sep, last = request.args.get("avant", "").partition("-")
    known = made_at.isascii() and made_at.isdigit() and len(made_at) < 18 and last.isalnum()
    after = (int(made_at), last[:64]) if known else None
    listed = console.acts.proposals.list(visit.actor, decided=True, after=after, limit=_SHOWN + 1)
    found = listed[:_SHOWN]
    older = f"{PROPOSALS}?avant={found[-1].made_at}-{found[-1].id}" if len(listed) > _SHOWN else ""
    people = console.acts.proposals.called(visit.actor, *(one.made_by for one in found))
    rows = [_row(console, one, people) for one in found]
    return console.render(
        visit, "admin/proposals.html", _HERE, proposals=rows, older=older, newest=PROPOSALS if after else ""
    )


def show(console: Console, visit: Visit, proposal: str) -> AnyResponse:
    """GET /administration/propositions/<proposal>: who proposes what; with the way to approve or refuse it."""
    return _shown(console, visit, _open(console, visit, proposal))


def approve_page(console: Console, visit: Visit, proposal: str) -> AnyResponse:
    """GET /administration/propositions/<proposal>/approuver: read once more, after a fresh sign-in."""
    return _deciding(console, visit, proposal, "approuver", RefusalForm())


def approve(console: Console, visit: Visit, proposal: str) -> AnyResponse:
    """POST /administration/propositions/<proposal>/approuver: it is done now; what it shows once is in this answer."""
    if not console.check_csrf(visit, _HERE):
        return _deciding(console, visit, proposal, "approuver", RefusalForm().failed(TOO_LONG_OPEN))
    try:
        once = console.acts.proposals.approve(visit.actor, proposal)
    except RefusedError as refusal:
        return _deciding(console, visit, proposal, "approuver", RefusalForm().failed(_WRONG.get(refusal.code, _FAILED)))
    return _shown(console, visit, _open(console, visit, proposal), once)


def refuse_page(console: Console, visit: Visit, proposal: str) -> AnyResponse:
    """GET /administration/propositions/<proposal>/refuser: the reason."""
    return _deciding(console, visit, proposal, "refuser", RefusalForm())


def refuse(console: Console, visit: Visit, proposal: str) -> AnyResponse:
    """POST /administration/propositions/<proposal>/refuser: nothing is done; one's own is taken back."""
    form = RefusalForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _deciding(console, visit, proposal, "refuser", form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _deciding(console, visit, proposal, "refuser", form)
    try:
        console.acts.proposals.refuse(visit.actor, proposal, form.reason)
    except UnknownError:
        abort(404)
    except RefusedError as refusal:
        return _deciding(console, visit, proposal, "refuser", form.failed(_WRONG.get(refusal.code, _FAILED)))
    return console.edge.go(f"{PROPOSALS}/{proposal}")


def _open(console: Console, visit: Visit, proposal: str) -> Opened:
    try:
        return console.acts.proposals.show(visit.actor, proposal)
    except UnknownError:
        abort(404)


def _shown(console: Console, visit: Visit, opened: Opened, once: str = "") -> AnyResponse:
    return console.render(visit, "admin/proposal.html", _HERE, once=once, **_facts(console, visit, opened))


def _deciding(console: Console, visit: Visit, proposal: str, act: str, form: RefusalForm) -> AnyResponse:
    opened = _open(console, visit, proposal)
    return console.render(
        visit,
        "admin/proposal_decide.html",
        _HERE,
        act=act,
        form=form,
        action=f"{PROPOSALS}/{opened.proposal.id}/{act}",
        csrf=console.csrf(visit, _HERE),
        **_facts(console, visit, opened),
    )


def _facts(console: Console, visit: Visit, opened: Opened) -> dict[str, Any]:
    one = opened.proposal
    people = console.acts.proposals.called(visit.actor, one.made_by, one.decided_by)
    told = dict(opened.arguments or {})
    plan = _plan(console, told) if one.act == EMERGENCY and told else None
    if isinstance(told.get("until"), int):
        told["until"] = moments.moment(told["until"], console.edge.language())
    changes = [change(Difference(**one)) for one in told.pop("changes", ())]
    if "roles" in told:
        told["roles"] = [gettext(title) for title in nav.titles(told["roles"])]
    for name, words in (("identified", IDENTIFIED), ("cause", CAUSES)):
        if told.get(name) in words:
            told[name] = gettext(words[told[name]])
    members = [] if plan else [(_ARGUMENT_WORDS.get(name, name), _lines(value)) for name, value in told.items()]
    return {
        "one": _row(console, one, people),
        "plan": plan,
        "changes": changes,
        "members": members,
        "own": opened.own,
        "decides": opened.decides,
    }


def _plan(console: Console, told: dict[str, Any]) -> dict[str, Any]:
    return {**told, "tokens_until": moments.moment(told["tokens_until"], console.edge.language())}


def _lines(value: object) -> list[str]:
    """Return an argument as lines: a list one by one, an object member by member, nothing as a dash."""
    if isinstance(value, list):
        return [str(one) for one in value]
    if isinstance(value, dict):
        return [f"{name} : {one}" for name, one in value.items()] or ["–"]
    if isinstance(value, bool):
        return [gettext(_YES if value else _NO)]
    return ["–"] if value is None or value == "" else str(value).splitlines()


def _row(console: Console, one: Proposal, people: Mapping[str, str]) -> dict[str, Any]:
    language, waits = console.edge.language(), one.waits(console.clock())
    return {
        "id": one.id,
        "href": f"{PROPOSALS}/{one.id}",
        "title": gettext(ACT_WORDS.get(one.act, one.act)),
        "act": one.act,
        "state": (_OPEN if waits else _OVER) if one.status == "open" else _STATES[one.status],
        "made_by": people.get(one.made_by, one.made_by),
        "made": moments.moment(one.made_at, language),
        "until": moments.moment(one.expires_at, language),
        "decided_by": people.get(one.decided_by or "", one.decided_by),
        "decided": "" if one.decided_at is None else moments.moment(one.decided_at, language),
        "note": one.note,
    }

"""The reconciliation desk: who waits, one case with its sides field by field, and the decisions, each with a reason."""

from collections.abc import Mapping, Sequence
from typing import Final

from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.cases import Opened
from idp.admin.acts.refusals import ConflictError, UnknownError
from idp.admin.console import matching
from idp.admin.console.countries import country
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN, DecisionForm
from idp.admin.console.relying import HOME
from idp.admin.roles import ACTS
from idp.upstream import CivilStatus
from idp.upstream_desk import CaseDossier, LinkCase
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

PATH: Final = f"{HOME}/rapprochements"
MEMBERS: Final = f"{HOME}/dossiers"
"""Where the dossiers' pages are."""
_HERE: Final = "cases"
_SHOWN: Final = 50
_YES, _NO = "oui", "non"
_ID: Final = 32
"""Characters of an account's id."""

_STATUS: Final = {
    "open": ("warning", _("En attente")),
    "linked": ("done", _("Rattaché")),
    "refused": ("none", _("Refusé")),
    "undone": ("none", _("Annulé")),
    "proven": ("done", _("Prouvé par la personne")),
    "expired": ("none", _("Abandonné")),
}
_NONE: Final = "—"
_OF_THE_FUND: Final = {
    "situation": _("Situation"),
    "status": _("État du dossier"),
    "linked": _("Rattaché"),
    "email": _("Adresse e-mail"),
    "post": _("Adresse postale"),
}
"""What the fund says of a dossier and no upstream does: what may tell two dossiers of one person apart."""
_SAID: Final = {"situation": matching.SITUATIONS, "status": matching.DOSSIERS, "linked": matching.LINKED}
"""The words of those that have a few."""
_NOT_SHOWN: Final = {
    "post": _("ce qui n’est pas montré (la rue) diffère"),
    "email": _("ce qui n’est pas montré diffère"),
}
"""What a row says that differs where what it shows does not: addresses are shown in part and compared whole."""
_COMPARED: Final = {**matching.FIELDS, **_OF_THE_FUND}
_DIFFERS: Final = _("les dossiers diffèrent")
_COMMUNE: Final = _("commune %(code)s (code INSEE)")
_NOT_NOW: Final = _("Cette décision n’est plus possible : le cas ou le dossier a changé. Regardez le cas de nouveau.")


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/rapprochements: who waits, the oldest first, each look on record; `tous`: the past too."""
    decided = request.args.get("tous", "") == "1"
    opened_at, _sep, last = request.args.get("apres", "").partition("-")
    known = opened_at.isascii() and opened_at.isdigit() and len(opened_at) < 18 and last.isalnum()
    after = (int(opened_at), last[:64]) if known else None
    found = console.acts.cases.list(visit.actor, decided=decided, after=after, limit=_SHOWN + 1)
    shown = found[:_SHOWN]
    further = f"{shown[-1].case.opened_at}-{shown[-1].case.id}" if len(found) > _SHOWN else ""
    people = console.acts.cases.people(visit.actor, shown)
    return console.render(
        visit,
        "admin/cases.html",
        _HERE,
        cases=[_row(console, one.case, people.get(one.case.id)) for one in shown],
        decided=decided,
        later=f"{PATH}?apres={further}{'&tous=1' if decided else ''}" if further else "",
    )


def show(console: Console, visit: Visit, case: str) -> AnyResponse:
    """GET /administration/rapprochements/<case>: both sides; the look is on record."""
    return _show(console, visit, case, DecisionForm())


def decide(console: Console, visit: Visit, case: str) -> AnyResponse:
    """POST /administration/rapprochements/<case>: link, refuse or undo, as was chosen."""
    form = DecisionForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _show(console, visit, case, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _show(console, visit, case, form)
    if not case.isalnum():
        abort(404)
    acts, told = console.acts.cases, None
    try:
        if form.decision == "undo":
            told = acts.undo(visit.actor, case, form.reason)
        elif form.decision == "refuse":
            acts.refuse(visit.actor, case, form.reason)
        else:
            told = acts.link(visit.actor, case, form.decision, form.reason)
    except UnknownError:
        abort(404)
    except ConflictError:
        return _show(console, visit, case, form.failed(_NOT_NOW))
    return console.edge.go(f"{PATH}/{case}{'' if told is None else f'?prevenue={_YES if told else _NO}'}")


def _show(console: Console, visit: Visit, case: str, form: DecisionForm) -> AnyResponse:
    if not case.isalnum():
        # No store is asked for what is no id: PostgreSQL takes no NUL.
        abort(404)
    try:
        opened = console.acts.cases.show(visit.actor, case)
    except UnknownError:
        abort(404)
    file = opened.file
    return console.render(
        visit,
        "admin/case.html",
        _HERE,
        one=_row(console, file.case, file.presented),
        told=request.args.get("prevenue", ""),
        by=decider(console, visit, file.case.decided_by),
        kept=file.presented is not None,
        dossiers=[_dossier(one) for one in file.dossiers],
        rows=_rows(opened, console.edge.language()),
        differing=[title for name, title in _COMPARED.items() if name in opened.differing],
        sees_members=console.may(visit, "members.show"),
        form=form,
        acts=ACTS["cases.link"].open_to(visit.actor.roles),
        waits=file.case.status == "open",
        undoable=file.case.status in {"linked", "refused"},
        csrf=console.csrf(visit, _HERE),
    )


def _row(console: Console, case: LinkCase, person: CivilStatus | None) -> dict[str, object]:
    language = console.edge.language()
    return {
        "id": case.id,
        "name": f"{' '.join(person.given_names)} {person.birth_name}" if person else "",
        "born": moments.day_of(person.birthdate, language) if person else "",
        "href": f"{PATH}/{case.id}",
        "reason": matching.RULES.get(case.reason, case.reason),
        "status": _STATUS[case.status],
        "opened": moments.moment(case.opened_at, language),
        "seen": moments.moment(case.seen_at, language) if case.seen_at > case.opened_at else "",
        "decided": moments.moment(case.decided_at, language) if case.decided_at else "",
        "note": case.note,
    }


def decider(console: Console, visit: Visit, decided_by: str) -> str:
    """Return who decided: an administrator by login for whoever may know it, else by a shortened id; others by name."""
    names = {visit.administrator.account_id: visit.administrator.login}
    if ACTS["admins.list"].open_to(visit.actor.roles):
        names |= {one.account_id: one.login for one in console.acts.admins.list(visit.actor)}
    if decided_by in names:
        return names[decided_by]
    return f"{decided_by[:8]}…" if len(decided_by) == _ID else decided_by.removeprefix("operator:")


def _dossier(one: CaseDossier) -> dict[str, object]:
    return {**matching.dossier(one.compared), "href": f"{MEMBERS}/{one.compared.account_id}"}


def _rows(opened: Opened, language: str) -> list[dict[str, object]]:
    """Return what is compared, a row each: what the person presented, then what each dossier holds, and its verdict."""
    presented, dossiers, rows = opened.file.presented, opened.file.dossiers, []
    for member, title in matching.FIELDS.items():
        held = [
            {"text": _text(one.held, member, language), "verdict": _verdict(opened, one, member)} for one in dossiers
        ]
        theirs = "" if presented is None else _text(presented, member, language)
        rows.append(_row_of(opened, member, title, held, theirs or _NONE))
    for member, title in _OF_THE_FUND.items():
        held = [{"text": _own(opened, one, member), "verdict": None} for one in dossiers]
        # An upstream says nothing of these: nothing is missing there.
        rows.append(_row_of(opened, member, title, held, ""))
    return rows


def _row_of(
    opened: Opened, member: str, title: str, held: Sequence[Mapping[str, object]], theirs: str
) -> dict[str, object]:
    alike = len({one["text"] for one in held}) == 1
    return {
        "name": title,
        "theirs": theirs,
        "held": held,
        "differs": member in opened.differing,
        "how": _NOT_SHOWN[member] if alike and member in _NOT_SHOWN else _DIFFERS,
        "parts": member == "email",
    }


def _verdict(opened: Opened, one: CaseDossier, member: str) -> dict[str, object] | None:
    if opened.file.presented is None:
        return None
    found = {name: (result, reason) for name, result, reason in one.compared.fields}
    return matching.verdict(*found[member]) if member in found else None


def _own(opened: Opened, one: CaseDossier, member: str) -> str:
    """Return what the fund alone says of a dossier."""
    compared = one.compared
    if member in _SAID:
        said = getattr(compared, member)
        return gettext(_SAID[member].get(said, said))
    return getattr(opened.reach[compared.account_id], member) if compared.account_id in opened.reach else ""


def _text(civil: CivilStatus, member: str, language: str) -> str:
    value = getattr(civil, member)
    if member == "birthdate":
        return moments.day_of(value, language)
    if member == "birthcountry":
        return country(value, language)
    if member == "birthplace":
        # A commune has five digits as a postcode has, and another number.
        return gettext(_COMMUNE) % {"code": value} if value else ""
    if member == "gender":
        return gettext(matching.GENDERS[value]) if value in matching.GENDERS else str(value)
    return value if isinstance(value, str) else " ".join(value)

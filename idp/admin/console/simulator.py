"""The simulator: what would happen to somebody with these claims now, by which rule; nothing is changed."""

from collections.abc import Mapping
from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.console import cases, matching
from idp.admin.console.countries import countries
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.forms_simulation import SimulationForm
from idp.admin.console.relying import HOME
from idp.upstream_desk import Explanation
from idp.web.i18n import mark as _

PATH: Final = f"{HOME}/simulateur"
_HERE: Final = "simulator"

DECISIONS: Final[Mapping[str, str]] = {
    "sign_in": _("Entre dans son dossier"),
    "auto_link": _("Est rattaché à son dossier, et y entre"),
    "choose_dossier": _("Choisit entre ses dossiers"),
    "prove": _("Doit prouver son dossier"),
    "ambiguous": _("Attend un rapprochement"),
    "no_match": _("N’a pas de dossier connu"),
    "shut": _("N’entre pas : son dossier n’est pas ouvert"),
}


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/simulateur: the form."""
    return _page(console, visit, SimulationForm())


def simulate(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/simulateur: the answer, in this page only; the record has who asked, and no claim."""
    form = SimulationForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _page(console, visit, form.failed(TOO_LONG_OPEN))
    known = console.edge.upstreams
    if form.errors or not known:
        return _page(console, visit, form)
    name = form.upstream if form.upstream in known else next(iter(known))
    return _page(console, visit, form, console.acts.upstreams.explain(visit.actor, name, form.identity))


def _page(console: Console, visit: Visit, form: SimulationForm, found: Explanation | None = None) -> AnyResponse:
    return console.render(
        visit,
        "admin/simulator.html",
        _HERE,
        form=form,
        upstreams=[(name, one.label) for name, one in console.edge.upstreams.items()],
        found=None if found is None else _answer(found),
        genders=list(matching.GENDERS.items()),
        countries=countries(console.edge.language()),
        action=PATH,
        csrf=console.csrf(visit, _HERE),
    )


def _answer(found: Explanation) -> dict[str, object]:
    return {
        "decision": DECISIONS.get(found.decision, found.decision),
        "rule": matching.RULES.get(found.rule, found.rule),
        "code": found.rule,
        "passed_over": found.passed_over,
        "dossiers": [
            {
                **matching.dossier(one),
                "href": f"{cases.MEMBERS}/{one.account_id}",
                "rows": [
                    {"name": matching.FIELDS.get(name, name), "verdict": matching.verdict(result, reason)}
                    for name, result, reason in one.fields
                ],
            }
            for one in found.dossiers
        ],
    }

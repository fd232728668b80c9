"""The upstreams: how each is now, and the hand that withholds one or offers it again."""

from typing import Final

from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.refusals import RefusedError, UnknownError
from idp.admin.acts.upstreams import UpstreamState
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import NOT_AHEAD, TOO_LONG_OPEN, PauseForm
from idp.admin.console.relying import HOME
from idp.admin.roles import ACTS
from idp.web.i18n import mark as _

PATH: Final = f"{HOME}/fournisseurs"
_HERE: Final = "upstreams"

_OFFERED: Final = ("done", _("Proposé"))
_PAUSED: Final = ("warning", _("Suspendu"))
_FAILING: Final = ("warning", _("En panne"))


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/fournisseurs: every upstream; who may act has the buttons beside it."""
    return console.render(
        visit,
        "admin/upstreams.html",
        _HERE,
        upstreams=[_row(console, one) for one in console.acts.upstreams.status(visit.actor)],
        acts=ACTS["federation.pause"].open_to(visit.actor.roles),
        csrf=console.csrf(visit, _HERE),
    )


def pause_page(console: Console, visit: Visit, upstream: str) -> AnyResponse:
    """GET /administration/fournisseurs/<upstream>/suspendre: what it means, the reason, words for members, an end."""
    return _pausing(console, visit, upstream, PauseForm())


def pause(console: Console, visit: Visit, upstream: str) -> AnyResponse:
    """POST /administration/fournisseurs/<upstream>/suspendre: at once; without words the house's sentence is read."""
    form = PauseForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _pausing(console, visit, upstream, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _pausing(console, visit, upstream, form)
    try:
        console.acts.upstreams.pause(visit.actor, upstream, until=form.ends, words=form.words, reason=form.reason)
    except UnknownError:
        abort(404)
    except RefusedError:
        return _pausing(console, visit, upstream, form.wrong_end(NOT_AHEAD))
    return console.edge.go(PATH)


def resume_page(console: Console, visit: Visit, upstream: str) -> AnyResponse:
    """GET /administration/fournisseurs/<upstream>/reprendre: the button, where a form came too late."""
    return _resuming(console, visit, upstream)


def resume(console: Console, visit: Visit, upstream: str) -> AnyResponse:
    """POST /administration/fournisseurs/<upstream>/reprendre: offer it again, whether it was paused or not."""
    if not console.check_csrf(visit, _HERE):
        return _resuming(console, visit, upstream, TOO_LONG_OPEN)
    try:
        console.acts.upstreams.resume(visit.actor, upstream)
    except UnknownError:
        abort(404)
    return console.edge.go(PATH)


def _pausing(console: Console, visit: Visit, upstream: str, form: PauseForm) -> AnyResponse:
    return console.render(
        visit,
        "admin/upstream_pause.html",
        _HERE,
        one=_known(console, visit, upstream),
        form=form,
        csrf=console.csrf(visit, _HERE),
    )


def _resuming(console: Console, visit: Visit, upstream: str, wrong: str = "") -> AnyResponse:
    return console.render(
        visit,
        "admin/upstream_resume.html",
        _HERE,
        one=_known(console, visit, upstream),
        form=PauseForm().failed(wrong),
        csrf=console.csrf(visit, _HERE),
    )


def _known(console: Console, visit: Visit, upstream: str) -> dict[str, object]:
    found = [one for one in console.acts.upstreams.status(visit.actor) if one.name == upstream]
    return _row(console, found[0]) if found else abort(404)


def _row(console: Console, one: UpstreamState) -> dict[str, object]:
    def moment(seconds: int | None) -> str:
        return "" if seconds is None else moments.moment(seconds, console.edge.language())

    states = [words for words, holds in ((_PAUSED, one.pause), (_FAILING, one.failing_since is not None)) if holds]
    return {
        "name": one.name,
        "label": one.label,
        "path": f"{PATH}/{one.name}",
        "members": one.members,
        "states": states or [_OFFERED],
        "failing": moment(one.failing_since),
        "paused": moment(one.pause.since) if one.pause else "",
        "until": moment(one.pause.until) if one.pause else "",
        "words": sorted(one.pause.words.items(), reverse=True) if one.pause else [],
    }

"""The letters: how they stand against the promise, the print run, and the file that it made, for the printer alone."""

from collections.abc import Collection, Mapping
from dataclasses import field
from typing import TYPE_CHECKING, Final

from flask import Response, abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.letters import BATCH
from idp.admin.acts.refusals import ConflictError, UnknownError
from idp.admin.console.desk import Console, Visit
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.relying import HOME
from idp.admin.roles import ACTS
from idp.records import dataclass
from idp.web.i18n import mark as _

if TYPE_CHECKING:
    from idp.members.letters import BatchStatus

PATH: Final = f"{HOME}/courriers"
_HERE: Final = "letters"
_SHOWN: Final = 50

_HELD: Final[Mapping[str, str]] = {
    "no_address": _("Pas d’adresse postale qu’une enveloppe puisse porter"),
    "address_changed": _("Adresse changée récemment : imprimé quand elle aura reposé"),
    "unreadable": _("Mot de passe scellé impossible à ouvrir : est-ce la bonne clé ?"),
}
_OVER: Final[Mapping[str, str]] = {
    "cancelled": _("Un mot de passe plus récent a été demandé"),
    "spent": _("Déjà utilisé"),
    "expired": _("Expiré"),
    "too_late": _("Aurait expiré en route"),
    "tried_out": _("Bloqué après trop d’essais"),
    "closed": _("Dossier fermé"),
}
_KEPT: Final = ("done", _("Tenue"))
_BROKEN: Final = ("warning", _("Dépassée"))
_REFUSED: Final[Mapping[str, str]] = {
    "elsewhere": _("Une autre impression est en cours : attendez qu’elle finisse."),
    "folder": _("Le fichier ne peut pas être écrit : prévenez l’exploitation. Aucun courrier n’est perdu."),
    "damaged": _("Le fichier n’est pas celui qui a été imprimé : prévenez l’exploitation."),
}
_DONE: Final[Mapping[str, str]] = {
    "imprime": _("L’impression est faite. Téléchargez chaque nouveau lot et confiez-le à l’imprimeur."),
    "rien": _("Aucun courrier n’était prêt à imprimer."),
}


@dataclass(frozen=True, slots=True)
class _Told:
    """What a page without fields says at its head."""

    error_summary: str | None = None
    errors: Mapping[str, str] = field(default_factory=dict)


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/courriers: today's queue, what a run would do, and the batches."""
    return _page(console, visit, _Told())


def print_page(console: Console, visit: Visit) -> AnyResponse:  # noqa: ARG001 - a view has a visit
    """GET /administration/courriers/imprimer: where a form came too late, the page that has it."""
    return console.edge.go(PATH)


def print_now(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/courriers/imprimer: every letter that is ready, into a file on the server."""
    if not console.check_csrf(visit, _HERE):
        return _page(console, visit, _Told(TOO_LONG_OPEN))
    try:
        run = console.acts.desk.letters.print(visit.actor)
    except ConflictError as refusal:
        return _page(console, visit, _Told(_REFUSED[refusal.code]))
    return console.edge.go(f"{PATH}?fait={'imprime' if run.files else 'rien'}")


def file_page(console: Console, visit: Visit, batch: str) -> AnyResponse:
    """GET /administration/courriers/<batch>/fichier: what the file holds, and the button."""
    return _file(console, visit, batch, _Told())


def take(console: Console, visit: Visit, batch: str) -> AnyResponse:
    """POST /administration/courriers/<batch>/fichier: the file; that it was taken is on record before."""
    if not console.check_csrf(visit, _HERE):
        return _file(console, visit, batch, _Told(TOO_LONG_OPEN))
    try:
        found = console.acts.desk.letters.file(visit.actor, batch)
    except UnknownError:
        abort(404)
    except ConflictError as refusal:
        return _file(console, visit, batch, _Told(_REFUSED[refusal.code]))
    answer = Response(found.content, content_type="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="{found.name}"'
    return answer


def _page(console: Console, visit: Visit, told: _Told) -> AnyResponse:
    language, acts = console.edge.language(), console.acts.desk.letters
    below = request.args.get("avant", "")
    now = acts.status(visit.actor)
    listed = acts.batches(visit.actor, below=below if BATCH.fullmatch(below) else "", limit=_SHOWN)
    queue = now.queue
    return console.render(
        visit,
        "admin/letters.html",
        _HERE,
        form=told,
        done=_DONE.get(request.args.get("fait", ""), ""),
        waiting=queue.waiting,
        ready=now.outlook.ready,
        late=queue.late,
        pressing=queue.pressing,
        oldest=moments.moment(queue.oldest, language) if queue.oldest else "",
        due=moments.moment(queue.due, language) if queue.due else "",
        held=[(_HELD.get(why, why), numbers) for why, numbers in now.outlook.held.items()],
        over=[(_OVER.get(why, why), count) for why, count in now.outlook.over.items()],
        unpublished=queue.unpublished,
        batches=[_row(console, one, listed.here) for one in listed.batches],
        earlier=f"{PATH}?avant={listed.earlier}" if listed.earlier else "",
        prints=ACTS["letters.print"].open_to(visit.actor.roles),
        csrf=console.csrf(visit, _HERE),
    )


def _file(console: Console, visit: Visit, batch: str, told: _Told) -> AnyResponse:
    if not BATCH.fullmatch(batch):
        abort(404)
    return console.render(
        visit,
        "admin/letters_file.html",
        _HERE,
        form=told,
        batch=batch,
        action=f"{PATH}/{batch}/fichier",
        csrf=console.csrf(visit, _HERE),
    )


def _row(console: Console, one: "BatchStatus", here: Collection[str]) -> dict[str, object]:
    return {
        "batch": one.batch,
        "letters": one.letters,
        "printed": moments.moment(one.printed_at, console.edge.language()),
        "promise": _KEPT if one.kept else _BROKEN,
        "file": f"{PATH}/{one.batch}/fichier" if one.batch in here else "",
    }

"""The members' desk: who calls, how the account stands, and the acts, each on a page that says what it does.

Whom somebody looks for comes by POST and is never in an address: results are the answer itself.
"""

from collections.abc import Callable, Mapping
from typing import Final, cast

from flask import abort, request
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.actor import Actor
from idp.admin.acts.member_changes import ACCOUNT_ID, Cause, Done, MemberChanges
from idp.admin.acts.member_file import MemberFile
from idp.admin.acts.members import Found
from idp.admin.acts.refusals import RefusedError, UnknownError
from idp.admin.console import cases, member_words
from idp.admin.console.desk import Console, Visit
from idp.admin.console.events import WORDS
from idp.admin.console.forms import TOO_LONG_OPEN
from idp.admin.console.forms_members import CAUSES, CHANNELS, IDENTIFIED, ActForm, SearchForm
from idp.admin.roles import ACTS
from idp.members.delivery import Channel
from idp.records import dataclass
from idp.web.account import sign_in_words
from idp.web.i18n import mark as _

PATH: Final = cases.MEMBERS
_HERE: Final = "members"
_DIGITS: Final = 4
"""Of a page's number."""


@dataclass(frozen=True, slots=True)
class ActPage:
    """One act at the console: title, what it does, the word of its button, what was done, the fields it asks for."""

    act: str
    title: str
    what: str
    button: str
    done: str
    do: Callable[[MemberChanges, Actor, str, ActForm], Done]
    asks: tuple[str, ...] = ()


PAGES: Final[Mapping[str, ActPage]] = {
    "mot-de-passe": ActPage(
        "members.reset",
        _("Envoyer un mot de passe provisoire"),
        _("Il part à l’adresse du dossier ; personne ici ne le voit. Le mot de passe actuel marche jusque-là."),
        _("Envoyer"),
        _("Le mot de passe provisoire est demandé : il part dans l’instant, ou avec les courriers du jour."),
        lambda acts, actor, member, form: acts.reset(actor, member, cast("Channel", form.channel), form.why),
        ("channel",),
    ),
    "sessions": ActPage(
        "members.end_sessions",
        _("Fermer toutes les sessions"),
        _("Partout où cette personne est connectée, elle ne l’est plus. Son mot de passe marche toujours."),
        _("Fermer les sessions"),
        _("Toutes les sessions sont fermées."),
        lambda acts, actor, member, form: acts.end_sessions(actor, member, form.why),
    ),
    "detacher": ActPage(
        "members.unlink",
        _("Détacher une identité"),
        _("L’identité n’ouvre plus le dossier, les sessions se ferment. La rattacher demandera une preuve."),
        _("Détacher"),
        _("L’identité est détachée."),
        lambda acts, actor, member, form: acts.unlink(actor, member, form.upstream, form.why),
        ("upstream",),
    ),
    "suspendre": ActPage(
        "members.suspend",
        _("Suspendre le dossier"),
        _("Personne ne s’y connecte avant qu’il soit rouvert, quoi que dise un import. Les envois sont annulés."),
        _("Suspendre"),
        _("Le dossier est suspendu."),
        lambda acts, actor, member, form: acts.suspend(actor, member, cast("Cause", form.cause), form.why),
        ("cause",),
    ),
    "reprendre": ActPage(
        "members.resume",
        _("Rouvrir le dossier"),
        _("La personne peut se connecter comme avant. À partir de maintenant, les imports décident de nouveau."),
        _("Rouvrir"),
        _("Le dossier est rouvert."),
        lambda acts, actor, member, form: acts.resume(actor, member, form.why),
    ),
    "fermer": ActPage(
        "members.close",
        _("Fermer le dossier"),
        _("Personne ne s’y connecte plus, quoi que dise un import. Sessions et envois se terminent."),
        _("Fermer le dossier"),
        _("Le dossier est fermé."),
        lambda acts, actor, member, form: acts.close(actor, member, cast("Cause", form.cause), form.why),
        ("cause",),
    ),
    "second-facteur": ActPage(
        "members.remove_second_factor",
        _("Retirer le second facteur"),
        _("Seconds facteurs, codes de secours et sessions cessent. Le mot de passe seul ouvre alors le compte."),
        _("Retirer"),
        _("Le second facteur est retiré."),
        lambda acts, actor, member, form: acts.remove_second_factor(actor, member, form.why),
    ),
}
"""The acts, by the last part of their address, in the order of the page."""


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/dossiers: the form."""
    return _search(console, visit, SearchForm(), None)


def find(console: Console, visit: Visit) -> AnyResponse:
    """POST /administration/dossiers: who fits; each of them is on record as seen."""
    form = SearchForm.parse(request.form)
    if not console.check_csrf(visit, _HERE):
        return _search(console, visit, form.failed(TOO_LONG_OPEN), None)
    try:
        found = console.acts.desk.members.find(visit.actor, form.sought)
    except RefusedError as refusal:
        return _search(console, visit, form.refused(refusal), None)
    return _search(console, visit, form, found)


def show(console: Console, visit: Visit, member: str) -> AnyResponse:
    """GET /administration/dossiers/<member>: how the account stands; the look is on record."""
    file, language, now = _file(console, visit, member), console.edge.language(), console.clock()
    done = PAGES.get(request.args.get("fait", ""))
    attempts = console.edge.settings.activation.attempts

    def moment(seconds: int | None) -> str:
        return moments.moment(seconds, language) if seconds else ""

    return console.render(
        visit,
        "admin/member.html",
        _HERE,
        one=_person(file),
        facts=member_words.facts(file, language),
        held=CAUSES.get(file.held, file.held),
        done=done.done if done else "",
        told=bool(file.email.shown),
        acts=_acts(visit, file),
        cases=[{"href": f"{cases.PATH}/{one.case.id}", "id": one.case.id} for one in file.cases],
        sees_cases=ACTS["cases.show"].open_to(visit.actor.roles),
        identities=[
            {
                "provider": one.provider,
                "label": one.label,
                "method": member_words.METHODS.get(one.method, one.method),
                "linked": moment(one.linked_at),
                "ended": moment(one.ended_at),
            }
            for one in file.identities
        ],
        factors=[
            {"kind": member_words.factor(one.kind), "added": moment(one.created_at), "used": moment(one.used_at)}
            for one in file.factors
        ],
        sessions=[
            {
                "device": sign_in_words.device(one.browser, one.system),
                "network": one.network,
                "how": sign_in_words.method(one.provider, ()),
                "since": moment(one.started_at),
                "seen": moment(one.seen_at),
            }
            for one in file.sessions
        ],
        sign_ins=[member_words.sign_in(one, language) for one in file.sign_ins],
        earlier=f"{PATH}/{member}/connexions?page=2" if file.earlier_sign_ins else "",
        sent=[
            {**row, "asked": moment(asked_at), "printed": moment(row["printed"]), "until": moment(row["until"])}
            for asked_at, row in member_words.sent(file, attempts, now)
        ],
        past=[
            {
                "at": moment(one.time),
                "words": WORDS.get(one.event, one.event),
                "by": cases.decider(console, visit, str(one.details.get("actor", ""))),
                "reason": str(one.details.get("reason", "")),
                "identified": IDENTIFIED.get(str(one.details.get("identified", "")), ""),
            }
            for one in file.done
        ],
    )


def sign_ins(console: Console, visit: Visit, member: str) -> AnyResponse:
    """GET /administration/dossiers/<member>/connexions: the history, page by page; the look is on record."""
    typed = request.args.get("page", "")
    number = int(typed) if typed.isascii() and typed.isdigit() and len(typed) <= _DIGITS else 1
    if not _is_id(member):
        abort(404)
    try:
        person, page = console.acts.desk.members.sign_ins(visit.actor, member, number)
    except UnknownError:
        abort(404)
    here, language = f"{PATH}/{member}", console.edge.language()
    return console.render(
        visit,
        "admin/member_sign_ins.html",
        _HERE,
        dossier=person.dossier,
        back=here,
        sign_ins=[member_words.sign_in(one, language) for one in page.entries],
        later=f"{here}/connexions?page={page.number - 1}" if page.number > 1 else "",
        earlier=f"{here}/connexions?page={page.number + 1}" if page.older else "",
    )


def act_page(console: Console, visit: Visit, member: str, *, verb: str) -> AnyResponse:
    """GET /administration/dossiers/<member>/<verb>: what the act does, and what it asks for."""
    return _act(console, visit, member, verb, ActForm())


def act(console: Console, visit: Visit, member: str, *, verb: str) -> AnyResponse:
    """POST /administration/dossiers/<member>/<verb>: do it."""
    here = PAGES[verb]
    form = ActForm.parse(request.form, *here.asks)
    if not console.check_csrf(visit, _HERE):
        return _act(console, visit, member, verb, form.failed(TOO_LONG_OPEN))
    if form.errors:
        return _act(console, visit, member, verb, form)
    if not _is_id(member):
        abort(404)
    try:
        here.do(console.acts.desk.changes, visit.actor, member, form)
    except UnknownError as refusal:
        if refusal.member != "upstream":
            abort(404)
        return _act(console, visit, member, verb, form.refused(refusal))
    except RefusedError as refusal:
        return _act(console, visit, member, verb, form.refused(refusal))
    return console.edge.go(f"{PATH}/{member}?fait={verb}")


def _search(console: Console, visit: Visit, form: SearchForm, found: Found | None) -> AnyResponse:
    people = [
        {
            "href": f"{PATH}/{one.account_id}",
            "dossier": one.dossier,
            "birth_name": one.birth_name,
            "usage_name": one.usage_name,
            "given_names": " ".join(one.given_names),
            "born": member_words.born(one.birthdate),
            "status": member_words.STATUS[one.status],
        }
        for one in (found.people if found else ())
    ]
    return console.render(
        visit,
        "admin/members.html",
        _HERE,
        form=form,
        asked=found is not None,
        people=people,
        looks_up=console.may(visit, "clients.refused"),
        more=found is not None and found.more,
        csrf=console.csrf(visit, _HERE),
    )


def _act(console: Console, visit: Visit, member: str, verb: str, form: ActForm) -> AnyResponse:
    file, here = _file(console, visit, member), PAGES[verb]
    return console.render(
        visit,
        "admin/member_act.html",
        _HERE,
        one=_person(file),
        page=here,
        facts=member_words.facts(file, console.edge.language()),
        form=form,
        possible=here.act in file.acts,
        told=bool(file.email.shown),
        channels=CHANNELS.items(),
        upstreams=file.upstreams,
        causes=CAUSES,
        identified={name: words for name, words in IDENTIFIED.items() if name != "nobody" or verb != "second-facteur"},
        action=f"{PATH}/{member}/{verb}",
        csrf=console.csrf(visit, _HERE),
    )


def _file(console: Console, visit: Visit, member: str) -> MemberFile:
    if not _is_id(member):
        # No store is asked for what is no id: PostgreSQL takes no NUL.
        abort(404)
    try:
        return console.acts.desk.members.show(visit.actor, member)
    except UnknownError:
        abort(404)


def _is_id(member: str) -> bool:
    return len(member) == ACCOUNT_ID and member.isascii() and member.isalnum()


def _person(file: MemberFile) -> dict[str, object]:
    person = file.person
    return {
        "href": f"{PATH}/{person.account_id}",
        "dossier": person.dossier,
        "name": f"{' '.join(person.given_names)} {person.usage_name or person.birth_name}",
        "birth_name": person.birth_name,
    }


def _acts(visit: Visit, file: MemberFile) -> list[dict[str, str]]:
    return [
        {"href": f"{PATH}/{file.person.account_id}/{verb}", "verb": verb, "title": one.title}
        for verb, one in PAGES.items()
        if one.act in file.acts and ACTS[one.act].open_to(visit.actor.roles)
    ]

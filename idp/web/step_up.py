"""Another proof, because an application asks for a level that the present one does not reach (RFC 9470).

The sign-in page says why, offers the ways that reach the level and no others, and always a way on without.
"""

from collections.abc import Collection
from typing import Final

from werkzeug.wrappers import Response as AnyResponse

from idp.authorize.dispatch import ShowLogin
from idp.protocol.levels import Method
from idp.records import dataclass
from idp.services.sessions import Session
from idp.upstream import LoginOutcome
from idp.web.http import Edge
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

_WORDS: Final[dict[Method, str]] = {
    "franceconnect": _("FranceConnect"),
    "passkey": _("une clé d’accès"),
    "code": _("un code à usage unique"),
    "password": _("votre mot de passe"),
}
_OR: Final = _("%(first)s ou %(second)s")


@dataclass(frozen=True, slots=True)
class Ways:
    """What a sign-in page offers.

    `confirm`: a second factor beside the live session is enough. `enrol`: the member has none yet and may add one.
    `asked` says in words what reaches the level, empty where every way will do; `necessary` that nothing less opens
    the way; `signed_in` that somebody is, and a further proof is what is asked for; `then_code` that the ways shown
    are only the beginning.
    """

    password: bool = True
    upstream: bool = True
    passkey: bool = True
    confirm: bool = False
    enrol: bool = False
    asked: str = ""
    necessary: bool = False
    signed_in: bool = False
    then_code: bool = False


EVERY_WAY: Final = Ways()


def ways_of(edge: Edge, step: ShowLogin) -> Ways:
    """Return the ways that reach what a step asks for; one read where somebody is signed in."""
    levels = edge.front.levels
    methods = levels.methods(step.levels)
    if not step.levels or methods >= levels.offered:
        return EVERY_WAY
    session = edge.live_session()
    enrolled = session is not None and edge.factors.step.needed(session.account_id)
    confirm = step.adds and enrolled and "code" in methods
    first = "code" in methods and not confirm and (session is None or enrolled)
    enrol = session is not None and not enrolled and not methods.isdisjoint({"code", "passkey"})
    return Ways(
        password="password" in methods or first,
        upstream="franceconnect" in methods or first,
        passkey="passkey" in methods and not enrol,
        confirm=confirm,
        enrol=enrol,
        asked=_joined(methods),
        necessary=step.necessary,
        signed_in=session is not None,
        then_code=first,
    )


def add(edge: Edge, step: ShowLogin, session: Session) -> AnyResponse:
    """Ask for a second factor beside the live session: what was proven before counts on."""
    outcome = LoginOutcome(
        account_id=session.account_id,
        acr=session.acr,
        amr=session.amr,
        auth_time=session.auth_time,
        provider=session.provider,
        epoch=session.epoch,
    )
    interaction = step.interaction.id
    ticket = edge.factors.step.open(outcome, interaction, edge.browser_id(), beside=session.sid)
    return edge.go(edge.confirm_url(interaction, ticket))


def _joined(methods: Collection[Method]) -> str:
    words = [gettext(word) for method, word in _WORDS.items() if method in methods]
    if len(words) < 2:
        return "".join(words)
    return gettext(_OR) % {"first": ", ".join(words[:-1]), "second": words[-1]}

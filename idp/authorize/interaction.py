"""What the person must still do: pure policy from facts to one named decision.

Sources: OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.2.3, RFC 9470, Initiating User Registration 1.0.

No clock, no store, no page inside. The reasons have names that appear in logs, tests and in the answer to
`prompt=none`.
"""

from enum import StrEnum
from typing import Final

from idp.authorize.request import AuthorizationRequest
from idp.protocol.levels import Levels
from idp.records import dataclass


class Reason(StrEnum):
    """Why a person is asked something, or why the request is refused."""

    NO_SESSION = "no_session"
    PROMPT_LOGIN = "prompt_login"
    SELECT_ACCOUNT = "select_account"
    MAX_AGE = "max_age"
    OTHER_SUBJECT = "other_subject"
    CREATE = "create"
    ESSENTIAL_ACR = "essential_acr"
    WISHED_ACR = "wished_acr"
    CONSENT_MISSING = "consent_missing"
    PROMPT_CONSENT = "prompt_consent"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The facts of a live session. `fresh` says that it was opened by this very interaction."""

    subject: str
    auth_time: int
    acr: str
    fresh: bool
    amr: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Login:
    """Show the sign-in page.

    `levels` are those that the sign-in should reach, none where any will do. `necessary` says that nothing less opens
    the way. `adds` says that a further proof beside the live session is enough: nothing asks for the first one again.
    """

    reason: Reason
    levels: tuple[str, ...] = ()
    necessary: bool = False
    adds: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """Show the consent page for these scopes."""

    reason: Reason
    scope: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ready:
    """Issue the code."""


@dataclass(frozen=True, slots=True)
class Refuse:
    """Send an error: no page can mend it."""

    error: str
    reason: Reason


Decision = Login | Consent | Ready | Refuse

_PROMPTS: Final = (("login", Reason.PROMPT_LOGIN), ("select_account", Reason.SELECT_ACCOUNT), ("create", Reason.CREATE))


def decide(
    request: AuthorizationRequest,
    session: SignedIn | None,
    *,
    consented_scope: frozenset[str] | None,
    just_consented: bool,
    declined: bool,
    now: int,
    levels: Levels,
) -> Decision:
    """Decide what comes next.

    Args:
        session: the live session of this browser, of an active account, or None.
        consented_scope: scopes this member has agreed to share with this client, None for none on record.
        just_consented: whether this interaction's consent page has been answered.
        declined: whether the person said that the level asked for is out of their reach.
        now: Unix seconds.
        levels: the levels of the house.
    """
    decision = _login(request, session, declined, now, levels) or _consent(request, consented_scope, just_consented)
    if decision is None:
        return Ready()
    if "none" in request.prompt:
        return _silently(decision)
    return decision


def _login(
    request: AuthorizationRequest, session: SignedIn | None, declined: bool, now: int, levels: Levels
) -> Login | Refuse | None:
    essential = levels.reachable(request.essential_acr)
    wished = () if declined else levels.reachable(request.acr_values)
    if declined and session is None and request.essential_acr:
        return Refuse("unmet_authentication_requirements", Reason.ESSENTIAL_ACR)
    if session is None:
        reason = Reason.CREATE if "create" in request.prompt else Reason.NO_SESSION
        return Login(reason, essential or wished, necessary=bool(essential))
    if not request.is_for(session.subject):
        # A person who has just signed in as someone else cannot be asked for ever.
        return Refuse("login_required", Reason.OTHER_SUBJECT) if session.fresh else Login(Reason.OTHER_SUBJECT)
    again = None if session.fresh else _again(request, session, now)
    met = levels.met(session.acr, session.amr) if request.essential_acr or wished else frozenset()
    if request.essential_acr and met.isdisjoint(request.essential_acr):
        if declined or not essential:
            return Refuse("unmet_authentication_requirements", Reason.ESSENTIAL_ACR)
        return Login(Reason.ESSENTIAL_ACR, essential, necessary=True, adds=again is None)
    if again is not None:
        return Login(again, essential or wished, necessary=bool(essential))
    # A wish is asked for once, and never where a page may not be shown.
    if wished and met.isdisjoint(wished) and not session.fresh and "none" not in request.prompt:
        return Login(Reason.WISHED_ACR, wished, adds=True)
    return None


def _again(request: AuthorizationRequest, session: SignedIn, now: int) -> Reason | None:
    """Return why a person who is signed in must sign in again, or None."""
    for prompt, reason in _PROMPTS:
        if prompt in request.prompt:
            return reason
    old = request.max_age is not None and (request.max_age == 0 or now - session.auth_time > request.max_age)
    return Reason.MAX_AGE if old else None


def _consent(
    request: AuthorizationRequest,
    consented: frozenset[str] | None,
    just_consented: bool,
) -> Consent | None:
    if just_consented:
        return None
    if "consent" in request.prompt:
        return Consent(Reason.PROMPT_CONSENT, request.shares)
    if request.client.first_party:
        return None
    if consented is None or not set(request.shares) <= consented:
        return Consent(Reason.CONSENT_MISSING, request.shares)
    return None


def _silently(decision: Login | Consent | Refuse) -> Refuse:
    """`prompt=none` never shows a page: the same reason becomes an error (N-014)."""
    if isinstance(decision, Refuse):
        return decision
    if isinstance(decision, Consent):
        return Refuse("consent_required", decision.reason)
    if decision.reason is Reason.ESSENTIAL_ACR:
        return Refuse("unmet_authentication_requirements", decision.reason)
    return Refuse("login_required", decision.reason)

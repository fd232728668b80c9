"""What the person must still do: pure policy from facts to one named decision.

Source: OpenID Connect Core 1.0 sections 3.1.2.1 and 3.1.2.3.

No clock, no store, no page inside. The reasons have names that appear in logs, tests and in the answer to
`prompt=none`.
"""

from dataclasses import dataclass
from enum import StrEnum

from idp.authorize.request import AuthorizationRequest


class Reason(StrEnum):
    """Why a person is asked something, or why the request is refused."""

    NO_SESSION = "no_session"
    PROMPT_LOGIN = "prompt_login"
    SELECT_ACCOUNT = "select_account"
    MAX_AGE = "max_age"
    OTHER_SUBJECT = "other_subject"
    ESSENTIAL_ACR = "essential_acr"
    CONSENT_MISSING = "consent_missing"
    PROMPT_CONSENT = "prompt_consent"


@dataclass(frozen=True, slots=True)
class SignedIn:
    """The facts of a live session. `fresh` says that it was opened by this very interaction."""

    subject: str
    auth_time: int
    acr: str
    fresh: bool


@dataclass(frozen=True, slots=True)
class Login:
    """Show the sign-in page."""

    reason: Reason


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


def decide(
    request: AuthorizationRequest,
    session: SignedIn | None,
    *,
    consented_scope: frozenset[str] | None,
    just_consented: bool,
    now: int,
) -> Decision:
    """Decide what comes next.

    Args:
        session: the live session of this browser, of an active account, or None.
        consented_scope: scopes this member has agreed to share with this client, None for none on record.
        just_consented: whether this interaction's consent page has been answered.
        now: Unix seconds.
    """
    decision = _login(request, session, now) or _consent(request, consented_scope, just_consented)
    if decision is None:
        return Ready()
    if "none" in request.prompt:
        return _silently(decision)
    return decision


def _login(request: AuthorizationRequest, session: SignedIn | None, now: int) -> Login | Refuse | None:
    if session is None:
        return Login(Reason.NO_SESSION)
    if request.hinted_subject is not None and request.hinted_subject != session.subject:
        # A person who has just signed in as someone else cannot be asked for ever.
        return Refuse("login_required", Reason.OTHER_SUBJECT) if session.fresh else Login(Reason.OTHER_SUBJECT)
    if request.essential_acr and session.acr not in request.essential_acr:
        refused = Refuse("unmet_authentication_requirements", Reason.ESSENTIAL_ACR)
        return refused if session.fresh else Login(Reason.ESSENTIAL_ACR)
    if session.fresh:
        return None
    if "login" in request.prompt:
        return Login(Reason.PROMPT_LOGIN)
    if "select_account" in request.prompt:
        return Login(Reason.SELECT_ACCOUNT)
    if request.max_age is not None and now - session.auth_time > request.max_age:
        return Login(Reason.MAX_AGE)
    if request.max_age == 0:
        return Login(Reason.MAX_AGE)
    return None


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

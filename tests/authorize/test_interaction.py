"""What the person must still do."""

from dataclasses import replace

import pytest

from idp.authorize.interaction import Consent, Decision, Login, Ready, Reason, Refuse, SignedIn, decide
from idp.authorize.request import AuthorizationRequest, ReturnAddress
from tests.support.requests import CALLBACK, CLIENT, client

NOW = 1_700_000_000
REQUEST = AuthorizationRequest(ReturnAddress(CLIENT, CALLBACK, "query", "s"), scope=("openid", "profile"))
SESSION = SignedIn(subject="sub-1", auth_time=NOW - 600, acr="pwd", fresh=False)
THIRD_PARTY = replace(REQUEST, to=replace(REQUEST.to, client=client(first_party=False)))


def run(
    request: AuthorizationRequest,
    session: SignedIn | None = SESSION,
    scope: frozenset[str] | None = None,
    *,
    answered: bool = False,
) -> Decision:
    """Decide at NOW."""
    return decide(request, session, consented_scope=scope, just_consented=answered, now=NOW)


def asked(*prompts: str) -> AuthorizationRequest:
    """Return the request with prompts."""
    return replace(REQUEST, prompt=frozenset(prompts))


def test_session_is_enough() -> None:
    """A live session and the fund's own client need no page."""
    assert Ready() == run(REQUEST)


def test_no_session() -> None:
    """Without a session the person signs in."""
    assert Login(Reason.NO_SESSION) == run(REQUEST, None)


@pytest.mark.parametrize(("prompt", "reason"), [("login", "prompt_login"), ("select_account", "select_account")])
def test_prompt_asks_again_once(prompt: str, reason: str) -> None:
    """A prompt shows the page although signed in, and not again after it (conformance: prompt-login)."""
    assert Login(Reason(reason)) == run(asked(prompt))
    assert Ready() == run(asked(prompt), replace(SESSION, fresh=True))


def test_max_age() -> None:
    """A session older than max_age is asked again; one just opened is not, even at max_age 0 (N-014)."""
    assert Ready() == run(replace(REQUEST, max_age=600))
    assert Login(Reason.MAX_AGE) == run(replace(REQUEST, max_age=599))
    assert Login(Reason.MAX_AGE) == run(replace(REQUEST, max_age=0), replace(SESSION, auth_time=NOW))
    assert Ready() == run(replace(REQUEST, max_age=0), replace(SESSION, auth_time=NOW, fresh=True))


def test_hint_of_another_person() -> None:
    """A hint for someone else asks once, then refuses instead of asking for ever."""
    request = replace(REQUEST, hinted_subject="sub-2")
    assert Login(Reason.OTHER_SUBJECT) == run(request)
    assert Refuse("login_required", Reason.OTHER_SUBJECT) == run(request, replace(SESSION, fresh=True))


def test_essential_acr() -> None:
    """An essential level that the session lacks asks for a stronger sign-in, then refuses."""
    request = replace(REQUEST, essential_acr=("eidas1",))
    assert Login(Reason.ESSENTIAL_ACR) == run(request)
    refused = run(request, replace(SESSION, fresh=True))
    assert Refuse("unmet_authentication_requirements", Reason.ESSENTIAL_ACR) == refused
    assert Ready() == run(request, replace(SESSION, acr="eidas1"))


def test_third_party_needs_consent() -> None:
    """A third party's client needs a consent that covers the scope (N-016)."""
    assert Consent(Reason.CONSENT_MISSING, ("openid", "profile")) == run(THIRD_PARTY)
    assert isinstance(run(THIRD_PARTY, scope=frozenset({"openid"})), Consent)
    assert Ready() == run(THIRD_PARTY, scope=frozenset({"openid", "profile", "email"}))
    assert Ready() == run(THIRD_PARTY, answered=True)


def test_prompt_consent_asks_though_given() -> None:
    """`prompt=consent` shows the page once even where consent stands or is not needed."""
    assert isinstance(run(asked("consent")), Consent)
    assert Ready() == run(asked("consent"), answered=True)


NONE_CASES = {
    "login_required": (asked("none"), None),
    "consent_required": (replace(THIRD_PARTY, prompt=frozenset({"none"})), SESSION),
    "unmet_authentication_requirements": (replace(asked("none"), essential_acr=("eidas1",)), SESSION),
}


@pytest.mark.parametrize("error", NONE_CASES)
def test_prompt_none_never_shows_a_page(error: str) -> None:
    """With prompt=none the reason becomes the error (N-014)."""
    request, session = NONE_CASES[error]
    decision = run(request, session)
    assert isinstance(decision, Refuse)
    assert error == decision.error


def test_prompt_none_with_old_session() -> None:
    """prompt=none and an exceeded max_age give login_required."""
    decision = run(replace(asked("none"), max_age=1))
    assert Refuse("login_required", Reason.MAX_AGE) == decision

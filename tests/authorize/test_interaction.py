"""What the person must still do."""

from dataclasses import replace

import pytest

from idp.authorize.interaction import Consent, Decision, Login, Ready, Reason, Refuse, SignedIn, decide
from idp.authorize.request import AuthorizationRequest, ReturnAddress
from idp.protocol.levels import ALL_LEVELS, Levels
from idp.protocol.names import ACR_EIDAS1, ACR_PASSWORD, ACR_TWO_FACTORS
from tests.support.requests import CALLBACK, CLIENT, client

NOW = 1_700_000_000
REQUEST = AuthorizationRequest(ReturnAddress(CLIENT, CALLBACK, "query", "s"), scope=("openid", "profile"))
SESSION = SignedIn(subject="sub-1", auth_time=NOW - 600, acr=ACR_PASSWORD, fresh=False, amr=("pwd",))
FRESH = replace(SESSION, fresh=True)
STRONG = replace(SESSION, acr=ACR_TWO_FACTORS, amr=("pwd", "otp", "mfa"))
THIRD_PARTY = replace(REQUEST, to=replace(REQUEST.to, client=client(first_party=False)))


def run(
    request: AuthorizationRequest,
    session: SignedIn | None = SESSION,
    scope: frozenset[str] | None = None,
    *,
    answered: bool = False,
    declined: bool = False,
    levels: Levels = ALL_LEVELS,
) -> Decision:
    """Decide at NOW."""
    return decide(
        request,
        session,
        consented_scope=scope,
        just_consented=answered,
        declined=declined,
        now=NOW,
        levels=levels,
    )


def asked(*prompts: str) -> AuthorizationRequest:
    """Return the request with prompts."""
    return replace(REQUEST, prompt=frozenset(prompts))


def test_session_is_enough() -> None:
    """A live session and the fund's own client need no page."""
    assert Ready() == run(REQUEST)


def test_no_session() -> None:
    """Without a session the person signs in."""
    assert Login(Reason.NO_SESSION) == run(REQUEST, None)


@pytest.mark.parametrize(
    ("prompt", "reason"), [("login", "prompt_login"), ("select_account", "select_account"), ("create", "create")]
)
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


def test_claims_name_the_subject() -> None:
    """Core 5.5.1: a `sub` value is as good as a hint; several are a choice; both must agree."""
    assert Ready() == run(replace(REQUEST, named_subjects=frozenset({"sub-1", "sub-3"})))
    request = replace(REQUEST, named_subjects=frozenset({"sub-2"}))
    assert Login(Reason.OTHER_SUBJECT) == run(request)
    assert Refuse("login_required", Reason.OTHER_SUBJECT) == run(request, FRESH)
    assert Refuse("login_required", Reason.OTHER_SUBJECT) == run(replace(request, prompt=frozenset({"none"})))
    assert Login(Reason.OTHER_SUBJECT) == run(replace(request, hinted_subject="sub-1"))


UNMET = Refuse("unmet_authentication_requirements", Reason.ESSENTIAL_ACR)
WITHOUT_FRANCECONNECT = Levels(offered=frozenset({"password", "code", "passkey"}))


def test_essential_acr() -> None:
    """An essential level that the session lacks asks for another proof, until the person says that it is no use."""
    request = replace(REQUEST, essential_acr=(ACR_EIDAS1, "unknown"))
    step = Login(Reason.ESSENTIAL_ACR, (ACR_EIDAS1,), necessary=True, adds=True)
    assert step == run(request) == run(request, FRESH)
    assert UNMET == run(request, declined=True) == run(request, None, declined=True)
    assert Ready() == run(request, replace(SESSION, acr=ACR_EIDAS1, amr=("fc",)))


def test_essential_acr_that_nothing_here_reaches() -> None:
    """No page can mend it; without a session the person signs in first, for the error leaves the house (N-013)."""
    request = replace(REQUEST, essential_acr=(ACR_EIDAS1,))
    assert UNMET == run(request, levels=WITHOUT_FRANCECONNECT)
    assert Login(Reason.NO_SESSION) == run(request, None, levels=WITHOUT_FRANCECONNECT)


def test_the_first_sign_in_knows_the_level() -> None:
    """Whoever has no session is led at once to what reaches the level; a wish is no necessity."""
    wish = replace(REQUEST, acr_values=(ACR_TWO_FACTORS, "unknown"))
    assert Login(Reason.NO_SESSION, (ACR_TWO_FACTORS,)) == run(wish, None)
    assert Login(Reason.NO_SESSION) == run(wish, None, declined=True)
    must = replace(wish, essential_acr=(ACR_EIDAS1,))
    assert Login(Reason.NO_SESSION, (ACR_EIDAS1,), necessary=True) == run(must, None)


def test_acr_values_are_asked_for_once() -> None:
    """RFC 9470 between levels: a wish shows the page once; a lesser sign-in, or a refusal, goes on (Core 3.1.2.1)."""
    request = replace(REQUEST, acr_values=(ACR_TWO_FACTORS,))
    assert Login(Reason.WISHED_ACR, (ACR_TWO_FACTORS,), adds=True) == run(request)
    assert Ready() == run(request, FRESH) == run(request, declined=True) == run(request, STRONG)


def test_acr_values_are_met_by_any_of_them() -> None:
    """A list that the session meets in part needs no page, nor does one of which nothing is known."""
    assert Ready() == run(replace(REQUEST, acr_values=(ACR_TWO_FACTORS, ACR_PASSWORD)))
    assert Ready() == run(replace(REQUEST, acr_values=("1", "2")))


def test_an_old_session_needs_the_first_proof_too() -> None:
    """With `max_age` exceeded or `prompt=login`, a further proof beside the session is not enough."""
    for changes in ({"max_age": 10}, {"prompt": frozenset({"login"})}):
        step = run(replace(REQUEST, essential_acr=(ACR_TWO_FACTORS,), **changes))
        assert Login(Reason.ESSENTIAL_ACR, (ACR_TWO_FACTORS,), necessary=True) == step


def test_signing_in_again_must_reach_the_level_again() -> None:
    """A session that meets the level and is too old: the page leads to the level, not to something less."""
    request = replace(REQUEST, essential_acr=(ACR_TWO_FACTORS,), max_age=10)
    assert Login(Reason.MAX_AGE, (ACR_TWO_FACTORS,), necessary=True) == run(request, STRONG)


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


def test_prompt_none_passes_over_a_wish() -> None:
    """No page may be shown, and a wish is none of the errors of Core 3.1.2.6."""
    assert Ready() == run(replace(asked("none"), acr_values=(ACR_TWO_FACTORS,)))


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

"""The checks of an authorization request."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authorize.pipeline import PARAMETERS, identify, validate
from idp.authorize.request import AuthorizationRequest
from idp.protocol.errors import ProtocolError, ShownError
from idp.protocol.messages import Parameters
from tests.support.requests import CALLBACK, client, finder, parameters


def hint(token: str, client_id: str) -> str | None:
    """Stand for a verified ID token: `token-of-<client>:<sub>`."""
    prefix = f"token-of-{client_id}:"
    return token.removeprefix(prefix) if token.startswith(prefix) else None


def run(sent: Parameters, **changes: object) -> AuthorizationRequest:
    """Identify and validate a request of the sound client with changes."""
    to = identify(sent, finder(client(**changes)))
    return validate(sent, to, hint)


def test_sound_request() -> None:
    """A sound request becomes a frozen value with its members."""
    request = run(parameters(login_hint="1234567", ui_locales="fr", acr_values="eidas1"))
    assert ("openid", "profile") == request.scope
    assert "n-0S6_WzA2Mj" == request.nonce
    assert CALLBACK == request.to.redirect_uri
    assert "af0ifjsldkj-._~" == request.to.state


SHOWN = {
    "client_id_missing": parameters(client_id=None),
    "client_unknown": parameters(client_id="nobody"),
    "redirect_uri_missing": parameters(redirect_uri=None),
    "redirect_uri_mismatch": parameters(redirect_uri="https://evil.example.org/"),
    "client_id_repeated": Parameters((*parameters().pairs, ("client_id", "espace"))),
    "redirect_uri_repeated": Parameters((*parameters().pairs, ("redirect_uri", CALLBACK))),
}


@pytest.mark.parametrize("reason", SHOWN)
def test_unproven_return_address_is_only_shown(reason: str) -> None:
    """A doubt about client or redirect URI is shown, never redirected (N-002)."""
    with pytest.raises(ShownError) as caught:
        identify(SHOWN[reason], finder())
    assert reason == caught.value.reason


def test_disabled_client_is_shown() -> None:
    """A disabled client gets no redirect (V-43)."""
    with pytest.raises(ShownError, match="client_disabled"):
        identify(parameters(), finder(client(enabled=False)))


FAULTS: dict[str, tuple[str, dict[str, str | None]]] = {
    "response_type": ("invalid_request", {"response_type": None}),
    "implicit": ("unsupported_response_type", {"response_type": "token"}),
    "hybrid": ("unsupported_response_type", {"response_type": "code id_token"}),
    "quoted": ("unsupported_response_type", {"response_type": 'fo"o'}),
    "mode": ("invalid_request", {"response_mode": "nonsense"}),
    "fragment": ("invalid_request", {"response_mode": "fragment"}),
    "scope_absent": ("invalid_scope", {"scope": None}),
    "scope_no_openid": ("invalid_scope", {"scope": "profile"}),
    "scope_not_registered": ("invalid_scope", {"scope": "openid address"}),
    "no_challenge": ("invalid_request", {"code_challenge": None, "code_challenge_method": None}),
    "plain": ("invalid_request", {"code_challenge_method": "plain"}),
    "default_is_plain": ("invalid_request", {"code_challenge_method": None}),
    "short_challenge": ("invalid_request", {"code_challenge": "a" * 42}),
    "long_challenge": ("invalid_request", {"code_challenge": "a" * 129}),
    "foreign_characters": ("invalid_request", {"code_challenge": "é" * 43}),
    "prompt_unknown": ("invalid_request", {"prompt": "dance"}),
    "prompt_none_and": ("invalid_request", {"prompt": "none login"}),
    "max_age_text": ("invalid_request", {"max_age": "soon"}),
    "max_age_negative": ("invalid_request", {"max_age": "-1"}),
    "claims_not_json": ("invalid_request", {"claims": "{"}),
    "claims_list": ("invalid_request", {"claims": "[]"}),
    "claims_wrong_shape": ("invalid_request", {"claims": '{"id_token":{"sub":3}}'}),
    "claims_deep": ("invalid_request", {"claims": "[" * 4000}),
    "request": ("request_not_supported", {"request": "e30.e30."}),
    "request_uri": ("request_uri_not_supported", {"request_uri": "https://app.example.org/r"}),
    "registration": ("registration_not_supported", {"registration": "{}"}),
    "hint_foreign": ("invalid_request", {"id_token_hint": "token-of-other:abc"}),
    "state_too_long": ("invalid_request", {"state": "x" * 4097}),
    "nonce_too_long": ("invalid_request", {"nonce": "x" * 1025}),
    "resource": ("invalid_target", {"resource": "https://api.example.org"}),
    "dpop_jkt": ("invalid_request", {"dpop_jkt": "short"}),
}


@pytest.mark.parametrize("case", FAULTS)
def test_fault_is_a_protocol_error(case: str) -> None:
    """Each fault after the proof of the return address has its registered code."""
    error, changes = FAULTS[case]
    with pytest.raises(ProtocolError) as caught:
        run(parameters(**changes))
    assert error == caught.value.error


def test_repeated_parameter() -> None:
    """No parameter may appear twice (N-005)."""
    sent = Parameters((*parameters().pairs, ("scope", "openid")))
    with pytest.raises(ProtocolError, match="invalid_request"):
        run(sent)


def test_repeated_state_is_not_echoed() -> None:
    """A state sent twice is ambiguous, so neither comes back."""
    sent = Parameters((*parameters().pairs, ("state", "other")))
    assert identify(sent, finder()).state is None


def test_unknown_scope_and_parameter_are_ignored() -> None:
    """Unknown scopes and parameters are no error (conformance: ensure-request-with-unknown-parameter)."""
    assert ("openid",) == run(parameters(scope="openid unheard", extra="foobar")).scope


def test_grant_type_must_be_registered() -> None:
    """A client without the code flow cannot use it (N-037)."""
    with pytest.raises(ProtocolError, match="unauthorized_client"):
        run(parameters(), grant_types=frozenset({"client_credentials"}))


def test_exempt_client_may_omit_the_challenge() -> None:
    """Only the explicit exemption lets a request pass without a challenge (decision D6)."""
    sent = parameters(code_challenge=None, code_challenge_method=None)
    assert run(sent, pkce_exempt=True).code_challenge is None


def test_verified_hint_names_the_subject() -> None:
    """A hint for this client gives the subject expected."""
    assert "abc" == run(parameters(id_token_hint="token-of-espace:abc")).hinted_subject


def test_default_max_age() -> None:
    """The registered default counts where the request says nothing."""
    assert 300 == run(parameters(), default_max_age=300).max_age
    assert 10 == run(parameters(max_age="10"), default_max_age=300).max_age


def test_essential_acr_is_found() -> None:
    """The values of an essential acr are kept for the decision (OpenID Connect Core 5.5.1.1)."""
    claims = {"id_token": {"acr": {"essential": True, "values": ["eidas1", "x"]}}, "userinfo": {"name": None}}
    assert ("eidas1", "x") == run(parameters(claims=json.dumps(claims))).essential_acr


def test_form_post_needs_registration() -> None:
    """A client is limited to its response modes (N-015)."""
    with pytest.raises(ProtocolError, match="unauthorized_client"):
        run(parameters(response_mode="form_post"), response_modes=frozenset({"query"}))
    assert "form_post" == run(parameters(response_mode="form_post")).to.response_mode


@given(
    st.dictionaries(st.sampled_from(sorted(PARAMETERS)), st.text(max_size=5), max_size=2),
    st.sampled_from(sorted(PARAMETERS)),
    st.text(max_size=30),
)
def test_any_text_is_an_error_of_ours_or_passes(extra: dict[str, str], name: str, value: str) -> None:
    """No text in any parameter gives anything but our two kinds of error (V-87)."""
    with contextlib.suppress(ProtocolError, ShownError):
        run(parameters(**{**extra, name: value}))

"""The checks of an authorization request."""

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from idp.authorize.pipeline import PARAMETERS, PkcePolicy, identify, validate
from idp.authorize.request import AuthorizationRequest
from idp.protocol.errors import ProtocolError, ShownError
from idp.protocol.messages import Parameters
from idp.protocol.oidc_response_types import SUPPORTED, canonical
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


def test_offline_access_of_a_client_that_may_not_refresh_is_ignored() -> None:
    """OpenID Connect Core 1.0 section 11: no error, and nothing that a consent page would ask for."""
    sent = parameters(scope="openid offline_access profile")
    assert ("openid", "offline_access", "profile") == run(sent).scope
    for changes in ({}, {"scopes": frozenset({"openid", "profile"})}):
        request = run(sent, grant_types=frozenset({"authorization_code"}), **changes)
        assert ("openid", "profile") == request.scope


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
    "none": ("unsupported_response_type", {"response_type": "none"}),
    "code twice": ("unsupported_response_type", {"response_type": "code code"}),
    "hybrid": ("unauthorized_client", {"response_type": "code id_token"}),
    "quoted": ("unsupported_response_type", {"response_type": 'fo"o'}),
    "mode": ("invalid_request", {"response_mode": "nonsense"}),
    "fragment": ("unauthorized_client", {"response_mode": "fragment"}),
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


FRONT = {
    "response_types": frozenset(SUPPORTED),
    "grant_types": frozenset({"authorization_code", "implicit", "refresh_token"}),
}
"""What an administrator grants a client that may have tokens through the browser."""


@pytest.mark.parametrize("sent", [*SUPPORTED, "token id_token", "id_token code", "token id_token code"])
def test_every_response_type_passes_where_it_is_granted(sent: str) -> None:
    """Their words in any order (RFC 6749 section 3.1.1), with the mode that belongs to the type."""
    request = run(parameters(response_type=sent), **FRONT)
    assert canonical(sent) == request.response_type
    assert ("query" if sent == "code" else "fragment") == request.to.response_mode


@pytest.mark.parametrize("sent", SUPPORTED)
def test_each_response_type_must_be_granted(sent: str) -> None:
    """A client registered for all the others is refused this one (N-006)."""
    others = frozenset(SUPPORTED) - {sent}
    with pytest.raises(ProtocolError, match="unauthorized_client"):
        run(parameters(response_type=sent), **{**FRONT, "response_types": others})


@pytest.mark.parametrize(
    ("sent", "missing"),
    [("id_token", "implicit"), ("code token", "implicit"), ("code token", "authorization_code")],
)
def test_each_response_type_needs_its_grant_types(sent: str, missing: str) -> None:
    """The pairs of OpenID Connect Dynamic Client Registration section 2 (N-037)."""
    with pytest.raises(ProtocolError, match="unauthorized_client"):
        run(parameters(response_type=sent), **{**FRONT, "grant_types": FRONT["grant_types"] - {missing}})


def test_a_registration_may_have_its_words_in_any_order() -> None:
    """What a client registered as `token id_token` is what a request calls `id_token token`."""
    granted = {**FRONT, "response_types": frozenset({"token id_token"})}
    assert "id_token token" == run(parameters(response_type="id_token token"), **granted).response_type


MODES: dict[tuple[str, str | None], str] = {
    ("code", None): "query",
    ("code", "query"): "query",
    ("code", "form_post"): "form_post",
    ("code", "fragment"): "query",
    ("code", "pigeon"): "query",
    ("code id_token", None): "fragment",
    ("code id_token", "fragment"): "fragment",
    ("code id_token", "query"): "fragment",
    ("code id_token", "form_post"): "form_post",
    ("id_token token", "query"): "fragment",
    ("token", None): "fragment",
    ("token", "query"): "fragment",
    ("nonsense", None): "query",
}


@pytest.mark.parametrize(("sent", "mode"), MODES)
def test_errors_come_back_as_the_answer_would_have(sent: str, mode: str | None) -> None:
    """Known before any check has run, and for a type with a token never the query."""
    to = identify(parameters(response_type=sent, response_mode=mode), finder(client(**FRONT)))
    assert MODES[sent, mode] == to.response_mode


def test_without_a_response_type_errors_come_in_the_query() -> None:
    """Or in a form, where that was asked for (conformance: response-type-missing)."""
    assert "query" == identify(parameters(response_type=None), finder()).response_mode
    asked = parameters(response_type=None, response_mode="form_post")
    assert "form_post" == identify(asked, finder()).response_mode


@pytest.mark.parametrize("sent", [name for name in SUPPORTED if name != "code"])
def test_no_token_in_a_query(sent: str) -> None:
    """A query ends up in logs, histories and Referer headers (Encoding Practices section 3)."""
    with pytest.raises(ProtocolError, match="invalid_request"):
        run(parameters(response_type=sent, response_mode="query"), **FRONT)


def test_a_code_may_come_in_a_fragment_where_registered() -> None:
    """An application in the browser may want it so; it must be registered for that (N-015)."""
    modes = frozenset({"query", "fragment"})
    assert "fragment" == run(parameters(response_mode="fragment"), response_modes=modes).to.response_mode


@pytest.mark.parametrize("sent", SUPPORTED)
def test_nonce_binds_what_comes_through_the_browser(sent: str) -> None:
    """Compulsory where an ID token does; optional for `code` and `code token` (Core 3.2.2.1, 3.3.2.1)."""
    asked = parameters(response_type=sent, nonce=None)
    if "id_token" not in sent.split():
        assert run(asked, **FRONT).nonce is None
        return
    with pytest.raises(ProtocolError, match="invalid_request"):
        run(asked, **FRONT)


@pytest.mark.parametrize("sent", ["id_token", "id_token token"])
def test_without_a_code_there_is_neither_challenge_nor_refresh(sent: str) -> None:
    """PKCE binds codes, and `offline_access` needs one to follow (Core 11): both mean nothing here."""
    asked = parameters(
        response_type=sent, scope="openid offline_access", code_challenge=None, code_challenge_method=None
    )
    assert (None, ("openid",)) == (run(asked, **FRONT).code_challenge, run(asked, **FRONT).scope)
    assert run(parameters(response_type=sent), **FRONT).code_challenge is None


@pytest.mark.parametrize("changes", [{"dpop_jkt": "j" * 43}, {}])
def test_no_bound_token_comes_through_the_browser(changes: dict[str, str]) -> None:
    """Nobody proves a key to the authorization endpoint, so a client that needs bound tokens gets none there."""
    asked = parameters(response_type="code token", **changes)
    with pytest.raises(ProtocolError, match="invalid_request"):
        run(asked, **FRONT, dpop_bound=not changes)


def test_an_access_token_is_for_one_resource() -> None:
    """RFC 8707 section 2.1: where the token is issued here, two names are one too many."""
    two = ("https://one.example", "https://two.example")
    asked = Parameters((*parameters(response_type="id_token token").pairs, *(("resource", name) for name in two)))
    with pytest.raises(ProtocolError, match="invalid_target"):
        run(asked, **FRONT, audiences=two)


@pytest.mark.parametrize(
    ("policy", "changes", "passes"),
    [
        ("always", {}, False),
        ("public", {}, True),
        ("public", {"token_endpoint_auth_method": "none"}, False),
        ("public", {"token_endpoint_auth_method": "none", "pkce_exempt": True}, True),
        ("always", {"pkce_exempt": True}, True),
    ],
)
def test_who_must_send_a_challenge(policy: PkcePolicy, changes: dict[str, object], passes: bool) -> None:
    """The policy lets confidential clients off, an exemption one client (decision D6)."""
    asked = parameters(code_challenge=None, code_challenge_method=None)
    to = identify(asked, finder(client(**changes)))
    if passes:
        assert validate(asked, to, hint, pkce=policy).code_challenge is None
        return
    with pytest.raises(ProtocolError, match="invalid_request"):
        validate(asked, to, hint, pkce=policy)


def test_a_challenge_is_judged_whoever_sends_it() -> None:
    """A client that need not send one sends a sound one or none."""
    asked = parameters(code_challenge_method="plain")
    with pytest.raises(ProtocolError, match="invalid_request"):
        validate(asked, identify(asked, finder()), hint, pkce="public")


@pytest.mark.parametrize("asked", [None, "query"])
def test_a_client_that_takes_posts_alone_gets_nothing_in_an_address(asked: str | None) -> None:
    """Whoever makes the link: neither an answer nor an error falls back to the query (N-015)."""
    sent = parameters(response_mode=asked)
    posts = frozenset({"form_post"})
    assert "form_post" == identify(sent, finder(client(response_modes=posts))).response_mode
    if asked is None:
        assert "form_post" == run(sent, response_modes=posts).to.response_mode
        return
    with pytest.raises(ProtocolError, match="unauthorized_client"):
        run(sent, response_modes=posts)

"""Basic, Implicit, Hybrid and Form Post plans: the flows themselves, and what is asked of a request's form."""

import secrets
from dataclasses import replace

from tests.support.conformance import checks
from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.runs import (
    BASIC,
    DYNAMIC,
    EVERY,
    HYBRID,
    IMPLICIT,
    NONCE_OPTIONAL,
    WITH_CODE,
    WITH_FRONT_ID_TOKEN,
    Run,
    over,
)
from tests.support.conformance.suite import Suite, application_key
from tests.support.relying_party import challenge_of

ONCE = tuple(
    run for run in (*BASIC, *IMPLICIT, *HYBRID) if run.response_type in {"code", "id_token token", "code id_token"}
)
"""Modules that a plan of several response types has only once."""


@over(*EVERY, DYNAMIC)
def test_oidcc_server(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """The flow works, from the registration to userinfo; an ID token has no claim that nobody asked for."""
    outcome = suite.register(run).sign_in(browser)
    assert ["sign-in", "consent"] == outcome.answer.visit.kinds
    assert outcome.claims["sub"]


@over(*WITH_CODE)
def test_oidcc_server_client_secret_post(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """The flow works with the secret in the form."""
    application = suite.register(replace(run, auth_method="client_secret_post"))
    assert "client_secret_post" == application.registered["token_endpoint_auth_method"]
    application.sign_in(browser)


@over(*EVERY)
def test_oidcc_idtoken_signature(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Without an algorithm at registration the ID token is signed with RS256, its key named."""
    application = suite.register(run)
    assert "RS256" == application.registered.get("id_token_signed_response_alg", "RS256")
    assert application.sign_in(browser).claims


def test_oidcc_idtoken_unsigned(suite: Suite) -> None:
    """Unsigned ID tokens are neither listed, so that the suite skips its module, nor to be had."""
    assert "none" not in suite.house.metadata["id_token_signing_alg_values_supported"]
    answer = suite.try_to_register(BASIC[0], application_key(), id_token_signed_response_alg="none")
    checks.refused(answer, {"invalid_client_metadata"})


@over(*ONCE)
def test_oidcc_response_type_missing(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """A request without a response type comes back in the query, or in the form that it asked for, as an error."""
    application = suite.register(run)
    asked = application.request(response_type=None)
    channel = replace(application, run=replace(run, response_type="code"))
    answer = channel.arrived(asked, application.visit(browser, asked))
    checks.failure(answer.parameters, {"invalid_request", "unsupported_response_type"})


@over(*NONCE_OPTIONAL)
def test_oidcc_ensure_request_without_nonce_succeeds_for_code_flow(
    run: Run, suite: Suite, browser: SuiteBrowser
) -> None:
    """Where no ID token comes by the browser a nonce is optional, and none is made up."""
    assert "nonce" not in suite.register(run).sign_in(browser, nonce=None).claims


@over(*WITH_FRONT_ID_TOKEN)
def test_oidcc_ensure_request_without_nonce_fails(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """An ID token by way of the browser needs a nonce; the error comes the way that success would."""
    suite.register(run).refused(browser, "invalid_request", nonce=None)


@over(*BASIC)
def test_oidcc_ensure_post_request_succeeds(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """A request may be a form of another site, also where the person still has to sign in."""
    suite.register(run).sign_in(browser, post=True)


@over(*EVERY)
def test_oidcc_ensure_registered_redirect_uri(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """An address below a registered one is not registered: an error page for the person, and no way back."""
    application = suite.register(run)
    asked = application.request(redirect_uri=f"{application.redirect_uri}/{secrets.token_hex(5)}")
    visit = application.visit(browser, asked)
    assert visit.callback is None
    assert ["other"] == visit.kinds
    assert 400 == visit.last.status
    assert 'id="error-reference"' in visit.last.text


@over(*(run for run in (*BASIC, *HYBRID) if run in ONCE))
def test_oidcc_ensure_request_with_valid_pkce_succeeds(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """A challenge is taken, its verifier checked at the token endpoint."""
    application = suite.register(run)
    verifier = secrets.token_urlsafe(48)
    answer = application.ask(browser, code_challenge=challenge_of(verifier), code_challenge_method="S256")
    checks.refused(application.redeem(answer, code_verifier=verifier[::-1]), {"invalid_grant"})
    again = application.ask(browser, code_challenge=challenge_of(verifier), code_challenge_method="S256")
    application.finish(again, code_verifier=verifier)

"""RP-initiated logout plan: the session ends, and the person comes back only where everything is proven."""

import base64
import json
import secrets
import string
import time
from urllib.parse import urlsplit

import pytest
from joserfc import jwt

from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.house import House
from tests.support.conformance.logout import SignedIn, comes_back, sign_in, stays
from tests.support.conformance.runs import Run
from tests.support.conformance.suite import Suite

RUN = Run("rp-initiated-logout", "code")
PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "


@pytest.fixture
def signed_in(suite: Suite, browser: SuiteBrowser) -> SignedIn:
    """A member at an application that has an address to come back to after the logout."""
    return sign_in(suite, browser, RUN)


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(house: House) -> None:
    """The logout's address is told, on https."""
    assert "https" == urlsplit(house.metadata["end_session_endpoint"]).scheme


def test_oidcc_rp_initiated_logout(signed_in: SignedIn) -> None:
    """With a hint and a registered address the person comes back with the very state, and nothing else."""
    state = "".join(secrets.choice(PRINTABLE) for _ in range(50))
    hint = signed_in.outcome.id_token
    comes_back(
        signed_in, signed_in.leaves(id_token_hint=hint, post_logout_redirect_uri=signed_in.back, state=state), state
    )
    signed_in.is_gone()


def test_oidcc_rp_initiated_logout_no_state(signed_in: SignedIn) -> None:
    """Where no state was sent none comes back."""
    hint = signed_in.outcome.id_token
    comes_back(signed_in, signed_in.leaves(id_token_hint=hint, post_logout_redirect_uri=signed_in.back), None)
    signed_in.is_gone()


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(signed_in: SignedIn) -> None:
    """An address that is not registered is never gone to."""
    elsewhere = f"{signed_in.back}/{secrets.token_hex(5)}"
    stays(signed_in.leaves(id_token_hint=signed_in.outcome.id_token, post_logout_redirect_uri=elsewhere, state="s"))


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(signed_in: SignedIn) -> None:
    """A registered address with a query that is not registered is never gone to."""
    added = f"{signed_in.back}?foo=bar"
    stays(signed_in.leaves(id_token_hint=signed_in.outcome.id_token, post_logout_redirect_uri=added, state="s"))


def test_oidcc_rp_initiated_logout_no_id_token_hint(signed_in: SignedIn) -> None:
    """Without a hint nobody knows whose address it is, so that it is never gone to."""
    stays(signed_in.leaves(post_logout_redirect_uri=signed_in.back, state="s"))


def test_oidcc_rp_initiated_logout_modified_id_token_hint(signed_in: SignedIn) -> None:
    """A hint whose signature was taken away proves nothing."""
    payload = signed_in.outcome.id_token.split(".")[1]
    header = base64.urlsafe_b64encode(json.dumps({"alg": "none"}).encode()).rstrip(b"=").decode()
    stays(signed_in.leaves(id_token_hint=f"{header}.{payload}.", post_logout_redirect_uri=signed_in.back, state="s"))


def test_oidcc_rp_initiated_logout_bad_id_token_hint(signed_in: SignedIn) -> None:
    """A hint that the application signed itself, for the provider, proves nothing."""
    application, now = signed_in.application, int(time.time())
    claims = {**signed_in.outcome.claims, "iss": application.client_id, "aud": application.house.issuer, "iat": now}
    hint = jwt.encode({"alg": "RS256", "kid": application.key.kid}, claims, application.key)
    stays(signed_in.leaves(id_token_hint=hint, post_logout_redirect_uri=signed_in.back, state="s"))


def test_oidcc_rp_initiated_logout_no_params(signed_in: SignedIn) -> None:
    """Without anything the person is asked, and then signed out."""
    visit = signed_in.leaves()
    stays(visit)
    assert "logout" in visit.kinds
    signed_in.is_gone()


def test_oidcc_rp_initiated_logout_only_state(signed_in: SignedIn) -> None:
    """A state alone goes nowhere; the person is asked, and then signed out."""
    visit = signed_in.leaves(state="only-state")
    stays(visit)
    assert "logout" in visit.kinds
    signed_in.is_gone()


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(signed_in: SignedIn) -> None:
    """With a hint alone the person is signed out and stays with the provider."""
    stays(signed_in.leaves(id_token_hint=signed_in.outcome.id_token, state="s"))
    signed_in.is_gone()

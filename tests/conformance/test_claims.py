"""Basic, Implicit, Hybrid and Form Post plans: scopes, the claims parameter, userinfo in its three ways."""

import json

from tests.support.conformance import checks
from tests.support.conformance.application import Outcome, userinfo_answer
from tests.support.conformance.browser import SuiteBrowser
from tests.support.conformance.runs import BASIC, EVERY, HYBRID, IMPLICIT, WITH_TOKEN, Run, over
from tests.support.conformance.suite import Suite

FIRST = tuple(
    run for run in (*BASIC, *IMPLICIT, *HYBRID) if run.response_type not in {"code token", "code id_token token"}
)


def sign_in_for(scope: str, run: Run, suite: Suite, browser: SuiteBrowser) -> Outcome:
    """Sign in with scopes, and check that each of their claims is where it belongs, and only there."""
    claims = frozenset[str]().union(*(checks.SCOPES[one] for one in scope.split() if one != "openid"))
    inside = () if run.gives_token else tuple(claims)
    outcome = suite.register(run).sign_in(browser, inside=inside, scope=scope)
    found = outcome.userinfo if run.gives_token else outcome.claims
    assert claims <= found.keys()
    assert not (frozenset[str]().union(*checks.SCOPES.values()) - claims) & found.keys()
    return outcome


@over(*EVERY)
def test_oidcc_scope_profile(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """`profile` gives all fourteen claims."""
    sign_in_for("openid profile", run, suite, browser)


@over(*EVERY)
def test_oidcc_scope_email(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """`email` gives the address and whether it is verified, and no name."""
    sign_in_for("openid email", run, suite, browser)


@over(*EVERY)
def test_oidcc_scope_address(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """`address` gives an object of strings."""
    sign_in_for("openid address", run, suite, browser)


@over(*EVERY)
def test_oidcc_scope_phone(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """`phone` gives the number and whether it is verified."""
    sign_in_for("openid phone", run, suite, browser)


@over(*EVERY)
def test_oidcc_scope_all(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """All scopes together give all claims."""
    sign_in_for("openid profile email address phone", run, suite, browser)


@over(*FIRST)
def test_oidcc_alternate_happy_flow(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Neither the order of scopes nor that of parameters matters."""
    application = suite.register(run)
    asked = dict(reversed(application.request(scope="email openid").items()))
    answer = application.arrived(asked, application.visit(browser, asked))
    outcome = application.finish(answer, () if run.gives_token else ("email", "email_verified"))
    found = outcome.userinfo if run.gives_token else outcome.claims
    assert {"email", "email_verified"} <= found.keys()
    assert "name" not in found


@over(*EVERY)
def test_oidcc_claims_essential(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """A claim asked for by name is given where it was asked for: at userinfo, or in the ID token if that is all."""
    place = "userinfo" if run.gives_token else "id_token"
    asked = json.dumps({place: {"name": {"essential": True}}})
    outcome = suite.register(run).sign_in(browser, inside=() if run.gives_token else ("name",), claims=asked)
    assert "name" in (outcome.userinfo if run.gives_token else outcome.claims)


@over(*WITH_TOKEN)
def test_oidcc_userinfo_get(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Userinfo answers a GET with the token in the header."""
    outcome = suite.register(run).sign_in(browser)
    assert outcome.userinfo["sub"]


@over(*WITH_TOKEN)
def test_oidcc_userinfo_post_header(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Userinfo answers an empty POST with the token in the header."""
    outcome = suite.register(run).sign_in(browser)
    headers = {"Authorization": f"Bearer {outcome.access_token}"}
    answer = suite.house.send("POST", suite.house.metadata["userinfo_endpoint"], headers=headers)
    assert outcome.userinfo == userinfo_answer(answer, outcome.userinfo["sub"])


@over(*WITH_TOKEN)
def test_oidcc_userinfo_post_body(run: Run, suite: Suite, browser: SuiteBrowser) -> None:
    """Userinfo answers a POST with the token in the form."""
    outcome = suite.register(run).sign_in(browser)
    form = {"access_token": outcome.access_token}
    answer = suite.house.send("POST", suite.house.metadata["userinfo_endpoint"], data=form)
    assert outcome.userinfo == userinfo_answer(answer, outcome.userinfo["sub"])

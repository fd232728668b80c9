"""Somebody who is signed in at an application of the suite, and leaves."""

import secrets
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from tests.support.conformance import checks
from tests.support.conformance.application import Application, Outcome
from tests.support.conformance.browser import SuiteBrowser, Visit
from tests.support.conformance.runs import Run
from tests.support.conformance.suite import Suite


@dataclass(frozen=True, slots=True)
class SignedIn:
    """Somebody who is signed in at an application; `back` is where the application wants them after the logout."""

    application: Application
    browser: SuiteBrowser
    outcome: Outcome
    back: str

    def leaves(self, **parameters: str | None) -> Visit:
        """Go to the provider's logout, confirm where asked, and return what was seen."""
        sent = {name: value for name, value in parameters.items() if value is not None}
        endpoint = self.application.house.metadata["end_session_endpoint"]
        return self.browser.go(f"{endpoint}?{urlencode(sent)}" if sent else endpoint)

    def is_gone(self) -> None:
        """The session has ended: a silent sign-in fails."""
        state = checks.long_text(128, secrets.choice)
        self.application.refused(self.browser, *checks.NOBODY, prompt="none", state=state)


def sign_in(suite: Suite, browser: SuiteBrowser, run: Run, **members: Any) -> SignedIn:
    """Register an application with an address for after the logout, and sign in there."""
    back = f"{suite.house.documents.url}/post_logout_redirect"
    application = suite.register(run, post_logout_redirect_uris=[back], **members)
    return SignedIn(application, browser, application.sign_in(browser), back)


def comes_back(signed_in: SignedIn, visit: Visit, state: str | None) -> None:
    """The person is back at the application with the very state, and nothing else."""
    callback = visit.callback
    assert callback is not None, visit.last.text
    sent = {} if state is None else {"state": state}
    assert (signed_in.back, sent, {}) == (callback.url.partition("?")[0], callback.query, callback.fragment)


def stays(visit: Visit) -> None:
    """The person ends on a page of the provider, whatever was pressed."""
    assert visit.callback is None
    assert "other" == visit.kinds[-1]
    assert visit.last.status in {200, 400}

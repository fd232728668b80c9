"""Session management plan: a page of the application asks the provider's frame whether the session still stands.

Asked in Chromium, since the suite's own browser is not here.
"""

from collections.abc import Iterator
from pathlib import Path
from typing import Final
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, sync_playwright

from tests.support import browser as chromium_of
from tests.support.conformance.application import Application
from tests.support.conformance.house import House
from tests.support.conformance.runs import Run
from tests.support.conformance.suite import Suite

RUN = Run("session-management", "code")
ASKING: Final = """<!doctype html><title>none</title>
<iframe id="op" src="{frame}"></iframe>
<script>
// The suite's page posts once, half a second after its load, and believes the issuer alone.
window.addEventListener("message", function (event) {{
  if (event.origin === "{issuer}") {{ document.title = event.data; }}
}}, false);
window.addEventListener("load", function () {{
  window.setTimeout(function () {{
    document.getElementById("op").contentWindow.postMessage("{message}", "*");
  }}, 500);
}});
</script>
"""


@pytest.fixture
def window(chromium: Path) -> Iterator[Page]:
    """A window of Chromium that takes the certificates of this test."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, args=chromium_of.arguments())
        with started.new_context(ignore_https_errors=True) as context:
            yield context.new_page()
        started.close()


def test_oidcc_session_management_discovery_endpoint_verification(house: House) -> None:
    """The frame's address is told, and the logout's, on https."""
    addresses = [house.metadata["check_session_iframe"], house.metadata["end_session_endpoint"]]
    assert ["https", "https"] == [urlsplit(address).scheme for address in addresses]


def sign_in(application: Application, window: Page) -> tuple[str, str]:
    """Sign a member in by hand; return `session_state` and the ID token."""
    house = application.house
    member = house.demonstration.person("elise")
    asked = application.request()
    window.goto(f"{house.metadata['authorization_endpoint']}?{urlencode(asked)}")
    window.check("#situation-affilie")
    window.fill("#dossier", member.dossier)
    window.fill("#password", member.password)
    window.click("#sign-in")
    window.click("#consent-allow")
    window.wait_for_url(lambda url: url.startswith(application.redirect_uri), wait_until="commit", timeout=10_000)
    came = parse_qs(urlsplit(window.url).query)
    fields = {"grant_type": "authorization_code", "code": came["code"][0], "redirect_uri": application.redirect_uri}
    tokens = application.token(**fields).json()
    return came["session_state"][0], tokens["id_token"]


def test_oidcc_session_management_rp_initiated_logout(suite: Suite, window: Page) -> None:
    """The frame says unchanged while the session stands, and changed after the logout."""
    house, documents = suite.house, suite.house.documents
    # The same site as the provider's: to a frame of another one Chromium sends no cookie.
    base = documents.url.replace("127.0.0.1", "localhost")
    back = f"{base}/post_logout_redirect"
    for path in ("/callback", "/post_logout_redirect"):
        documents.show(path, "<!doctype html><title>the application</title>", "text/html")
    application = suite.register(RUN, redirect_uris=[f"{base}/callback"], post_logout_redirect_uris=[back])
    state, id_token = sign_in(application, window)
    message = f"{application.client_id} {state}"
    frame = house.metadata["check_session_iframe"]
    documents.show("/session", ASKING.format(frame=frame, issuer=house.issuer, message=message), "text/html")
    window.goto(f"{base}/session")
    window.wait_for_function("document.title !== 'none'", timeout=5000)
    assert "unchanged" == window.title()
    leaving = {"id_token_hint": id_token, "post_logout_redirect_uri": back}
    window.goto(f"{house.metadata['end_session_endpoint']}?{urlencode(leaving)}")
    window.wait_for_url(lambda url: url.startswith(back), wait_until="commit", timeout=10_000)
    window.goto(f"{base}/session")
    window.wait_for_function("document.title !== 'none'", timeout=5000)
    assert "changed" == window.title()

"""No secret reaches a log line, at any level, whatever goes wrong on the way (N-152, V-20)."""

import io
import json
import logging
import sys
from collections.abc import Iterator

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from idp import logs
from idp.config import Logs
from tests.support.cast import PARTNER, SECRET
from tests.support.faults import broken_database
from tests.support.pages import Browser
from tests.support.provider import Provider
from tests.support.relying_party import RelyingParty, front

STATE = "canary-state-2f8a61"
NONCE = "canary-nonce-93bd07"
WRONG = "canary-wrong-password-51c9"
MISTYPED = "canary-typed-as-number"
FORGED = "canary.forged.token-77aa"


class Written(io.StringIO):
    """What was written, with what waits to be."""

    def getvalue(self) -> str:
        """Return all of it."""
        for handler in logging.getLogger().handlers:
            handler.flush()
        return super().getvalue()


@pytest.fixture(params=["json", "text"])
def written(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[io.StringIO]:
    """What an operator sees at DEBUG, long lines whole: it is not the cut that hides a secret."""
    monkeypatch.setattr(logs, "_LINE_LIMIT", 1_000_000)
    root, stream = logging.getLogger(), Written()
    monkeypatch.setattr(sys, "stderr", stream)
    kept, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in logging.root.manager.loggerDict}
    logs.configure(Logs(level="DEBUG", format=request.param))
    yield stream
    root.handlers[:] = kept
    root.setLevel(level)
    for name in logging.root.manager.loggerDict:
        logging.getLogger(name).setLevel(levels.get(name, logging.NOTSET))


def everything(provider: Provider, browser: Browser) -> set[str]:
    """Walk through a whole sign-in with every kind of failure; return what must stay secret."""
    espace, partner = RelyingParty(provider), RelyingParty(provider, PARTNER, None)
    url = espace.authorize_url(state=STATE, nonce=NONCE, scope="openid profile email offline_access")
    page = browser.get(url)
    secret = {STATE, NONCE, WRONG, MISTYPED, FORGED, SECRET, espace.verifier, page.hidden()["csrf"]}
    browser.sign_in(page, dossier="1234567", password=WRONG)
    browser.sign_in(page, dossier="7654321", password=WRONG)
    browser.sign_in(page, dossier=MISTYPED, password=WRONG)
    back = browser.sign_in(page)
    code = back.query["code"]
    espace.redeem(FORGED)
    espace.redeem(code, code_verifier="canary" * 8)
    code = browser.get(url).query["code"]
    issued = espace.redeem(code).get_json()
    RelyingParty(provider, espace.client, "canary-wrong-secret-0011").redeem(code)
    renewed = espace.refresh(issued["refresh_token"]).get_json()
    espace.refresh(FORGED)
    espace.userinfo(issued["access_token"])
    espace.userinfo(FORGED)
    espace.token(grant_type="client_credentials", client_assertion=FORGED)
    told = browser.get(front(provider).authorize_url(response_type="code id_token token", state=STATE, nonce=NONCE))
    posted = browser.get(front(provider).authorize_url(response_type="id_token token", response_mode="form_post"))
    consent = browser.get(partner.authorize_url(state=STATE))
    browser.consent(consent)
    with broken_database(provider.application.engine):
        browser.get(url)
        browser.sign_in(page)
        espace.redeem(code)
        espace.refresh(issued["refresh_token"])
    browser.get(f"/logout?id_token_hint={issued['id_token']}&state={STATE}&post_logout_redirect_uri=x")
    secret |= {code, back.query["code"], *browser.cookies().values(), consent.hidden()["csrf"]}
    for given in (issued, renewed, told.answer, posted.answer):
        secret |= {value for name, value in given.items() if name.endswith("_token") or name == "code"}
    return secret | {"canary", "carafe-soleil-marin-42", "angela@example.org", "Angela", "DUBOIS", "1234567"}


def test_no_secret_is_written(provider: Provider, browser: Browser, written: io.StringIO) -> None:
    """Passwords, codes, tokens, cookies, secrets, `state`, numbers and names never appear at DEBUG (N-152, N-155)."""
    secret = everything(provider, browser)
    lines = written.getvalue()
    assert "sign_in" in lines
    assert "disk I/O error" in lines
    told = [line for line in lines.splitlines() if any(one in line for one in secret)]

    assert [] == told


def test_the_database_does_not_quote_values(provider: Provider) -> None:
    """A driver's error names the statement and none of its values: they would be in the traceback (N-152)."""
    with pytest.raises(DBAPIError) as caught, provider.application.engine.connect() as connection:
        connection.execute(text("SELECT :value FROM no_such_table"), {"value": "canary"})
    assert "no_such_table" in str(caught.value)
    assert "canary" not in str(caught.value)


def test_each_line_is_one_json_object(provider: Provider, written: io.StringIO) -> None:
    """Input with line breaks cannot make a second line (N-132)."""
    provider.browser().raw("GET", "/nowhere%0d%0a{%22level%22:%22error%22}")
    provider.browser().get("/authorize?client_id=a%0Ab%0D%0A2026 error forged")
    lines = written.getvalue().splitlines()
    if lines[0].startswith("{"):
        assert all("time" in json.loads(line) for line in lines)
    assert not any(line.startswith(("{%22", '{"level"', "2026 error", "b")) for line in lines)

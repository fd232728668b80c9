"""The frame of Session Management 1.0; what its script answers is shown in a browser."""

import base64
import hashlib
import re

from idp.endpoints.oidc_check_session import CheckSession
from idp.protocol.messages import Parameters, Reply, Request


def answer(cookie: str = "__Host-idp-state", **headers: str) -> Reply:
    """Ask for the frame."""
    request = Request("GET", "/check-session", Parameters(), Parameters(), headers, b"", "192.0.2.1", "r")
    return CheckSession(cookie)(request)


def test_it_may_be_framed_by_anybody_and_runs_its_own_script_only() -> None:
    """No X-Frame-Options, no frame-ancestors; the policy names the one script by its hash."""
    reply = answer()
    headers = dict(reply.headers)
    assert "X-Frame-Options" not in headers
    policy = headers["Content-Security-Policy"]
    assert "frame-ancestors" not in policy
    (script,) = re.findall(r"<script>(.*?)</script>", reply.body.decode(), re.DOTALL)
    known = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"default-src 'none'; script-src 'sha256-{known}'; base-uri 'none'" == policy
    assert "cross-origin" == headers["Cross-Origin-Resource-Policy"]


def test_it_reads_the_cookie_of_this_house() -> None:
    """The name depends on https; the document keeps no placeholder."""
    assert b'"__Host-idp-state"' in answer().body
    assert b'"idp-state"' in answer("idp-state").body
    assert b"@" not in answer().body


def test_a_browser_keeps_it() -> None:
    """Ready within half a second the second time: cached for an hour, then unchanged."""
    headers = dict(answer().headers)
    assert "public, max-age=3600" == headers["Cache-Control"]
    assert 304 == answer(**{"if-none-match": headers["ETag"]}).status

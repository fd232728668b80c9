"""The edge between Flask and the core: what a request says, and the cookies and redirects of an answer."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from idp.protocol.messages import MalformedMessage
from idp.upstream import LoginOutcome
from idp.web.asked import now
from idp.web.http import Edge, targets_of
from tests.support.cast import APP, ESPACE, ISSUER, MEMBER
from tests.support.provider import Provider, copied_provider, running


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider."""
    with running(copied_provider(tmp_path)) as opened:
        yield opened


@pytest.fixture
def edge(provider: Provider) -> Edge:
    """Its edge, with the pages attached."""
    pages_attached = provider.application.wsgi
    assert callable(pages_attached)
    return provider.application.edge


def asked(provider: Provider, path: str = "/", **options: Any) -> Any:
    """Return the context of a request."""
    return provider.application.flask.test_request_context(path, base_url=ISSUER, **options)


@pytest.mark.parametrize(
    ("remote", "network"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::1", "2001:db8:1:2::/64"),
        ("not an address", "unknown"),
        ("", "unknown"),
    ],
)
def test_a_network_is_what_one_subscriber_has(provider: Provider, edge: Edge, remote: str, network: str) -> None:
    """Throttling counts an IPv4 address or an IPv6 /64, as the door determined it."""
    with asked(provider, environ_overrides={"idp.remote": remote, "REMOTE_ADDR": ""}):
        assert network == edge.network()


@pytest.mark.parametrize("kept", ["", "short", "x" * 65])
def test_a_browser_id_that_is_not_ours_is_replaced(provider: Provider, edge: Edge, kept: str) -> None:
    """A missing or odd id is made anew, once in a request."""
    with asked(provider, headers={"Cookie": f"__Host-idp-browser={kept}"}):
        made = edge.browser_id()
        assert made != kept
        assert made == edge.browser_id()
        assert now().new_browser
        assert len(made) >= 32


def test_a_known_browser_keeps_its_id(provider: Provider, edge: Edge) -> None:
    """No new cookie where there is one."""
    with asked(provider, headers={"Cookie": f"__Host-idp-browser={'b' * 32}"}):
        assert "b" * 32 == edge.browser_id()
        assert not now().new_browser


def test_parameters_of_query_and_form_are_never_merged(provider: Provider, edge: Edge) -> None:
    """A POST is its form, whatever its query says."""
    with asked(provider, "/authorize?a=query", method="POST", data={"b": "form"}):
        assert (("b", "form"),) == edge.parameters().pairs
    with asked(provider, "/authorize?a=query"):
        assert (("a", "query"),) == edge.parameters().pairs


@pytest.mark.parametrize("kind", ["application/json", "multipart/form-data; boundary=x", "text/plain", ""])
def test_only_forms_are_read(provider: Provider, edge: Edge, kind: str) -> None:
    """A POST of another type is refused, not guessed."""
    with asked(provider, method="POST", data=b"a=b", content_type=kind), pytest.raises(MalformedMessage):
        edge.parameters()


def test_the_token_of_a_form_fits_one_browser_and_one_purpose(provider: Provider, edge: Edge) -> None:
    """Another browser's token, or that of another page, is none (N-127)."""
    browser, other = {"Cookie": f"__Host-idp-browser={'b' * 32}"}, {"Cookie": f"__Host-idp-browser={'c' * 32}"}
    with asked(provider, headers=browser):
        token = edge.csrf("connexion:1")
    cases = [(browser, "connexion:1", True), (browser, "connexion:2", False), (other, "connexion:1", False)]
    for headers, purpose, fits in cases:
        with asked(provider, method="POST", data={"csrf": token}, headers=headers):
            assert fits is edge.check_csrf(purpose)


@pytest.mark.parametrize(
    ("path", "cookie", "accept", "language"),
    [
        ("/", "", "", "fr"),
        ("/", "", "en-GB,fr;q=0.5", "en"),
        ("/", "fr", "en", "fr"),
        ("/?lang=en", "fr", "fr", "en"),
        ("/?lang=xx", "", "en", "en"),
    ],
)
def test_the_language_asked_for_wins(
    provider: Provider, edge: Edge, path: str, cookie: str, accept: str, language: str
) -> None:
    """This request's own wish, then the kept one, then the browser's, then French."""
    with asked(provider, path, headers={"Cookie": f"__Host-idp-lang={cookie}", "Accept-Language": accept}):
        assert language == edge.language()


def test_a_sign_in_of_an_account_that_is_not_usable_opens_nothing(provider: Provider, edge: Edge) -> None:
    """Closed between the password and the session: back to the page, no cookie (V-55)."""
    with provider.application.store.reading() as unit:
        account = unit.accounts.by_dossier(MEMBER.dossier)
    assert account is not None
    provider.application.dossiers.upsert(replace(MEMBER, status="closed"), None)
    for account_id in (account.id, "nobody"):
        outcome = LoginOutcome(account_id=account_id, acr="a", amr=("pwd",), auth_time=1, provider="password")
        with asked(provider):
            answer = edge.finish_login(outcome, "some-interaction")
        assert (303, "/connexion/some-interaction") == (answer.status_code, answer.headers["Location"])
        assert "Set-Cookie" not in answer.headers


def test_targets_are_every_address_a_form_may_lead_to() -> None:
    """Redirect URIs, addresses after logout, and the application's own page; nothing without an application."""
    assert (f"{APP}/callback", f"{APP}/bye", f"{APP}/") == targets_of(ESPACE)
    assert () == targets_of(None)


def test_a_page_is_told_little_of_an_application(provider: Provider, edge: Edge) -> None:
    """What a banner shows, no secret of the registration, and no picture of another origin (N-017)."""
    with asked(provider):
        told = edge.service(replace(ESPACE, logo_uri="https://cdn.example.net/logo.png"))
        own = edge.service(replace(ESPACE, logo_uri=f"{ISSUER}/static/img/favicon.svg"))
    assert told is not None
    assert own is not None
    assert {"name", "site", "logo_url", "policy_url", "tos_url", "url", "description"} == told.keys()
    assert told["logo_url"] is None
    assert own["logo_url"] == f"{ISSUER}/static/img/favicon.svg"
    assert edge.service(None) is None


def test_a_redirect_is_303(provider: Provider, edge: Edge) -> None:
    """Never 302, 307 or 308 (N-007); the address, which may hold tokens, stands in the header alone."""
    address = f"{APP}/callback?bar=foo#access_token=secret&state=a%20b"
    with asked(provider):
        answer = edge.go(address)
    assert (303, address, b"") == (answer.status_code, answer.headers["Location"], answer.get_data())

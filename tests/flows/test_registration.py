"""Applications that register by themselves: from the first call to a member's sign-in, and away again."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.cast import ISSUER
from tests.support.certificates import Authority
from tests.support.developer import CALLBACK, LEAST, OPEN, Developer
from tests.support.provider import copied_provider, running
from tests.support.raw_server import Answer, answer, raw_server


@pytest.fixture(params=["sqlite", "postgresql"])
def everywhere(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Developer]:
    """A developer before an open provider, on each database."""
    with running(copied_provider(tmp_path, request.param, registration=OPEN)) as provider:
        yield Developer(provider)


@pytest.fixture
def developer(tmp_path: Path) -> Iterator[Developer]:
    """A developer before an open provider."""
    with running(copied_provider(tmp_path, registration=OPEN)) as provider:
        yield Developer(provider)


def test_a_member_signs_in_to_what_registered_itself(everywhere: Developer) -> None:
    """Registration is enough for the whole flow, and the member is asked (N-016)."""
    told = everywhere.register()
    assert 0 == told["client_secret_expires_at"]
    assert told["registration_client_uri"].startswith(f"{ISSUER}/register?client_id=")
    party, browser = everywhere.party(told), everywhere.provider.browser()
    page = party.sign_in(browser, scope="openid profile")
    assert "/consentement/" in page.url
    assert "Essai" in page.text
    assert "id_token" in party.tokens(browser.consent(page))


def test_a_registration_is_read_changed_and_removed(everywhere: Developer) -> None:
    """RFC 7592: the token opens it, a change replaces the whole, and after the removal nothing is left."""
    told = everywhere.register(client_uri="https://rp.example.com/", contacts=["dsi@rp.example.com"])
    address, token = told["registration_client_uri"], told["registration_access_token"]
    read = everywhere.call("GET", address, token=token).get_json()
    secrets = {"client_secret", "client_secret_expires_at"}
    assert {name: value for name, value in told.items() if name not in secrets} == read
    change = {**LEAST, "client_id": told["client_id"], "client_name": "Autre", "client_secret": told["client_secret"]}
    changed = everywhere.call("PUT", address, change, token=token)
    assert (200, "Autre") == (changed.status_code, changed.get_json()["client_name"])
    assert not {"client_uri", "contacts", "client_secret"} & changed.get_json().keys()
    party, browser = everywhere.party(told), everywhere.provider.browser()
    tokens = party.tokens(browser.consent(party.sign_in(browser, scope="openid")))
    assert 200 == party.userinfo(tokens["access_token"]).status_code
    removed = everywhere.call("DELETE", address, token=token)
    assert (204, b"") == (removed.status_code, removed.data)
    assert 401 == everywhere.call("GET", address, token=token).status_code
    assert 401 == party.userinfo(tokens["access_token"]).status_code
    assert 400 == browser.get(party.authorize_url(scope="openid")).status


def test_a_client_may_bind_itself_to_pushed_requests(developer: Developer) -> None:
    """RFC 9126 section 6: what it registered is told back, and from then on it pushes or is refused."""
    told = developer.register(require_pushed_authorization_requests=True)
    assert told["require_pushed_authorization_requests"] is True
    party, browser = developer.party(told), developer.provider.browser()
    assert "invalid_request" == party.sign_in(browser, scope="openid").query["error"]
    uri = party.push(scope="openid").get_json()["request_uri"]
    page = browser.consent(browser.get(party.pushed_url(uri)))
    assert "id_token" in party.tokens(page)


def test_a_client_without_credentials_gets_none(developer: Developer) -> None:
    """No secret for who would have to hide it in a page; that page may call us, since it is registered (N-008)."""
    told = developer.register(token_endpoint_auth_method="none")
    assert "client_secret" not in told
    assert "https://rp.example.com" in developer.provider.application.clients.origins()


def test_a_secret_comes_and_goes_with_its_method(developer: Developer) -> None:
    """A change to another method takes the secret away; a change back makes a new one."""
    told = developer.register()
    address, token = told["registration_client_uri"], told["registration_access_token"]
    mine = {**LEAST, "client_id": told["client_id"]}
    assert 200 == developer.call(
        "PUT", address, {**mine, "token_endpoint_auth_method": "none"}, token=token
    ).status_code  # fmt: skip
    client = developer.provider.application.clients.get(told["client_id"])
    assert client is not None
    assert () == client.secrets
    fresh = developer.call("PUT", address, mine, token=token).get_json()
    assert fresh["client_secret"] not in {None, told["client_secret"]}


@pytest.mark.parametrize(
    "change",
    [
        {"client_id": "espace"},
        {"client_id": None},
        {"client_secret": "another"},
        {"client_secret": 5},
        {"registration_access_token": "x"},
        {"client_id_issued_at": 1},
    ],
)
def test_a_change_cannot_be_about_another(developer: Developer, change: dict[str, Any]) -> None:
    """RFC 7592 section 2.2."""
    told = developer.register()
    sent = {**LEAST, "client_id": told["client_id"], **change}
    reply = developer.call("PUT", told["registration_client_uri"], sent, token=told["registration_access_token"])
    assert (400, "invalid_request") == (reply.status_code, reply.get_json()["error"])


def test_a_token_opens_its_own_client_only(developer: Developer) -> None:
    """Another client's token, the fund's own clients, no token, a wrong one: all the same answer."""
    one, other = developer.register(), developer.register()
    for path, token in (
        (one["registration_client_uri"], other["registration_access_token"]),
        (one["registration_client_uri"], None),
        (one["registration_client_uri"], "x"),
        (one["registration_client_uri"], "A" * 43),
        ("/register", one["registration_access_token"]),
        ("/register?client_id=espace", one["registration_access_token"]),
    ):
        for method in ("GET", "PUT", "DELETE"):
            reply = developer.call(method, path, {**LEAST, "client_id": "espace"}, token=token)
            assert (401, "invalid_token") == (reply.status_code, reply.get_json()["error"])
            assert reply.headers["WWW-Authenticate"].startswith("Bearer ")


def test_a_disabled_client_does_not_manage_itself(developer: Developer) -> None:
    """What an operator stopped stays as it is."""
    told = developer.register()
    clients = developer.provider.application.clients
    client = clients.get(told["client_id"])
    assert client is not None
    clients.upsert(replace(client, enabled=False))
    for method in ("GET", "PUT", "DELETE"):
        reply = developer.call(method, told["registration_client_uri"], {}, token=told["registration_access_token"])
        assert (403, "access_denied") == (reply.status_code, reply.get_json()["error"])


@pytest.mark.parametrize("database", ["sqlite", "postgresql"])
def test_a_change_under_way_does_not_enable_a_client_again(database: str, tmp_path: Path) -> None:
    """An operator stops a client while its own server takes its time to answer us: it stays stopped (N-054)."""
    stopping: list[Callable[[], object]] = []

    def reply(_path: str) -> Answer:
        for one in stopping:
            one()
        return answer(json.dumps([CALLBACK]).encode())

    authority = Authority.create(tmp_path)
    with raw_server(reply, certificate=authority.vouches_for("127.0.0.1", tmp_path)) as server:
        outside = {"private_hosts": ("127.0.0.1",), "ca_bundle": authority.file, "timeout": 5.0}
        with running(copied_provider(tmp_path, database, registration=OPEN, outgoing=outside)) as provider:
            developer, clients = Developer(provider), provider.application.clients
            told = developer.register()
            client = clients.get(told["client_id"])
            assert client is not None
            stopping.append(lambda: clients.upsert(replace(client, enabled=False)))
            sector = f"https://127.0.0.1:{server.port}/sector"
            sent = {**LEAST, "client_id": client.client_id, "sector_identifier_uri": sector}
            changed = developer.call(
                "PUT", told["registration_client_uri"], sent, token=told["registration_access_token"]
            )
            assert (403, "access_denied") == (changed.status_code, changed.get_json()["error"])
            assert [False] == [one.enabled for one in clients.list() if one.client_id == client.client_id]


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"[]", "application/json"),
        (b'"x"', "application/json"),
        (b"null", "application/json"),
        (b"{", "application/json"),
        (b"", "application/json"),
        (b'{"client_name": NaN}', "application/json"),
        (b'{"a": 1, "a": 2}', "application/json"),
        (b'{"client_name": "\\ud800"}', "application/json"),
        (b"\xff\xfe", "application/json"),
        (b"[" * 60_000, "application/json"),
        (b"redirect_uris=x", "application/x-www-form-urlencoded"),
        (b"{}", "text/plain"),
    ],
)
def test_what_is_no_document_is_refused(developer: Developer, body: bytes, kind: str) -> None:
    """A list, a number that is none, a deep nest, a form: 400 and a code of the specification."""
    reply = developer.call("POST", "/register", body, kind=kind)
    assert (400, "invalid_client_metadata") == (reply.status_code, reply.get_json()["error"])


def test_a_huge_document_is_not_read(developer: Developer) -> None:
    """More than 64 KiB are refused before they are parsed."""
    reply = developer.call("POST", "/register", b'{"a": "' + b"x" * 70_000 + b'"}')
    assert 413 == reply.status_code


@pytest.mark.parametrize("grants", [["authorization_code"], ["client_credentials"]])
def test_nobody_gives_themselves_a_scope_of_administration(developer: Developer, grants: list[str]) -> None:
    """The scopes of the administrators' API are an operator's to give."""
    told = developer.refused(scope="openid admin:security", grant_types=grants)
    assert (400, "invalid_client_metadata") == told


def test_refusals_name_the_member(developer: Developer) -> None:
    """The suite's own cases: a fragment, plain http for a login's start, an address that is a script."""
    for uri in (f"{CALLBACK}#x", f"{CALLBACK}/*"):
        assert (400, "invalid_redirect_uri") == developer.refused(redirect_uris=[uri])
    assert 400 == developer.refused(post_logout_redirect_uris=[f"{CALLBACK}/*"])[0]
    assert (400, "invalid_client_metadata") == developer.refused(initiate_login_uri="http://rp.example.com/login")
    reply = developer.call("POST", "/register", {**LEAST, "logo_uri": "javascript:alert(1)"})
    assert reply.get_json()["error_description"].startswith("logo_uri must ")


def test_nobody_registers_where_it_is_off(tmp_path: Path) -> None:
    """Off by default: no path, and discovery does not speak of it (N-082)."""
    with running(copied_provider(tmp_path)) as provider:
        developer = Developer(provider)
        assert 404 == developer.call("POST", "/register", LEAST).status_code
        assert "registration_endpoint" not in developer.call("GET", "/.well-known/openid-configuration").get_json()


def test_an_initial_token_opens_a_closed_door(tmp_path: Path) -> None:
    """Where not everybody may: a good token does, as often as it says, and a refused registration costs nothing."""
    with running(copied_provider(tmp_path, registration={"enabled": True})) as provider:
        developer, gate = Developer(provider), provider.application.registration_gate
        found = developer.call("GET", "/.well-known/openid-configuration").get_json()
        assert f"{ISSUER}/register" == found["registration_endpoint"]
        assert (401, "invalid_token") == developer.refused()
        assert (401, "invalid_token") == developer.refused(token="A" * 43)
        token = gate.issue("essai", 2, 3600)
        assert 400 == developer.refused(token=token, redirect_uris=[])[0]
        first, second = developer.register(token), developer.register(token)
        assert first["client_id"] != second["client_id"]
        assert (401, "invalid_token") == developer.refused(token=token)
        late = gate.issue("essai", 1, 3600)
        provider.clock.forward(3600)
        assert (401, "invalid_token") == developer.refused(token=late)


def test_a_flood_is_slowed_down(tmp_path: Path) -> None:
    """Registrations are counted by network, those in vain too; a token gets through; an hour later all is well."""
    with running(copied_provider(tmp_path, registration={**OPEN, "per_hour": 3})) as provider:
        developer = Developer(provider)
        for _ in range(2):
            developer.register()
        assert 400 == developer.refused(redirect_uris=[])[0]
        reply = developer.call("POST", "/register", LEAST)
        assert (429, True) == (reply.status_code, 0 < int(reply.headers["Retry-After"]) <= 3600)
        developer.register(provider.application.registration_gate.issue("", 1, 60))
        provider.clock.forward(3600)
        developer.register()


def test_a_suite_is_not_slowed_down(tmp_path: Path) -> None:
    """Networks that are never delayed are not counted here either."""
    sections: dict[str, Any] = {
        "registration": {**OPEN, "per_hour": 1},
        "passwords": {"unthrottled_networks": ("127.0.0.0/8",)},
    }
    with running(copied_provider(tmp_path, **sections)) as provider:
        for _ in range(3):
            Developer(provider).register()


def test_there_is_a_most(tmp_path: Path) -> None:
    """So that a base cannot be filled from many networks."""
    with running(copied_provider(tmp_path, registration={**OPEN, "most": 1})) as provider:
        developer = Developer(provider)
        developer.register()
        assert (503, "temporarily_unavailable") == developer.refused()


def test_the_unused_go(developer: Developer) -> None:
    """Who signed nobody in for a month is removed; who did stays."""
    unused, used = developer.register(), developer.register()
    party, browser = developer.party(used), developer.provider.browser()
    browser.consent(party.sign_in(browser, scope="openid"))
    developer.provider.clock.forward(31 * 86400)
    developer.provider.application.worker.turn()
    clients = developer.provider.application.clients
    assert (None, True) == (clients.get(unused["client_id"]), clients.get(used["client_id"]) is not None)


def test_no_secret_is_stored_readable(developer: Developer) -> None:
    """Secret and token are digests in the base (N-028)."""
    told = developer.register()
    url = str(developer.provider.application.engine.url.database)
    stored = b"".join(path.read_bytes() for path in Path(url).parent.glob("idp.sqlite3*"))
    assert told["client_id"].encode() in stored
    for secret in (told["client_secret"], told["registration_access_token"]):
        assert secret.encode() not in stored

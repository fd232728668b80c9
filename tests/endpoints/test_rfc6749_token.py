"""The token endpoint's form, and what a token costs (N-030; budgets)."""

from dataclasses import replace

import pytest

from idp.protocol.messages import Parameters
from tests.support.back_channel import CLIENT, PUBLIC, SECRET, World, basic, body_of, form
from tests.support.statements import counted, exchanges

OFFLINE = "openid profile offline_access"


@pytest.mark.parametrize("kind", ["", "application/json", "text/plain", "multipart/form-data; boundary=x"])
def test_form_encoded_only(world: World, kind: str) -> None:
    """N-030."""
    headers = {**basic("espace", SECRET), "content-type": kind}
    request = replace(form("/token", {"grant_type": "client_credentials"}), headers=headers)
    assert (400, "invalid_request") == (
        world.to.token(request).status,
        body_of(world.to.token(request))["error"],
    )


@pytest.mark.parametrize("name", ["grant_type", "code", "client_id", "scope", "unknown"])
def test_one_value_a_parameter(world: World, name: str) -> None:
    """N-005, N-030: a repeated parameter is refused, whatever it is, also with equal values."""
    pairs = [("grant_type", "client_credentials"), (name, "a"), (name, "a")]
    assert 400 == world.to.token(form("/token", pairs, basic("espace", SECRET))).status


@pytest.mark.parametrize(
    ("grant_type", "fields", "said"),
    [
        (None, {}, "grant_type is missing"),
        ("authorization_code", {}, "code is missing"),
        ("authorization_code", {"code": ""}, "code is missing"),
        ("refresh_token", {"code": "x"}, "refresh_token is missing"),
    ],
)
def test_what_is_missing_is_named(world: World, grant_type: str | None, fields: dict[str, str], said: str) -> None:
    """RFC 6749 section 5.2: the developer reads which parameter, not that there is one."""
    sent = fields if grant_type is None else {"grant_type": grant_type, **fields}
    assert {"error": "invalid_request", "error_description": said} == body_of(world.call("/token", sent))


def test_who_is_not_proven_is_told_nothing_of_the_rest(world: World) -> None:
    """The caller is proven before anything else is looked at."""
    reply = world.to.token(form("/token", {"grant_type": "authorization_code"}, basic("espace", "wrong")))
    assert (401, "client authentication failed") == (reply.status, body_of(reply)["error_description"])


@pytest.mark.parametrize("path", ["/token", "/introspect", "/revoke", "/par"])
@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("client_id", "client_id appears more than once"),
        ("scope", "scope appears more than once"),
        ("my-secret", "a parameter appears more than once"),
    ],
)
def test_what_is_doubled_is_named(world: World, path: str, name: str, said: str) -> None:
    """By its name where the protocol has that name: what a request made up is not sent back."""
    to = {"/token": world.to.token, "/introspect": world.to.introspect, "/revoke": world.to.revoke}
    reply = to.get(path, world.to.par)(form(path, [(name, "a"), (name, "b")], basic("espace", SECRET)))
    assert {"error": "invalid_request", "error_description": said} == body_of(reply)


def test_empty_values_count_as_absent() -> None:
    """RFC 6749 section 3.2."""
    assert Parameters.of({"scope": ""}).get("scope") is None


def test_the_budget_of_a_code(world: World) -> None:
    """One client read (cached), one code read, one transaction: account with client, grant, end of session."""
    world.tokens()
    code = world.code()
    with counted(world.store.engine) as statements:
        assert 200 == world.redeem(code).status
    reads = [text.split()[0] for text in statements]
    assert ["SELECT", "SELECT", "INSERT", "SELECT"] == reads


def test_the_budget_of_a_code_with_a_refresh_token(world: World) -> None:
    """One insert more, in the same transaction."""
    world.tokens()
    code = world.code(scope=OFFLINE)
    with counted(world.store.engine) as statements:
        world.redeem(code)
    assert 5 == len(statements)


def test_the_budget_of_a_refresh(world: World) -> None:
    """One transaction: the token with its grant, account and client, and what is written."""
    kept = world.tokens(scope=OFFLINE)["refresh_token"]
    rotating = world.tokens(PUBLIC, OFFLINE)["refresh_token"]
    with counted(world.store.engine) as statements:
        world.refresh(kept)
    assert ["SELECT", "UPDATE"] == [text.split()[0] for text in statements]
    with counted(world.store.engine) as statements:
        world.refresh(rotating, PUBLIC)
    kinds = [text.split()[0] for text in statements]
    assert ["SELECT", "UPDATE", "INSERT"] == kinds


def test_the_budget_of_plain_requests_on_postgresql(on_postgresql: World) -> None:
    """A code, with a refresh token too, and a refresh: one statement that decides and writes, one exchange."""
    world = on_postgresql
    world.tokens(scope="openid profile")
    kept = world.tokens(scope=OFFLINE)["refresh_token"]
    world.refresh(kept)  # every statement is prepared now
    for scope in ("openid profile", OFFLINE):
        code = world.code(scope=scope)
        with counted(world.store.engine) as statements, exchanges(world.store) as taken:
            assert 200 == world.redeem(code).status
        # The code itself is read first: this house has its key-value store in the database.
        assert ["SELECT", "WITH", "WITH"] == [text.split()[0] for text in statements]
        assert ["Sync", "Sync"] == taken
    with counted(world.store.engine) as statements, exchanges(world.store) as taken:
        assert 200 == world.refresh(kept).status
    assert ["WITH"] == [text.split()[0] for text in statements]
    assert ["Sync"] == taken


def test_the_budget_of_userinfo_and_introspection(world: World) -> None:
    """One read of the grant with its account and client; the client's registration is cached."""
    token = world.tokens()["access_token"]
    with counted(world.store.engine) as statements:
        world.userinfo(token)
    assert 1 == len(statements)
    with counted(world.store.engine) as statements:
        world.introspect(token)
    assert 1 == len(statements)


def test_the_budget_of_a_programs_own_token(world: World) -> None:
    """Nothing is read or written for one; to ask about it costs one read."""
    world.tokens()
    with counted(world.store.engine) as statements:
        token = body_of(world.call("/token", {"grant_type": "client_credentials"}))["access_token"]
    assert [] == statements
    with counted(world.store.engine) as statements:
        assert world.introspect(token)["active"]
    assert 1 == len(statements)


def test_one_signature_a_code(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The ID token is all that is signed."""
    signed: list[str] = []
    find = type(world.channel.ring).signing_key

    def counting(ring: object, name: str, now: int) -> object:
        signed.append(name)
        return find(ring, name, now)  # type: ignore[arg-type]  # a KeyRing

    monkeypatch.setattr(type(world.channel.ring), "signing_key", counting)
    world.tokens()
    assert ["ES256"] == signed


def test_a_made_up_client_costs_no_memory(world: World) -> None:
    """V-85: unknown ids are not remembered."""
    before = len(world.channel.clients._entries)
    for number in range(200):
        world.to.token(form("/token", {"grant_type": "client_credentials", "client_id": f"c{number}"}))
    assert len(world.channel.clients._entries) == before


def test_a_grant_type_outside_the_registration(world: World) -> None:
    """N-037, for each grant type."""
    world.channel.clients.upsert(replace(CLIENT, grant_types=frozenset()))
    for grant_type in ("authorization_code", "refresh_token", "client_credentials"):
        fields = {"grant_type": grant_type, "code": "x", "refresh_token": "x"}
        assert "unauthorized_client" == body_of(world.call("/token", fields))["error"]


@pytest.mark.parametrize("grant_type", ["password", "implicit", "urn:ietf:params:oauth:grant-type:jwt-bearer"])
def test_other_grants_do_not_exist(world: World, grant_type: str) -> None:
    """N-006: no password grant."""
    reply = world.call("/token", {"grant_type": grant_type})
    assert (400, "unsupported_grant_type") == (reply.status, body_of(reply)["error"])

"""What a registration's addresses say: keys that are fetched, sectors, and the subjects that go with them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from idp.endpoints.rfc7523_private_key_jwt import ASSERTION_TYPE
from tests.support.assertions import ClientKey, client_key
from tests.support.cast import ISSUER
from tests.support.developer import CALLBACK, OPEN, Developer, Site, site
from tests.support.pages import Browser
from tests.support.provider import copied_provider, running
from tests.support.relying_party import RelyingParty, claims_of

OTHER = "https://other.example.com/cb"


@pytest.fixture
def own_site(tmp_path: Path) -> Iterator[Site]:
    """The application's own site."""
    folder = tmp_path / "site"
    folder.mkdir()
    with site(folder) as there:
        yield there


@pytest.fixture
def developer(tmp_path: Path, own_site: Site) -> Iterator[Developer]:
    """A developer before an open provider that may call the site."""
    with running(copied_provider(tmp_path, registration=OPEN, outgoing=own_site.settings)) as provider:
        yield Developer(provider)


def redeemed(developer: Developer, told: dict[str, Any], browser: Browser, key: ClientKey, kid: str, aud: str) -> Any:
    """Sign a member in and redeem the code with a client assertion; return the answer."""
    party = developer.party(told)
    page = party.sign_in(browser, scope="openid offline_access", prompt="consent")
    code = browser.consent(page).query["code"]
    return party.redeem(code, **assertion(developer, told, key, kid, aud))


def assertion(
    developer: Developer, told: dict[str, Any], key: ClientKey, kid: str, aud: str = ISSUER
) -> dict[str, str]:
    """Return the form fields of a client assertion."""
    who = told["client_id"]
    header = {"alg": key.algorithm, "typ": "JWT", "kid": kid}
    made = key.assertion(developer.provider.clock(), header=header, iss=who, sub=who, aud=aud)
    return {"client_assertion": made, "client_assertion_type": ASSERTION_TYPE}


def published(key: ClientKey, kid: str) -> dict[str, Any]:
    """Return a key set."""
    return {"keys": [{**key.public, "kid": kid, "use": "sig"}]}


@pytest.mark.parametrize("aud", [ISSUER, f"{ISSUER}/token"])
def test_oidcc_registration_jwks_uri(developer: Developer, own_site: Site, aud: str) -> None:
    """Assertions are verified with keys fetched from `jwks_uri`; their audience is the issuer or the endpoint."""
    key = client_key("first")
    told = developer.register(
        jwks_uri=own_site.has("/jwks", published(key, "one")), token_endpoint_auth_method="private_key_jwt"
    )
    assert "client_secret" not in told
    answer = redeemed(developer, told, developer.provider.browser(), key, "one", aud)
    assert (200, ["/jwks"]) == (answer.status_code, own_site.server.paths)


def test_oidcc_refresh_token_rp_key_rotation(developer: Developer, own_site: Site) -> None:
    """A client that swapped its key is understood a minute later, and meanwhile its old key still is."""
    first, second = client_key("first"), client_key("second")
    told = developer.register(
        jwks_uri=own_site.has("/jwks", published(first, "one")),
        token_endpoint_auth_method="private_key_jwt",
        grant_types=["authorization_code", "refresh_token"],
    )
    answer = redeemed(developer, told, developer.provider.browser(), first, "one", ISSUER)
    refresh, party = answer.get_json()["refresh_token"], developer.party(told)
    own_site.has("/jwks", published(second, "two"))
    early = party.refresh(refresh, **assertion(developer, told, second, "two"))
    assert (401, "invalid_client") == (early.status_code, early.get_json()["error"])
    developer.provider.clock.forward(60)
    assert 200 == party.refresh(refresh, **assertion(developer, told, second, "two")).status_code
    assert 401 == party.refresh(refresh, **assertion(developer, told, first, "one")).status_code
    assert ["/jwks"] * 2 == own_site.server.paths


def test_keys_that_cannot_be_fetched(developer: Developer, own_site: Site, caplog: pytest.LogCaptureFixture) -> None:
    """The client is refused as any other unknown one; the log says what its address did."""
    key = client_key("first")
    told = developer.register(jwks_uri=f"{own_site.address}/none", token_endpoint_auth_method="private_key_jwt")
    answer = redeemed(developer, told, developer.provider.browser(), key, "one", ISSUER)
    assert (401, "invalid_client") == (answer.status_code, answer.get_json()["error"])
    assert "cannot be fetched: status 404" in caplog.text


def test_oidcc_registration_sector_uri(developer: Developer, own_site: Site) -> None:
    """A sector that lists every redirect URI; members have the sector's own `sub` everywhere (Core 8.1)."""
    sector = own_site.has("/sector", [CALLBACK, OTHER])
    members: dict[str, Any] = {
        "subject_type": "pairwise",
        "sector_identifier_uri": sector,
        "redirect_uris": [CALLBACK, OTHER],
        "grant_types": ["authorization_code", "refresh_token"],
    }
    one, other = developer.register(**members), developer.register(**members)
    assert sector == one["sector_identifier_uri"]
    seen = [subjects(developer, told) for told in (one, other)]
    assert 1 == len(seen[0] | seen[1])
    public = subjects(developer, developer.register())
    alone = subjects(developer, developer.register(subject_type="pairwise"))
    assert 3 == len(seen[0] | public | alone)


def subjects(developer: Developer, told: dict[str, Any]) -> set[str]:
    """Return every `sub` that a client sees in one sign-in: tokens, userinfo, introspection, refresh."""
    party, browser = developer.party(told), developer.provider.browser()
    page = browser.consent(party.sign_in(browser, scope="openid offline_access"))
    tokens = party.tokens(page)
    found = {
        claims_of(tokens["id_token"])["sub"],
        party.userinfo(tokens["access_token"]).get_json()["sub"],
    }
    if "refresh_token" in tokens:
        fresh = party.refresh(tokens["refresh_token"]).get_json()
        found.add(claims_of(fresh["id_token"])["sub"])
    assert all(sub.isascii() and len(sub) <= 255 for sub in found)
    return found | hinted(party, browser, tokens["id_token"])


def hinted(party: RelyingParty, browser: Browser, hint: str) -> set[str]:
    """Return the subject of a silent sign-in with a hint; a hint that is not understood ends in an error."""
    page = browser.get(party.authorize_url(scope="openid", prompt="none", id_token_hint=hint))
    return {claims_of(party.tokens(page)["id_token"])["sub"]}


@pytest.mark.parametrize(
    "document",
    [
        [CALLBACK],
        [],
        {"redirect_uris": [CALLBACK, OTHER]},
        "not a list",
        b"[" * 100_000,
        b"\xff",
        [[CALLBACK, OTHER]],
        None,
    ],
)
def test_oidcc_registration_sector_bad(developer: Developer, own_site: Site, document: object) -> None:
    """A sector that does not list every redirect URI, or lists nothing that can be read (N-083)."""
    sector = f"{own_site.address}/none" if document is None else own_site.has("/sector", document)
    answer = developer.refused(subject_type="pairwise", sector_identifier_uri=sector, redirect_uris=[CALLBACK, OTHER])
    assert (400, "invalid_client_metadata") == answer


@pytest.mark.parametrize("address", ["https://127.0.0.1:1/", "https://localhost/", "https://[::1]/"])
def test_nothing_inside_the_house_is_called(tmp_path: Path, address: str) -> None:
    """Without the setting, a sector inside the house is as good as none, and the answer does not say why (V-74)."""
    with running(copied_provider(tmp_path, registration=OPEN, outgoing={"timeout": 0.5})) as provider:
        reply = Developer(provider).call(
            "POST", "/register", {"redirect_uris": [CALLBACK], "sector_identifier_uri": address}
        )
        assert "sector_identifier_uri cannot be read" == reply.get_json()["error_description"]


def test_a_pairwise_subject_outlives_the_key_encryption_key(developer: Developer) -> None:
    """It depends on the house's secret alone: a new process, and no state of its own, give the same `sub`."""
    told = developer.register(subject_type="pairwise")
    again = Developer(developer.provider.restarted())
    before = developer.provider.application.subjects.seen_by(told["client_id"], "s")
    assert before == again.provider.application.subjects.seen_by(told["client_id"], "s") != "s"
    again.provider.close()

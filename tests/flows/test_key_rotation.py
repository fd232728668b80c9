"""A rotation seen from outside: published, read, signing, retired; and who has read it."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner
from werkzeug.test import Client as WsgiClient
from werkzeug.test import TestResponse

from idp.commands.keys import keys
from keys.foreign import PublicKeySet
from keys.jws import verify_foreign
from keys.purposes import Purpose
from tests.support.cast import ISSUER, PARTNER
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import ADDRESS, RelyingParty

DAY = 86_400


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider that looks for new keys at every second."""
    with running(copied_provider(tmp_path, keys={"reload_every": 1})) as opened:
        yield opened


def ask(provider: Provider, method: str = "GET", **headers: str) -> TestResponse:
    """Ask for the keys from where the applications call from."""
    place = {"REMOTE_ADDR": ADDRESS}
    wsgi = WsgiClient(provider.application.wsgi)
    return wsgi.open("/jwks", method=method, base_url=ISSUER, headers=headers, environ_base=place)


def read_keys(provider: Provider, **headers: str) -> PublicKeySet:
    """Read the published keys as an application does, not from a browser unless the headers say so."""
    answer = ask(provider, **headers)
    assert 200 == answer.status_code
    return PublicKeySet.from_bytes(answer.data)


def status(provider: Provider, *arguments: str) -> str:
    """Return what `idp keys status` prints."""
    result = CliRunner().invoke(keys, ["status", *arguments], obj=provider.application, catch_exceptions=False)
    return result.output


def signed_by(token: str, held: PublicKeySet) -> str:
    """Return the `kid` of a token that keys read earlier verify."""
    return str(verify_foreign(held, Purpose.ID_TOKEN, token, algorithms=["ES256"]).header["kid"])


def test_an_application_that_reads_now_and_then_never_meets_an_unknown_key(
    provider: Provider, espace: RelyingParty
) -> None:
    """N-138: with keys read at the rotation, tokens verify before and after the new key begins; the old one stays."""
    before = read_keys(provider)
    old = signed_by(espace.tokens(espace.sign_in(provider.browser()))["id_token"], before)
    (made,) = [change for change in provider.application.key_management.rotate("ES256") if change.action == "create"]
    provider.clock.forward(2)
    held = read_keys(provider)
    assert {old, made.kid} == {key.kid for key in held.keys}
    kids = []
    for seconds in (0, 600, 600):
        provider.clock.forward(seconds)
        kids.append(signed_by(espace.tokens(espace.sign_in(provider.browser()))["id_token"], held))
    assert [old, old, made.kid] == kids
    provider.clock.forward(DAY)
    assert old in {key.kid for key in read_keys(provider).keys}
    provider.clock.forward(14 * DAY)
    provider.application.key_management.tick()
    provider.clock.forward(2)
    assert old not in {key.kid for key in read_keys(provider).keys}


def test_status_tells_who_has_read_the_new_set(provider: Provider, espace: RelyingParty) -> None:
    """An application with credentials, by the address it calls from: never, no, then yes; pages in browsers not."""
    espace.tokens(espace.sign_in(provider.browser()))
    partner = RelyingParty(provider, PARTNER, None)
    partner.redeem("no-code-of-theirs-but-a-call-all-the-same-0")
    provider.clock.forward(61)
    read_keys(provider, Origin="https://partner.example.net")
    told = json.loads(status(provider, "--json"))["readers"]
    assert [("espace", ADDRESS, None, False)] == [
        (one["client_id"], one["address"], one["read_at"], one["has_newest"]) for one in told
    ]
    assert "never" in status(provider)
    for rotated in (False, True):
        if rotated:
            provider.application.key_management.rotate("ES256")
            provider.clock.forward(2)
            assert not json.loads(status(provider, "--json"))["readers"][0]["has_newest"]
        read_keys(provider)
        provider.clock.forward(61)
        read_keys(provider, Origin="https://partner.example.net")
        assert json.loads(status(provider, "--json"))["readers"][0]["has_newest"]
    assert "yes" in status(provider)


def test_not_modified_is_as_good_as_read(provider: Provider, espace: RelyingParty) -> None:
    """Who has the set already and asks whether it changed has it all the same."""
    espace.tokens(espace.sign_in(provider.browser()))
    etag = ask(provider, "HEAD").headers["ETag"]
    provider.clock.forward(61)
    assert 304 == ask(provider, **{"If-None-Match": etag}).status_code
    assert json.loads(status(provider, "--json"))["readers"][0]["has_newest"]

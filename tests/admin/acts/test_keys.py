"""The keys' acts, over a real provider."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.actor import FRESH_FOR, Actor, ForbiddenError, StaleSignInError
from idp.admin.acts.keys import KeyActs
from idp.admin.acts.refusals import ConflictError
from idp.admin.roles import Role
from tests.support.administration import recorded
from tests.support.cast import ESPACE, SECRET
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(copied_provider(tmp_path)) as made:
        yield made


def actor(provider: Provider, *roles: Role, age: int = 0) -> Actor:
    """Return an administrator at the console."""
    return Actor("a-1", frozenset(roles), "console", provider.clock() - age, reference="r-9")


@pytest.fixture
def acts(provider: Provider) -> KeyActs:
    """What may be done with the keys of a provider."""
    return provider.application.acts.keys


def test_every_key_and_who_has_read_it(provider: Provider, acts: KeyActs) -> None:
    """States, since when and until when; an application that called and did not read is behind."""
    espace = RelyingParty(provider)
    espace.tokens(espace.sign_in(provider.browser()))
    provider.clock.forward(61)
    provider.browser().get("/jwks", headers={"Origin": "https://elsewhere.example"})
    root = actor(provider, Role.SECURITY)
    before = acts.status(root)
    assert {"active"} == {one.key.state for one in before.keys}
    assert all(one.since <= provider.clock() < one.until for one in before.keys)
    done = acts.rotate(root, "ES256")
    assert (("espace",), ("espace",)) == (before.behind, done.behind)
    assert ["create", "retire"] == [one.action for one in done.changes]
    assert {provider.clock() + 900} == {one.effective_at for one in done.changes}
    (new,) = [one for one in acts.status(root).keys if one.key.state == "next"]
    assert (provider.clock(), provider.clock() + 900) == (new.since, new.until)
    (told,) = recorded(provider, "keys_rotated")
    assert ("a-1", new.key.kid, "r-9") == (told.details["actor"], told.details["kids"], told.reference)
    assert () == acts.rotate(root, "ES256").changes
    assert 1 == len(recorded(provider, "keys_rotated"))


def test_an_address_of_several_is_sure_of_nobody(provider: Provider, acts: KeyActs) -> None:
    """Of two applications behind one address, which one has read is not known; at an address of its own it is."""
    root, readers = actor(provider, Role.SECURITY), provider.application.key_readers
    documents = replace(ESPACE, client_id="documents")
    provider.application.clients.upsert(documents, SECRET)
    for client, address in ((ESPACE, "192.0.2.1"), (documents, "192.0.2.1"), (documents, "192.0.2.2")):
        readers.called(client, address)
    readers.read("192.0.2.1", provider.clock())
    readers.write()
    found = acts.status(root)
    assert [("documents", True, 2), ("documents", False, 1), ("espace", True, 2)] == [
        (one.reader.client_id, one.has_newest, one.applications) for one in found.readers
    ]
    assert ((), ("documents", "espace")) == (found.behind, found.unsure)
    readers.read("192.0.2.2", provider.clock())
    readers.write()
    assert ("espace",) == acts.status(root).unsure


def test_who_may(provider: Provider, acts: KeyActs) -> None:
    """Security rotates, shortly after a sign-in; an auditor looks; nobody else sees them."""
    assert acts.status(actor(provider, Role.AUDITOR)).keys
    for roles, wrong in (([Role.AUDITOR], ForbiddenError), ([Role.CLIENTS, Role.MEMBERS], ForbiddenError)):
        with pytest.raises(wrong):
            acts.rotate(actor(provider, *roles))
    with pytest.raises(ForbiddenError):
        acts.status(actor(provider, Role.CLIENTS, Role.MEMBERS))
    with pytest.raises(StaleSignInError):
        acts.rotate(actor(provider, Role.SECURITY, age=FRESH_FOR + 1))


def test_who_asked_for_a_signature_that_is_not_made(provider: Provider, acts: KeyActs) -> None:
    """An application whose algorithm the settings do not name any more is named; one that is stopped is not."""
    root = actor(provider, Role.SECURITY)
    assert [] == acts.status(root).stranded
    provider.application.clients.upsert(replace(ESPACE, id_token_signed_response_alg="PS256"), SECRET)
    assert ["espace"] == acts.status(root).stranded
    provider.application.clients.upsert(replace(ESPACE, id_token_signed_response_alg="PS256", enabled=False), SECRET)
    assert [] == acts.status(root).stranded


def test_an_algorithm_that_is_not_kept(provider: Provider, acts: KeyActs) -> None:
    """There is nothing to rotate, which is said."""
    with pytest.raises(ConflictError):
        acts.rotate(actor(provider, Role.SECURITY), "RSA-OAEP")

"""The doctor's acts, over a real provider and an application that takes logout tokens."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from idp.admin.actor import Actor, ForbiddenError
from idp.admin.acts.doctor import KEYS_READ, LASTS, DoctorActs, Examination, expected
from idp.admin.acts.refusals import UnknownError
from idp.admin.roles import Role
from idp.protocol.client_notes import Kind
from tests.support.administration import recorded
from tests.support.cast import ESPACE, SECRET
from tests.support.logout_receivers import Receiver, receiver
from tests.support.provider import Provider, copied_provider, running
from tests.support.relying_party import RelyingParty

ACTOR = Actor("a-1", frozenset({Role.CLIENTS}), "console", reference="r-9")


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(copied_provider(tmp_path)) as made:
        yield made


@pytest.fixture
def told() -> Iterator[Receiver]:
    """The application's address for logouts."""
    with receiver() as made:
        yield made


@pytest.fixture
def acts(provider: Provider, told: Receiver) -> DoctorActs:
    """What the doctor may do, to an application that wants to be told."""
    provider.application.clients.upsert(told.client(), SECRET)
    return provider.application.acts.doctor


def steps(found: Examination | None) -> dict[str, str]:
    """Return the state of each step."""
    assert found is not None
    return {one.name: one.state for one in found.steps}


def test_a_sign_in_step_by_step(provider: Provider, acts: DoctorActs) -> None:
    """What happened before the examination does not count; then each step is done as it happens."""
    espace, browser = RelyingParty(provider), provider.browser()
    espace.tokens(espace.sign_in(browser))
    provider.clock.forward(5)
    begun = acts.examine(ACTOR, "espace")
    assert {"waiting"} == set(steps(begun).values())
    issued = espace.tokens(browser.get(espace.authorize_url(scope="openid offline_access")))
    espace.userinfo(issued["access_token"])
    espace.refresh(issued["refresh_token"])
    seen = steps(acts.watch(ACTOR, "espace"))
    done = {Kind.REQUESTED, Kind.ANSWERED, Kind.REDEEMED, Kind.ID_TOKEN, Kind.USERINFO, Kind.REFRESHED}
    assert {kind.value for kind in done} == {name for name, state in seen.items() if state == "done"}
    assert "waiting" == seen[KEYS_READ]


def test_the_keys_read(provider: Provider, acts: DoctorActs) -> None:
    """Keys read from an address from which the application calls are a step of its own."""
    provider.application.channel.key_readers.called(ESPACE, "192.0.2.1")
    acts.examine(ACTOR, "espace")
    provider.application.channel.key_readers.read("192.0.2.1", 1)
    assert "done" == steps(acts.watch(ACTOR, "espace"))[KEYS_READ]


def test_a_refusal_and_its_mending(provider: Provider, acts: DoctorActs) -> None:
    """A refused step says so with the near miss, and is done once the application does it right."""
    espace, browser = RelyingParty(provider), provider.browser()
    acts.examine(ACTOR, "espace")
    browser.get(espace.authorize_url(redirect_uri=f"{ESPACE.redirect_uris[0]}/"))
    found = acts.watch(ACTOR, "espace")
    assert found is not None
    assert ("refused", ["trailing_slash"]) == (steps(found)["requested"], [one.aspect for one in found.faults])
    espace.sign_in(browser)
    assert "done" == steps(acts.watch(ACTOR, "espace"))["requested"]


def test_a_token_of_no_session(provider: Provider, acts: DoctorActs, told: Receiver) -> None:
    """The application gets a real logout token that names nobody; how it answers is said, and the look is on record."""
    found = acts.examine(ACTOR, "espace")
    (call,) = told.calls
    assert ("espace", False) == (call.claims["aud"], "sub" in call.claims)
    (said,) = [one for one in found.findings if one.check == "back_channel"]
    assert ("good", "status_200", True) == (said.state, said.aspect, found.healthy)
    told.status = 500
    assert not acts.examine(ACTOR, "espace").healthy
    assert [("ok", "a-1"), ("failed", "a-1")] == [
        (one.outcome, one.details["actor"]) for one in recorded(provider, "client_examined")
    ]


def test_it_ends(provider: Provider, acts: DoctorActs) -> None:
    """An examination is watched for an hour; without one there is nothing to watch."""
    assert acts.watch(ACTOR, "espace") is None
    acts.examine(ACTOR, "espace")
    provider.clock.forward(LASTS + 1)
    assert acts.watch(ACTOR, "espace") is None


def test_who_may(acts: DoctorActs) -> None:
    """Whoever is trusted with applications, and nobody else; an application that is not there is said."""
    for role in set(Role) - {Role.CLIENTS}:
        with pytest.raises(ForbiddenError):
            acts.examine(Actor("a", frozenset({role}), "console"), "espace")
        with pytest.raises(ForbiddenError):
            acts.watch(Actor("a", frozenset({role}), "api"), "espace")
    for act in (acts.examine, acts.watch, acts.client):
        with pytest.raises(UnknownError):
            act(ACTOR, "nobody")


def test_steps_that_concern_an_application() -> None:
    """A machine asks for its own token; what an application cannot do is not waited for."""
    machine = replace(ESPACE, grant_types=frozenset({"client_credentials"}), response_types=frozenset())
    assert (Kind.OWN_TOKEN.value,) == expected(machine)
    plain = replace(ESPACE, grant_types=frozenset({"authorization_code"}), token_endpoint_auth_method="none")
    assert not {"refreshed", "told", KEYS_READ} & set(expected(plain))

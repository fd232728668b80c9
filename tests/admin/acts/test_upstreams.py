"""The upstreams' acts, over a real provider."""

from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from idp.admin.actor import Actor, ForbiddenError
from idp.admin.acts.refusals import RefusedError, UnknownError
from idp.admin.acts.upstreams import UpstreamActs
from idp.admin.pauses import LATEST
from idp.admin.roles import Role
from tests.support.administration import FIRST, administered, recorded
from tests.support.provider import Provider, running

ACTOR = Actor("a-1", frozenset({Role.SECURITY}), "console", reference="r-9")
DESK = Actor("a-2", frozenset({Role.MEMBERS}), "console")
NAME = "franceconnect"
CLAIMS = {
    "family_name": "DUBOIS",
    "given_name": "Angela",
    "birthdate": "1962-08-24",
    "gender": "female",
    "birthplace": "75107",
    "birthcountry": "99100",
}


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture
def acts(provider: Provider) -> UpstreamActs:
    """What may be done with its upstreams."""
    return provider.application.acts.upstreams


def test_paused_and_resumed(provider: Provider, acts: UpstreamActs) -> None:
    """The state says so, and the audit says who did it."""
    until = provider.clock() + 3600
    acts.pause(ACTOR, NAME, until=until, words={"fr": "Travaux.", "en": "Works."})
    (state,) = acts.status(ACTOR)
    assert state.pause is not None
    assert (until, {"fr": "Travaux.", "en": "Works."}) == (state.pause.until, state.pause.words)
    assert ("FranceConnect", True, None) == (state.label, state.members, state.failing_since)
    assert [True, False] == [acts.resume(ACTOR, NAME) for _ in range(2)]
    assert {NAME: None} == acts.pauses(ACTOR)
    told = [*recorded(provider, "federation.pause"), *recorded(provider, "federation.resume")]
    assert [("a-1", "console", "r-9")] * 2 == [
        (one.details["actor"], one.details["door"], one.reference) for one in told
    ]


@pytest.mark.parametrize(
    ("ends_in", "words", "member"),
    [
        (0, {}, "until"),
        (-1, {}, "until"),
        (LATEST, {}, "until"),
        (None, {"de": "Arbeiten."}, "words"),
        (None, {"fr": " "}, "words"),
        (None, {"fr": "a\nb"}, "words"),
        (None, {"fr": "x" * 501}, "words"),
    ],
)
def test_what_is_no_pause(
    provider: Provider, acts: UpstreamActs, ends_in: int | None, words: Mapping[str, str], member: str
) -> None:
    """The refusal names the member, and nothing is paused."""
    until = None if ends_in is None else provider.clock() + ends_in
    with pytest.raises(RefusedError) as refused:
        acts.pause(ACTOR, NAME, until=until, words=words)
    assert (member, {NAME: None}) == (refused.value.member, acts.pauses(ACTOR))


def test_a_reason_goes_on_record(provider: Provider, acts: UpstreamActs) -> None:
    """What somebody says of why is kept as it is; what is no line is refused, and nothing is paused."""
    with pytest.raises(RefusedError) as refused:
        acts.pause(ACTOR, NAME, until=None, words={}, reason="a\nb")
    assert ("reason", {NAME: None}) == (refused.value.member, acts.pauses(ACTOR))
    acts.pause(ACTOR, NAME, until=None, words={}, reason="Incident.")
    assert ["Incident."] == [one.details["reason"] for one in recorded(provider, "federation.pause")]


def test_unknown_upstreams(acts: UpstreamActs) -> None:
    """What is not enabled cannot be paused, resumed or asked."""
    with pytest.raises(UnknownError):
        acts.pause(ACTOR, "other", until=None, words={})
    with pytest.raises(UnknownError):
        acts.resume(ACTOR, "other")
    with pytest.raises(UnknownError):
        acts.explain(DESK, "other", {})


def test_explained_and_nothing_else(provider: Provider, acts: UpstreamActs) -> None:
    """The decision comes with its dossiers; only the look is written down, without a claim."""
    before = recorded(provider)
    found = acts.explain(DESK, NAME, CLAIMS)
    assert FIRST in {one.dossier for one in found.dossiers}
    (look,) = recorded(provider)[len(before) :]
    assert ("federation.explained", NAME, "a-2") == (look.event, look.details["provider"], look.details["actor"])
    assert "DUBOIS" not in str(look)
    assert [] == list(provider.application.edge.upstreams[NAME].desk.queue(decided=True))


def test_each_role_its_own(acts: UpstreamActs) -> None:
    """The desk asks what would happen, and switches nothing; security the other way round."""
    with pytest.raises(ForbiddenError):
        acts.pause(DESK, NAME, until=None, words={})
    with pytest.raises(ForbiddenError):
        acts.status(DESK)
    with pytest.raises(ForbiddenError):
        acts.explain(ACTOR, NAME, CLAIMS)

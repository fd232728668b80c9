"""Which acts wait for a second person, and how they are kept."""

from pathlib import Path
from typing import get_args

import pytest

from idp.admin.actor import Actor, ProposedError
from idp.admin.acts.refusals import ConflictError
from idp.admin.console.proposals import ACT_WORDS
from idp.admin.four_eyes import MOST, FourEyes, alone
from idp.config.administration import FourEyesAct
from idp.services.audit import AuditLog
from idp.store.db import Store
from keys.sealing import Sealer
from tests.support.provider import copied_provider, running
from tests.support.stores import Clock, sqlite_store

WHO = Actor("a-1", frozenset(), "console")


def eyes_over(store: Store, kek: bytes = b"k" * 32) -> FourEyes:
    """Return four eyes over one act."""
    clock = Clock()
    trail = AuditLog(store, clock)
    return FourEyes(store, Sealer([kek]), trail, clock, acts=["keys.rotate"], lifetime=600)


def test_only_what_the_settings_name_waits(tmp_path: Path) -> None:
    """The act stops with the proposal's name; others pass, and so does the second person."""
    store = sqlite_store(tmp_path)
    eyes = eyes_over(store)
    eyes.ask(WHO, "keys.emergency", {})
    eyes.ask(Actor("a-2", frozenset(), "console", proposal="p"), "keys.rotate", {})
    alone(WHO, "keys.rotate", {})
    with pytest.raises(ProposedError) as stopped:
        eyes.ask(WHO, "keys.rotate", {"algorithm": "ES256"})
    with store.reading() as unit:
        kept = unit.proposals.get(stopped.value.proposal)
    assert kept is not None
    assert ("keys.rotate", "a-1", 600, "open") == (kept.act, kept.made_by, kept.expires_at - kept.made_at, kept.status)
    assert b"ES256" not in (kept.sealed or b"")
    assert {"algorithm": "ES256"} == eyes.arguments(kept)
    # Without the key that sealed it nobody can say what was proposed.
    assert eyes_over(store, b"n" * 32).arguments(kept) is None
    store.engine.dispose()


def test_nobody_fills_the_house_with_proposals(tmp_path: Path) -> None:
    """So many wait, and not one more."""
    store = sqlite_store(tmp_path)
    eyes = eyes_over(store)
    for _ in range(MOST):
        eyes.propose(WHO, "keys.rotate", {})
    with pytest.raises(ConflictError):
        eyes.ask(WHO, "keys.rotate", {})
    store.engine.dispose()


def test_what_can_be_named_can_be_carried_out(tmp_path: Path) -> None:
    """Every act of the setting, and the emergency, has somebody who does it, and a name on the page."""
    with running(copied_provider(tmp_path)) as provider:
        known = provider.application.acts.proposals.known
    assert known == {*get_args(FourEyesAct), "keys.emergency"}
    assert known == set(ACT_WORDS)

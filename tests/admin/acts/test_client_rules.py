"""Which changes of an application wait for a second person."""

from pathlib import Path

import pytest

from idp.admin.actor import ProposedError, operator
from idp.admin.acts.refusals import ConflictError
from tests.support.administration import recorded
from tests.support.cast import ESPACE
from tests.support.provider import copied_provider, running


def test_an_application_is_not_handed_over_by_one(tmp_path: Path) -> None:
    """Other addresses wait as a new secret does, by each way; a name does not, and what was meanwhile is a conflict."""
    eyes = {"four_eyes": ["clients.update", "config.apply"]}
    with running(copied_provider(tmp_path, admin=eyes)) as provider:
        acts = provider.application.acts
        first, second = operator("jean"), operator("marie")
        moved = {"redirect_uris": ["https://espace.example/ailleurs"], "client_name": "Ailleurs"}

        def waits() -> str:
            with pytest.raises(ProposedError) as kept:
                acts.clients.update(first, "espace", moved, reason="déménagement")
            return kept.value.proposal

        kept, late = waits(), waits()
        assert ESPACE.redirect_uris == acts.clients.show(first, "espace").redirect_uris
        told = acts.proposals.show(second, kept).arguments or {}
        assert ["client_name", "redirect_uris"] == [one["member"] for one in told["changes"]]
        with pytest.raises(ConflictError):
            acts.proposals.approve(first, kept)
        assert "" == acts.proposals.approve(second, kept)
        with pytest.raises(ConflictError, match="meanwhile"):
            acts.proposals.approve(second, late)
        now = acts.clients.show(first, "espace")
        assert (tuple(moved["redirect_uris"]), "Ailleurs") == (now.redirect_uris, now.name)
        (event,) = recorded(provider, "client_changed")
        assert (second.id, first.id, "déménagement") == tuple(
            event.details[name] for name in ("actor", "proposed_by", "reason")
        )
        assert "Là" == acts.clients.update(first, "espace", {"client_name": "Là"}).client.name
        with pytest.raises(ProposedError) as back:
            acts.client_history.roll_back(first, "espace", 1)
        acts.proposals.approve(second, back.value.proposal)
        assert ESPACE.redirect_uris == acts.clients.show(first, "espace").redirect_uris
        (event,) = recorded(provider, "client_rolled_back")
        assert (second.id, first.id, 1) == tuple(event.details[name] for name in ("actor", "proposed_by", "to"))

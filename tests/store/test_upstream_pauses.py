"""The rows of the switch."""

from idp.store.db import Store
from idp.upstream import Outage


def test_the_last_pause_counts(store: Store) -> None:
    """A pause replaces the one before it, says what it was given, and is gone once it is deleted."""
    with store.begin() as unit:
        unit.upstream_pauses.put("franceconnect", 100, None, {})
        unit.upstream_pauses.put("franceconnect", 200, 300, {"fr": "Travaux."})
        unit.upstream_pauses.put("proconnect", 150, None, {})
    with store.reading() as unit:
        expected = {
            "franceconnect": Outage(200, paused=True, until=300, words={"fr": "Travaux."}),
            "proconnect": Outage(150, paused=True),
        }
        assert expected == unit.upstream_pauses.all()
    with store.begin() as unit:
        assert unit.upstream_pauses.delete("franceconnect")
        assert not unit.upstream_pauses.delete("franceconnect")
        assert ["proconnect"] == list(unit.upstream_pauses.all())

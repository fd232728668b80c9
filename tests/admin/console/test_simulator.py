"""What the simulator calls decisions."""

from federation.explain import _NAMES as NAMES
from idp.admin.console.simulator import DECISIONS


def test_every_decision_has_words() -> None:
    """Each decision that there may be is said in words, and no other."""
    assert set(NAMES.values()) == set(DECISIONS)

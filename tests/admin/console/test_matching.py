"""What pages call the words of a comparison."""

from typing import get_args

from federation.matching.results import Reason, Result
from federation.pivot import Outcome
from idp.admin.console.matching import DOSSIERS, FIELDS, OUTCOMES, REASONS, RESULTS
from idp.upstream import CivilStatus, Status


def test_every_word_has_words() -> None:
    """Each field, result, reason, outcome and state that a comparison may have is named, and no other."""
    assert set(get_args(Reason)) == set(REASONS)
    assert set(get_args(Result)) == set(RESULTS)
    assert set(get_args(Outcome)) == set(OUTCOMES)
    assert set(get_args(Status)) == set(DOSSIERS)
    assert set(CivilStatus.__slots__) == set(FIELDS)

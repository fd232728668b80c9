"""Pairs of identities with what must come of each: `pairs.toml`, one pair a line, with a sentence why."""

import tomllib
from pathlib import Path
from typing import Any

import pytest

from federation.pivot import compare
from idp.upstream import CivilStatus

TABLE = tomllib.loads(Path(__file__).with_name("pairs.toml").read_text(encoding="utf-8"))
PEOPLE = TABLE.pop("people")
PAIRS: list[dict[str, Any]] = [pair for section in TABLE.values() for pair in section["pairs"]]


def civil(person: dict[str, Any], changes: dict[str, Any]) -> CivilStatus:
    """Build an identity from a person of the table and what differs."""
    values = person | changes
    return CivilStatus(**values | {"given_names": tuple(values["given_names"])})


@pytest.mark.parametrize("pair", PAIRS, ids=[pair["why"] for pair in PAIRS])
def test_pair(pair: dict[str, Any]) -> None:
    """Each pair has the outcome, and every field the reason, that a clerk would give."""
    person = PEOPLE[pair.get("on", "angela")]
    comparison = compare(civil(person, pair["theirs"]), civil(person, pair["ours"]))
    abroad = {} if person["birthplace"] else {"birthplace": "born_abroad"}
    expected = dict.fromkeys(comparison.reasons(), "same") | abroad | pair["reasons"]
    assert (pair["outcome"], expected) == (comparison.outcome, comparison.reasons())


def test_the_table_is_large_and_says_nothing_twice() -> None:
    """There are at least 150 pairs, each with a sentence of its own."""
    sentences = {pair["why"] for pair in PAIRS}
    assert len(PAIRS) == len(sentences) >= 150

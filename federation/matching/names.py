"""Birth names and given names: what two spellings have in common, and what that is worth."""

from collections.abc import Sequence
from itertools import accumulate, chain
from typing import Final

from federation.matching.results import Field, Reason, Result
from federation.matching.spelling import (
    bare,
    nearly,
    normalise,
    set_aside,
    unabbreviated,
    written_out,
)
from idp.records import dataclass
from idp.upstream import CivilStatus

_CUT_OFF: Final = 20
"""From how many letters on a name that stops short may have met the width of an old field."""

Words = tuple[str, ...]


def birth_name(presented: CivilStatus, held: CivilStatus) -> Field:
    """Compare birth names; a usage name on one side is weak evidence, never more."""
    result, reason = _surnames(presented.birth_name, held.birth_name)
    usage = _same(presented.usage_name, held.birth_name) or _same(presented.birth_name, held.usage_name)
    if result == "differ" and usage:
        return Field("birth_name", "weak", "usage_name")
    return Field("birth_name", result, reason)


def _same(one: str, other: str) -> bool:
    # Most people have no usage name; asking first saves the folding.
    return bool(one and other) and "".join(normalise(one)) == "".join(normalise(other)) != ""


def _surnames(presented: str, held: str) -> tuple[Result, Reason]:
    theirs, ours = normalise(presented), normalise(held)
    if not theirs or not ours:
        return "unknown", "missing"
    if theirs == ours:
        return "agree", set_aside(presented, held)
    if "".join(theirs) == "".join(ours):
        # LE GOFF and LEGOFF: every letter in its place, one separator more.
        return "agree", "spacing"
    weak = _weak_surnames(theirs, ours)
    if weak is None and not (presented.isascii() and held.isascii()) and _spellings(presented) & _spellings(held):
        weak = "written_out"
    return ("differ", "differ") if weak is None else ("weak", weak)


def _spellings(name: str) -> set[str]:
    """MÜLLER as it folds, and as it is written out: MULLER, MUELLER."""
    return {"".join(normalise(name)), written_out(name)}


def _weak_surnames(theirs: Words, ours: Words) -> Reason | None:
    if not set(theirs) & set(ours):
        # Most people born on a day are strangers: nothing below can make them one.
        return "cut_off" if _cut_off("".join(theirs), "".join(ours)) else None
    if unabbreviated(theirs) == unabbreviated(ours):
        return "abbreviated"
    if bare(theirs) == bare(ours):
        return "particle"
    if sorted(bare(theirs)) == sorted(bare(ours)):
        return "order"
    shorter, longer = sorted((bare(theirs), bare(ours)), key=len)
    if longer[: len(shorter)] == shorter or longer[-len(shorter) :] == shorter:
        return "part"
    return "cut_off" if _cut_off("".join(theirs), "".join(ours)) else None


def _cut_off(theirs: str, ours: str) -> bool:
    shorter, longer = sorted((theirs, ours), key=len)
    return len(shorter) >= _CUT_OFF and longer.startswith(shorter)


def given_names(presented: Sequence[str], held: Sequence[str]) -> Field:
    """Compare all given names: FranceConnect gives every one of them, a dossier often the first only.

    Twins differ in nothing else, so anything short of all the given names is weak.
    """
    theirs, ours = _GivenNames.of(presented), _GivenNames.of(held)
    if not theirs.words or not ours.words:
        return Field("given_names", "unknown", "missing")
    if theirs.words == ours.words:
        return Field("given_names", "agree", set_aside(" ".join(presented), " ".join(held)))
    if theirs.letters == ours.letters:
        return Field("given_names", "agree", "spacing")
    reason = _beginning(theirs, ours) or _resemblance(theirs.words, ours.words)
    return Field("given_names", "differ" if reason is None else "weak", reason or "differ")


@dataclass(frozen=True, slots=True)
class _GivenNames:
    """Given names taken apart: each as one word, and all their words in a row (Jean-Marie is one name, two words)."""

    names: Words
    words: Words
    letters: str
    ends: frozenset[int]
    """After how many words a name ends."""

    @classmethod
    def of(cls, names: Sequence[str]) -> "_GivenNames":
        apart = [name for name in map(normalise, names) if name]
        words = tuple(chain.from_iterable(apart))
        ends = frozenset(accumulate(map(len, apart)))
        return cls(tuple(map("".join, apart)), words, "".join(words), ends)


def _beginning(theirs: _GivenNames, ours: _GivenNames) -> Reason | None:
    """Whether one side is the beginning of the other, name by name, word by word, or initial by initial."""
    if theirs.names[: len(ours.names)] == ours.names:
        return "prefix"
    if ours.names[: len(theirs.names)] == theirs.names:
        return "longer_in_dossier"
    if theirs.words[: len(ours.words)] == ours.words:
        # Jean for Jean-Marie: half of a compound name. Jean-Marie for Jean, Marie, Pierre: two names of three.
        return "prefix" if len(ours.words) in theirs.ends else "part_of_compound"
    if ours.words[: len(theirs.words)] == theirs.words:
        return "longer_in_dossier" if len(theirs.words) in ours.ends else "part_of_compound"
    if sorted(theirs.words) == sorted(ours.words):
        return "order"
    if _initials(theirs.words, ours.words) or _initials(ours.words, theirs.words):
        return "initial"
    return "cut_off" if _cut_off(theirs.letters, ours.letters) else None


def _resemblance(theirs: Words, ours: Words) -> Reason | None:
    if theirs[0] == ours[0]:
        return "first_only"
    if ours[0] in theirs:
        return "other_given_name"
    return "spelling" if nearly(theirs[0], ours[0]) else None


def _initials(full: Words, short: Words) -> bool:
    """Whether ``short`` gives letters for names: J., J P, Jean P."""
    if len(short) > len(full) or all(len(word) > 1 for word in short):
        return False
    pairs = zip(short, full, strict=False)
    return all(word == name or (len(word) == 1 and name.startswith(word)) for word, name in pairs)

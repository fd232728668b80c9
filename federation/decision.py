"""Which dossier does a person of an upstream open? Pure: facts go in, a decision with a named reason comes out.

The order of the rules is `RULES`. Never an e-mail, never a name alone (N-064): a person is known by (issuer, sub), or
recognised by a civil status that agrees on every strong field (decision D19), or asked for a proof of the dossier.
"""

from collections.abc import Callable, Sequence
from typing import Final

from federation.pivot import Comparison
from idp.records import dataclass
from idp.upstream import AccountFacts


@dataclass(frozen=True, slots=True)
class Candidate:
    """A dossier that may be this person's. ``taken``: linked to another `sub` of the issuer."""

    account: AccountFacts
    comparison: Comparison
    taken: bool = False


@dataclass(frozen=True, slots=True)
class SignIn:
    """Known: open this dossier."""

    account: AccountFacts
    reason: str = "known_sub"


@dataclass(frozen=True, slots=True)
class AutoLink:
    """Recognised without doubt: link this dossier, tell the member, open it (D19)."""

    candidate: Candidate
    reason: str = "sure"


@dataclass(frozen=True, slots=True)
class ChooseDossier:
    """Several dossiers of this person: the person chooses (decision D1)."""

    accounts: tuple[AccountFacts, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class Prove:
    """Not sure: ask for a proof of the dossier once."""

    reason: str


@dataclass(frozen=True, slots=True)
class Ambiguous:
    """Dossiers agree in everything and yet cannot all be this person's, or this person's to open.

    A proof names one of them; without a proof the fund's desk has to look at these, side by side.
    """

    candidates: tuple[Candidate, ...]
    reason: str


@dataclass(frozen=True, slots=True)
class NoMatch:
    """Nothing resembles this person."""

    reason: str = "no_candidate"


@dataclass(frozen=True, slots=True)
class Shut:
    """The person's dossier is not open online. Why is never said (same words for every status)."""

    reason: str


Decision = SignIn | AutoLink | ChooseDossier | Prove | Ambiguous | NoMatch | Shut


@dataclass(frozen=True, slots=True)
class _Seen:
    """What the rules look at. ``sure``: whatever their status; ``able``: open, and nobody else's."""

    linked: tuple[AccountFacts, ...]
    known: tuple[AccountFacts, ...]
    sure: tuple[Candidate, ...]
    able: tuple[Candidate, ...]
    weak: tuple[Candidate, ...]
    presumed_birthdate: bool

    @property
    def dead(self) -> bool:
        """Whether a dossier of this very person records their death."""
        mine = (*self.linked, *(candidate.account for candidate in self.sure))
        return any(account.status == "deceased" for account in mine)


def decide(
    linked: Sequence[AccountFacts],
    candidates: Sequence[Candidate],
    *,
    presumed_birthdate: bool = False,
) -> Decision:
    """Decide from the dossiers linked to this (issuer, sub) and those that resemble the person.

    ``candidates`` holds none of ``linked``. ``presumed_birthdate``: the upstream's date has unknown
    parts, so a dossier may exist that the look-up by date missed.
    """
    sure = tuple(c for c in candidates if c.comparison.outcome == "sure")
    seen = _Seen(
        linked=tuple(linked),
        known=tuple(account for account in linked if account.status == "active"),
        sure=sure,
        able=tuple(c for c in sure if c.account.status == "active" and not c.taken),
        weak=tuple(c for c in candidates if c.comparison.outcome == "needs_proof"),
        presumed_birthdate=presumed_birthdate,
    )
    answers = (rule(seen) for rule in RULES)
    return next((answer for answer in answers if answer is not None), NoMatch())


def _known(seen: _Seen) -> Decision | None:
    """Linked to an open dossier: in. A second dossier is offered beside it only in the other situation (homonyms)."""
    if not seen.known:
        return None
    held = {account.situation for account in seen.known}
    others = () if seen.dead else tuple(c.account for c in seen.able if c.account.situation not in held)
    own = (*seen.known, *others)
    return SignIn(own[0]) if len(own) == 1 else ChooseDossier(own, "several_dossiers")


def _all_shut(seen: _Seen) -> Decision | None:
    """Every dossier of this person is shut, and no other surely theirs is open: what resembles them changes nothing."""
    return Shut("linked_not_active") if seen.linked and not seen.able else None


def _recorded_as_deceased(seen: _Seen) -> Decision | None:
    """This very person is recorded as deceased in one dossier, and another is open: somebody has to look first."""
    return Ambiguous(seen.sure, "recorded_as_deceased") if seen.dead and seen.able else None


def _another_sub(seen: _Seen) -> Decision | None:
    """The register gave this person a new `sub`, or two people share a civil status: nothing is linked in silence."""
    taken = any(c.taken and c.account.status == "active" for c in seen.sure)
    return Prove("linked_to_another_sub") if taken else None


def _recognised(seen: _Seen) -> Decision | None:
    """Exactly one open dossier agrees on every strong field."""
    return AutoLink(seen.able[0]) if len(seen.able) == 1 else None


def _several(seen: _Seen) -> Decision | None:
    """Several agree: one in each situation is one person's; two in one are two people, or one entered twice."""
    if not seen.able:
        return None
    if len({c.account.situation for c in seen.able}) < len(seen.able):
        return Ambiguous(seen.able, "several_alike")
    return ChooseDossier(tuple(c.account for c in seen.able), "several_sure")


def _sure_but_shut(seen: _Seen) -> Decision | None:
    """What is surely theirs is shut, and no open dossier even resembles them."""
    other = any(c.account.status == "active" for c in seen.weak)
    return Shut("sure_not_active") if seen.sure and not other else None


def _resembling(seen: _Seen) -> Decision | None:
    """A dossier may be theirs; whether it is open is told to nobody who has not proven it."""
    return Prove("weak") if seen.weak else None


def _presumed(seen: _Seen) -> Decision | None:
    """Nobody found by a date with unknown parts is not nobody."""
    return Prove("presumed_birthdate") if seen.presumed_birthdate else None


RULES: Final[tuple[Callable[[_Seen], Decision | None], ...]] = (
    _known,
    _all_shut,
    _recorded_as_deceased,
    _another_sub,
    _recognised,
    _several,
    _sure_but_shut,
    _resembling,
    _presumed,
)
"""The first that answers decides; when none does, nothing resembles this person."""


@dataclass(frozen=True, slots=True)
class Proven:
    """The proof was right and nothing speaks against the link."""


@dataclass(frozen=True, slots=True)
class Refused:
    """The proof was right, but the dossier is somebody else's, or not open."""

    reason: str


_ONE_MAY_DIFFER: Final = frozenset({"birthdate", "birth_name", "gender"})
_THIN: Final = frozenset({"spelling", "initial", "missing"})
"""Given names that a relative may share: no second doubt is overlooked beside them."""


def decide_proven(account: AccountFacts, comparison: Comparison) -> Proven | Refused:
    """Decide after a proof: somebody else's FranceConnect must not be tied to this dossier.

    A proof overrides a doubt, not a contradiction: relatives know each other's passwords (decision 0002). Given names
    that plainly differ are another person's, for a twin differs in nothing else; so is a birth date that shares neither
    the year nor the day, for father and son may differ in nothing else. Of birth date, birth name and gender one may be
    out of date in a dossier, two are not. Places never count: their codes are renumbered.
    """
    if account.status != "active":
        return Refused("not_active")
    differing = {field.name for field in comparison.fields if field.result == "differ"}
    reasons = comparison.reasons()
    doubts = len(differing & _ONE_MAY_DIFFER) + (reasons["given_names"] in _THIN)
    if "given_names" in differing or reasons["birthdate"] == "differ" or doubts > 1:
        return Refused("somebody_else")
    return Proven()

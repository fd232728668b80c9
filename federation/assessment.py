"""What the house knows of a person who comes, and what it decides: read only, so that it can be tried for nothing."""

from federation import links
from federation.linking import Candidate, Decision, decide
from federation.pivot import candidate_birthdates, compare, is_presumed
from federation.policy import LinkingPolicy, with_caution
from idp.records import dataclass
from idp.upstream import AccountFacts, CivilStatus
from idp.upstream_ports import Ports


@dataclass(frozen=True, slots=True)
class Assessment:
    """The dossiers that the person opens, those that resemble the person, and the decision.

    ``held_back``: accounts whose link was ended by choice.
    """

    linked: tuple[AccountFacts, ...]
    candidates: tuple[Candidate, ...]
    held_back: frozenset[str]
    decision: Decision


def assess(ports: Ports, policy: LinkingPolicy, issuer: str, sub: str, civil: CivilStatus) -> Assessment:
    """Look the person up by (issuer, sub) and by birth date, compare, decide; nothing is written."""
    found = ports.accounts.born_on(candidate_birthdates(civil.birthdate))
    with ports.reading() as session:
        known = links.known(ports.rows, session, issuer, sub, [account.account_id for account in found])
    own = [link.account_id for link in known.own]
    others = [account for account in found if account.account_id not in own]
    held_back = known.held_back.difference(own)
    read = {account.account_id: account for account in found}
    theirs = (read.get(account_id) or ports.accounts.by_id(account_id) for account_id in own)
    linked = tuple(account for account in theirs if account is not None)
    candidates = tuple(
        Candidate(account, compare(civil, account.civil), taken=account.account_id in known.taken) for account in others
    )
    decision = decide(linked, candidates, presumed_birthdate=is_presumed(civil))
    return Assessment(linked, candidates, held_back, with_caution(decision, own, held_back, automatic=policy.automatic))

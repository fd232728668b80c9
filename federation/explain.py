"""The simulator: an identity goes in, the decision comes out with every reason, and nothing is changed."""

from typing import Final

from federation.assessment import Assessment, assess
from federation.linking import Ambiguous, AutoLink, ChooseDossier, Decision, NoMatch, Prove, Shut, SignIn
from federation.pivot import Comparison, compare
from federation.policy import LinkingPolicy
from idp.upstream import AccountFacts, CivilStatus
from idp.upstream_desk import ExplainedDossier, Explanation
from idp.upstream_ports import Ports

_NAMES: Final[dict[type[Decision], str]] = {
    SignIn: "sign_in",
    AutoLink: "auto_link",
    ChooseDossier: "choose_dossier",
    Prove: "prove",
    Ambiguous: "ambiguous",
    NoMatch: "no_match",
    Shut: "shut",
}


def explain(ports: Ports, policy: LinkingPolicy, issuer: str, sub: str, civil: CivilStatus) -> Explanation:
    """Return what would happen to this person now, and why; ``sub`` is empty for one who never came."""
    found = assess(ports, policy, issuer, sub, civil)
    known = [explained_dossier(account, compare(civil, account.civil), "this") for account in found.linked]
    others = [
        explained_dossier(one.account, one.comparison, "other" if one.taken else _before(found, one.account))
        for one in found.candidates
        if one.comparison.outcome != "none" or one.account.account_id in found.held_back
    ]
    return Explanation(
        decision=_NAMES[type(found.decision)],
        rule=found.decision.reason,
        dossiers=(*known, *others),
        passed_over=len(found.candidates) - len(others),
    )


def _before(found: Assessment, account: AccountFacts) -> str:
    return "ended_by_choice" if account.account_id in found.held_back else "no"


def explained_dossier(account: AccountFacts, comparison: Comparison, linked: str) -> ExplainedDossier:
    """Return a dossier with the reasons of its comparison; ``linked`` as in `ExplainedDossier`."""
    return ExplainedDossier(
        account_id=account.account_id,
        dossier=account.dossier,
        situation=account.situation,
        status=account.status,
        linked=linked,
        outcome=comparison.outcome,
        fields=tuple((field.name, field.result, field.reason) for field in comparison.fields),
    )

"""Operations on proposals. There is none to approve one: an application is nobody's second person."""

from typing import Literal

from idp.admin.acts.proposals import ProposalActs
from idp.admin.api import proposals_shapes as shapes
from idp.admin.api.operation import Call, Operation
from idp.admin.api.shapes import Decision
from idp.store.proposals import Proposal


def operations(acts: ProposalActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def listed(call: Call) -> shapes.Proposals:
        wanted = call.asked(shapes.ProposalsWanted)
        made_at, _sep, proposal = (wanted.cursor or "").partition("-")
        after = (int(made_at), proposal) if wanted.cursor else None
        found = acts.list(call.actor, decided=wanted.decided, after=after, limit=wanted.limit + 1)
        page = found[: wanted.limit]
        following = f"{page[-1].made_at}-{page[-1].id}" if len(found) > wanted.limit else None
        return shapes.Proposals(proposals=[_proposal(one) for one in page], next=following)

    def shown(call: Call) -> shapes.OpenedProposal:
        opened = acts.show(call.actor, call.places["proposal"])
        arguments = None if opened.arguments is None else dict(opened.arguments)
        return shapes.OpenedProposal(proposal=_proposal(opened.proposal), arguments=arguments)

    def refused(call: Call) -> shapes.Refused:
        wanted = call.places["proposal"]
        acts.refuse(call.actor, wanted, call.sent(Decision).reason)
        status = acts.show(call.actor, wanted).proposal.status
        became: Literal["refused", "withdrawn"] = "withdrawn" if status == "withdrawn" else "refused"
        return shapes.Refused(id=wanted, status=became)

    return (
        Operation(
            name="listProposals",
            method="GET",
            path="/proposals",
            act="proposals.list",
            summary="Acts that wait for a second person, of those that the token's roles may do or look at.",
            handle=listed,
            query=shapes.ProposalsWanted,
            answer=shapes.Proposals,
        ),
        Operation(
            name="showProposal",
            method="GET",
            path="/proposals/{proposal}",
            act="proposals.show",
            summary="One proposal with what the act is to be done with. The look is on record.",
            handle=shown,
            answer=shapes.OpenedProposal,
        ),
        Operation(
            name="refuseProposal",
            method="POST",
            path="/proposals/{proposal}/refuse",
            act="proposals.refuse",
            summary="Refuse a proposal, or take one's own back.",
            handle=refused,
            body=Decision,
            answer=shapes.Refused,
            refusals=("conflict",),
        ),
    )


def _proposal(one: Proposal) -> shapes.Proposal:
    return shapes.Proposal.model_validate({name: getattr(one, name) for name in shapes.Proposal.model_fields})

"""Operations on what applications do and what they are refused."""

from idp.admin.acts.usage import Fault, UsageActs
from idp.admin.api import usage_shapes as shapes
from idp.admin.api.operation import Call, Operation
from idp.store.client_days import DAY


def operations(acts: UsageActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def shown(call: Call) -> shapes.ClientUsage:
        found = acts.show(call.actor, call.places["client"], call.asked(shapes.UsageWanted).days)
        return shapes.ClientUsage(
            client_id=found.client_id,
            last_used=found.last_used,
            days=[shapes.UsageDay(begins=one.day * DAY, steps=one.steps, refused=one.refused) for one in found.days],
            faults=[fault(one) for one in found.faults],
        )

    return (
        Operation(
            name="showClientUsage",
            method="GET",
            path="/clients/{client}/usage",
            act="clients.show",
            summary="What an application did lately, its last use, and what it was refused with the near miss.",
            handle=shown,
            query=shapes.UsageWanted,
            answer=shapes.ClientUsage,
            refusals=("not-found",),
        ),
    )


def fault(one: Fault) -> shapes.ClientFault:
    """Return a refusal as the API has it."""
    return shapes.ClientFault.model_validate({name: getattr(one, name) for name in shapes.ClientFault.model_fields})

"""Operations on the signing keys."""

from idp.admin.acts.keys import KeyActs, KeyState, ReaderState
from idp.admin.api import keys_shapes as shapes
from idp.admin.api.operation import Call, Operation
from idp.admin.api.proposals_shapes import Proposed


def operations(acts: KeyActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def listed(call: Call) -> shapes.Keys:
        found = acts.status(call.actor)
        return shapes.Keys(
            keys=[_key(one) for one in found.keys],
            newest_at=found.newest_at,
            readers=[_reader(one) for one in found.readers],
            stranded=list(found.stranded),
        )

    def rotated(call: Call) -> shapes.Rotation:
        done = acts.rotate(call.actor, call.sent(shapes.RotationWanted).algorithm)
        return shapes.Rotation.model_validate(
            {
                "changes": [
                    {
                        "action": one.action,
                        "algorithm": one.algorithm,
                        "kid": one.kid,
                        "effective_at": one.effective_at,
                    }
                    for one in done.changes
                ],
                "behind": list(done.behind),
            }
        )

    def prepared(call: Call) -> shapes.Emergency:
        wanted = call.sent(shapes.EmergencyWanted)
        made = acts.prepare_emergency(call.actor, wanted.algorithms, wanted.reason)
        kept = made.proposal
        return shapes.Emergency(
            plan=shapes.EmergencyPlan.model_validate(made.plan.told()),
            waits=Proposed(proposal=kept.id, act=kept.act, expires_at=kept.expires_at),
        )

    return (
        Operation(
            name="listKeys",
            method="GET",
            path="/keys",
            act="keys.status",
            summary="Every key with its state, and which applications have read the newest.",
            handle=listed,
            answer=shapes.Keys,
        ),
        Operation(
            name="rotateKeys",
            method="POST",
            path="/keys/rotate",
            act="keys.rotate",
            summary="Publish a new key now, to sign shortly after; the old one stays published past its last token.",
            handle=rotated,
            body=shapes.RotationWanted,
            answer=shapes.Rotation,
            refusals=("conflict",),
        ),
        Operation(
            name="prepareKeyEmergency",
            method="POST",
            path="/keys/emergency",
            act="keys.emergency",
            summary="Plan to drop keys at once that somebody else may have; a second person carries it out.",
            handle=prepared,
            body=shapes.EmergencyWanted,
            answer=shapes.Emergency,
            status=202,
            refusals=("conflict",),
        ),
    )


def _key(one: KeyState) -> shapes.Key:
    key = one.key
    return shapes.Key.model_validate(
        {
            "kid": key.kid,
            "algorithm": key.algorithm,
            "use": key.use,
            "state": key.state,
            "published_at": key.published_at,
            "since": one.since,
            "until": one.until,
            "overdue": key.overdue,
            "withdrawn": key.withdrawn,
            "sealed_current": key.kek_current,
        }
    )


def _reader(one: ReaderState) -> shapes.KeyReader:
    return shapes.KeyReader(
        client_id=one.reader.client_id,
        address=one.reader.address,
        called_at=one.reader.called_at,
        read_at=one.reader.read_at,
        has_newest=one.has_newest,
        applications=one.applications,
    )

"""Operations on applications: found, registered, changed, stopped, given secrets."""

from idp.admin.acts.clients import ClientActs
from idp.admin.api import clients_shapes as shapes
from idp.admin.api.operation import Call, Operation
from idp.admin.registration.document import written
from idp.admin.registration.kinds import kind_of
from idp.protocol.client import Client
from idp.store.clients import KeptClient

_CHANGING = ("not-found", "conflict")


def operations(acts: ClientActs) -> tuple[Operation, ...]:
    """Return them over the acts."""

    def listed(call: Call) -> shapes.ClientPage:
        wanted = call.asked(shapes.ClientsWanted)
        found = [
            one
            for one in acts.list(call.actor, wanted.search)
            if wanted.cursor is None or one.client_id > wanted.cursor
        ]
        page = found[: wanted.limit]
        return shapes.ClientPage(
            clients=[_summary(one) for one in page], next=page[-1].client_id if len(found) > len(page) else None
        )

    def shown(call: Call) -> shapes.ClientFile:
        return shapes.ClientFile.model_validate(_file(acts.kept(call.actor, call.places["client"])))

    def created(call: Call) -> shapes.ClientMade:
        wanted = call.sent(shapes.ClientWanted)
        made = acts.create(call.actor, wanted.client_id, wanted.type, wanted.metadata, wanted.reason or "")
        return shapes.ClientMade.model_validate(_file(made.kept) | {"client_secret": made.secret})

    def updated(call: Call) -> shapes.ClientFile:
        wanted = call.sent(shapes.ClientChanges)
        kept = acts.update(
            call.actor, call.places["client"], wanted.metadata, version=wanted.version, reason=wanted.reason or ""
        )
        return shapes.ClientFile.model_validate(_file(kept))

    def rotated(call: Call) -> shapes.NewSecret:
        wanted = call.sent(shapes.SecretWanted)
        made = acts.rotate_secret(
            call.actor, call.places["client"], wanted.overlap, wanted.reason or "", version=wanted.version
        )
        kept = made.kept
        return shapes.NewSecret(
            client_id=kept.client.client_id,
            client_secret=made.secret,
            version=kept.version,
            secrets=_secrets(kept.client),
        )

    def ended(call: Call) -> shapes.ClientFile:
        kept = acts.end_older_secrets(call.actor, call.places["client"], _reason(call))
        return shapes.ClientFile.model_validate(_file(kept))

    def enabled(call: Call) -> shapes.ClientFile:
        return shapes.ClientFile.model_validate(_file(acts.enable(call.actor, call.places["client"], _reason(call))))

    def disabled(call: Call) -> shapes.ClientFile:
        return shapes.ClientFile.model_validate(_file(acts.disable(call.actor, call.places["client"], _reason(call))))

    def deleted(call: Call) -> shapes.Gone:
        wanted = call.sent(shapes.Deletion)
        acts.delete(call.actor, call.places["client"], wanted.reason, version=wanted.version)
        return shapes.Gone(client_id=call.places["client"])

    return (
        Operation(
            name="listClients",
            method="GET",
            path="/clients",
            act="clients.list",
            summary="The applications, by id, or those that a search finds.",
            handle=listed,
            query=shapes.ClientsWanted,
            answer=shapes.ClientPage,
        ),
        Operation(
            name="showClient",
            method="GET",
            path="/clients/{client}",
            act="clients.show",
            summary="Everything that is registered of an application; of secrets when they were made, no more.",
            handle=shown,
            answer=shapes.ClientFile,
            refusals=("not-found",),
        ),
        Operation(
            name="createClient",
            method="POST",
            path="/clients",
            act="clients.create",
            summary="Register an application. The answer alone has its secret.",
            handle=created,
            body=shapes.ClientWanted,
            answer=shapes.ClientMade,
            status=201,
            refusals=("conflict",),
        ),
        Operation(
            name="updateClient",
            method="POST",
            path="/clients/{client}",
            act="clients.update",
            summary="Change some members of an application; the others stay, and so do its secrets.",
            handle=updated,
            body=shapes.ClientChanges,
            answer=shapes.ClientFile,
            refusals=_CHANGING,
        ),
        Operation(
            name="rotateClientSecret",
            method="POST",
            path="/clients/{client}/secrets",
            act="clients.rotate_secret",
            summary="Make a new secret, which the answer alone has; the one before works a while longer.",
            handle=rotated,
            body=shapes.SecretWanted,
            answer=shapes.NewSecret,
            status=201,
            refusals=_CHANGING,
        ),
        Operation(
            name="endOlderClientSecrets",
            method="POST",
            path="/clients/{client}/secrets/end-older",
            act="clients.rotate_secret",
            summary="End at once every secret but the newest.",
            handle=ended,
            body=shapes.Reasoned,
            answer=shapes.ClientFile,
            refusals=_CHANGING,
        ),
        Operation(
            name="disableClient",
            method="POST",
            path="/clients/{client}/disable",
            act="clients.disable",
            summary="Stop an application at once: no sign-in, no token, and those it has are dead for good.",
            handle=disabled,
            body=shapes.Reasoned,
            answer=shapes.ClientFile,
            refusals=_CHANGING,
        ),
        Operation(
            name="enableClient",
            method="POST",
            path="/clients/{client}/enable",
            act="clients.enable",
            summary="Let a stopped application work again, from nothing.",
            handle=enabled,
            body=shapes.Reasoned,
            answer=shapes.ClientFile,
            refusals=_CHANGING,
        ),
        Operation(
            name="deleteClient",
            method="POST",
            path="/clients/{client}/delete",
            act="clients.delete",
            summary="Delete a disabled application for good, with its versions and what members agreed to.",
            handle=deleted,
            body=shapes.Deletion,
            answer=shapes.Gone,
            refusals=_CHANGING,
        ),
    )


def _reason(call: Call) -> str:
    return call.sent(shapes.Reasoned).reason or ""


def _summary(one: Client) -> shapes.ClientSummary:
    return shapes.ClientSummary(
        client_id=one.client_id,
        name=one.name,
        type=kind_of(one),
        enabled=one.enabled,
        token_endpoint_auth_method=one.token_endpoint_auth_method,
    )


def _secrets(client: Client) -> list[shapes.Secret]:
    return [shapes.Secret(created_at=one.created_at, expires_at=one.expires_at) for one in client.secrets]


def _file(kept: KeptClient) -> dict[str, object]:
    client = kept.client
    return {
        "client_id": client.client_id,
        "type": kind_of(client),
        "enabled": client.enabled,
        "version": kept.version,
        "created_at": kept.created_at,
        "updated_at": kept.updated_at,
        "registered_dynamically": client.registered_dynamically,
        "staff": client.staff,
        "secrets": _secrets(client),
        "metadata": written(client),
    }

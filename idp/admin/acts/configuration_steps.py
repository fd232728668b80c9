"""The single changes of a configuration file, each by the act that makes it by hand."""

from collections.abc import Callable

from idp.admin.actor import Actor
from idp.admin.acts.admins import AdminActs
from idp.admin.acts.clients import ClientActs
from idp.admin.acts.refusals import RefusedError
from idp.admin.acts.upstreams import UpstreamActs
from idp.admin.configuration.client_members import beginning, changes
from idp.admin.configuration.difference import Difference, Plan
from idp.admin.configuration.document import Document, Held, pause_end
from idp.admin.registration.kinds import kind_of
from idp.admin.roles import Role
from idp.protocol.client import Client
from idp.protocol.client_metadata.refusal import MetadataRefused


class Steps:
    """Makes changes.

    Args:
        clients: the acts on applications.
        admins: those on administrators.
        upstreams: those on upstreams.
        outside: refuses an application whose addresses say otherwise than it does.
    """

    def __init__(
        self, clients: ClientActs, admins: AdminActs, upstreams: UpstreamActs, outside: Callable[[Client], None]
    ) -> None:
        self._clients = clients
        self._admins = admins
        self._upstreams = upstreams
        self._outside = outside

    def look_outside(self, wanted: Document, plan: Plan) -> None:
        """Ask the addresses of applications that would change, before anything does; RefusedError by the first."""
        for one in plan.differences:
            if one.kind == "clients" and one.change != "disable":
                try:
                    self._outside(wanted.clients[one.name])
                except MetadataRefused as refused:
                    member = f"clients.{one.name}.{refused.member}"
                    raise RefusedError(f"{member} {refused.reason}", member, "outside") from None

    def do(
        self, actor: Actor, one: Difference, held: Held, wanted: Document, reason: str, secrets: dict[str, str]
    ) -> None:
        """Make one change; the secret of an application that was made is put among `secrets` at once, by its id.

        Raises:
            RefusedError: it cannot be made; nothing was changed by this step, or the first half of it.
            ForbiddenError, StaleSignInError, Unavailable: as its act.
        """
        if one.kind == "administrators":
            roles = wanted.state[one.kind][one.name]["roles"]
            self._admins.change_roles(actor, one.name, {Role(role) for role in roles})
        elif one.kind == "upstreams":
            self._upstream(actor, one, wanted)
        elif one.change == "disable":
            self._clients.disable(actor, one.name, reason)
        elif one.change == "create":
            self._create(actor, wanted.clients[one.name], reason, secrets)
        else:
            self._change(actor, held, wanted.clients[one.name], reason)

    def _create(self, actor: Actor, client: Client, reason: str, secrets: dict[str, str]) -> None:
        created = self._clients.create(actor, client.client_id, kind_of(client), beginning(client), reason)
        if created.secret is not None:
            secrets[client.client_id] = created.secret
        if not client.enabled:
            self._clients.disable(actor, client.client_id, reason)

    def _change(self, actor: Actor, held: Held, after: Client, reason: str) -> None:
        before, version = held.clients[after.client_id], held.versions[after.client_id]
        # Every member is said, so what somebody else has changed since would be undone, though no plan showed it.
        self._clients.update(actor, after.client_id, changes(before, after), version=version, reason=reason)
        if after.enabled and not before.enabled:
            self._clients.enable(actor, after.client_id, reason)
        if before.enabled and not after.enabled:
            self._clients.disable(actor, after.client_id, reason)

    def _upstream(self, actor: Actor, one: Difference, wanted: Document) -> None:
        pause = wanted.state[one.kind][one.name]
        if pause["paused"]:
            self._upstreams.pause(actor, one.name, until=pause_end(pause), words=pause.get("words", {}))
        else:
            self._upstreams.resume(actor, one.name)

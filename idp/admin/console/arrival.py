"""The staff's way in through an upstream: ProConnect, by the settings of `upstreams.<name>` with `staff`.

Who the person is here was said once, by an invitation taken with that identity: (issuer, subject), never a name or an
e-mail address of the upstream's. The staff's door asks for two factors. Where the upstream says a level that the
settings count as two (`two_factor_acr`) that is enough; where it does not, our own second factor is asked, and whoever
has none does not come in.
"""

from dataclasses import asdict
from typing import Final

from flask import request
from werkzeug.wrappers import Response as AnyResponse

from idp.admin.welcome import GoneError, Welcome
from idp.members.tickets import Tickets
from idp.protocol.names import ACR_PASSWORD, ACR_TWO_FACTORS, AMR_SEVERAL
from idp.records import dataclass
from idp.services.audit import AuditLog
from idp.store.db import Store
from idp.upstream import Entrance, LoginOutcome, Visitor
from idp.upstream_ports import KeyValue, Seal
from idp.web.http import Edge

TIES: Final = 1800
"""Seconds between an invitation and the return from the upstream."""
COOKIE: Final = "invitation"


@dataclass(frozen=True, slots=True)
class Tying:
    """An invitation, by its digest, that somebody is about to take with an identity of an upstream."""

    invitation: str
    provider: str


class Arrivals:
    """Lets administrators in whom an upstream vouches for.

    Args:
        edge: the web room.
        welcome: takes invitations.
        store: whose account an identity opens.
        kv: where invitations wait for the way back.
        seal: the house's sealer.
        trail: told of whoever is not let in.
    """

    def __init__(self, edge: Edge, welcome: Welcome, store: Store, kv: KeyValue, seal: Seal, trail: AuditLog) -> None:
        self._edge = edge
        self._welcome = welcome
        self._store = store
        self._trail = trail
        self._tying = Tickets(kv, seal, "administration-tie", TIES)

    def offered(self) -> list[Entrance]:
        """Return the upstreams that let the staff in, in the order of the settings."""
        chosen = self._edge.settings.upstreams
        return [one for name, one in self._edge.entrances.items() if chosen[name].staff]

    def begin(self, response: AnyResponse, invitation: str, provider: str) -> AnyResponse:
        """Note in this browser which invitation is to be taken with the next arrival from an upstream."""
        ticket = self._tying.issue(asdict(Tying(invitation, provider)), self._edge.browser_id())
        self._edge.set_cookie(response, COOKIE, ticket)
        return response

    def tying(self) -> Tying | None:
        """Return what this browser is about to take, or None."""
        ticket = request.cookies.get(self._edge.cookie(COOKIE), "")
        facts = self._tying.read(ticket, self._edge.browser_id()) if ticket else None
        return None if facts is None else Tying(**facts)

    def arrive(self, visitor: Visitor, interaction: str) -> AnyResponse | None:
        """Return the response that lets somebody in, or None where nothing here is theirs.

        See `idp.upstream_ports.Arrive`.

        Raises:
            Unavailable, KeyValueUnavailable: a store does not answer.
        """
        chosen = self._edge.settings.upstreams[visitor.provider]
        if not chosen.staff or not self._edge.for_staff(interaction):
            return None
        strong = visitor.acr in chosen.two_factor_acr
        tying = self.tying()
        if tying is not None and tying.provider == visitor.provider:
            return self._tie(tying, visitor, interaction, strong=strong)
        return self._enter(visitor, interaction, strong=strong)

    def _tie(self, tying: Tying, visitor: Visitor, interaction: str, *, strong: bool) -> AnyResponse:
        self._tying.end(request.cookies.get(self._edge.cookie(COOKIE), ""))
        outcome = "weak"
        try:
            if strong:
                self._welcome.by_identity(tying.invitation, visitor)
                response = self._enter(visitor, interaction, strong=True)
                if response is not None:
                    self._edge.clear_cookie(response, COOKIE)
                    return response
        except GoneError:
            outcome = "invitation_over"
        self._refused(visitor, outcome)
        response = self._edge.render("admin/not_tied.html", status=403, weak=not strong)
        self._edge.clear_cookie(response, COOKIE)
        return response

    def _enter(self, visitor: Visitor, interaction: str, *, strong: bool) -> AnyResponse | None:
        with self._store.reading() as unit:
            known = unit.administrators.of_identity(visitor.issuer, visitor.sub)
        if known is None or not known.enabled:
            self._refused(visitor, "nobody")
            return None
        own = self._edge.factors.step.needed(known.account_id)
        if not strong and not own:
            self._refused(visitor, "no_second_factor")
            return None
        outcome = LoginOutcome(
            account_id=known.account_id,
            acr=ACR_TWO_FACTORS if strong else ACR_PASSWORD,
            amr=(AMR_SEVERAL,) if strong else (),
            auth_time=visitor.auth_time,
            provider=visitor.provider,
            epoch=known.epoch,
        )
        if strong:
            return self._edge.open_session(outcome, interaction)
        return self._edge.finish_login(outcome, interaction)

    def _refused(self, visitor: Visitor, outcome: str) -> None:
        facts = {"provider": visitor.provider, "network": self._edge.network(), "reference": self._edge.reference()}
        self._trail("sign_in", account_id=None, outcome=outcome, method="upstream", **facts)

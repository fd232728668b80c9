"""FranceConnect as the sign-in and sign-out pages see it: the seam's `Upstream`."""

from collections.abc import Callable, Mapping
from typing import Any

from federation import franceconnect, links
from federation.breaker import CircuitBreaker
from federation.desk import Desk
from federation.explain import explain
from federation.policy import LinkingPolicy
from federation.provider_metadata import ProviderDirectory
from federation.transactions import Trips
from federation.unlinking import unlink
from idp.records import dataclass
from idp.upstream import Identity, Member, Outage, UnlinkReason
from idp.upstream_desk import Explanation
from idp.upstream_ports import Ports

BASE = "/federation/franceconnect"


@dataclass(frozen=True, slots=True)
class FranceConnectUpstream:
    """See `idp.upstream.Upstream`; no method waits for FranceConnect."""

    settings: franceconnect.FranceConnectSettings
    directory: ProviderDirectory
    breaker: CircuitBreaker
    trips: Trips
    ports: Ports
    policy: LinkingPolicy

    @property
    def name(self) -> str:
        """Short stable name, used in paths and audit."""
        return franceconnect.NAME

    @property
    def label(self) -> str:
        """Name for people."""
        return self.settings.label

    @property
    def issuer(self) -> str:
        """The address by which its identities are kept."""
        return self.settings.issuer

    def outage(self) -> Outage | None:
        """Why the button may not be offered; what an operator decided comes before what the breaker found."""
        since = self.breaker.open_since()
        return self.ports.paused(self.name) or (None if since is None else Outage(since))

    def failing_since(self) -> int | None:
        """Since when nothing succeeded, where the breaker is open; what an operator decided does not hide it."""
        return self.breaker.open_since()

    def start_path(self, interaction: str) -> str:
        """Local path that starts a sign-in for this interaction."""
        return f"{BASE}/start?interaction={interaction}"

    def identity(self, account_id: str) -> Identity | None:
        """Return the identity that opens an account now, or None."""
        with self.ports.reading() as session:
            link = links.of_accounts(session, self.settings.issuer, [account_id]).get(account_id)
        return None if link is None else Identity(link.linked_at, link.method)

    def link_path(self, browser: str, member: Member) -> str:
        """Local path that starts linking, once, for this browser, member and session."""
        return f"{BASE}/relier?suite={self.trips.invite(browser, member)}"

    @property
    def desk(self) -> Desk:
        """What the fund's staff decide."""
        return Desk(self.ports, self.settings.issuer, self.label)

    def explain(self, claims: Mapping[str, object]) -> Explanation:
        """Return what would happen to a person with these claims; nothing is changed."""
        sub = claims.get("sub")
        civil = franceconnect.civil_status(claims)
        return explain(self.ports, self.policy, self.settings.issuer, sub if isinstance(sub, str) else "", civil)

    def unlink(
        self,
        account_id: str,
        reason: UnlinkReason,
        *,
        facts: Mapping[str, str] | None = None,
        also: Callable[[Any], None] | None = None,
    ) -> bool:
        """End the link of an account; return whether there was one."""
        return unlink(self.ports, self.settings.issuer, self.label, account_id, reason, facts=facts or {}, also=also)

    def logout_url(self, upstream_session: str, return_id: str) -> str | None:
        """Where the FranceConnect session ends too; `upstream_session` is the raw ID token."""
        end_session = self.directory.end_session_endpoint()
        if end_session is None or not upstream_session:
            return None
        return franceconnect.logout_url(self.settings, end_session, id_token=upstream_session, state=return_id)

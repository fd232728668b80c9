"""FranceConnect as the sign-in and sign-out pages see it: the seam's `Upstream`."""

from dataclasses import dataclass

from federation import franceconnect
from federation.breaker import CircuitBreaker
from federation.provider_metadata import ProviderDirectory

BASE = "/federation/franceconnect"


@dataclass(frozen=True, slots=True)
class FranceConnectUpstream:
    """See `idp.upstream.Upstream`; no method waits for FranceConnect."""

    settings: franceconnect.FranceConnectSettings
    directory: ProviderDirectory
    breaker: CircuitBreaker

    @property
    def name(self) -> str:
        """Short stable name, used in paths and audit."""
        return franceconnect.NAME

    @property
    def label(self) -> str:
        """Name for people."""
        return franceconnect.LABEL

    def available(self) -> bool:
        """Whether the button may be offered: False while the circuit breaker is open."""
        return self.breaker.available()

    def start_path(self, interaction: str) -> str:
        """Local path that starts a sign-in for this interaction."""
        return f"{BASE}/start?interaction={interaction}"

    def logout_url(self, upstream_session: str, return_id: str) -> str | None:
        """Where the FranceConnect session ends too; `upstream_session` is the raw ID token."""
        end_session = self.directory.end_session_endpoint()
        if end_session is None or not upstream_session:
            return None
        return franceconnect.logout_url(self.settings, end_session, id_token=upstream_session, state=return_id)

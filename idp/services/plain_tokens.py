"""The plain cases of the token endpoint: what most requests are, in one exchange with PostgreSQL each.

A code of the fund's own application whose ID token says nothing of the dossier; a refresh by a confidential client that
asks for no part of what it has. Everything else, and everything that is refused, is `idp.services.tokens`' to do and to
say: nothing was written then. On SQLite nothing is plain.
"""

from idp import crash_points
from idp.config import Tokens as Lifetimes
from idp.protocol.client import Client
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.opaque import digest, new_value
from idp.records import dataclass
from idp.services import claims, refresh_tokens
from idp.services.codes import ENDED_SESSION
from idp.services.encryption import Recipient
from idp.services.issuing import IssuedTokens, Issuing
from idp.services.token_wishes import Wish, narrowed, refuse
from idp.store.db import Store, once
from idp.store.grants import StoredGrant
from keys.entropy import token_hex


@dataclass(frozen=True, slots=True)
class PlainTokens:
    """Args: as `idp.services.tokens.Tokens`."""

    store: Store
    issuing: Issuing
    lives: Lifetimes
    longest_session: int

    def redeem(
        self,
        client: Client,
        code: str,
        grant: AuthorizationGrant,
        *,
        resource: str | None,
        recipient: Recipient | None,
        now: int,
    ) -> IssuedTokens | None:
        """Exchange a code, what binds it checked, for tokens; None where it is not plain, or cannot be redeemed.

        Signed before the code is spent: where signing fails, it is good still.

        Args:
            grant: what the code stands for, `dpop_jkt` the key that was proved.
        """
        if not self.store.in_one_exchange or not client.first_party or claims.in_id_token(client, grant):
            return None
        grant_id, lifetime = token_hex(16), self.issuing.access.lifetime
        value, kept = None, None
        if refresh_tokens.wanted(client, grant.scope):
            value = new_value()
            kept = refresh_tokens.first(value, grant_id=grant_id, client=client, lives=self.lives, now=now)
        issued = self.issuing.issue(
            client, grant, None, grant_id=grant_id, scope=grant.scope, resource=resource,
            jkt=grant.dpop_jkt, refresh_token=value, refreshed=False, recipient=recipient, now=now,
        )  # fmt: skip
        crash_points.reached("code-exchange.before_commit")

        def work() -> tuple[bool, bool]:
            with self.store.begin() as unit:
                return unit.plain_tokens.redeem(
                    digest(code),
                    grant,
                    kept,
                    grant_id=grant_id,
                    expires_at=now + self.longest(refreshing=kept is not None) + lifetime,
                    signed_until=0 if resource is None else now + lifetime,
                    now=now,
                    ended=(ENDED_SESSION, digest(grant.sid)),
                )

        redeemed, signed_out = once(work)
        if redeemed and signed_out:
            refuse("invalid_grant", "code is not valid", "signed out since the sign-in")
        return issued if redeemed else None

    def refresh(
        self, client: Client, value: str, wish: Wish, recipient: Recipient | None, now: int
    ) -> IssuedTokens | None:
        """Exchange a refresh token that its client keeps; None where it is not plain, or may not be used."""
        plain = not (wish.scope or wish.resources or wish.dpop_jkt or client.dpop_bound)
        if not self.store.in_one_exchange or not plain or refresh_tokens.rotates(client):
            return None

        def work() -> StoredGrant | None:
            with self.store.begin() as unit:
                return unit.plain_tokens.renew(digest(value), client.client_id, now + self.lives.refresh_idle, now)

        found = once(work)
        if found is None:
            return None
        return self.issuing.issue(
            client, found.grant, None, grant_id=found.id, scope=narrowed(client, found.grant.scope, ()),
            resource=None, jkt=None, refresh_token=None, refreshed=True, recipient=recipient, now=now,
        )  # fmt: skip

    def longest(self, *, refreshing: bool) -> int:
        """Return the seconds for which a grant may be asked about, beside the life of an access token."""
        return max(self.longest_session, self.lives.refresh_absolute if refreshing else 0)

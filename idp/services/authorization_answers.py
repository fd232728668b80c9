"""What a granted authorization is answered with: a code, and for applications that may have them tokens (Core 3).

A code alone is one write to the key-value store. An access token that goes through the browser has its grant on
record before the code is redeemed, in one transaction with its ID token's signature: it dies with that grant, so with
a reuse of the code, a sign-out, a withdrawn consent or a new password (decision D22). The code is parked first: where
the transaction then fails, nobody holds it.
"""

import logging
from collections.abc import Callable, Mapping

from idp.clock import Clock
from idp.protocol.client import Client
from idp.protocol.errors import ShownError
from idp.protocol.grant import AuthorizationGrant
from idp.protocol.oidc_response_types import CODE, ID_TOKEN, TOKEN
from idp.protocol.opaque import digest
from idp.records import dataclass
from idp.services.access_tokens import AccessTokens
from idp.services.codes import ENDED_SESSION, Codes
from idp.services.encryption import Encryption, Recipient
from idp.services.id_tokens import IdTokens
from idp.services.still_granted import enabled, withdrawn
from idp.services.token_wishes import choose_resource
from idp.store.accounts import Account
from idp.store.db import Store, Unit, once
from keys.entropy import token_hex

log = logging.getLogger("idp.tokens")


class _Ended(Exception):
    """The grant ended while it was being answered: what the unit wrote is undone."""


@dataclass(frozen=True, slots=True)
class AuthorizationAnswers:
    """Makes the answers.

    Args:
        store: opens units of work.
        codes: where codes are parked.
        access: makes access tokens.
        ids: makes ID tokens.
        encryption: finds whom ID tokens are encrypted to.
        refresh_keys: looks for keys made by another node, before any transaction is open.
        clock: Unix seconds.
        longest_session: seconds that a session may live: so long a grant tells whom to tell of its end.
    """

    store: Store
    codes: Codes
    access: AccessTokens
    ids: IdTokens
    encryption: Encryption
    refresh_keys: Callable[[], None]
    clock: Clock
    longest_session: int

    def issue(
        self, client: Client, grant: AuthorizationGrant, response_type: str = CODE, state: str | None = None
    ) -> Mapping[str, str] | None:
        """Return the fields of the answer, or None when the grant ended while it was being answered.

        Args:
            client: who asks.
            grant: what the member agreed to.
            response_type: one that the client was granted.
            state: of the request; an ID token vouches for it.

        Raises:
            ShownError: the client was disabled meanwhile.
            ProtocolError: `invalid_target`; `invalid_request` where there is no key to encrypt to.
            Unavailable: nothing was issued.
        """
        parts = frozenset(response_type.split())
        recipient = self.encryption.of_id_tokens(client) if ID_TOKEN in parts else None
        code = self.codes.issue(grant) if CODE in parts else None
        fields = {} if code is None else {"code": code}
        if parts == {CODE}:
            return fields
        self.refresh_keys()
        now = self.clock()

        def work() -> Mapping[str, str]:
            with self.store.begin() if TOKEN in parts else self.store.reading() as unit:
                return self._tokens(unit, client, grant, parts, recipient, code, state, now)

        try:
            tokens = once(work)
        except _Ended:
            return None
        log.info("tokens issued to %s through the browser", client.client_id, extra={"event": "tokens_issued"})
        return {**fields, **tokens}

    def _tokens(
        self,
        unit: Unit,
        client: Client,
        grant: AuthorizationGrant,
        parts: frozenset[str],
        recipient: Recipient | None,
        code: str | None,
        state: str | None,
        now: int,
    ) -> Mapping[str, str]:
        if not enabled(unit, client):
            raise ShownError("client_disabled", client.client_id)
        account = unit.accounts.by_id(grant.account_id)
        if account is None or withdrawn(unit, client, grant, account, writing=TOKEN in parts) is not None:
            raise _Ended
        fields: dict[str, str] = {}
        if TOKEN in parts:
            fields |= self._access_token(unit, client, grant, account, code, now)
        if ID_TOKEN in parts:
            fields["id_token"] = self.ids.issue(
                client,
                grant,
                account,
                access_token=fields.get("access_token"),
                recipient=recipient,
                code=code,
                state=state,
                # Where no access token will ever exist, the ID token alone can tell what the scope opens (Core 5.4).
                scope=grant.scope if parts == {ID_TOKEN} else (),
                now=now,
            )
        return fields

    def _access_token(
        self, unit: Unit, client: Client, grant: AuthorizationGrant, account: Account, code: str | None, now: int
    ) -> dict[str, str]:
        grant_id, code_life = token_hex(16), 0 if code is None else self.codes.lifetime
        unit.grants.insert_early(
            None if code is None else digest(code),
            grant,
            grant_id=grant_id,
            account_epoch=account.epoch,
            redeemable_until=now + code_life,
            expires_at=now + max(code_life, self.longest_session) + self.access.lifetime,
            now=now,
        )
        # After the insert, which waits for a sign-out under way (`idp.services.sign_out`).
        if unit.spent.known(ENDED_SESSION, digest(grant.sid)):
            raise _Ended
        resource = choose_resource(client, grant.resources, ())
        self.access.note_signed(unit, grant_id, resource, now)
        value = self.access.mint(
            client,
            scope=grant.scope,
            resource=resource,
            dpop_jkt=None,
            grant=grant,
            grant_id=grant_id,
            now=now,
        )
        return {
            "access_token": value,
            "token_type": "Bearer",
            "expires_in": str(self.access.lifetime),
            "scope": " ".join(grant.scope),
        }

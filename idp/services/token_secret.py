"""The secret of access tokens: derived from the house's until an emergency of the keys gives them one of their own.

One is in force at a time, stored sealed beside the house's with its number; each emergency puts another one in its
place, in the transaction that drops the keys. At each use of a token the statement that asks whether it is alive asks
for the number too (`idp.store.tokens`), so that what an earlier one sealed is dead at once (decision note 0019).
"""

import secrets
from typing import Final

from idp.services.house_secret import rewrap_secret
from idp.services.token_references import TokenSecret
from idp.store.db import Store
from idp.store.house_secrets import TOKENS, HouseSecrets
from idp.store.session import Session
from keys.house_secret import SECRET_BYTES, HouseSecret
from keys.sealing import Sealer

PURPOSE: Final = b"access tokens"
"""What the house's secret is asked for: number 0."""
CONTEXT: Final = b"access-token-secret"
"""What a sealed one is bound to."""


def open_token_secret(store: Store, sealer: Sealer, house: HouseSecret) -> TokenSecret:
    """Return the secret in force, in one statement.

    Raises:
        SealBroken: it is sealed under a key-encryption key that is not held here.
        Unavailable: the database does not answer.
    """
    with store.reading() as unit:
        stored = unit.house_secrets.numbered(TOKENS)
    if stored is None:
        return TokenSecret(0, house.derive(PURPOSE))
    return TokenSecret(stored.number, sealer.unseal(stored.sealed, CONTEXT))


def replace_token_secret(session: Session, sealer: Sealer) -> int:
    """Put a new secret in the place of the one in force, in the caller's unit; return its number.

    Every access token that was issued before is dead once that unit is committed.
    """
    return HouseSecrets(session).succeed(TOKENS, sealer.seal(secrets.token_bytes(SECRET_BYTES), CONTEXT))


def rewrap_token_secret(store: Store, sealer: Sealer) -> bool:
    """Seal the secret again under the current key-encryption key; return whether that changed anything."""
    return rewrap_secret(store, sealer, TOKENS, CONTEXT)

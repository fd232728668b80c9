"""Letters to print: one row each, the secret sealed until it is on paper."""

import json
from typing import Final

from idp.store.db import Unit
from idp.store.rows import table
from idp.store.tables_members import LetterRow
from idp.upstream_ports import Seal

_LETTERS: Final = table(LetterRow)


def letter_context(letter_id: str) -> bytes:
    """Return the context that a letter's payload is sealed for: no letter opens another's."""
    return b"letter:" + letter_id.encode()


def queue_letter(
    unit: Unit,
    seal: Seal,
    *,
    letter_id: str,
    account_id: str,
    provisional_id: str,
    secret: str,
    now: int,
    provider: str = "",
) -> None:
    """Queue one letter in the unit that makes its provisional password or its code.

    Args:
        unit: the open unit of work.
        seal: the house's sealer.
        letter_id: a new id, 32 characters at most.
        account_id: whom to write to; the postal address is read when the letter is printed.
        provisional_id: the password or code that the letter brings.
        secret: it, as it is to be printed.
        now: Unix seconds.
        provider: for a code, the name of the upstream that the dossier is to be linked to; empty for a password.
    """
    payload = {"secret": secret} | ({"provider": provider} if provider else {})
    sealed = seal.seal(json.dumps(payload).encode(), letter_context(letter_id))
    unit.session.execute(
        _LETTERS.insert().values(
            id=letter_id,
            account_id=account_id,
            provisional_id=provisional_id,
            sealed=sealed,
            created_at=now,
            batch=None,
            printed_at=None,
        )
    )

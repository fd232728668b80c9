"""Reading statements of several threads in one exchange with PostgreSQL, over the connection of the one that goes.

Only statements that find a row by its key come here (`Prepared`, `quick`): none takes long, unless its table is locked,
for which those that were sent with it wait too, and others 50 ms (`together`). What is wrong with one is told to who
asked it; who was not answered for that asks again, alone.

So does everybody where the connection is lost: these are reads without a transaction, which may be made twice. But once
only, and not where it was lost after a wait: a database that is away is not waited for by each of them anew.
"""

import copy
import logging
from collections.abc import Sequence
from time import monotonic
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from idp.store.errors import BUSY_STATES, STALE_STATES

if TYPE_CHECKING:
    from idp.store.session import Session

log = logging.getLogger("idp.store")

PROMPT: Final = 1.0
"""Seconds within which a connection has to be lost for its statements to be asked again."""


class Asked(NamedTuple):
    """A statement's name, its text and its values, and the unit that it belongs to."""

    session: "Session"
    name: bytes
    text: bytes
    values: Sequence[Any]


def go_alone(asked: Asked) -> Any:
    """Run one statement over its unit's own connection and return its result."""
    return asked.session.direct().run(*asked[1:])


def go_for(company: Sequence[Asked]) -> Sequence[Any]:
    """Run the statements of some units over the connection of the first.

    Returns:
        A result each; the error of one that failed; None for one that is to be asked alone.
    """
    first = company[0].session
    way, began = first.direct(), monotonic()
    try:
        found: list[Any] = list(way.several([one[1:] for one in company]))
    except Exception as fault:
        if not way.lost or monotonic() - began > PROMPT:
            raise
        log.warning(
            "a connection to PostgreSQL was lost: what travelled on it is asked again",
            extra={"event": "database_connection_lost", "reads": len(company)},
        )
        first.let_go(fault)
        return [None] * len(company)
    error = next((one for one in found if isinstance(one, Exception)), None)
    state = getattr(error, "sqlstate", None)
    if state in STALE_STATES:
        first.let_go(error)
        return [None if isinstance(one, Exception) else one for one in found]
    if state in BUSY_STATES:
        # What one waited for in vain, another of the same statement would wait for once more.
        vain = {asked.name for asked, one in zip(company, found, strict=True) if one is error}
        return [
            copy.copy(error) if one is None and asked.name in vain else one
            for asked, one in zip(company, found, strict=True)
        ]
    return found

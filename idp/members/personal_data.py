"""The copy of everything that is kept about a member, for the member (GDPR articles 15 and 20)."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, Final

from idp.clock import Clock
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.db import Store
from idp.store.personal_records import PersonalRecords

FORMAT: Final = "carpimko-personal-data/1"
"""Named in the copy, so that a program knows what it reads."""

_MOMENTS: Final = frozenset({"time", "auth_time"})


@dataclass(frozen=True, slots=True)
class LinkedIdentity:
    """An identity from elsewhere that opens the account, or did. Times are Unix seconds; `ended_at` is 0 in force.

    `provider` and `subject` name it (N-064); `method` and `evidence` say why it was believed, in named reasons; `note`
    is what the fund's staff wrote where they decided.
    """

    provider: str
    subject: str
    method: str
    linked_at: int
    ended_at: int = 0
    ended_reason: str = ""
    evidence: Mapping[str, str] | None = None
    note: str = ""


Identities = Callable[[str], Sequence[LinkedIdentity]]
"""Returns the identities that open an account, those of the past too."""


class PersonalData:
    """Puts the copy together.

    Args:
        store: where it is kept.
        identities: what the upstream's side keeps.
        clock: present time.
        trail: told of every copy.
    """

    def __init__(self, store: Store, identities: Identities, clock: Clock, trail: Trail) -> None:
        self._store = store
        self._identities = identities
        self._clock = clock
        self._trail = trail

    def copy(self, account_id: str, network: str) -> bytes:
        """Return the copy as JSON in UTF-8, its times in ISO 8601, UTC. No hash, no key, no secret is in it.

        Raises:
            Unavailable: the store does not answer.
        """
        with self._store.reading() as unit:
            records = PersonalRecords(unit.session).read(account_id)
        identities = [asdict(one) for one in self._identities(account_id)]
        # Told before it is handed over: a copy that is not in the trail must not leave.
        self._trail("personal_data_copied", account_id=account_id, network=network)
        content: dict[str, Any] = {"format": FORMAT, "made_at": self._clock()}
        (account,) = records["account"] or ({},)
        content |= {"account": account, "linked_identities": identities}
        content |= {name: rows for name, rows in records.items() if name != "account"}
        return (json.dumps(_readable(content), ensure_ascii=False, indent=2) + "\n").encode()


def _readable(value: Any, name: str = "") -> Any:
    """Return a value with its moments written out; 0 stands for never, and so does nothing."""
    if isinstance(value, Mapping):
        return {key: _readable(one, str(key)) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_readable(one) for one in value]
    if isinstance(value, int) and not isinstance(value, bool) and (name.endswith("_at") or name in _MOMENTS):
        return datetime.fromtimestamp(value, UTC).isoformat().replace("+00:00", "Z") if value else None
    return value

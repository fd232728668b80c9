"""The history of an account's sign-ins: opened sessions, and the attempts that opened none, newest first."""

import re
from typing import Final, Literal

from idp.clock import Clock
from idp.records import dataclass
from idp.services.devices import coarse
from idp.services.sessions import Session, Sessions
from idp.store.audit import PROOF, AuditEvent
from idp.store.db import Store
from idp.store.sign_ins import StoredSignIn

PAGE: Final = 20
"""Entries on one page."""

LAST_PAGE: Final = 50
"""No page is looked up beyond this one: a thousand entries are more than a member reads."""

_OPENED: Final = re.compile(r"s[0-9a-f]{32}")
_REFUSED: Final = re.compile(r"r[0-9]{1,18}")

Outcome = Literal["live", "over", "ended", "refused"]
"""What became of an entry: lives, ran out, was ended (`reason` says why), opened nothing."""


@dataclass(frozen=True, slots=True)
class Entry:
    """One entry. Times are Unix seconds; empty texts stand for what is not known.

    `id` names it in addresses: `s` and the session's id, or `r` and the number of a refused attempt. `opened` is
    False for an attempt that opened nothing. `reason` is why it ended or was refused, machine-readable.
    """

    id: str
    at: int
    opened: bool
    outcome: Outcome
    reason: str
    provider: str
    acr: str
    amr: tuple[str, ...]
    client_id: str | None
    browser: str
    system: str
    network: str
    ended_at: int | None = None
    here: bool = False
    new_device: bool = False
    disowned: bool = False


@dataclass(frozen=True, slots=True)
class Reader:
    """Whose history is read, the account's present epoch, and the session that reads it, by handle, if one does."""

    account_id: str
    epoch: int
    handle: str = ""


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """One page of entries, and whether there are older ones."""

    entries: tuple[Entry, ...]
    number: int
    older: bool


class SignInHistory:
    """Reads the history of one account.

    Args:
        store: opened sessions and the audit trail.
        sessions: which of them live.
        clock: present time.
        kept: seconds that the history goes back.
        longest: seconds after which no session lives, whatever its use.
    """

    def __init__(self, store: Store, sessions: Sessions, clock: Clock, *, kept: int, longest: int) -> None:
        self._store = store
        self._sessions = sessions
        self._clock = clock
        self._kept = kept
        self._longest = longest

    def page(self, here: Session, number: int) -> HistoryPage:
        """Return a page of the member's history, from 1; beyond the last one there are no entries.

        Raises:
            Unavailable: the database does not answer.
            KeyValueUnavailable: nobody can say which sessions live.
        """
        return self.of(Reader(here.account_id, here.epoch, here.handle), number)

    def of(self, reader: Reader, number: int) -> HistoryPage:
        """Return a page of an account's history to whoever reads it, as `page`."""
        number = min(max(number, 1), LAST_PAGE)
        since, wanted = self._clock() - self._kept, number * PAGE + 1
        with self._store.reading() as unit:
            opened = unit.sign_ins.latest(reader.account_id, since, wanted)
            refused = unit.audit.refused_sign_ins(reader.account_id, since, wanted)
        entries: list[tuple[int, StoredSignIn | tuple[int, AuditEvent]]] = []
        entries += ((one.started_at, one) for one in opened)
        entries += ((event.time, (number_of, event)) for number_of, event in refused)
        entries.sort(key=lambda pair: -pair[0])
        found = [what for _, what in entries][(number - 1) * PAGE : wanted]
        shown = tuple(self._entry(one, reader) for one in found[:PAGE])
        return HistoryPage(shown, number, older=len(found) > PAGE and number < LAST_PAGE)

    def entry(self, here: Session, entry_id: str) -> Entry | None:
        """Return one entry of the member's own history, by its id; None for another's or none."""
        since = self._clock() - self._kept
        with self._store.reading() as unit:
            if _OPENED.fullmatch(entry_id):
                reader = Reader(here.account_id, here.epoch, here.handle)
                found = unit.sign_ins.of_account(here.account_id, entry_id[1:])
                return None if found is None or found.started_at < since else self._opened(found, reader)
            if not _REFUSED.fullmatch(entry_id):
                return None
            event = unit.audit.refused_sign_in(here.account_id, int(entry_id[1:]))
        return None if event is None or event.time < since else _refused(int(entry_id[1:]), event)

    def _entry(self, found: StoredSignIn | tuple[int, AuditEvent], reader: Reader) -> Entry:
        return self._opened(found, reader) if isinstance(found, StoredSignIn) else _refused(*found)

    def _opened(self, one: StoredSignIn, reader: Reader) -> Entry:
        outcome: Outcome = "ended"
        if one.ended_at is None:
            outcome = "live" if self._lives(one, reader) else "over"
        return Entry(
            id=f"s{one.id}",
            at=one.started_at,
            opened=True,
            outcome=outcome,
            reason=one.ended_reason or "",
            provider=one.provider,
            acr=one.acr,
            amr=one.amr,
            client_id=one.client_id,
            browser=one.browser,
            system=one.system,
            network=one.network,
            ended_at=one.ended_at,
            here=one.handle == reader.handle,
            new_device=one.notice is not None,
            disowned=one.disowned_at is not None,
        )

    def _lives(self, one: StoredSignIn, reader: Reader) -> bool:
        if self._clock() - one.started_at >= self._longest:
            return False
        session = self._sessions.find(one.handle)
        return session is not None and session.account_id == one.account_id and session.epoch == reader.epoch


def _refused(number: int, event: AuditEvent) -> Entry:
    if event.event == PROOF:
        # What proves a dossier was right, and the upstream's identity somebody else's.
        reason = f"proof_{event.details.get('reason', '')}"
        provider = str(event.details.get("provider", "franceconnect"))
    else:
        reason, provider = event.outcome, str(event.details.get("method", "password"))
    return Entry(
        id=f"r{number}",
        at=event.time,
        opened=False,
        outcome="refused",
        reason=reason,
        provider=provider,
        acr="",
        amr=(),
        client_id=event.client_id,
        browser="",
        system="",
        network=coarse(event.network or ""),
    )

"""Upstreams that an operator has switched off: in SQL, so that every node sees it and nothing evicts it."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import delete, select

from idp.store.rows import changed, table
from idp.store.session import Session
from idp.store.tables import UpstreamPauseRow
from idp.upstream import Outage

PAUSES: Final = table(UpstreamPauseRow)


class UpstreamPauses:
    """The pauses by upstream, in one unit of work; one past its time stands here until it is replaced."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def all(self) -> dict[str, Outage]:
        """Return every pause by its upstream's name."""
        rows = self._session.execute(select(PAUSES)).all()
        return {row.provider: Outage(row.since, paused=True, until=row.until, words=row.words) for row in rows}

    def put(self, provider: str, since: int, until: int | None, words: Mapping[str, str]) -> None:
        """Pause an upstream; an earlier pause is replaced, atomically."""
        self.delete(provider)
        values = {"provider": provider, "since": since, "until": until, "words": dict(words)}
        self._session.execute(PAUSES.insert().values(**values))

    def delete(self, provider: str) -> bool:
        """End a pause; return whether there was one."""
        return changed(self._session, delete(PAUSES).where(PAUSES.c.provider == provider)) == 1

"""A provider with something to administer: FranceConnect, two dossiers that look alike, and a case that waits."""

from pathlib import Path
from typing import Any, cast

from federation.franceconnect_upstream import FranceConnectUpstream
from federation.linking import Candidate
from federation.pivot import compare
from idp.members.dossiers import Dossier
from idp.store.audit import AuditFilter, RecordedEvent
from idp.upstream import CivilStatus
from tests.support.provider import Provider, copied_provider

ANGELA = CivilStatus("DUBOIS", ("Angela",), "1962-08-24", "female", "75107", "99100")
FIRST, SECOND = "2345678", "8765432"
"""Numbers of the two dossiers that are alike."""


def administered(folder: Path, kind: str = "sqlite", **sections: Any) -> Provider:
    """Return a provider that offers FranceConnect."""
    secret = folder / "franceconnect-secret"
    folder.mkdir(exist_ok=True)
    secret.write_text("s" * 64, encoding="utf-8")
    own = {"enabled": True, "client_id": "c" * 64, "client_secret_file": secret}
    made = copied_provider(folder, kind, franceconnect=own, **sections)
    for number in (FIRST, SECOND):
        made.application.dossiers.upsert(Dossier(number, "affilie", "active", ANGELA, None, None, None, {}), None)
    return made


def waiting(provider: Provider, sub: str = "sub-1") -> str:
    """Let a person come whose dossier nobody can tell; return the case."""
    upstream = cast("FranceConnectUpstream", provider.application.edge.upstreams["franceconnect"])
    born = upstream.ports.accounts.born_on([ANGELA.birthdate])
    alike = [Candidate(one, compare(ANGELA, one.civil)) for one in born if one.dossier in {FIRST, SECOND}]
    before = {one.id for one in upstream.desk.queue()}
    upstream.desk.file(sub, ANGELA, alike, "several_alike")
    (opened,) = [one.id for one in upstream.desk.queue() if one.id not in before]
    return opened


def recorded(provider: Provider, event: str = "") -> list[RecordedEvent]:
    """Return what the audit has, oldest first."""
    with provider.application.store.reading() as unit:
        return list(reversed(unit.audit.matching(AuditFilter(event=event), None, 1000)))

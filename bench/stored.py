"""What members leave behind: octets in PostgreSQL and Redis by sign-in, and by dossier."""

import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Final

import redis
from sqlalchemy import Engine

from tests.support.cast import MEMBER, PASSWORD
from tests.support.provider import copied_provider, running
from tests.support.relying_party import RelyingParty
from tests.support.servers import redis_url

DOSSIERS: Final = 400
SIGN_INS: Final = 400


def stored() -> dict[str, float]:
    """Measure: sign-ins by password on a new device, a code redeemed, an offline token refreshed once."""
    url = redis_url()
    with (
        tempfile.TemporaryDirectory() as folder,
        running(copied_provider(Path(folder), "postgresql", cache={"redis_url": url})) as provider,
    ):
        house, memory = provider.application, redis.Redis.from_url(url)
        numbers = [f"{3_000_000 + number}" for number in range(DOSSIERS)]

        def import_dossiers() -> None:
            for number in numbers:
                house.dossiers.upsert(replace(MEMBER, dossier=number, email=f"member{number}@example.org"), PASSWORD)

        def sign_in() -> None:
            for number in numbers[:SIGN_INS]:
                browser, party = provider.browser(), RelyingParty(provider)
                page = browser.get(party.authorize_url(scope="openid profile email offline_access"))
                issued = party.tokens(browser.sign_in(page, number))
                party.refresh(issued["refresh_token"])

        dossiers = _grown(house.engine, import_dossiers)
        before = int(memory.info("memory")["used_memory"])
        sign_ins = _grown(house.engine, sign_in)
        after = int(memory.info("memory")["used_memory"])
        memory.close()
    return {
        "dossier_bytes": round(dossiers / DOSSIERS),
        "sign_in_bytes": round(sign_ins / SIGN_INS),
        "session_bytes": round((after - before) / SIGN_INS),
    }


def _grown(engine: Engine, work: Callable[[], None]) -> int:
    before = _size(engine)
    work()
    return _size(engine) - before


def _size(engine: Engine) -> int:
    with engine.connect() as connection:
        found = connection.exec_driver_sql(
            "SELECT sum(pg_total_relation_size(oid)) FROM pg_class"
            " WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace"
        )
        return int(found.scalar_one())

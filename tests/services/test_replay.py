"""Single use across all nodes (N-034, V-18)."""

from concurrent.futures import ThreadPoolExecutor

from idp.services.replay import ASSERTION, DPOP, Replay
from tests.support.stores import open_store


def test_one_winner_on_either_database(migrated_database_url: str) -> None:
    """Of twenty at once exactly one; owners and purposes do not meet."""
    store = open_store(migrated_database_url)
    replay = Replay(store)
    with ThreadPoolExecutor(20) as pool:
        results = list(pool.map(lambda _: replay.first_use(ASSERTION, "c", "jti", 100), range(20)))
    assert [True] == [won for won in results if won]
    assert replay.first_use(ASSERTION, "d", "jti", 100)
    assert replay.first_use(DPOP, "c", "jti", 100)
    store.engine.dispose()

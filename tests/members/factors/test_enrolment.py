"""Second factors of an account that change at the same moment."""

import threading
from pathlib import Path

from idp.store.authenticators import TOTP, Authenticator
from tests.support.cast import MEMBER
from tests.support.provider import copied_provider, running


def test_of_two_removed_at_once_one_stays(tmp_path: Path) -> None:
    """Who must keep one keeps one: the second removal waits for the first on PostgreSQL, and is counted behind it."""
    with running(copied_provider(tmp_path, "postgresql")) as provider:
        house = provider.application
        with house.store.begin() as unit:
            account = unit.accounts.by_dossier(MEMBER.dossier)
            assert account is not None
            for name in "ab":
                unit.authenticators.add(
                    Authenticator(
                        id=name * 32,
                        account_id=account.id,
                        kind=TOTP,
                        label=name,
                        created_at=1,
                        sealed=b"x",
                        last_step=1,
                    )
                )
        removed: list[bool] = []

        def other() -> None:
            removed.append(house.factors.enrolment.remove(account.id, "b" * 32, "", keep_one=True))

        thread = threading.Thread(target=other)
        with house.store.begin() as unit:
            unit.accounts.lock(account.id)
            unit.authenticators.remove(account.id, "a" * 32)
            thread.start()
            thread.join(0.5)
        thread.join()
        assert [False] == removed
        with house.store.reading() as unit:
            assert ["b"] == [one.label for one in unit.authenticators.of(account.id)]

"""Processes that are killed in the middle of what they do."""

import pytest

from tests.faults.conftest import Case

POINTS = ("after_spend", "before_commit", "after_commit", "before_response")


@pytest.mark.case("R-02", "kill -9 at each point of the code exchange")
def test_killed_in_the_code_exchange(case: Case) -> None:
    """Before the commit the code is good still; after it, it is spent, and asking again ends what nobody received."""
    rounds, waits = case.rounds(1, 25), []
    for number in range(rounds * len(POINTS)):
        point = POINTS[number % len(POINTS)]
        person = case.person(number)
        code = person.code(scope="openid offline_access")
        case.house.crash_at(f"code-exchange.{point}")
        assert 0 == person.application.redeem(code, person.dossier).status
        assert case.house.crashed(f"code-exchange.{point}")
        waits.append(case.house.recover())
        again = person.application.redeem(code, person.dossier)
        committed = point in ("after_commit", "before_response")
        assert (400 if committed else 200) == again.status, again.body
        silent = person.silent_code()
        assert silent is not None
        assert 200 == person.application.redeem(silent, person.dossier).status
        person.leave()
    case.tell(rounds=rounds * len(POINTS), longest_wait=f"{max(waits):.1f} s")

"""What may be used once, by many at the same moment."""

from functools import partial

import pytest

from tests.faults.conftest import Case
from tests.support.harness.people import Answer, Person, at_once, statuses

BOTH = pytest.mark.parametrize("house", ["postgresql", "sqlite"], indirect=True)


def _redeem(person: Person, code: str, _number: int) -> Answer:
    return person.application.redeem(code, person.dossier)


@BOTH
@pytest.mark.case("R-01", "many clients redeem one code at the same time")
def test_one_code_many_clients(case: Case) -> None:
    """One gets tokens, the others `invalid_grant`; they were replays, and so the winner's tokens are revoked."""
    codes, clients = case.rounds(4, 200), case.rounds(12, 50)
    person = case.person()
    winners = 0
    for _ in range(codes):
        code = person.code()
        answers = at_once(clients, partial(_redeem, person, code))
        assert [200] + [400] * (clients - 1) == statuses(answers)
        assert {"invalid_grant"} == {one.body["error"] for one in answers if one.status == 400}
        (winner,) = (one for one in answers if one.status == 200)
        assert 401 == person.application.userinfo(winner.body["access_token"], person.dossier).status
        winners += 1
    case.tell(codes=codes, clients=clients, winners=winners)

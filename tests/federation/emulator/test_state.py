"""The memory: each verb is atomic, and what is over stays over."""

import threading
from collections import Counter
from dataclasses import replace

from federation.emulator.config import EmulatorConfig
from federation.emulator.errors import JsonError
from federation.emulator.providers import PROVIDERS
from federation.emulator.state import Grant, State
from tests.federation.emulator.partner import CALLBACK, FUND, Now


def grant(config: EmulatorConfig) -> Grant:
    """Return a grant for the fund."""
    return Grant(
        client=FUND,
        redirect_uri=CALLBACK,
        scopes=("openid",),
        nonce="9" * 64,
        persona=config.personas[0],
        provider=PROVIDERS[0],
        auth_time=config.clock(),
        wants_amr=False,
    )


def test_a_code_is_redeemed_once_among_threads(config: EmulatorConfig, now: Now) -> None:
    """Twenty threads at once: one gets the token, and the others have killed it."""
    state = State(now)
    code = state.issue_code(grant(config))
    outcomes: Counter[str] = Counter()
    won: list[str] = []

    def redeem() -> None:
        try:
            won.append(state.redeem(code, FUND.client_id, CALLBACK).value)
        except JsonError as error:
            outcomes[error.code] += 1

    threads = [threading.Thread(target=redeem) for _ in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert 1 == len(won)
    assert {"Y0416228": 19} == outcomes
    assert state.access_token(won[0]) is None


def test_an_ended_session_is_not_brought_back_by_a_late_save(now: Now) -> None:
    """A page that was still at work when the person logged out does not reopen the session."""
    state = State(now)
    session = state.new_session()
    state.end_session(session.sid)
    state.save(replace(session, choosing=PROVIDERS[0]))
    assert state.session(session.sid) is None


def test_what_is_over_is_forgotten(config: EmulatorConfig, now: Now) -> None:
    """Old sessions, codes and tokens leave the memory when a new session opens."""
    state = State(now)
    state.new_session()
    state.redeem(state.issue_code(grant(config)), FUND.client_id, CALLBACK)
    now.time += 1800
    fresh = state.new_session()
    assert [fresh.sid] == list(state._sessions)
    assert ({}, {}) == (state._codes, state._tokens)

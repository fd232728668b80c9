"""The circuit breaker."""

from federation.breaker import BreakerPolicy, CircuitBreaker
from tests.support.stores import Clock

POLICY = BreakerPolicy(window=60, minimum=4, share=0.5, open_for=30)


def state_of(breaker: CircuitBreaker) -> str:
    """Return the state as it is at this moment."""
    return breaker.state


def broken(clock: Clock) -> CircuitBreaker:
    """Return a breaker that has just opened."""
    breaker = CircuitBreaker(clock, POLICY)
    for _ in range(4):
        breaker.failure()
    return breaker


def test_opens_by_share() -> None:
    """It opens when half of at least four calls failed, not before."""
    breaker = CircuitBreaker(Clock(), POLICY)
    breaker.success()
    breaker.success()
    breaker.failure()
    assert "closed" == state_of(breaker)
    breaker.failure()
    assert "open" == state_of(breaker)


def test_old_failures_are_forgotten() -> None:
    """Failures outside the window do not count."""
    clock = Clock()
    breaker = CircuitBreaker(clock, POLICY)
    for _ in range(3):
        breaker.failure()
    clock.forward(60)
    breaker.failure()
    assert "closed" == state_of(breaker)


def test_one_probe_at_a_time() -> None:
    """Half open, one attempt passes; the next waits for its result or for a while."""
    clock = Clock()
    breaker = broken(clock)
    assert not breaker.allow()
    clock.forward(30)
    assert [True, False] == [breaker.allow(), breaker.allow()]
    clock.forward(30)
    assert breaker.allow()


def test_probe_decides() -> None:
    """A probe that succeeds closes, one that fails opens again for the whole time."""
    clock = Clock()
    breaker = broken(clock)
    clock.forward(30)
    breaker.failure()
    assert "open" == state_of(breaker)
    clock.forward(30)
    breaker.success()
    assert "closed" == state_of(breaker)
    breaker.failure()
    assert "closed" == state_of(breaker)


def test_asking_changes_nothing() -> None:
    """Whether the button is shown does not use up the probe."""
    clock = Clock()
    breaker = broken(clock)
    clock.forward(30)
    assert [True, True, True] == [breaker.open_since() is None, breaker.open_since() is None, breaker.allow()]


def test_it_tells_since_when_nothing_worked() -> None:
    """From the first failure after the last success, whatever probes failed since; nothing while it is shown."""
    clock = Clock()
    breaker = CircuitBreaker(clock, POLICY)
    breaker.failure()
    breaker.success()
    clock.forward(10)
    began = clock()
    for _ in range(3):
        breaker.failure()
        clock.forward(1)
    assert began == breaker.open_since()
    clock.forward(30)
    assert breaker.open_since() is None
    breaker.failure()
    assert began == breaker.open_since()
    clock.forward(30)
    breaker.success()
    assert breaker.open_since() is None

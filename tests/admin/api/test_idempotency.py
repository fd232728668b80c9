"""Keys of idempotency, over a key-value store that may fail."""

import pytest

from idp.admin.api.idempotency import KEPT, UNDER_WAY, Once
from idp.admin.api.problems import Problem
from idp.protocol.messages import Parameters, Reply, Request
from idp.upstream_ports import KeyValueUnavailable
from tests.support.ports import MemoryKeyValue, MemorySeal
from tests.support.stores import Clock

SECRET = b'{"url":"https://id.example.org/administration/invitation/secret"}'


class World:
    """Counts how often the request was done."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.kv = MemoryKeyValue(self.clock)
        self.once = Once(self.kv, MemorySeal())
        self.done = 0
        self.fault: Exception | None = None

    def do(self) -> Reply:
        """Do it."""
        self.done += 1
        if self.fault is not None:
            raise self.fault
        return Reply(201, (("Content-Type", "application/json"),), SECRET)

    def send(self, key: str | None = "key-00001", body: bytes = b"{}", path: str = "/p", query: str = "") -> Reply:
        """Send the request of a client."""
        headers = {} if key is None else {"idempotency-key": key}
        request = Request("POST", path, Parameters.parse(query), headers=headers, body=body)
        return self.once.answer(request, "robot", self.do)


@pytest.fixture
def world() -> World:
    """A store without keys."""
    return World()


def refused(world: World, **changes: str | bytes) -> str:
    """Return why a request is not done."""
    with pytest.raises(Problem) as caught:
        world.send(**changes)  # type: ignore[arg-type] # each test names what it changes
    return caught.value.kind.name


def test_done_once_and_answered_alike(world: World) -> None:
    """The second time nothing is done; the answer is the first, and says so."""
    first, second = world.send(), world.send()
    assert (1, first.status, first.body) == (world.done, second.status, second.body)
    assert (("Idempotent-Replayed", "true"),) == second.headers[1:]


def test_without_a_key_each_is_done(world: World) -> None:
    """Who sends no key takes care alone."""
    world.send(None)
    world.send(None)
    assert 2 == world.done


@pytest.mark.parametrize("change", [{"body": b"[]"}, {"path": "/q"}, {"query": "a=1"}])
def test_a_key_is_one_requests(world: World, change: dict[str, str | bytes]) -> None:
    """Another body, path or query with the same key is refused."""
    world.send()
    assert ("key-reused", 1) == (refused(world, **change), world.done)


@pytest.mark.parametrize("key", ["", "short", "x" * 129, "white space", "é" * 9])
def test_what_is_no_key(world: World, key: str) -> None:
    """Refused, not ignored: the caller believes to be safe."""
    assert ("invalid-value", 0) == (refused(world, key=key), world.done)


def test_the_answer_is_kept_sealed_for_a_day(world: World) -> None:
    """An invitation's link is not to be read in the store, and a day later the key is free."""
    world.send()
    assert b"secret" not in world.kv.dump()
    world.clock.forward(KEPT - 1)
    world.send()
    assert 1 == world.done
    world.clock.forward(2)
    world.send()
    assert 2 == world.done


def test_a_fault_is_forgotten(world: World) -> None:
    """What broke may be tried again with the same key."""
    world.fault = RuntimeError("broken")
    with pytest.raises(RuntimeError):
        world.send()
    world.fault = None
    assert 201 == world.send().status


def test_under_way(world: World) -> None:
    """While the first is being answered the second is told to come again; never for longer than a minute."""
    told = []
    plain = world.do

    def slow() -> Reply:
        told.append(refused(world))
        return plain()

    world.do = slow  # type: ignore[method-assign] # the request meets itself
    world.send()
    assert (["in-progress"], 1) == (told, world.done)
    assert UNDER_WAY < KEPT


def test_without_a_store_nothing_is_done(world: World) -> None:
    """Whether it was done before cannot be known."""
    world.kv.down = True
    with pytest.raises(KeyValueUnavailable):
        world.send()
    assert 0 == world.done


def test_a_store_that_goes_meanwhile_loses_no_answer(world: World) -> None:
    """What is done is answered: a secret that only this answer shows is not lost with the store."""
    plain = world.do

    def last() -> Reply:
        world.kv.down = True
        return plain()

    world.do = last  # type: ignore[method-assign] # the store goes while the request is being done
    answer = world.send()
    assert (201, SECRET, 1) == (answer.status, answer.body, world.done)

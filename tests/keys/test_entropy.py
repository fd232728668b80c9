"""Random values that are drawn many at a time: each is given out once, to one thread, in one process."""

import os
from concurrent.futures import ThreadPoolExecutor

import pytest

from keys import entropy


@pytest.mark.parametrize("count", [1, 12, 16, 32, entropy.MOST, entropy.MOST + 1, 64])
def test_values_have_the_length_asked_for(count: int) -> None:
    """However it is written."""
    assert len(entropy.token_bytes(count)) == count
    assert len(bytes.fromhex(entropy.token_hex(count))) == count
    text = entropy.token_urlsafe(count)
    assert len(text) == -(-count * 8 // 6)
    assert set(text) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_no_value_comes_twice_whatever_the_threads() -> None:
    """What one draws for the others is shared out once."""
    with ThreadPoolExecutor(8) as pool:
        drawn = [
            value
            for some in pool.map(lambda _: [entropy.token_bytes(16) for _ in range(2000)], range(8))
            for value in some
        ]
    assert len(set(drawn)) == len(drawn)


def test_a_forked_process_draws_its_own() -> None:
    """It has a copy of what was not given out yet, and must not use it."""
    entropy.token_bytes(16)
    mine, theirs = os.pipe()
    child = os.fork()
    if not child:
        os.write(theirs, b"".join(entropy.token_bytes(16) for _ in range(20)))
        os._exit(0)
    os.waitpid(child, 0)
    drawn = os.read(mine, 320)
    os.close(mine)
    os.close(theirs)
    of_child = {drawn[at : at + 16] for at in range(0, 320, 16)}
    assert len(of_child) == 20
    assert of_child.isdisjoint({entropy.token_bytes(16) for _ in range(200)})

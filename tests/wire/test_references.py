"""References of requests."""

import os
import re

from idp.wire.references import reference


def test_references_are_hexadecimal_and_differ() -> None:
    """More of them than are made at once."""
    made = [reference() for _ in range(1000)]
    assert 1000 == len(set(made))
    assert all(re.fullmatch(r"[0-9a-f]{16}", one) for one in made)


def test_a_process_that_was_forked_makes_its_own() -> None:
    """What its parent had ready is its parent's."""
    reference()
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        os.write(writer, reference().encode())
        os._exit(0)
    os.waitpid(child, 0)
    theirs = os.read(reader, 16).decode()
    os.close(reader)
    os.close(writer)
    assert theirs not in {reference() for _ in range(300)}

"""The clock of the house: time comes in as an argument, so that a test can say what time it is."""

import time
from collections.abc import Callable

Clock = Callable[[], int]
"""A function that returns the present time in Unix seconds."""


def system_clock() -> int:
    """Return the machine's time in whole Unix seconds."""
    return int(time.time())

"""Which dossier numbers a file has had, in memory that does not grow with the file."""

import mmap
from collections.abc import Set as AbstractSet
from typing import Final

_BYTES: Final = {7: 10**7 // 8, 9: 10**9 // 8}


class NumbersSeen:
    """One bit for each number there can be.

    1.25 MB for the numbers of 7 digits, 125 MB for those of 9; the machine gives a page of it only when it is first
    written to, and numbers that follow one another share their pages.
    """

    def __init__(self) -> None:
        self._bits = {digits: mmap.mmap(-1, size) for digits, size in _BYTES.items()}
        self._repeated: set[str] = set()

    @property
    def repeated(self) -> AbstractSet[str]:
        """The numbers that came more than once."""
        return self._repeated

    def add(self, number: str) -> bool:
        """Remember a number of 7 or 9 digits; return whether it is new."""
        bits = self._bits[len(number)]
        place, bit = divmod(int(number), 8)
        if bits[place] & (1 << bit):
            self._repeated.add(number)
            return False
        bits[place] |= 1 << bit
        return True

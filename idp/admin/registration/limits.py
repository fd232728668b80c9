"""How much of an application at once: what acts refuse, and what doors say before they ask."""

from typing import Final

LONGEST_OVERLAP: Final = 90 * 86400
"""Seconds for which the older secret may work beside the new one."""

VERSIONS: Final = 100
"""Versions of one page at most."""

"""The names of members as the desk looks for them: without accents, capitals, blanks and hyphens, from any word on.

`LE GALL-DUBOIS` stands there as `legalldubois`, `galldubois` and `dubois`, so that the beginning of any of its words
finds it. Written with every account, in the same unit, by whoever writes accounts.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from string import ascii_lowercase
from typing import Any, Final

from sqlalchemy import Select, delete, select

from idp.store.rows import table
from idp.store.session import Session
from idp.store.tables_members import MemberNameRow

NAMES: Final = table(MemberNameRow)

LONGEST: Final = 64
"""Letters of a name that count."""
_WORDS: Final = 8
_CHUNK: Final = 500
_BEHIND: Final = "{"
"""The character behind `z`: what begins with a prefix is below the prefix and this."""
_SPREAD: Final = {
    "œ": "oe",
    "æ": "ae",
    "ø": "o",
    "ł": "l",
    "đ": "d",
    "ð": "d",
    "þ": "th",
    "ı": "i",
    "ħ": "h",
    "ŧ": "t",
    "ŋ": "n",
    "ĸ": "k",
}
_APART: Final = str.maketrans(_SPREAD)
"""Letters that Unicode does not take apart."""


def folded(name: str) -> str:
    """Return a name as it is looked for: its letters from a to z, and nothing between them."""
    return "".join(_words(name))[:LONGEST]


def beginnings(*names: str) -> set[str]:
    """Return what stands for some names: each of them, from each of its words on."""
    found = set()
    for words in map(_words, names):
        found |= {"".join(words[first:])[:LONGEST] for first in range(len(words[:_WORDS]))}
    return found


class MemberNames:
    """The names, in one unit of work."""

    def __init__(self, session: Session) -> None:
        self._session = session

    def replace(self, accounts: Iterable[Mapping[str, Any]], *, new: bool = False) -> None:
        """Write the names of accounts in place of those they had.

        Args:
            accounts: rows with `id`, `birth_name` and `usage_name`.
            new: they are new, so that there is nothing to replace.
        """
        known = {row["id"]: beginnings(row["birth_name"], row.get("usage_name") or "") for row in accounts}
        ids = [] if new else list(known)
        for start in range(0, len(ids), _CHUNK):
            self._session.execute(delete(NAMES).where(NAMES.c.account_id.in_(ids[start : start + _CHUNK])))
        rows = [{"name": name, "account_id": key} for key, names in known.items() for name in sorted(names)]
        if rows:
            self._session.execute(NAMES.insert(), rows)


def beginning_with(prefix: str) -> Select[tuple[str]]:
    """Return the query of the accounts of which a name, from any word on, begins with a folded prefix."""
    # A range rather than LIKE: an index serves it, and nothing needs escaping.
    return select(NAMES.c.account_id).where(NAMES.c.name >= prefix, NAMES.c.name < prefix + _BEHIND)


def _words(name: str) -> list[str]:
    spread = unicodedata.normalize("NFKD", name.casefold().translate(_APART))
    letters = (one for one in spread if not unicodedata.combining(one))
    return "".join(one if one in ascii_lowercase else " " for one in letters).split()

"""The postal address as French post wants it on an envelope: six lines of 38 characters, the last in capitals.

Source: NF Z 10-011 (La Poste, « La norme postale »): from the particular to the general, flush left, no punctuation
in the line of the locality.
"""

import textwrap
import unicodedata
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

from idp.store.accounts import Account

LINES: Final = 6
WIDTH: Final = 38
_FRANCE: Final = {"", "FR", "FRA", "FRANCE"}


def printable(text: str) -> str:
    """Return a text with only what the letter's fonts hold (Windows-1252): accents stay, others lose theirs."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    if text.isascii() and text.isprintable():
        return text
    return "".join(_printable(character) for character in text)


def postal_lines(account: Account) -> tuple[str, ...] | None:
    """Return the lines of a member's address, the name first; None when a letter would not arrive.

    That is when the street or the locality is missing, or when six lines do not hold it.
    """
    where = _where(account.address or {})
    name = _wrapped(_name(account).upper())
    if not name or where is None or len(name) + len(where) > LINES:
        return None
    return (*name, *where)


def street_lines(account: Account) -> tuple[str, ...]:
    """Return what is on file as lines to read, without the name; empty for nothing, a whole address or not."""
    address = account.address or {}
    street = [" ".join(line.split()) for line in str(address.get("street_address") or "").splitlines()]
    town = " ".join(f"{address.get('postal_code') or ''} {address.get('locality') or ''}".split())
    country = str(address.get("country") or "")
    return tuple(filter(None, (*street, town, "" if country.upper() in _FRANCE else country)))


def _where(address: Mapping[str, Any]) -> tuple[str, ...] | None:
    country = _part(address, "country").upper()
    abroad = country not in _FRANCE
    street = [line for part in str(address.get("street_address") or "").splitlines() for line in _wrapped(part)]
    town = " ".join(f"{_part(address, 'postal_code')} {_part(address, 'locality')}".split())
    if not street or not _part(address, "locality") or not (abroad or _part(address, "postal_code")):
        return None
    last = _wrapped(_unpunctuated(town).upper())
    return (*street, *last, *(_wrapped(country) if abroad else ()))


def _name(account: Account) -> str:
    first = account.given_names[0] if account.given_names else ""
    return printable(f"{first} {account.usage_name or account.birth_name}")


def _part(address: Mapping[str, Any], name: str) -> str:
    return printable(str(address.get(name) or ""))


def _unpunctuated(text: str) -> str:
    return " ".join("".join(" " if character in ",;.:" else character for character in text).split())


def _wrapped(text: str) -> list[str]:
    return textwrap.wrap(printable(text), WIDTH)


@lru_cache(1024)
def _printable(character: str) -> str:
    if unicodedata.category(character).startswith("C"):
        return ""
    for candidate in (character, unicodedata.normalize("NFKD", character)):
        kept = candidate.encode("cp1252", "ignore").decode("cp1252")
        if kept:
            return kept
    return _LETTERS.get(character, "?")


_LETTERS: Final = {"ł": "l", "Ł": "L", "đ": "d", "Đ": "D", "ı": "i", "ħ": "h", "Ħ": "H"}
"""Letters that Unicode does not take apart."""

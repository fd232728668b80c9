"""How an address that was refused differs from the one that is registered: what its developer must see to mend it.

Pure. Nothing of a request is repeated but what names a place: no query, no fragment, no user information, and of the
path only words that could be a route. A stranger may have written the address, so its length and its signs are bounded.
"""

import re
from collections.abc import Iterable
from enum import StrEnum
from typing import Final
from urllib.parse import SplitResult, unquote, urlsplit

from idp.records import dataclass

LONGEST: Final = 200
_WORD: Final = re.compile(r"[A-Za-z0-9._~+-]{1,32}")
_ENCODED: Final = re.compile(r"[A-Za-z0-9._~+%-]{1,96}")
"""The same words, written otherwise: shown only where they are known to be those of a registered address."""
_NUMBER: Final = re.compile(r"[0-9]{5,}|[0-9a-fA-F-]{16,}")
"""What may be somebody's: a long number, a digest, a UUID."""
_DRAWN: Final = re.compile(r"eyJ.*|(?=.*[0-9])(?=.*[a-z])(?=.*[A-Z]).{16,}")
"""What may be a token or a code: a JWT, or a long word of small letters, capitals and digits."""
_PLACE: Final = re.compile(r"[A-Za-z0-9._~:\[\]-]{1,253}")
_LOCAL: Final = frozenset({"localhost", "127.0.0.1", "::1"})
_USUAL: Final = {"http": 80, "https": 443}


class Difference(StrEnum):
    """In what an address differs from a registered one; `OTHER`: in too much for a slip."""

    TRAILING_SLASH = "trailing_slash"
    SCHEME = "scheme"
    WWW = "www"
    LOCAL_NAME = "local_name"
    PORT = "port"
    CASE = "case"
    QUERY = "query"
    FRAGMENT = "fragment"
    ENCODING = "encoding"
    USER_INFORMATION = "user_information"
    STAR = "star"
    PATH = "path"
    HOST = "host"
    NONE_REGISTERED = "none_registered"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class NearMiss:
    """The nearest registered address, empty where none is near, and the one sent, both as they may be shown."""

    difference: Difference
    sent: str
    registered: str = ""


def near_miss(sent: str, registered: Iterable[str]) -> NearMiss:
    """Return how an address that is none of the registered ones differs from the nearest of them."""
    uris = tuple(registered)
    if not uris:
        return NearMiss(Difference.NONE_REGISTERED, _stranger(sent))
    found = [(difference, uri) for uri in uris if (difference := _difference(sent, uri)) is not Difference.OTHER]
    found += [(Difference.STAR, uri) for uri in uris if _starred(sent, uri)]
    if not found:
        return NearMiss(Difference.OTHER, _stranger(sent))
    order = list(Difference)
    difference, uri = min(found, key=lambda one: order.index(one[0]))
    words = _ENCODED if difference is Difference.ENCODING else _WORD
    return NearMiss(difference, shown(sent, words), shown(uri, words))


def shown(uri: str, words: re.Pattern[str] = _WORD) -> str:
    """Return an address as it may be kept and shown: where it leads, and nothing that it carries.

    Args:
        uri: the address.
        words: what a segment of its path may be; any other is left out.
    """
    parts = _split(uri)
    if parts is None or not parts.scheme:
        return "…"
    path = "/".join(_segment(one, words) for one in parts.path.split("/"))
    query = "?…" if "?" in uri.partition("#")[0] else ""
    return f"{_origin(parts)}{path}{query}{'#…' if '#' in uri else ''}"[:LONGEST]


def _stranger(uri: str) -> str:
    """Return what is shown of an address that is near none: its place alone, so that nobody can write to us in it."""
    parts = _split(uri)
    return "…" if parts is None or not parts.scheme else f"{_origin(parts)}/…"[:LONGEST]


def _difference(sent: str, registered: str) -> Difference:
    """Return the first way in which two addresses differ, `OTHER` where they differ in more than two."""
    one, other = _split(sent), _split(registered)
    if one is None or other is None:
        return Difference.OTHER
    found = [difference for differs in _COMPARED if (difference := differs(one, other)) is not None]
    if not found:
        # Nothing is left that this reading would tell apart: a lone `?` or `#`, a port written out.
        return Difference.FRAGMENT if "#" in sent else Difference.QUERY if "?" in sent else Difference.PORT
    return Difference.OTHER if len(found) > 2 or (len(found) > 1 and Difference.HOST in found) else found[0]


def _starred(sent: str, registered: str) -> bool:
    """Whether a registered address has a star in its path, and the one sent begins as it does before the star."""
    before, star, _ = registered.partition("*")
    return bool(star) and "/" in before.partition("://")[2] and sent.startswith(before)


def _schemes(one: SplitResult, other: SplitResult) -> Difference | None:
    return Difference.SCHEME if one.scheme != other.scheme else None


def _hosts(one: SplitResult, other: SplitResult) -> Difference | None:
    mine, theirs = _host(one), _host(other)
    if mine == theirs:
        return (
            Difference.CASE if _place(one) != _place(other) and _place(one).lower() == _place(other).lower() else None
        )
    if mine.removeprefix("www.") == theirs.removeprefix("www."):
        return Difference.WWW
    return Difference.LOCAL_NAME if {mine, theirs} <= _LOCAL else Difference.HOST


def _ports(one: SplitResult, other: SplitResult) -> Difference | None:
    # An http address where https is registered brings its own usual port along.
    return Difference.PORT if _port(one) != _port(other) else None


def _paths(one: SplitResult, other: SplitResult) -> Difference | None:
    if one.path == other.path:
        return None
    if one.path.rstrip("/") == other.path.rstrip("/"):
        return Difference.TRAILING_SLASH
    if one.path.lower() == other.path.lower():
        return Difference.CASE
    return Difference.ENCODING if unquote(one.path) == unquote(other.path) else Difference.PATH


def _queries(one: SplitResult, other: SplitResult) -> Difference | None:
    return Difference.QUERY if one.query != other.query else None


def _fragments(one: SplitResult, other: SplitResult) -> Difference | None:
    return Difference.FRAGMENT if one.fragment != other.fragment else None


def _users(one: SplitResult, other: SplitResult) -> Difference | None:
    return Difference.USER_INFORMATION if ("@" in one.netloc) != ("@" in other.netloc) else None


_COMPARED: Final = (_users, _schemes, _hosts, _ports, _paths, _queries, _fragments)


def _split(uri: str) -> SplitResult | None:
    try:
        parts = urlsplit(uri)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _place(parts: SplitResult) -> str:
    """Return host and port as they were written, without user information."""
    return parts.netloc.rpartition("@")[2]


def _host(parts: SplitResult) -> str:
    return parts.hostname or ""


def _port(parts: SplitResult) -> int | None:
    """Return the port that is written, None where it is the usual one of its scheme."""
    return None if parts.port == _USUAL.get(parts.scheme) else parts.port


def _origin(parts: SplitResult) -> str:
    place = _place(parts)
    scheme = parts.scheme if _WORD.fullmatch(parts.scheme) else "…"
    if not place:
        return f"{scheme}:"
    return f"{scheme}://{place if _PLACE.fullmatch(place) else '…'}"


def _segment(text: str, words: re.Pattern[str]) -> str:
    if not text:
        return text
    told = words.fullmatch(text) and not _NUMBER.search(text) and not _DRAWN.fullmatch(text)
    return text if told else "…"

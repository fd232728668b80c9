"""The headers of a request as `Request.headers` has them, read from WSGI's `environ` when asked for and not before."""

from collections.abc import Iterator, Mapping
from typing import Final, TypeVar, overload
from wsgiref.types import WSGIEnvironment

_TYPE: Final = "CONTENT_TYPE"
_PREFIX: Final = "HTTP_"
_KEYS: Final[dict[str, str]] = {
    "content-type": _TYPE,
    **{
        name: _PREFIX + name.upper().replace("-", "_")
        for name in (
            "accept",
            "authorization",
            "dpop",
            "host",
            "if-none-match",
            "origin",
            "sec-fetch-mode",
            "sec-fetch-site",
            "user-agent",
        )
    },
}
T = TypeVar("T")


class Headers(Mapping[str, str]):
    """Lower-case names to values; an empty `Content-Type` counts as absent."""

    __slots__ = ("_environ",)

    def __init__(self, environ: WSGIEnvironment) -> None:
        self._environ = environ

    def __getitem__(self, name: str) -> str:
        """Return a header."""
        value = self.get(name)
        if value is None:
            raise KeyError(name)
        return value

    @overload
    def get(self, name: str, /) -> str | None: ...

    @overload
    def get(self, name: str, /, default: str | T) -> str | T: ...

    def get(self, name: str, /, default: str | T | None = None) -> str | T | None:
        """Return a header, or the default where it was not sent."""
        value: str | None = self._environ.get(_KEYS.get(name) or _key(name))
        return default if value is None or (value == "" and name == "content-type") else value

    def __contains__(self, name: object) -> bool:
        """Whether a header was sent."""
        return isinstance(name, str) and self.get(name) is not None

    def __iter__(self) -> Iterator[str]:
        """Name the headers that were sent."""
        for key, value in self._environ.items():
            if key.startswith(_PREFIX):
                yield key[len(_PREFIX) :].replace("_", "-").lower()
            elif key == _TYPE and value:
                yield "content-type"

    def __len__(self) -> int:
        """Return how many were sent."""
        return sum(1 for _ in self)


def _key(name: str) -> str:
    return _PREFIX + name.upper().replace("-", "_")

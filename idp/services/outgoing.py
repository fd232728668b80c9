"""Calls to addresses that relying applications registered, and that nobody of the house has vetted (N-074, N-131).

An application's `jwks_uri`, logo, `request_uri`, sector identifier or logout address is a URL that a stranger may have
chosen. So: https only, public addresses only, no redirect followed, one deadline for the whole call, a bounded answer,
no cookie, no proxy. Hosts that the settings name as private are the one exception: those may lie inside the house and
may speak http.
"""

from collections.abc import Callable, Mapping
from dataclasses import field
from enum import StrEnum
from threading import BoundedSemaphore
from typing import Final
from urllib.parse import urlsplit

import requests

from idp import outbound
from idp.config import Outgoing as OutgoingSettings
from idp.outbound import AddressRefused, Answer, BodyTooLarge, BoundedAdapter
from idp.records import dataclass

MAX_ANSWER: Final = 128 * 1024
"""Bytes of the largest answer that is read; key sets, sector documents and logos are far smaller."""


class Failure(StrEnum):
    """Why a call gave no answer that may be used."""

    ADDRESS = "address_refused"
    DEADLINE = "deadline"
    TOO_LARGE = "too_large"
    UNREACHABLE = "unreachable"
    STATUS = "status"
    BUSY = "busy"


class OutgoingFailed(Exception):
    """A call that gave nothing: `failure` says why, `status` is the HTTP status where there was one."""

    def __init__(self, failure: Failure, status: int | None = None) -> None:
        super().__init__(failure.value if status is None else f"{failure.value} {status}")
        self.failure = failure
        self.status = status


@dataclass(frozen=True, slots=True)
class Document:
    """What was fetched: the media type without parameters, in lower case, and the bytes."""

    media_type: str
    body: bytes = field(repr=False)


class Outgoing:
    """Fetches documents from applications and posts forms to them; connections are kept and shared by threads."""

    def __init__(self, settings: OutgoingSettings) -> None:
        self._private = frozenset(settings.private_hosts)
        bundle = None if settings.ca_bundle is None else str(settings.ca_bundle)
        self._public_adapter = BoundedAdapter(
            hosts=None, timeout=settings.timeout, public_only=True, ca_bundle=bundle, max_body=MAX_ANSWER
        )
        self._private_adapter = BoundedAdapter(
            hosts=self._private, timeout=settings.timeout, public_only=False, ca_bundle=bundle, max_body=MAX_ANSWER
        )

    def get(self, url: str, *, accept: str) -> Document:
        """Return the document at an address; its fragment is not sent.

        Args:
            url: an address that an application registered.
            accept: the `Accept` header.

        Raises:
            OutgoingFailed: it may not be called, took too long, was too large, or did not answer 200.
        """
        adapter = self._adapter(url)
        answer = _called(lambda: outbound.get(adapter, url, {"Accept": accept}))
        if answer.status != 200:
            raise OutgoingFailed(Failure.STATUS, answer.status)
        return Document(answer.media_type, answer.body)

    def post(self, url: str, fields: Mapping[str, str], *, timeout: float | None = None) -> int:
        """Post a form and return the HTTP status of the answer, whatever it is.

        Args:
            url: an address that an application registered.
            fields: the form.
            timeout: seconds, where fewer than the settings allow must do.

        Raises:
            OutgoingFailed: it may not be called, took too long, was too large, or broke off.
        """
        adapter = self._adapter(url)
        return _called(lambda: outbound.post(adapter, url, fields, timeout)).status

    def _adapter(self, url: str) -> BoundedAdapter:
        try:
            parts = urlsplit(url)
            host = (parts.hostname or "").lower()
        except ValueError:
            raise OutgoingFailed(Failure.ADDRESS) from None
        if host in self._private and parts.scheme in {"https", "http"}:
            return self._private_adapter
        if parts.scheme != "https" or not host or parts.username or parts.password:
            raise OutgoingFailed(Failure.ADDRESS)
        return self._public_adapter


class FewAtOnce:
    """A fetch that only a few threads may wait for at a time, for calls that strangers cause. Thread-safe.

    Args:
        fetch: returns the document at an address.
        calls: how many threads.
    """

    def __init__(self, fetch: Callable[[str], bytes], calls: int) -> None:
        self._fetch = fetch
        self._free = BoundedSemaphore(calls)

    def __call__(self, url: str) -> bytes:
        """Return the document; `OutgoingFailed` too where enough threads wait already."""
        if not self._free.acquire(blocking=False):
            raise OutgoingFailed(Failure.BUSY)
        try:
            return self._fetch(url)
        finally:
            self._free.release()


def _called(call: Callable[[], Answer]) -> Answer:
    try:
        return call()
    except AddressRefused as error:
        raise OutgoingFailed(Failure.ADDRESS) from error
    except requests.Timeout as error:
        # The deadline of the whole call, or by a hair before it that of one wait in it.
        raise OutgoingFailed(Failure.DEADLINE) from error
    except BodyTooLarge as error:
        raise OutgoingFailed(Failure.TOO_LARGE) from error
    except (requests.RequestException, ValueError) as error:
        # What urllib3 cannot parse or encode comes as a ValueError of its own.
        raise OutgoingFailed(Failure.UNREACHABLE) from error

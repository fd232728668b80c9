"""One question to a third party's verification endpoint, inside time and size, and asked of that host only (N-131).

`requests` bounds each wait, not the whole call, and no wait of the machine's resolver. So each question has a thread
of its own, and the caller goes on at the deadline whatever the thread is waiting for.
"""

import json
import queue
import threading
import time
from collections.abc import Mapping
from typing import Any, Final

import requests
from urllib3.exceptions import HTTPError

_LARGEST: Final = 64 * 1024
_AT_ONCE: Final = 8
"""Questions under way per process; more are not asked, which counts as an outage."""

_USER_AGENT: Final = "carpimko-idp"


class NoAnswer(Exception):
    """The third party gave no usable answer; the text says why, without what was sent."""


class Siteverify:
    """Asks one endpoint.

    Args:
        url: the endpoint; a redirect away from it is no answer.
        secret: ours with the third party, sent in the body only.
        timeout: seconds for the whole question.
    """

    def __init__(self, url: str, secret: str, timeout: float) -> None:
        self._url = url
        self._secret = secret
        self._timeout = timeout
        self._places = threading.BoundedSemaphore(_AT_ONCE)

    def ask(self, fields: Mapping[str, str]) -> Mapping[str, Any]:
        """Return the verdict, a JSON object.

        Args:
            fields: what to send beside the secret.

        Raises:
            NoAnswer: late, unreachable, too large, redirected, not JSON, or too many questions under way.
        """
        if not self._places.acquire(blocking=False):
            raise NoAnswer("too many questions under way")
        answers: queue.SimpleQueue[Mapping[str, Any] | NoAnswer] = queue.SimpleQueue()

        def work() -> None:
            try:
                answers.put(self._post(fields))
            except NoAnswer as error:
                answers.put(error)
            finally:
                self._places.release()

        threading.Thread(target=work, name="captcha-siteverify", daemon=True).start()
        try:
            answer = answers.get(timeout=self._timeout)
        except queue.Empty:
            raise NoAnswer("no answer in time") from None
        if isinstance(answer, NoAnswer):
            raise answer
        return answer

    def _post(self, fields: Mapping[str, str]) -> Mapping[str, Any]:
        deadline = time.monotonic() + self._timeout
        try:
            with requests.Session() as session:
                session.trust_env = False
                with session.post(
                    self._url,
                    data={"secret": self._secret, **fields},
                    headers={"User-Agent": _USER_AGENT, "Accept": "application/json", "Accept-Encoding": "identity"},
                    timeout=self._timeout,
                    allow_redirects=False,
                    stream=True,
                ) as response:
                    body = _read(response, deadline)
                    status = response.status_code
        except (requests.RequestException, HTTPError, OSError) as error:
            # The error's own words may quote the body: its name is enough.
            raise NoAnswer(type(error).__name__) from None
        return _verdict(status, body)


def _read(response: requests.Response, deadline: float) -> bytes:
    body = bytearray()
    # One byte at a time is what a dripping answer brings anyway; the deadline is looked at after each part.
    while part := response.raw.read1(16 * 1024):
        body += part
        if len(body) > _LARGEST:
            raise NoAnswer("the answer is too large")
        if time.monotonic() > deadline:
            raise NoAnswer("no answer in time")
    return bytes(body)


def _verdict(status: int, body: bytes) -> Mapping[str, Any]:
    # Refusals come with 200 or 400 and a body that says which; anything else is not a verdict.
    if status not in {200, 400}:
        raise NoAnswer(f"status {status}")
    try:
        verdict = json.loads(body)
    except (ValueError, RecursionError):
        raise NoAnswer("not JSON") from None
    if not isinstance(verdict, dict) or not isinstance(verdict.get("success"), bool):
        raise NoAnswer("not a verdict")
    return verdict

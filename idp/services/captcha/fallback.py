"""When a third party is out: our own proof of work, harder than usual, until it is asked again (N-101, N-136).

An outage never lets a form through. The answer that met it is refused, and the page that follows, like every page of
the next minute, brings twice the work, twice the wait and half the answers without scripts.
"""

import logging
from collections.abc import Mapping
from typing import Final

from idp.clock import Clock
from idp.services.captcha.port import PROOF, Captcha, CaptchaWidget, Verdict
from idp.services.local_counters import LocalCounters
from idp.upstream_ports import KeyValue, KeyValueUnavailable

log = logging.getLogger("idp.captcha")

_OUT: Final = "captcha:out"
_REST: Final = 60
"""Seconds before a third party that was out is asked again."""


class WithFallback:
    """`Captcha` by a first judge, or by a second one while the first is out.

    Args:
        first: the third party.
        second: ours; it must not depend on anyone else.
        kv: tells the other nodes of the outage; without it each process finds out alone.
        clock: present time.
    """

    def __init__(self, first: Captcha, second: Captcha, kv: KeyValue, clock: Clock) -> None:
        self._first = first
        self._second = second
        self._kv = kv
        self._alone = LocalCounters(clock)

    def widget(self, browser_id: str, action: str) -> CaptchaWidget:
        """Return the first judge's challenge, or the second's during an outage."""
        return (self._second if self._out() else self._first).widget(browser_id, action)

    def plausible(self, answer: Mapping[str, str], *, browser_id: str, action: str) -> bool:
        """Whether an answer may pass with who made the page."""
        made = self._second if PROOF in answer else self._first
        return made.plausible(answer, browser_id=browser_id, action=action)

    def verify(self, answer: Mapping[str, str], *, browser_id: str, action: str, network: str) -> Verdict:
        """Judge an answer: who made the page judges it. Only the second judge's pages have the field of a proof.

        During an outage nothing goes to the first one, so that its silence is not waited for again and again: its
        tokens are worth nothing then, and the ticked box alone is judged by the stricter limits.
        """
        if PROOF in answer:
            return self._second.verify(answer, browser_id=browser_id, action=action, network=network)
        if self._out():
            verdict = self._second.verify(answer, browser_id=browser_id, action=action, network=network)
            return Verdict.OUTAGE if verdict is Verdict.FAILED else verdict
        verdict = self._first.verify(answer, browser_id=browser_id, action=action, network=network)
        if verdict is Verdict.OUTAGE:
            self._note()
        return verdict

    def _out(self) -> bool:
        if self._alone.get(_OUT) is not None:
            return True
        try:
            return self._kv.get(_OUT) is not None
        except KeyValueUnavailable:
            return False

    def _note(self) -> None:
        log.error("captcha provider out, proof of work instead for %d seconds", _REST)
        try:
            self._alone.set(_OUT, b"1", _REST)
            self._kv.set(_OUT, b"1", _REST)
        except KeyValueUnavailable:
            log.warning("the outage of the captcha provider is known to this process only")

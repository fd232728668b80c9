"""reCAPTCHA, hCaptcha or Turnstile, verified by our server; by configuration only.

The third party's verdict tells the host, and with Turnstile the action, that it was given for. What it does not tell,
our own stamp adds: the form was made for this browser and action, and passes once.
"""

import logging
import re
from collections.abc import Mapping
from typing import Any, Final

from idp.services.captcha.port import BOX, STAMP, TRAP, CaptchaWidget, Verdict
from idp.services.captcha.proof_of_work import PURPOSE
from idp.services.captcha.providers import Provider
from idp.services.captcha.siteverify import NoAnswer, Siteverify
from idp.services.captcha.stamps import Stamp, Stamps
from idp.services.captcha.unscripted import Unscripted
from idp.services.replay import Replay

log = logging.getLogger("idp.captcha")

_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/=-]{1,8192}")
_OUR_FAULT: Final = frozenset({"missing-input-secret", "invalid-input-secret", "sitekey-secret-mismatch"})
_THEIR_FAULT: Final = frozenset({"internal-error"})


class ThirdParty:
    """`Captcha` by a third party.

    Args:
        provider: which one.
        site_key: the public key that its script is given.
        endpoint: asks it.
        host: the host name that its verdicts must be for: ours.
        wait: seconds before the ticked box alone is believed, for pages without scripts.
        stamps: make and read the page's stamp.
        unscripted: judges the ticked box alone.
        used: decides who used a stamp or a token first.
    """

    def __init__(
        self,
        provider: Provider,
        site_key: str,
        endpoint: Siteverify,
        *,
        host: str,
        wait: int,
        stamps: Stamps,
        unscripted: Unscripted,
        used: Replay,
    ) -> None:
        self._provider = provider
        self._site_key = site_key
        self._key_field = {"sitekey": site_key} if provider.wants_site_key else {}
        self._endpoint = endpoint
        self._host = host
        self._wait = wait
        self._stamps = stamps
        self._unscripted = unscripted
        self._used = used

    def widget(self, browser_id: str, action: str) -> CaptchaWidget:
        """Return what the third party's script needs, and the way on without it."""
        provider = self._provider
        stamp, _ = self._stamps.issue(browser_id, action, self._wait)
        return CaptchaWidget(
            kind=provider.kind,
            action=action,
            stamp=stamp,
            wait=self._wait,
            site_key=self._site_key,
            script_url=provider.script_url,
            holder=provider.holder,
            label=provider.label,
            script_src=provider.script_src,
            frame_src=provider.frame_src,
            style_src=provider.style_src,
            connect_src=provider.connect_src,
        )

    def plausible(self, answer: Mapping[str, str], *, browser_id: str, action: str) -> bool:
        """Whether there is what looks like a token, for this page, or the ticked box of one that is old enough."""
        return self._sound(answer, browser_id, action) is not None

    def verify(self, answer: Mapping[str, str], *, browser_id: str, action: str, network: str) -> Verdict:
        """Have a token judged, or judge the ticked box alone where there is none."""
        stamp = self._sound(answer, browser_id, action)
        if stamp is None:
            return Verdict.FAILED
        if token := answer.get(self._provider.field, ""):
            return self._judge(token, stamp, action)
        passed = self._unscripted.allows(stamp, network) and self._claim("stamp", stamp.name, stamp)
        return Verdict.PASSED if passed else Verdict.FAILED

    def _sound(self, answer: Mapping[str, str], browser_id: str, action: str) -> Stamp | None:
        """Return the stamp of an answer that may be right; whether it is, or was used before, is not looked at."""
        stamp = self._stamps.read(answer.get(STAMP, ""), browser_id, action)
        if stamp is None or answer.get(TRAP):
            return None
        token = answer.get(self._provider.field, "")
        right = _TOKEN.fullmatch(token) if token else answer.get(BOX) == "on" and self._unscripted.ripe(stamp)
        return stamp if right else None

    def _judge(self, token: str, stamp: Stamp, action: str) -> Verdict:
        # Both are spent before the question is asked: of two who send the same, one gets an answer.
        if not (self._claim("stamp", stamp.name, stamp) and self._claim("token", token, stamp)):
            return Verdict.FAILED
        try:
            found = self._endpoint.ask({"response": token, **self._key_field})
        except NoAnswer as error:
            log.warning("captcha provider gave no answer provider=%s reason=%s", self._provider.kind, error)
            return Verdict.OUTAGE
        return self._read(found, action)

    def _read(self, found: Mapping[str, Any], action: str) -> Verdict:
        if not found["success"]:
            return self._refusal(found.get("error-codes"))
        if found.get("hostname") != self._host:
            log.warning("captcha verdict for another host provider=%s", self._provider.kind)
            return Verdict.FAILED
        if self._provider.names_action and found.get("action") != action:
            return Verdict.FAILED
        return Verdict.PASSED

    def _refusal(self, codes: object) -> Verdict:
        told = {code for code in codes if isinstance(code, str)} if isinstance(codes, list) else set()
        if told & _OUR_FAULT:
            log.error("captcha provider refuses our key or secret provider=%s", self._provider.kind)
            return Verdict.OUTAGE
        return Verdict.OUTAGE if told & _THEIR_FAULT else Verdict.FAILED

    def _claim(self, owner: str, value: str, stamp: Stamp) -> bool:
        return self._used.first_use(PURPOSE, owner, value, stamp.expires_at)

"""The default: a small calculation that the browser does once the box is ticked (ALTCHA proof of work, version 2).

No puzzle, no picture, no third party (N-165, N-166). The page without scripts is answered by `unscripted` instead.
"""

import json
import secrets
from collections.abc import Mapping
from typing import Final

import altcha

from idp.records import dataclass
from idp.services.captcha.port import BOX, PROOF, STAMP, TRAP, CaptchaWidget, Verdict
from idp.services.captcha.stamps import Stamp, Stamps
from idp.services.captcha.unscripted import Unscripted
from idp.services.replay import Replay

ALGORITHM: Final = "PBKDF2/SHA-256"
"""What browsers compute natively, with SubtleCrypto."""

PURPOSE: Final = "captcha"
_LONGEST_PROOF: Final = 4096


@dataclass(frozen=True, slots=True)
class Effort:
    """How much work a challenge is, and how patient one must be without scripts.

    `iterations` of PBKDF2 per try; `attempts` tries on average; `wait` in seconds.
    """

    iterations: int
    attempts: int
    wait: int

    def doubled(self) -> "Effort":
        """Return twice the work and the wait, for while another judge is out."""
        return Effort(self.iterations, self.attempts * 2, self.wait * 2)

    @property
    def fewest(self) -> int:
        """The least number of tries of any challenge."""
        return max(1, self.attempts // 2)

    @property
    def most(self) -> int:
        """The greatest number of tries of any challenge."""
        return self.fewest + self.attempts


class ProofOfWork:
    """`Captcha` by proof of work.

    Args:
        stamps: make and read the page's stamp.
        unscripted: judges the ticked box alone.
        used: decides who used a stamp first.
        key: secret bytes that sign challenges, the same on every node.
        effort: how hard the challenges are.
    """

    def __init__(self, stamps: Stamps, unscripted: Unscripted, used: Replay, key: bytes, effort: Effort) -> None:
        self._stamps = stamps
        self._unscripted = unscripted
        self._used = used
        self._key = key
        self._effort = effort

    def widget(self, browser_id: str, action: str) -> CaptchaWidget:
        """Return a challenge whose solution lies between the fewest and the most tries."""
        effort = self._effort
        stamp, name = self._stamps.issue(browser_id, action, effort.wait)
        # No `expires_at`: the library would read the machine's clock. The stamp tells the age, and the signed data
        # ties the challenge to the stamp, hence to the browser and the action.
        challenge = altcha.create_challenge(
            ALGORITHM,
            effort.iterations,
            counter=effort.fewest + secrets.randbelow(effort.most - effort.fewest),
            data={"stamp": name},
            hmac_secret=self._key,
            hmac_key_secret=self._key,
        )
        return CaptchaWidget(
            kind="proof_of_work",
            action=action,
            stamp=stamp,
            wait=effort.wait,
            challenge=json.dumps(challenge.to_dict(), separators=(",", ":")),
            attempts=effort.most,
            worker_src=("'self'",),
        )

    def plausible(self, answer: Mapping[str, str], *, browser_id: str, action: str) -> bool:
        """Whether it is a right proof for this page, or the box of one that is old enough."""
        return self._sound(answer, browser_id, action) is not None

    def verify(self, answer: Mapping[str, str], *, browser_id: str, action: str, network: str) -> Verdict:
        """Judge a proof, or the ticked box alone where there is none."""
        stamp = self._sound(answer, browser_id, action)
        if stamp is None or not (answer.get(PROOF) or self._unscripted.allows(stamp, network)):
            return Verdict.FAILED
        first = self._used.first_use(PURPOSE, "stamp", stamp.name, stamp.expires_at)
        return Verdict.PASSED if first else Verdict.FAILED

    def _sound(self, answer: Mapping[str, str], browser_id: str, action: str) -> Stamp | None:
        """Return the stamp of an answer that is right; whether it was used before is not looked at."""
        stamp = self._stamps.read(answer.get(STAMP, ""), browser_id, action)
        if stamp is None or answer.get(TRAP) or answer.get(BOX) != "on":
            return None
        proof = answer.get(PROOF, "")
        right = self._solves(proof, stamp.name) if proof else self._unscripted.ripe(stamp)
        return stamp if right else None

    def _solves(self, proof: str, name: str) -> bool:
        if len(proof) > _LONGEST_PROOF:
            return False
        try:
            payload = altcha.Payload.from_base64(proof)
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
            return False
        if payload.challenge.parameters.data != {"stamp": name}:
            return False
        # The derived key is compared with its keyed digest in the signed challenge: a proof costs us no derivation.
        return bool(altcha.verify_solution(payload, self._key, hmac_key_secret=self._key).verified)

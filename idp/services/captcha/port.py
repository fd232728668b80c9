"""What a page asks of a captcha, and what it is told; the names of the form fields both agree on."""

from collections.abc import Mapping
from enum import Enum
from typing import Final, Literal, Protocol

from idp.records import dataclass

Kind = Literal["proof_of_work", "recaptcha", "hcaptcha", "turnstile"]

STAMP: Final = "captcha_stamp"
"""Hidden field: which page this is, signed for one browser and one action."""

BOX: Final = "captcha"
"""The box that a person ticks; its value is `on`."""

PROOF: Final = "captcha_proof"
"""Hidden field that a script fills with the solved challenge; empty without scripts."""

TRAP: Final = "captcha_site_web"
"""A field that no person sees: whoever fills it is a machine."""


class Verdict(Enum):
    """What became of an answer. Only `PASSED` lets a form through."""

    PASSED = "passed"
    FAILED = "failed"
    """Absent, wrong, used before, too old, too early, or another browser's or action's (V-58)."""
    OUTAGE = "outage"
    """Nobody could judge: the form is shown again, with another kind of challenge."""


@dataclass(frozen=True, slots=True)
class CaptchaWidget:
    """What `templates/web/_captcha.html` shows, and what the page's policy must allow for it.

    `stamp` is good for one passed answer; `challenge` is the JSON of a proof of work, to be found within `attempts`
    tries; `wait` is the number of seconds after which the ticked box alone is believed. `site_key`, `script_url`,
    `holder` (the class of the element that the script fills) and `label` are a third party's. The `…_src` are sources
    for the directives of the same names of the Content-Security-Policy.
    """

    kind: Kind
    action: str
    stamp: str
    wait: int
    challenge: str = ""
    attempts: int = 0
    site_key: str = ""
    script_url: str = ""
    holder: str = ""
    label: str = ""
    script_src: tuple[str, ...] = ()
    frame_src: tuple[str, ...] = ()
    style_src: tuple[str, ...] = ()
    connect_src: tuple[str, ...] = ()
    worker_src: tuple[str, ...] = ()

    @property
    def sources(self) -> dict[str, tuple[str, ...]]:
        """The directives of the Content-Security-Policy to widen on this page, and by what."""
        found = {
            "script-src": self.script_src,
            "style-src": self.style_src,
            "frame-src": self.frame_src,
            "connect-src": self.connect_src,
            "worker-src": self.worker_src,
        }
        return {name: values for name, values in found.items() if values}


class Captcha(Protocol):
    """A challenge for one browser and one action, and the judge of its answer."""

    def widget(self, browser_id: str, action: str) -> CaptchaWidget:
        """Return a new challenge.

        Args:
            browser_id: the opaque id in this browser's cookie.
            action: what the form does, 1 to 32 characters of `a-z`, `0-9`, `_` and `-`.
        """
        ...

    def plausible(self, answer: Mapping[str, str], *, browser_id: str, action: str) -> bool:
        """Whether an answer may pass, by all that can be told for nothing: nobody is asked, nothing spent or counted.

        Args:
            answer: see `verify`, as the others.
            browser_id: see `widget`.
            action: see `widget`.
        """
        ...

    def verify(self, answer: Mapping[str, str], *, browser_id: str, action: str, network: str) -> Verdict:
        """Judge the fields of a posted form; a passed answer is spent.

        Args:
            answer: the form's fields; those that are not ours are ignored.
            browser_id: see `widget`.
            action: see `widget`.
            network: the network that asks, as the door names it.

        Raises:
            Unavailable: the database did not answer, so nobody knows whether the answer was used before.
        """
        ...

"""The third parties that may judge instead of us, as their documentation describes them: addresses, fields, sources.

reCAPTCHA is the version with a box to tick. Nothing of theirs is loaded or allowed unless the settings name them.
"""

from collections.abc import Mapping
from typing import Final

from idp.records import dataclass
from idp.services.captcha.port import Kind


@dataclass(frozen=True, slots=True)
class Provider:
    """One third party.

    `field` is the form field that its script fills; `names_action` says whether its verdict repeats ours, and
    `wants_site_key` whether it checks that the token was made for our key.
    """

    kind: Kind
    label: str
    script_url: str
    verify_url: str
    field: str
    holder: str
    script_src: tuple[str, ...]
    frame_src: tuple[str, ...]
    style_src: tuple[str, ...] = ()
    connect_src: tuple[str, ...] = ()
    names_action: bool = False
    wants_site_key: bool = False


_HCAPTCHA: Final = ("https://hcaptcha.com", "https://*.hcaptcha.com")
_TURNSTILE: Final = ("https://challenges.cloudflare.com",)

PROVIDERS: Final[Mapping[str, Provider]] = {
    "recaptcha": Provider(
        kind="recaptcha",
        label="Google reCAPTCHA",
        script_url="https://www.google.com/recaptcha/api.js",
        verify_url="https://www.google.com/recaptcha/api/siteverify",
        field="g-recaptcha-response",
        holder="g-recaptcha",
        script_src=("https://www.google.com/recaptcha/", "https://www.gstatic.com/recaptcha/"),
        frame_src=("https://www.google.com/recaptcha/", "https://recaptcha.google.com/recaptcha/"),
        connect_src=("https://www.google.com/recaptcha/",),
    ),
    "hcaptcha": Provider(
        kind="hcaptcha",
        label="hCaptcha",
        script_url="https://js.hcaptcha.com/1/api.js?recaptchacompat=off",
        verify_url="https://api.hcaptcha.com/siteverify",
        field="h-captcha-response",
        holder="h-captcha",
        script_src=_HCAPTCHA,
        frame_src=_HCAPTCHA,
        style_src=_HCAPTCHA,
        connect_src=_HCAPTCHA,
        wants_site_key=True,
    ),
    "turnstile": Provider(
        kind="turnstile",
        label="Cloudflare Turnstile",
        script_url="https://challenges.cloudflare.com/turnstile/v0/api.js",
        verify_url="https://challenges.cloudflare.com/turnstile/v0/siteverify",
        field="cf-turnstile-response",
        holder="cf-turnstile",
        script_src=_TURNSTILE,
        frame_src=_TURNSTILE,
        names_action=True,
    ),
}
"""Name in the settings -> third party."""

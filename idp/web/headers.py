"""The security headers of every page, from plain values. What each page may load, send to and be framed by.

Covers N-009, N-017, N-125, N-126 and N-128, and CSP Level 3. The machines' door has its own, shorter list.
"""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Final

_ORIGIN: Final = re.compile(r"https?://(?:[a-z0-9.-]+|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?", re.IGNORECASE)
_SCHEME: Final = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_NONCE: Final = re.compile(r"[A-Za-z0-9+/_=-]{16,}")
_EXTRA: Final = re.compile(r"https://(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+(?:/[a-z0-9/_-]*)?", re.IGNORECASE)
_EXTENSIBLE: Final = frozenset({"script-src", "style-src", "frame-src", "connect-src", "worker-src"})
_UNSAFE_SCHEMES: Final = frozenset({"javascript:", "data:", "blob:", "filesystem:", "http:", "https:"})

HSTS: Final = "max-age=63072000; includeSubDomains"

_ALWAYS: Final = (
    ("X-Frame-Options", "DENY"),
    ("Referrer-Policy", "no-referrer"),
    ("X-Content-Type-Options", "nosniff"),
    ("Cross-Origin-Opener-Policy", "same-origin"),
    ("Cross-Origin-Resource-Policy", "same-origin"),
    ("Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=()"),
    ("Cache-Control", "no-store"),
    ("Vary", "Cookie"),
)
_SECURE: Final = (*_ALWAYS, ("Strict-Transport-Security", HSTS))


def content_security_policy(
    nonce: str,
    *,
    form_targets: Iterable[str] | None = (),
    image_sources: Iterable[str] = (),
    extra_sources: Mapping[str, Iterable[str]] | None = None,
    frames: Iterable[str] = (),
) -> str:
    """Return the policy of one answer.

    Args:
        nonce: at least 16 random characters of the base64 alphabets, new for each answer.
        form_targets: origins outside ours that a form of this page may lead to: Chromium applies `form-action` to
            the redirects that follow a POST (N-128). A native application's own scheme (`com.example.app:`) is
            allowed; anything that is neither is left out. None lets them lead anywhere.
        image_sources: origins of pictures, such as an application's logo; only https ones are kept.
        extra_sources: what a captcha of this page needs: directive -> https sources, from our own tables and never
            from a request, or `'self'`.
        frames: origins that the page loads in frames: applications that are told of a sign-out that way.

    Raises:
        ValueError: the nonce could end its directive, or be guessed; a directive may not be widened, or a source is
            none.
    """
    if not _NONCE.fullmatch(nonce):
        raise ValueError("a nonce has at least 16 characters of a base64 alphabet")
    extra = tuple((name, tuple(values)) for name, values in (extra_sources or {}).items())
    targets = None if form_targets is None else tuple(form_targets)
    before, after = _around_the_nonce(targets, tuple(image_sources), extra, tuple(frames))
    return before + nonce + after


@lru_cache(maxsize=256)
def _around_the_nonce(
    form_targets: tuple[str, ...] | None,
    image_sources: tuple[str, ...],
    extra_sources: tuple[tuple[str, tuple[str, ...]], ...],
    frames: tuple[str, ...],
) -> tuple[str, str]:
    """Return a policy's text before and after its nonce; most pages have one of a few."""
    targets = ["'self'", *_distinct(target for target in form_targets or () if _is_target(target))]
    images = ["'self'", "data:", *_distinct(source for source in image_sources if _is_picture(source))]
    extra = _extra(dict(extra_sources))
    framed = _distinct(source for source in frames if _ORIGIN.fullmatch(source))
    if framed:
        extra["frame-src"] = [*extra.get("frame-src", ()), *framed]
    scripts = ["'self'", *extra.pop("script-src", ())]
    styles = ["'self'", *extra.pop("style-src", ())]
    directives = (
        f"' {' '.join(scripts)}",
        f"style-src {' '.join(styles)}",
        f"img-src {' '.join(images)}",
        "font-src 'self'",
        *([] if form_targets is None else [f"form-action {' '.join(targets)}"]),
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "object-src 'none'",
        *(f"{name} {' '.join(sources)}" for name, sources in extra.items()),
    )
    return "default-src 'none'; script-src 'nonce-", "; ".join(directives)


def security_headers(
    *,
    nonce: str,
    secure: bool,
    form_targets: Iterable[str] | None = (),
    image_sources: Iterable[str] = (),
    extra_sources: Mapping[str, Iterable[str]] | None = None,
    frames: Iterable[str] = (),
) -> list[tuple[str, str]]:
    """Return the headers of a page, in order.

    Args:
        nonce: see `content_security_policy`.
        secure: whether browsers are told to stay with https.
        form_targets: see `content_security_policy`.
        image_sources: see `content_security_policy`.
        extra_sources: see `content_security_policy`.
        frames: see `content_security_policy`.
    """
    policy = content_security_policy(
        nonce, form_targets=form_targets, image_sources=image_sources, extra_sources=extra_sources, frames=frames
    )
    return [("Content-Security-Policy", policy), *(_SECURE if secure else _ALWAYS)]


def _is_target(source: str) -> bool:
    if _SCHEME.fullmatch(source):
        return source.lower() not in _UNSAFE_SCHEMES
    return _ORIGIN.fullmatch(source) is not None


def _is_picture(source: str) -> bool:
    return source.lower().startswith("https://") and _ORIGIN.fullmatch(source) is not None


def _extra(sources: Mapping[str, Iterable[str]]) -> dict[str, list[str]]:
    """Return the directives that have sources, those of one page's captcha."""
    found = {name: _distinct(values) for name, values in sources.items()}
    if not found.keys() <= _EXTENSIBLE:
        raise ValueError("only what a captcha loads may be added to the policy")
    if any(value != "'self'" and not _EXTRA.fullmatch(value) for values in found.values() for value in values):
        raise ValueError("an added source is an https one, or 'self'")
    return {name: values for name, values in found.items() if values}


def _distinct(sources: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(sources))

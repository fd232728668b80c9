"""The security headers of pages."""

import pytest

from idp.web.headers import content_security_policy, security_headers

NONCE = "c2l4dGVlbiBieXRlcyE"


def directive(policy: str, name: str) -> str:
    """Return the value of one directive of a policy."""
    found = [part.removeprefix(name).strip() for part in policy.split("; ") if part.split()[0] == name]
    assert 1 == len(found)
    return found[0]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("default-src", "'none'"),
        ("script-src", f"'nonce-{NONCE}' 'self'"),
        ("style-src", "'self'"),
        ("img-src", "'self' data:"),
        ("form-action", "'self'"),
        ("frame-ancestors", "'none'"),
        ("base-uri", "'none'"),
        ("object-src", "'none'"),
    ],
)
def test_a_plain_page_loads_only_from_here(name: str, value: str) -> None:
    """Without targets or pictures, each directive names this origin or nothing (N-009, N-017, N-125)."""
    assert value == directive(content_security_policy(NONCE), name)


def test_no_page_allows_inline_or_evaluated_code() -> None:
    """Neither `unsafe-inline` nor `unsafe-eval` nor a wildcard stands anywhere."""
    policy = content_security_policy(NONCE, form_targets=("https://a.example",))
    assert "unsafe" not in policy
    assert "*" not in policy


def test_forms_may_lead_to_the_application_waiting() -> None:
    """The redirect after a sign-in form may reach the client's origins, each named once (N-128)."""
    targets = ("https://a.example", "http://localhost:8002", "https://a.example", "com.example.app:")
    assert "'self' https://a.example http://localhost:8002 com.example.app:" == directive(
        content_security_policy(NONCE, form_targets=targets), "form-action"
    )


def test_a_form_may_lead_anywhere_where_the_page_says_so() -> None:
    """Without the directive, and with every other one as it is."""
    policy = content_security_policy(NONCE, form_targets=None)
    assert policy.split("; ") == [
        part for part in content_security_policy(NONCE).split("; ") if not part.startswith("form-action")
    ]


@pytest.mark.parametrize(
    "source",
    [
        "https://a.example; script-src *",
        "https://a.example 'unsafe-inline'",
        "https://a.example/path",
        "https://*.example",
        "*",
        "'unsafe-inline'",
        "javascript:",
        "data:",
        "https:",
        "",
        "https://a.example\r\nSet-Cookie: a=b",
    ],
)
def test_what_is_not_an_origin_never_reaches_the_policy(source: str) -> None:
    """A registered URI cannot widen the policy or end a directive."""
    policy = content_security_policy(NONCE, form_targets=(source,), image_sources=(source,))
    assert content_security_policy(NONCE) == policy


def test_pictures_come_over_https_only() -> None:
    """A client's logo is loaded from its https origin; a plain http one is left out."""
    policy = content_security_policy(NONCE, image_sources=("https://logo.example", "http://logo.example"))
    assert "'self' data: https://logo.example" == directive(policy, "img-src")


@pytest.mark.parametrize("nonce", ["", "short", "a" * 15, "a" * 20 + "'", "a b" * 10, "a" * 20 + ";"])
def test_a_weak_nonce_is_refused(nonce: str) -> None:
    """A nonce that could be guessed or could end its directive raises."""
    with pytest.raises(ValueError, match="nonce"):
        content_security_policy(nonce)


def test_every_page_has_the_whole_set() -> None:
    """Framing, referrer, sniffing, opener, caching and cookies are spoken of on each page (N-009, N-125, N-126)."""
    found = dict(security_headers(nonce=NONCE, secure=False))
    expected = {
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cache-Control": "no-store",
        "Vary": "Cookie",
    }
    assert expected == {name: found.get(name) for name in expected}


@pytest.mark.parametrize("secure", [True, False])
def test_https_is_insisted_on_only_where_it_is_served(secure: bool) -> None:
    """HSTS lasts a year or more with subdomains on https, and is absent on a plain local address (N-125)."""
    value = dict(security_headers(nonce=NONCE, secure=secure)).get("Strict-Transport-Security", "")
    assert secure == ("includeSubDomains" in value)
    if secure:
        assert 365 * 86400 <= int(value.split(";")[0].removeprefix("max-age="))


def test_a_captcha_adds_its_sources_and_nothing_else() -> None:
    """A page with a captcha may load what that captcha needs; the other directives stay as they are."""
    extra = {"script-src": ("https://*.a.example",), "frame-src": ("https://a.example/box/",), "connect-src": ()}
    policy = content_security_policy(NONCE, extra_sources=extra)
    assert f"'nonce-{NONCE}' 'self' https://*.a.example" == directive(policy, "script-src")
    assert "https://a.example/box/" == directive(policy, "frame-src")
    plain = set(content_security_policy(NONCE).split("; "))
    changed = {part.split()[0] for part in set(policy.split("; ")) - plain}
    assert {"script-src", "frame-src"} == changed


def test_a_worker_may_come_from_here() -> None:
    """The worker of our own captcha is named by its own directive."""
    assert "'self'" == directive(
        content_security_policy(NONCE, extra_sources={"worker-src": ("'self'",)}), "worker-src"
    )


@pytest.mark.parametrize(
    "extra",
    [
        {"default-src": ("https://a.example",)},
        {"form-action": ("https://a.example",)},
        {"script-src": ("'unsafe-inline'",)},
        {"script-src": ("https:",)},
        {"script-src": ("*",)},
        {"script-src": ("https://*.",)},
        {"script-src": ("http://a.example",)},
        {"script-src": ("https://a.example; object-src *",)},
    ],
)
def test_what_a_captcha_cannot_need_is_refused(extra: dict[str, tuple[str, ...]]) -> None:
    """Other directives, keywords, whole schemes and what ends a directive raise."""
    with pytest.raises(ValueError, match=r"may be added|added source"):
        content_security_policy(NONCE, extra_sources=extra)


def test_frames_are_exactly_the_origins_named() -> None:
    """A page that tells applications of a sign-out frames these and nobody else; what is no origin is left out."""
    frames = ("https://a.example", "https://a.example", "http://localhost:8002", "javascript:x", "https://b.example; x")
    policy = content_security_policy(NONCE, frames=frames)
    assert "https://a.example http://localhost:8002" == directive(policy, "frame-src")
    assert "frame-src" not in content_security_policy(NONCE)

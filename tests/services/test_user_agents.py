"""The names of browsers and systems, by what real ones send."""

import pytest

from idp.services.user_agents import browser_and_system

_MOZILLA = "Mozilla/5.0"
_KHTML = "AppleWebKit/537.36 (KHTML, like Gecko)"
_WINDOWS = f"{_MOZILLA} (Windows NT 10.0; Win64; x64)"
_IPHONE = f"{_MOZILLA} (iPhone; CPU iPhone OS 18_1 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko)"
_ANDROID = f"{_MOZILLA} (Linux; Android 10; K) {_KHTML}"


@pytest.mark.parametrize(
    ("sent", "browser", "system"),
    [
        (f"{_MOZILLA} (Windows NT 10.0; Win64; x64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox", "Windows"),
        (f"{_WINDOWS} {_KHTML} Chrome/131.0.0.0 Safari/537.36", "Chrome", "Windows"),
        (f"{_WINDOWS} {_KHTML} Chrome/131.0.0.0 Safari/537.36 Edg/131.0.0.0", "Edge", "Windows"),
        (f"{_WINDOWS} {_KHTML} Chrome/131.0.0.0 Safari/537.36 OPR/115.0.0.0", "Opera", "Windows"),
        (f"{_MOZILLA} (Windows NT 10.0; WOW64; Trident/7.0; rv:11.0) like Gecko", "Internet Explorer", "Windows"),
        (f"{_IPHONE} Version/18.1 Mobile/15E148 Safari/604.1", "Safari", "iPhone"),
        (f"{_IPHONE} CriOS/131.0.6778.73 Mobile/15E148 Safari/604.1", "Chrome", "iPhone"),
        (f"{_IPHONE} FxiOS/133.0 Mobile/15E148 Safari/605.1.15", "Firefox", "iPhone"),
        (f"{_MOZILLA} (iPad; CPU OS 17_7 like Mac OS X) Version/17.7 Safari/604.1", "Safari", "iPad"),
        (f"{_ANDROID} Chrome/131.0.0.0 Mobile Safari/537.36", "Chrome", "Android"),
        (f"{_ANDROID} SamsungBrowser/27.0 Chrome/125.0.0.0 Mobile Safari/537.36", "Samsung Internet", "Android"),
        (f"{_ANDROID} Chrome/131.0.0.0 Mobile DuckDuckGo/5 Safari/537.36", "DuckDuckGo", "Android"),
        (f"{_MOZILLA} (Android 14; Mobile; rv:133.0) Gecko/133.0 Firefox/133.0", "Firefox", "Android"),
        (f"{_MOZILLA} (Macintosh; Intel Mac OS X 10_15_7) Version/18.1 Safari/605.1.15", "Safari", "Mac"),
        (f"{_MOZILLA} (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0", "Firefox", "Linux"),
        (f"{_MOZILLA} (X11; CrOS x86_64 14541.0.0) {_KHTML} Chrome/131.0.0.0 Safari/537.36", "Chrome", "ChromeOS"),
    ],
)
def test_what_is_common_has_its_name(sent: str, browser: str, system: str) -> None:
    """The browsers that members use, although each claims to be several."""
    assert (browser, system) == browser_and_system(sent)


@pytest.mark.parametrize(
    "sent",
    [
        "",
        "Werkzeug/3.1",
        "<script>alert(1)</script>",
        f"{_MOZILLA} (compatible; Googlebot/2.1; Chrome/131.0.0.0 Windows)",
        "curl/8.5.0 (Windows)",
        "x" * 600 + "Firefox/133.0 Windows",
        "\udcff\x00 Fire fox",
    ],
)
def test_anything_else_has_none(sent: str) -> None:
    """Nothing that a stranger sends comes out again."""
    assert ("", "") == browser_and_system(sent)


def test_half_of_it_may_be_known() -> None:
    """A browser without its system, a system without its browser."""
    assert ("Firefox", "") == browser_and_system("Firefox/133.0")
    assert ("", "Windows") == browser_and_system("Something (Windows NT 10.0)")

"""What a browser says of itself, as two names that a member recognises; its own words are never kept or shown.

The header `User-Agent` (RFC 9110 section 10.1.5) is free text of a stranger, and nearly every browser claims to be
several others. So the rarer names are looked for first, and what is not known here has no name.
"""

from typing import Final

_LONGEST: Final = 512

_BROWSERS: Final = (
    (("Edg/", "EdgA/", "EdgiOS/", "Edge/"), "Edge"),
    (("OPR/", "OPX/", "OPT/", "Opera"), "Opera"),
    (("SamsungBrowser/",), "Samsung Internet"),
    (("DuckDuckGo/", "Ddg/"), "DuckDuckGo"),
    (("Vivaldi/",), "Vivaldi"),
    (("Firefox/", "FxiOS/"), "Firefox"),
    (("CriOS/", "Chrome/", "Chromium/"), "Chrome"),
    (("MSIE ", "Trident/"), "Internet Explorer"),
    (("Safari/",), "Safari"),
)
_SYSTEMS: Final = (
    (("Windows Phone",), "Windows Phone"),
    (("Windows",), "Windows"),
    (("iPhone", "iPod"), "iPhone"),
    (("iPad",), "iPad"),
    (("Android",), "Android"),
    (("CrOS",), "ChromeOS"),
    (("Macintosh", "Mac OS X"), "Mac"),
    (("Linux", "X11"), "Linux"),
)
# Programs, not people; they name browsers too.
_ROBOTS: Final = ("bot", "crawl", "spider", "curl/", "python-requests", "wget/")


def browser_and_system(user_agent: str) -> tuple[str, str]:
    """Return the browser's family and the system it runs on, such as `Firefox` and `Windows`; empty when unknown."""
    text = user_agent[:_LONGEST]
    if any(word in text.lower() for word in _ROBOTS):
        return "", ""
    return _first(_BROWSERS, text), _first(_SYSTEMS, text)


def _first(known: tuple[tuple[tuple[str, ...], str], ...], text: str) -> str:
    return next((name for marks, name in known if any(mark in text for mark in marks)), "")

"""The cookies of a browser: what they say, and how they are written.

They carry random identifiers only: `browser` ties forms and pending sign-ins to one browser, `session` finds the
session, `lang` keeps the language, `state` lets applications see that the session changed. They take the `__Host-`
prefix and `Secure` wherever the issuer is https (N-122).
"""

from typing import Any, Final

from werkzeug.wrappers import Response as AnyResponse

from idp.config import Settings
from idp.records import dataclass
from idp.web import asked
from idp.web.i18n import choose_language, language_asked
from keys.entropy import token_urlsafe

BROWSER_LIFETIME: Final = 365 * 86400
"""Seconds that a browser keeps its id and its language."""

LANGUAGES: Final = (("fr", "Français"), ("en", "English"))
"""Those of the pages, and how each is called in itself."""


@dataclass(frozen=True, slots=True)
class Cookies:
    """Those of the request being answered."""

    settings: Settings

    def cookie(self, name: str) -> str:
        """Return a cookie's full name."""
        return f"__Host-idp-{name}" if self.settings.secure else f"idp-{name}"

    def browser_id(self) -> str:
        """Return this browser's opaque id, made (and set on the response) at its first visit."""
        here = asked.now()
        if not here.browser_id:
            known = here.cookies.get(self.cookie("browser"), "")
            here.new_browser = not 20 <= len(known) <= 64
            here.browser_id = token_urlsafe(24) if here.new_browser else known
        return here.browser_id

    def session_cookie(self) -> str | None:
        """Return the session cookie's value."""
        return asked.now().cookies.get(self.cookie("session"))

    def language(self) -> str:
        """Return the language of this answer: asked for, chosen before, the application's wish, or the browser's."""
        here = asked.now()
        if not here.language:
            kept = here.cookies.get(self.cookie("lang"))
            # Whoever chose one here keeps it, on the pages that follow too, whatever the application wishes for.
            wished = language_asked() or ("" if kept in dict(LANGUAGES) else here.ui_locales)
            here.language = choose_language(wished, kept, here.header("ACCEPT_LANGUAGE"))
        return here.language

    def set_session(self, response: AnyResponse, cookie: str) -> None:
        """Set the session cookie; it ends with the browser, the server's limits decide before that."""
        self._set(response, "session", cookie, None)

    def clear_session(self, response: AnyResponse) -> None:
        """Remove the session cookie, and what the applications' pages see of the session."""
        for name in ("session", "state"):
            self.clear_cookie(response, name)

    def set_cookie(self, response: AnyResponse, name: str, value: str) -> None:
        """Set a cookie that ends with the browser."""
        self._set(response, name, value, None)

    def clear_cookie(self, response: AnyResponse, name: str) -> None:
        """Remove a cookie."""
        response.delete_cookie(self.cookie(name), path="/", **self._attributes(name))

    def keep(self, response: AnyResponse) -> None:
        """Set what was found out on the way: a new browser's id, and a language that was asked for."""
        here = asked.now()
        if here.new_browser:
            self._set(response, "browser", here.browser_id, BROWSER_LIFETIME)
        if language_asked() in dict(LANGUAGES) and response.mimetype == "text/html":
            self._set(response, "lang", self.language(), BROWSER_LIFETIME)

    def _set(self, response: AnyResponse, name: str, value: str, lifetime: int | None) -> None:
        response.set_cookie(self.cookie(name), value, max_age=lifetime, path="/", **self._attributes(name))

    def _attributes(self, name: str) -> dict[str, Any]:
        """Return the attributes of a cookie.

        The browser's state is read by a script in other sites' frames (Session Management 1.0), which a browser allows
        on https only; on plain http the frames of the same site still see it.
        """
        if name == "state":
            return {"secure": self.settings.secure, "samesite": "None" if self.settings.secure else "Lax"}
        return {"secure": self.settings.secure, "httponly": True, "samesite": "Lax"}

"""The browser's session cookie, shared by every view that a person sees."""

from flask import Flask, Response, g, request

from federation.emulator.context import Emulator
from federation.emulator.state import Session

COOKIE = "fc_session_id"
"""FranceConnect's own cookie name; all demo servers share the host localhost, so it must differ from theirs."""


def current_session(emulator: Emulator) -> Session | None:
    """Return the browser's live session, sliding its end and its cookie."""
    session = emulator.state.session(request.cookies.get(COOKIE))
    if session is not None:
        carry(session)
    return session


def carry(session: Session) -> None:
    """Have the answer set the cookie to this session."""
    g.fc_session_id = session.sid


def forget(emulator: Emulator) -> None:
    """End the browser's session, here and in its cookie jar."""
    emulator.state.end_session(request.cookies.get(COOKIE))
    g.fc_session_id = ""


def install_cookie(app: Flask, lifetime: int, *, secure: bool) -> None:
    """Write the cookie on the way out, when a view asked for it."""

    @app.after_request
    def write_cookie(response: Response) -> Response:
        sid = g.get("fc_session_id")
        if sid:
            response.set_cookie(COOKIE, sid, max_age=lifetime, secure=secure, httponly=True, samesite="Lax")
        elif sid is not None:
            response.delete_cookie(COOKIE, secure=secure, httponly=True, samesite="Lax")
        return response

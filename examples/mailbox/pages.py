"""The mailbox's pages: the list, one message, and the list as JSON for scripts."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

from flask import Blueprint, Response, abort, jsonify, make_response, render_template

from examples.mailbox.messages import read_messages

_PARIS = ZoneInfo("Europe/Paris")

MESSAGE_POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; "
    "base-uri 'none'; frame-ancestors 'none'; form-action 'none'"
)
"""A message may carry its own style, but no script, no form and nothing from elsewhere."""


def blueprint(directory: Path) -> Blueprint:
    """Return the routes under `/mailbox/` for the messages of one directory."""
    pages = Blueprint("mailbox", __name__, url_prefix="/mailbox", template_folder="templates")

    def index() -> str:
        return render_template("mailbox/index.html", messages=read_messages(directory))

    def one(message_id: str) -> Response:
        # The id is only compared with those of the directory's files: it never becomes a path.
        message = next((item for item in read_messages(directory) if item.id == message_id), None)
        if message is None:
            abort(404)
        response = make_response(render_template("mailbox/message.html", message=message))
        response.headers["Content-Security-Policy"] = MESSAGE_POLICY
        return response

    def as_json() -> Response:
        return jsonify({"messages": [message.as_json() for message in read_messages(directory)]})

    pages.add_url_rule("/", "index", index)
    pages.add_url_rule("/messages.json", "as_json", as_json)
    pages.add_url_rule("/<message_id>", "one", one)
    pages.add_app_template_filter(_when, "received")
    return pages


def _when(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, _PARIS).strftime("%d/%m/%Y, %H:%M")

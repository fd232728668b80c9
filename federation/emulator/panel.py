"""`/_emulator`: the knobs, as a page for people and as JSON for tests. Loopback only, same origin only."""

import ipaddress

from flask import Blueprint, Response, abort, jsonify, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as BaseResponse

from federation.emulator.context import Emulator
from federation.emulator.knobs import KNOBS


class Panel:
    """The views over one set of knobs."""

    def __init__(self, emulator: Emulator) -> None:
        self._config = emulator.config
        self._knobs = emulator.knobs

    def page(self) -> str:
        """Show every knob and what is turned."""
        return render_template("panel.html", knobs=KNOBS, positions=self._knobs.snapshot(), config=self._config)

    def turn(self) -> BaseResponse | tuple[str, int]:
        """Take the page's form: every knob at once, or the reset button."""
        if "reset" in request.form:
            self._knobs.reset()
            return redirect(url_for("panel.page"), 303)
        try:
            self._knobs.set(request.form.to_dict())
        except ValueError as error:
            return str(error), 400
        return redirect(url_for("panel.page"), 303)

    def read(self) -> Response:
        """Return what is turned, as JSON."""
        return jsonify(self._knobs.snapshot())

    def write(self) -> Response | tuple[Response, int]:
        """Take a JSON object of positions; `{"reset": true}` first puts every knob to rest."""
        body = request.get_json()
        if not isinstance(body, dict):
            return jsonify(error="a JSON object is expected"), 400
        positions = {name: value for name, value in body.items() if name != "reset"}
        if body.get("reset"):
            self._knobs.reset()
        try:
            self._knobs.set(positions)
        except ValueError as error:
            return jsonify(error=str(error)), 400
        return self.read()


def panel_blueprint(emulator: Emulator) -> Blueprint:
    """Return the routes that turn the knobs."""
    blueprint = Blueprint("panel", __name__, url_prefix="/_emulator")
    panel = Panel(emulator)
    blueprint.before_request(_only_from_here)
    blueprint.add_url_rule("", "page", panel.page)
    blueprint.add_url_rule("", "turn", panel.turn, methods=["POST"])
    blueprint.add_url_rule("/knobs", "read", panel.read)
    blueprint.add_url_rule("/knobs", "write", panel.write, methods=["POST"])
    return blueprint


def _only_from_here() -> None:
    """Refuse another machine, and a page of another origin that would post here through the browser."""
    origin = request.headers.get("Origin")
    foreign = origin is not None and origin != request.host_url.rstrip("/")
    if foreign or not _is_loopback(request.remote_addr):
        abort(403)


def _is_loopback(address: str | None) -> bool:
    try:
        return ipaddress.ip_address(address or "").is_loopback
    except ValueError:
        return False

"""Addresses that lead back to the service provider: always `state` and `iss`, on success as on error."""

from collections.abc import Mapping
from urllib.parse import urlencode

from federation.emulator.config import EmulatorConfig
from federation.emulator.knobs import Knobs

OTHER_ISSUER = "https://other-issuer.example/api/v2"
LOST_STATE = "undefined"
"""What FranceConnect itself returns, literally, when it lost the state."""


def callback_url(
    redirect_uri: str,
    answer: Mapping[str, str],
    state: str,
    config: EmulatorConfig,
    knobs: Knobs,
    *,
    fragment: bool = False,
) -> str:
    """Return `redirect_uri` with the answer, `state` and `iss`; the `callback_…` knobs spoil it."""
    params = {**answer, "state": state, "iss": config.issuer}
    wrong = {
        "state": {"undefined": LOST_STATE, "other": "0" * 64},
        "iss": {"other": OTHER_ISSUER},
        "code": {"unknown": "A" * 43},
    }
    for name, values in wrong.items():
        if name not in params or not (position := knobs.choice(f"callback_{name}")):
            continue
        if position == "absent":
            del params[name]
        else:
            params[name] = values[position]
    separator = "#" if fragment else ("&" if "?" in redirect_uri else "?")
    return f"{redirect_uri}{separator}{urlencode(params)}"

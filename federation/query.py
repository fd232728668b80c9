"""Reading the query of a request that an upstream's answer came in."""

from werkzeug.datastructures import MultiDict

from federation.journey import Callback

_MAX_PARAMETER = 2048


def one(values: MultiDict[str, str], name: str) -> str:
    """Return a parameter that occurs exactly once and is not oversized, else the empty string."""
    found = values.getlist(name)
    return found[0] if len(found) == 1 and len(found[0]) <= _MAX_PARAMETER else ""


def answer_of(values: MultiDict[str, str]) -> Callback:
    """Return what the browser brought to the callback."""
    return Callback(
        state=one(values, "state"),
        code=one(values, "code"),
        issuer=one(values, "iss"),
        error=one(values, "error"),
        description=one(values, "error_description"),
    )


def return_id(values: MultiDict[str, str]) -> str:
    """Return the `state` of a return from logout if it can be one of ours, else the empty string: it may be lost."""
    state = one(values, "state")
    return state if state.replace("-", "").replace("_", "").isalnum() and state.isascii() else ""

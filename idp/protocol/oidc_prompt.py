"""The `prompt` parameter: OpenID Connect Core 1.0 section 3.1.2.1, Initiating User Registration 1.0 (`create`)."""

from typing import Final

from idp.protocol.errors import ProtocolError

PROMPTS: Final = ("none", "login", "consent", "select_account", "create")


def parse_prompt(value: str | None) -> frozenset[str]:
    """Return the prompts asked for.

    Raises:
        ProtocolError: `invalid_request` for an unknown value, or `none` beside another.
    """
    asked = frozenset((value or "").split())
    if not asked <= set(PROMPTS):
        raise ProtocolError("invalid_request", "prompt has an unsupported value")
    if "none" in asked and len(asked) > 1:
        raise ProtocolError("invalid_request", "prompt none cannot be combined with other values")
    return asked

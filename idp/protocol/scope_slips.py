"""Scopes of an application's own that are one slip of the pen from a standard one: perhaps not meant. Pure.

They are told, not refused: a service may well call a scope of its own `emails`.
"""

from collections.abc import Collection

from idp.protocol.names import SCOPE_CLAIMS


def slips(scopes: Collection[str]) -> list[tuple[str, str]]:
    """Return each scope that is nearly a standard one and is none, with that one."""
    own = sorted(name for name in scopes if name not in SCOPE_CLAIMS)
    return [(name, known) for name in own for known in SCOPE_CLAIMS if _one_slip(name.lower(), known)]


def _one_slip(one: str, other: str) -> bool:
    """Whether a letter more, less or otherwise, or two that changed places, makes one of the other; or capitals did."""
    same = next((at for at, (left, right) in enumerate(zip(one, other, strict=False)) if left != right), None)
    if same is None:
        return abs(len(one) - len(other)) <= 1
    left, right = one[same:], other[same:]
    return left[1:] in {right, right[1:]} or left == right[1:] or (left[1::-1], left[2:]) == (right[:2], right[2:])

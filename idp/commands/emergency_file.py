"""The file of an emergency of the keys: written for whoever reviews it, read back when it is carried out."""

import json
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from idp.admin.acts.refusals import RefusedError
from idp.commands.output import moment
from idp.moments import PARIS

if TYPE_CHECKING:
    from idp.admin.acts.keys import PreparedEmergency

FORMAT: Final = "idp-keys-emergency-1"

DIES: Final = (
    "Every access token issued before, of members and programs, whatever the algorithms: we refuse it at once.",
    "Applications ask for another with their refresh token; without one, by a sign-in, silent while the session lasts.",
    "Every token that these keys signed: applications and resource servers refuse it once they have read the new set.",
    "ID tokens kept as a hint: a sign-out that brings one asks the person to confirm.",
    "Messages that clients encrypt to a dropped key cannot be opened.",
    "An application that does not read the set again refuses the new tokens.",
    "Until it does it trusts the dropped keys: the set may be kept for ten minutes.",
    "A resource server that never asks us believes signed access tokens by keys that stay until they expire.",
)
STAYS: Final = ("Sessions, refresh tokens, passwords and second factors, and whatever is sealed.",)


def written(prepared: "PreparedEmergency") -> str:
    """Return the file: the plan, who made it, until when, and in words what dies and what stays."""
    proposal = prepared.proposal
    return json.dumps(
        {
            "format": FORMAT,
            "proposal": proposal.id,
            "prepared_by": proposal.made_by,
            "expires": datetime.fromtimestamp(proposal.expires_at, PARIS).isoformat(),
            "plan": prepared.plan.told(),
            "dies": DIES,
            "stays": STAYS,
        },
        ensure_ascii=False,
        indent=2,
    )


def said(prepared: "PreparedEmergency", path: Path) -> str:
    """Return what the terminal says of a plan that was written."""
    plan = prepared.plan
    drops = [f"  {one.algorithm:14} {one.state:8} {one.kid}" for one in plan.drops]
    behind = [f"These had not read the newest keys even before: {', '.join(plan.behind)}"] if plan.behind else []
    lines = (
        f"Nothing is dropped yet. The plan in {path} drops:",
        *drops,
        "Every access token issued before is dead at once, members' and programs'; refresh tokens and sessions stay.",
        f"{plan.jwt_access_tokens} of the members' are signed: who verifies alone believes until it reads the new set.",
        *behind,
        f"Somebody else reads it and runs, until {moment(prepared.proposal.expires_at)}:",
        f"  idp keys emergency --apply {path}",
    )
    return "\n".join(lines)


def read(text: str) -> tuple[str, dict[str, Any]]:
    """Return the proposal that a file names, and its plan; RefusedError where it is no such file."""
    try:
        told = json.loads(text)
    except (ValueError, RecursionError):
        told = None
    if not isinstance(told, dict) or told.get("format") != FORMAT:
        raise RefusedError("this is no file that idp keys emergency --prepare wrote")
    proposal, plan = told.get("proposal"), told.get("plan")
    if not isinstance(proposal, str) or not isinstance(plan, dict):
        raise RefusedError("this is no file that idp keys emergency --prepare wrote")
    return proposal, plan

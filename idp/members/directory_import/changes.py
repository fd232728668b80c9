"""What a line of the file means for the dossier there is: nothing, a new account, or a change. Pure."""

from collections.abc import Callable, Mapping
from dataclasses import field
from typing import Any, Final, Literal

from idp.members import legacy_hashes
from idp.members.directory_import.records import Record
from idp.records import dataclass

Kind = Literal["new", "changed", "unchanged"]

_NEW: Final[Mapping[str, Any]] = {
    "usage_name": "",
    "birthplace": "",
    "email": None,
    "email_verified": False,
    "phone_number": None,
    "address": None,
    "profile": {},
    "locale": "fr",
    "password_hash": None,
    "must_reset": None,
    "status_held": None,
    "email_changed_at": 0,
    "address_changed_at": 0,
    "epoch": 0,
}
_PASSWORD: Final = ("password_hash", "must_reset")


@dataclass(frozen=True, slots=True)
class Outcome:
    """What is to be stored for one line.

    `row` is the whole account, empty when nothing changes. `status` is the new one where it differs, `kept_email` says
    that the member's own proven address stands although the file has another, `kept_status` that an operator's
    decision does. `told` names the messages that go out, to `tells`, the address on file before (N-100, N-119).
    """

    kind: Kind
    row: Mapping[str, Any] = field(default_factory=dict, repr=False)
    status: str | None = None
    kept_email: bool = False
    kept_status: bool = False
    told: tuple[str, ...] = ()
    tells: str = field(default="", repr=False)


def decide(
    record: Record,
    known: Mapping[str, Any] | None,
    *,
    trusted_contacts: bool,
    now: int,
    new_id: Callable[[], str],
) -> Outcome:
    """Decide what a sound line does.

    A member's own choices are newer than the file: a password chosen here is never replaced (nor marked as dormant),
    and an e-mail address that the member has proven stays, unless the contacts of the file are trusted. A status that
    an operator holds is the operator's to change.

    Args:
        record: the line.
        known: the account as stored, by column; None for a new dossier.
        trusted_contacts: changed contacts may receive a reset at once (else N-119 holds them back), and replace
            addresses that members have proven.
        now: Unix seconds.
        new_id: makes ids and public subjects of new accounts.
    """
    if known is None:
        identity = {"id": new_id(), "subject": new_id(), "created_at": now, "updated_at": now}
        return Outcome("new", {**_NEW, **record.values, **identity})
    wanted = dict(record.values)
    if not _password_is_ours_to_set(known):
        for name in _PASSWORD:
            wanted.pop(name, None)
    kept = _keeps_email(wanted, known, trusted=trusted_contacts)
    if kept:
        del wanted["email"]
    held = known["status_held"] is not None and wanted.get("status", known["status"]) != known["status"]
    if held:
        del wanted["status"]
    changes = {name: value for name, value in wanted.items() if known[name] != value}
    if not changes:
        return Outcome("unchanged", kept_email=kept, kept_status=held)
    status = changes.get("status")
    if "email" in changes:
        changes["email_verified"] = False
    if not trusted_contacts:
        changes |= {f"{name}_changed_at": now for name in ("email", "address") if name in changes}
    ends = status is not None or ("password_hash" in changes and known["password_hash"] is not None)
    row = {**known, **changes, "epoch": known["epoch"] + ends, "updated_at": now}
    told = _told(changes, known, trusted=trusted_contacts) if known["email"] and row["status"] == "active" else ()
    return Outcome("changed", row, status, kept, held, told, known["email"] or "")


def _told(changes: Mapping[str, Any], known: Mapping[str, Any], *, trusted: bool) -> tuple[str, ...]:
    """Return which messages a member gets: whoever altered a record at the fund, or its file, is seen."""
    contacts = ("email" in changes, "address" in changes or "phone_number" in changes)
    secret = changes.get("password_hash") is not None and known["password_hash"] is not None
    messages = zip(("email_changed", "contact_changed"), (moved and not trusted for moved in contacts), strict=True)
    return (*(name for name, goes in messages if goes), *(("password_changed",) if secret else ()))


def _password_is_ours_to_set(known: Mapping[str, Any]) -> bool:
    stored = known["password_hash"]
    return stored is None or legacy_hashes.is_legacy(stored)


def _keeps_email(wanted: Mapping[str, Any], known: Mapping[str, Any], *, trusted: bool) -> bool:
    if trusted or not known["email_verified"] or known["email"] is None:
        return False
    return "email" in wanted and wanted["email"] != known["email"]

"""A dossier as the fund holds it: the number that opens an account, and the person behind it."""

from collections.abc import Mapping
from dataclasses import field
from typing import Any

from idp.records import dataclass
from idp.upstream import CivilStatus, Status


@dataclass(frozen=True, slots=True)
class Dossier:
    """One dossier, which is one account (decision D1).

    `dossier` is 7 digits for an `affilie`, 9 for an `ayant_droit`. `address` and `profile` hold OpenID Connect
    standard claims (Core 1.0 section 5.1) that the civil status does not already give. `password_hash` is an
    Argon2id hash in PHC form, None while the member has never chosen a password.
    """

    dossier: str
    situation: str
    status: Status
    civil: CivilStatus
    email: str | None = None
    phone_number: str | None = None
    address: Mapping[str, Any] | None = None
    profile: Mapping[str, Any] = field(default_factory=dict)
    locale: str = "fr"
    password_hash: str | None = None

"""Administrators whose password and code generator are given: for the demonstration, where anybody may try.

Everybody else comes in by an invitation (`idp.admin.welcome`); no page and no command leads here.
"""

import secrets
from collections.abc import Collection, Sequence
from typing import Final

from idp.admin.roles import Role
from idp.clock import Clock
from idp.members.factors import totp
from idp.members.factors.second_step import sealed_for
from idp.members.passwords import Passwords
from idp.services.audit import AuditLog
from idp.store.authenticators import TOTP, Authenticator
from idp.store.db import Store, Unit, once
from idp.upstream_ports import Seal

_LABEL: Final = "Démonstration"
"""What the code generator of such an administrator is called, by which a demonstration is known for one."""


class SeededAdministrators:
    """Writes administrators as they are given.

    Args:
        store: where they are kept.
        passwords: hashes.
        seal: the house's sealer.
        clock: Unix seconds.
        trail: told of each.
    """

    def __init__(self, store: Store, passwords: Passwords, seal: Seal, clock: Clock, trail: AuditLog) -> None:
        self._store = store
        self._passwords = passwords
        self._seal = seal
        self._clock = clock
        self._trail = trail

    def upsert(self, login: str, name: str, roles: Collection[Role], password: str, totp_secret: str) -> None:
        """Create or replace one administrator, found by login.

        Args:
            login: in lower case.
            name: how pages call the person.
            roles: what the person may do.
            password: hashed here.
            totp_secret: of the code generator, in base32.
        """
        hashed = self._passwords.hash(password)
        secret = totp.decoded(totp_secret)

        def work() -> None:
            with self._store.begin() as unit:
                self._write(unit, login, name, sorted(role.value for role in roles), hashed, secret)

        once(work)

    def _write(self, unit: Unit, login: str, name: str, roles: Sequence[str], hashed: str, secret: bytes) -> None:
        now, new_id = self._clock(), secrets.token_hex(16)
        known = unit.administrators.by_login(login)
        account_id = known.account_id if known is not None else secrets.token_hex(16)
        if known is None:
            subject = secrets.token_hex(16)
            unit.administrators.add(
                account_id=account_id, subject=subject, login=login, name=name, roles=roles, now=now
            )
        unit.administrators.set_roles(account_id, roles)
        unit.administrators.enable(account_id)
        unit.accounts.choose_password(account_id, hashed, now)
        unit.authenticators.remove_all(account_id)
        sealed = self._seal.seal(secret, sealed_for(account_id, new_id))
        unit.authenticators.add(Authenticator(new_id, account_id, TOTP, _LABEL, now, sealed=sealed))
        self._trail.within(unit, "admin_seeded", account_id=account_id)


def seeded(store: Store) -> bool:
    """Whether somebody whose password is written in a file may come in: the house is a demonstration's."""
    with store.reading() as unit:
        return any(
            factor.kind == TOTP and factor.label == _LABEL
            for one in unit.administrators.all()
            if one.enabled
            for factor in unit.authenticators.of(one.account_id)
        )

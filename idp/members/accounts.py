"""Members as the rest of the house may ask for them: facts to compare, dossiers to keep up to date."""

import secrets
from collections.abc import Callable

from idp.clock import Clock
from idp.members.dossiers import Dossier
from idp.members.passwords import Passwords
from idp.store.accounts import Account, Particulars
from idp.store.db import Store, once
from idp.upstream import AccountFacts, CivilStatus


def civil_of(account: Account) -> CivilStatus:
    """Return the civil status of an account."""
    return CivilStatus(
        birth_name=account.birth_name,
        given_names=account.given_names,
        birthdate=account.birthdate,
        gender=account.gender,
        birthplace=account.birthplace,
        birthcountry=account.birthcountry,
        usage_name=account.usage_name,
    )


def facts_of(account: Account) -> AccountFacts:
    """Return what federation and the pages may know of an account."""
    return AccountFacts(
        account_id=account.id,
        dossier=account.dossier,
        situation=account.situation,
        status=account.status,
        civil=civil_of(account),
        email=account.email,
        locale=account.locale,
        has_password=account.password_hash is not None and not account.must_reset,
        epoch=account.epoch,
    )


def _random_id() -> str:
    return secrets.token_hex(16)


class Members:
    """The members, one short unit of work a call. Every verb may raise `Unavailable`."""

    def __init__(
        self, store: Store, passwords: Passwords, clock: Clock, new_id: Callable[[], str] = _random_id
    ) -> None:
        self._store = store
        self._passwords = passwords
        self._clock = clock
        self._new_id = new_id

    def upsert(self, record: Dossier, password: str | None) -> Account:
        """Create a dossier or bring it up to date, found by its number; twice changes nothing. Return it as stored.

        Args:
            record: the dossier; its `password_hash`, when given, is stored as it is.
            password: password to hash and set; None leaves the password there is. Setting the one already in force
                changes nothing, another one ends the sessions and grants made before.
        """
        particulars = Particulars(
            dossier=record.dossier,
            situation=record.situation,
            status=record.status,
            birth_name=record.civil.birth_name,
            usage_name=record.civil.usage_name,
            given_names=record.civil.given_names,
            birthdate=record.civil.birthdate,
            gender=record.civil.gender,
            birthplace=record.civil.birthplace,
            birthcountry=record.civil.birthcountry,
            email=record.email,
            phone_number=record.phone_number,
            address=record.address,
            profile=record.profile,
            locale=record.locale,
        )
        with self._store.reading() as unit:
            known = unit.accounts.by_dossier(record.dossier)
        before = known.password_hash if known is not None else None
        chosen = self._password_hash(before, record.password_hash, password)

        def write() -> Account:
            now = self._clock()
            with self._store.begin() as unit:
                account = unit.accounts.upsert(particulars, account_id=self._new_id(), subject=self._new_id(), now=now)
                if chosen is not None and chosen != account.password_hash:
                    unit.accounts.set_password_hash(account.id, chosen, now)
                    if account.password_hash is not None:
                        unit.accounts.bump_epoch(account.id, now)
                        unit.logouts.of_account(account.id, now)
                return unit.accounts.by_id(account.id) or account

        return once(write)

    def _password_hash(self, before: str | None, given: str | None, password: str | None) -> str | None:
        # Outside the unit of work: a hash takes as long as many transactions.
        if password is None:
            return given
        if before is not None and self._passwords.verify(before, password):
            return before
        return self._passwords.hash(password)

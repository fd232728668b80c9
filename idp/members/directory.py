"""The fund's dossiers as federation may ask for them: the `idp.upstream_ports.AccountDirectory` port."""

from collections.abc import Sequence

from idp.members.accounts import facts_of
from idp.members.numbers import canonical
from idp.members.sign_in import SignIn
from idp.store.db import Store
from idp.upstream import AccountFacts, PasswordCheck


class Directory:
    """`AccountDirectory` over the store, its password check the very one of the sign-in page (N-098)."""

    def __init__(self, store: Store, sign_in: SignIn) -> None:
        self._store = store
        self._sign_in = sign_in

    def by_id(self, account_id: str) -> AccountFacts | None:
        """Return one account, whatever its status, or None."""
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id)
        return None if account is None else facts_of(account)

    def born_on(self, years: Sequence[str]) -> Sequence[AccountFacts]:
        """Return the accounts whose birth date starts with one of the prefixes; 500 at most."""
        with self._store.reading() as unit:
            return [facts_of(account) for account in unit.accounts.born_on(years)]

    def by_number(self, situation: str, dossier: str) -> AccountFacts | None:
        """Return the account of a dossier number, whatever its status, or None."""
        with self._store.reading() as unit:
            account = unit.accounts.by_login(situation, canonical(dossier))
        return None if account is None else facts_of(account)

    def check_password(self, *, situation: str, dossier: str, password: str, network: str) -> PasswordCheck:
        """Check a dossier number and password with the delays of the sign-in page (N-096, N-098)."""
        result = self._sign_in.check(situation, dossier, password, network)
        return PasswordCheck(result.account, result.retry_after, result.why)

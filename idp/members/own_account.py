"""A member's own account, as its pages show and change it: the parts, put together once."""

import re
from typing import Final, Literal

from idp import config
from idp.clock import Clock
from idp.members.desk import Desk
from idp.members.letter_address import street_lines
from idp.members.own_email import Email, OwnEmail, email_of
from idp.members.own_password import OwnPassword, State, state_of
from idp.members.passwords import Passwords
from idp.members.personal_data import Identities, PersonalData
from idp.members.provisional import Digests
from idp.members.sign_in import SignIn
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.db import Store, once
from idp.upstream_ports import Seal

Language = Literal["fr", "en"]

_FRENCH: Final = re.compile(r"\+33([1-9])(\d\d)(\d\d)(\d\d)(\d\d)")


@dataclass(frozen=True, slots=True)
class AccountView:
    """What a member sees of the account. Times are Unix seconds; empty texts stand for what is not on file.

    `password_changed_at` is 0 when the audit trail does not reach back so far. `address` holds the lines of an envelope
    without the name. `linked` says whether an identity of FranceConnect opens the account.
    """

    name: str
    dossier: str
    situation: str
    password: State
    password_changed_at: int
    email: Email
    address: tuple[str, ...]
    phone: str
    language: Language
    linked: bool


def spoken(number: str) -> str:
    """Return a telephone number as French people write it; one of another country stays as it is (E.164)."""
    found = _FRENCH.fullmatch(number)
    return "0" + "\u00a0".join(found.groups()) if found else number


class OwnAccount:
    """What a member who is signed in may do with the account. Every verb may raise `Unavailable`.

    Args:
        store: accounts.
        password: its change.
        email: its change.
        data: the copy of everything.
        identities: who opens the account from elsewhere.
        rest: seconds a changed address receives no provisional password.
        clock: present time.
        trail: told of every change, in its transaction.
    """

    def __init__(
        self,
        store: Store,
        *,
        password: OwnPassword,
        email: OwnEmail,
        data: PersonalData,
        identities: Identities,
        rest: int,
        clock: Clock,
        trail: Trail,
    ) -> None:
        self.password = password
        self.email = email
        self.data = data
        self._store = store
        self._identities = identities
        self._rest = rest
        self._clock = clock
        self._trail = trail

    @classmethod
    def over(
        cls,
        *,
        store: Store,
        sealer: Seal,
        passwords: Passwords,
        digests: Digests,
        sign_in: SignIn,
        desk: Desk,
        identities: Identities,
        settings: config.Settings,
        clock: Clock,
        trail: Trail,
    ) -> "OwnAccount":
        """Return the parts over one store, with the house's settings."""
        return cls(
            store,
            password=OwnPassword(
                store,
                passwords,
                digests,
                sign_in,
                sealer,
                minimum=settings.passwords.minimum_length,
                clock=clock,
                trail=trail,
            ),
            email=OwnEmail(store, desk.proving, settings.account, clock, trail),
            data=PersonalData(store, identities, clock, trail),
            identities=identities,
            rest=settings.activation.contact_rest,
            clock=clock,
            trail=trail,
        )

    def look(self, account_id: str) -> AccountView | None:
        """Return what there is, or None when the account is gone."""
        now = self._clock()
        with self._store.reading() as unit:
            account = unit.accounts.by_id(account_id)
            pending = unit.email_proofs.pending(account_id, now)
            changed_at = unit.audit.last(account_id, "password_changed")
        if account is None:
            return None
        return AccountView(
            name=account.display_name,
            dossier=account.dossier,
            situation=account.situation,
            password=state_of(account),
            password_changed_at=changed_at,
            email=email_of(account, pending, self._rest, now),
            address=street_lines(account),
            phone=spoken(account.phone_number or ""),
            language="en" if account.locale == "en" else "fr",
            linked=any(not one.ended_at for one in self._identities(account_id)),
        )

    def speak(self, account_id: str, language: Language) -> None:
        """Keep the language of messages."""

        def work() -> None:
            with self._store.begin() as unit:
                unit.accounts.set_locale(account_id, language, self._clock())
                self._trail.within(unit, "language_chosen", account_id=account_id, language=language)

        once(work)

"""The contact address: read, and proven by a link that works once. It becomes the account's only when proven."""

import hashlib
import re
import secrets
from collections.abc import Callable
from email.errors import MessageError
from email.headerregistry import Address
from typing import Final, Literal

from idp import config
from idp.clock import Clock
from idp.members.sealed_mail import queue_mail
from idp.members.trail import Trail
from idp.records import dataclass
from idp.store.accounts import Account
from idp.store.db import Store, Unit, once
from idp.store.email_proofs import EmailProof
from idp.upstream_ports import Seal

Outcome = Literal["proved", "gone"]

_LONGEST: Final = 254
_LOCAL: Final = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*")
_DOMAIN: Final = re.compile(r"(?:[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]")


def clean(typed: str) -> str | None:
    """Return an address as it is stored, its domain in small letters; None when it cannot be one (RFC 5321).

    A quoted name is none either, as in the files of the directory: few servers deliver to one.
    """
    text = typed.strip()
    local, at, domain = text.rpartition("@")
    if not (at and text.isascii() and len(text) <= _LONGEST and len(local) <= 64 and _LOCAL.fullmatch(local)):
        return None
    if not _DOMAIN.fullmatch(domain.lower()):
        return None
    try:
        return Address(addr_spec=f"{local}@{domain.lower()}").addr_spec
    except (ValueError, IndexError, MessageError):
        return None


def same(one: str | None, other: str | None) -> bool:
    """Whether two addresses reach one mailbox, as far as case can tell."""
    return (one or "").casefold() == (other or "").casefold()


@dataclass(frozen=True, slots=True)
class Link:
    """A link that was followed, before its button is pressed."""

    email: str


class EmailProving:
    """Sends links that prove an address, and follows them.

    Args:
        store: accounts and links.
        seal: the house's sealer.
        settings: lifetimes.
        issuer: the provider's address, from which links are built (N-112).
        clock: present time.
        trail: told of every proof, in its transaction.
    """

    def __init__(
        self,
        store: Store,
        seal: Seal,
        settings: config.Activation,
        issuer: str,
        clock: Clock,
        trail: Trail,
        new_id: Callable[[], str] = lambda: secrets.token_hex(16),
    ) -> None:
        self._store = store
        self._seal = seal
        self._lifetime = settings.link_lifetime
        self._issuer = issuer
        self._clock = clock
        self._trail = trail
        self._new_id = new_id

    def after_change(self, unit: Unit, account: Account, email: str | None, *, proven: bool, now: int) -> None:
        """Take the address of the form, in the unit that changes the password.

        A link that was asked for before the change works no more: perhaps somebody else asked for it.

        Args:
            unit: the open unit of work.
            account: as it was before the change.
            email: the address of the form, None to keep the one on file.
            proven: whether the member has just used a secret sent to the address on file.
            now: Unix seconds.
        """
        unit.email_proofs.cancel(account.id, now)
        wanted = email or account.email
        if wanted is None:
            return
        if proven and same(wanted, account.email):
            unit.accounts.set_email(account.id, account.email or wanted, now)
        elif not (same(wanted, account.email) and account.email_verified):
            self.send(unit, account, wanted, now)

    def send(self, unit: Unit, account: Account, email: str, now: int) -> None:
        """Send a link to an address in an open unit; older links of the account work no more."""
        token = secrets.token_urlsafe(32)
        digest = _digest(token)
        unit.email_proofs.replace(EmailProof(digest, account.id, email), now=now, expires_at=now + self._lifetime)
        queue_mail(
            unit,
            self._seal,
            account_id=account.id,
            to=email,
            template="email_proof",
            values={
                "link": f"{self._issuer}/adresse-e-mail/{token}",
                "dossier": account.dossier,
                "expires_at": str(now + self._lifetime),
            },
            key=f"email-proof:{digest}",
            task_id=self._new_id(),
            now=now,
        )

    def look(self, token: str) -> Link | None:
        """Return the address a link would prove, without using it: a mail scanner may open it (N-113)."""
        with self._store.reading() as unit:
            proof = unit.email_proofs.live(_digest(token), self._clock())
        return None if proof is None else Link(proof.email)

    def follow(self, token: str, network: str) -> Outcome:
        """Use a link: the address becomes the account's; the old one is told. Raises `Unavailable`."""
        return once(lambda: self._follow(_digest(token), network))

    def _follow(self, digest: str, network: str) -> Outcome:
        now = self._clock()
        with self._store.begin() as unit:
            proof = unit.email_proofs.live(digest, now)
            account = unit.accounts.by_id(proof.account_id) if proof is not None else None
            if proof is None or account is None or account.status != "active":
                return "gone"
            if not unit.email_proofs.spend(digest, now):
                return "gone"
            kept = same(proof.email, account.email)
            unit.accounts.set_email(account.id, account.email if kept and account.email else proof.email, now)
            self._trail.within(unit, "email_proved", account_id=account.id, network=network, changed=int(not kept))
            if not kept and account.email:
                self._tell_old(unit, account, account.email, digest, now)
        return "proved"

    def _tell_old(self, unit: Unit, account: Account, old: str, digest: str, now: int) -> None:
        queue_mail(
            unit,
            self._seal,
            account_id=account.id,
            to=old,
            template="email_changed",
            values={"dossier": account.dossier, "changed_at": str(now)},
            key=f"email-changed:{digest}",
            task_id=self._new_id(),
            now=now,
        )


def _digest(token: str) -> str:
    return hashlib.sha256(token[:128].encode("utf-8", "surrogatepass")).hexdigest()

"""What the support desk sees of a member: enough to know who calls and what is wrong.

Never a secret, never an id by which anything could be used. Addresses are shown in part: what the desk does not read,
it cannot be made to say.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Literal

from idp.admin.acts.cases import Listed
from idp.admin.acts.masked import email_part, post_part
from idp.admin.acts.member_changes import possible
from idp.clock import Clock
from idp.members import legacy_hashes
from idp.members.personal_data import Identities
from idp.records import dataclass
from idp.services.devices import Devices
from idp.services.sign_in_history import Entry, HistoryPage, Reader, SignInHistory
from idp.store.accounts import Account
from idp.store.audit import RecordedEvent
from idp.store.db import Store, Unit
from idp.store.deliveries import Message, Sent
from idp.upstream import Status, Upstream

SHOWN: Final = 20
"""Entries of each list at most."""

LOOKS: Final = frozenset(
    {
        "member_seen",
        "members_found",
        "federation.case_seen",
        "federation.explained",
        "audit_read",
        "audit_exported",
    }
)
"""Events of somebody who looked and did nothing."""

PasswordState = Literal["none", "set", "legacy", "dormant", "reported"]
"""`legacy`: of the system before; `dormant` and `reported`: there is one, to be replaced."""


@dataclass(frozen=True, slots=True)
class Person:
    """Whose dossier it is."""

    account_id: str
    dossier: str
    situation: str
    status: Status
    birth_name: str
    usage_name: str
    given_names: tuple[str, ...]
    birthdate: str


@dataclass(frozen=True, slots=True)
class Contact:
    """An address: `shown` is a part of it, empty where there is none; `rests_until` is 0 unless it changed lately."""

    shown: str
    proven: bool = True
    rests_until: int = 0


@dataclass(frozen=True, slots=True)
class IdentitySeen:
    """An identity from elsewhere that opens the account, or did; `ended_at` is 0 in force.

    `provider` is the issuer's address, `label` what people call it: empty for one that the house does not know now.
    """

    provider: str
    label: str
    method: str
    linked_at: int
    ended_at: int
    ended_reason: str


@dataclass(frozen=True, slots=True)
class FactorSeen:
    """A second factor, by its kind."""

    kind: str
    created_at: int
    used_at: int | None


@dataclass(frozen=True, slots=True)
class SessionSeen:
    """A session that lives."""

    browser: str
    system: str
    network: str
    provider: str
    started_at: int
    seen_at: int
    clients: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Working:
    """A provisional password that may still be used."""

    channel: str
    expires_at: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFile:
    """A member's account. Times are Unix seconds.

    `held` is why the status was set by hand, or empty; `provisional` is None where no provisional
    password works; `upstreams` are those whose link can be ended, by name with their label; `acts` are those
    that the state allows.
    """

    person: Person
    held: str
    language: str
    password: PasswordState
    email: Contact
    post: Contact
    identities: Sequence[IdentitySeen]
    upstreams: Mapping[str, str]
    factors: Sequence[FactorSeen]
    codes_left: int
    provisional: Working | None
    sessions: Sequence[SessionSeen]
    sign_ins: Sequence[Entry]
    earlier_sign_ins: bool
    sent: Sequence[Sent]
    messages: Sequence[Message]
    cases: Sequence[Listed]
    done: Sequence[RecordedEvent]
    acts: tuple[str, ...]


def person_of(account: Account) -> Person:
    """Return whose account it is."""
    return Person(
        account_id=account.id,
        dossier=account.dossier,
        situation=account.situation,
        status=account.status,
        birth_name=account.birth_name,
        usage_name=account.usage_name,
        given_names=account.given_names,
        birthdate=account.birthdate,
    )


class MemberFiles:
    """Puts the file together.

    Args:
        store: what is kept.
        devices: the sessions that live.
        history: of sign-ins.
        identities: returns the identities of an account, those of the past too.
        upstreams: returns those that open members' accounts, by name.
        rest: seconds a changed address receives no provisional password (N-119).
        attempts: wrong tries after which a provisional password is dead.
        clock: Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        devices: Devices,
        history: SignInHistory,
        identities: Identities,
        upstreams: Callable[[], Mapping[str, Upstream]],
        *,
        rest: int,
        attempts: int,
        clock: Clock,
    ) -> None:
        self._store = store
        self._devices = devices
        self._history = history
        self._identities = identities
        self._upstreams = upstreams
        self._rest = rest
        self._attempts = attempts
        self._clock = clock

    def of(self, account: Account) -> MemberFile:
        """Return the file of an account. Raises `Unavailable`, `KeyValueUnavailable`."""
        now, upstreams = self._clock(), self._upstreams()
        labels = {one.issuer: one.label for one in upstreams.values()}
        tied = {name: one.label for name, one in upstreams.items() if one.identity(account.id) is not None}
        history = self.sign_ins(account, 1)
        with self._store.reading() as unit:
            factors = [FactorSeen(one.kind, one.created_at, one.used_at) for one in unit.authenticators.of(account.id)]
            live = unit.provisionals.live(account.id, self._attempts, now)
            return MemberFile(
                person=person_of(account),
                held=account.status_held or "",
                language=account.locale,
                password=_password(account),
                email=self._email(account, now),
                post=self._post(account, now),
                identities=[
                    IdentitySeen(
                        provider=one.provider,
                        label=labels.get(one.provider, ""),
                        method=one.method,
                        linked_at=one.linked_at,
                        ended_at=one.ended_at,
                        ended_reason=one.ended_reason,
                    )
                    for one in self._identities(account.id)
                ],
                upstreams=tied,
                factors=factors,
                codes_left=unit.recovery_codes.left(account.id),
                provisional=None if live is None else Working(live.channel, live.expires_at),
                sessions=self._sessions(account),
                sign_ins=history.entries,
                earlier_sign_ins=history.older,
                sent=unit.deliveries.of(account.id, SHOWN),
                messages=unit.deliveries.messages(account.id, SHOWN),
                cases=[
                    Listed(name, case) for name, one in upstreams.items() for case in one.desk.waiting_for(account.id)
                ],
                done=self._done(unit, account.id),
                acts=possible(account, list(tied), len(factors)),
            )

    def sign_ins(self, account: Account, number: int) -> HistoryPage:
        """Return a page of an account's sign-ins, from 1. Raises `Unavailable`, `KeyValueUnavailable`."""
        return self._history.of(Reader(account.id, account.epoch), number)

    def _done(self, unit: Unit, account_id: str) -> Sequence[RecordedEvent]:
        return unit.audit.done_to(account_id, LOOKS, SHOWN)

    def _sessions(self, account: Account) -> Sequence[SessionSeen]:
        return [
            SessionSeen(
                browser=one.sign_in.browser,
                system=one.sign_in.system,
                network=one.sign_in.network,
                provider=one.sign_in.provider,
                started_at=one.sign_in.started_at,
                seen_at=one.seen_at,
                clients=one.clients,
            )
            for one in self._devices.live_of(account.id, account.epoch)
        ]

    def _email(self, account: Account, now: int) -> Contact:
        if not account.email:
            return Contact("")
        return Contact(email_part(account), account.email_verified, self._rests(account.email_changed_at, now))

    def _post(self, account: Account, now: int) -> Contact:
        if not account.address:
            return Contact("")
        return Contact(post_part(account), True, self._rests(account.address_changed_at, now))

    def _rests(self, changed_at: int, now: int) -> int:
        until = changed_at + self._rest
        return until if changed_at and until > now else 0


def _password(account: Account) -> PasswordState:
    if account.password_hash is None:
        return "none"
    if account.must_reset:
        return "reported" if account.must_reset == "reported" else "dormant"
    return "legacy" if legacy_hashes.is_legacy(account.password_hash) else "set"

"""The tables, as typed declarative classes. Times are Unix seconds; digests are lower-case hex SHA-256.

Nothing secret is stored readable: passwords are Argon2id, codes, tokens and client secrets are digests, private keys
and upstream handles are sealed (N-028).
"""

from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    UniqueConstraint,
)

from idp.store.addressed import Whose
from idp.store.declared import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """Base of every table of the provider."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy reads this plain attribute
        int: BigInteger,
        str: Text,
        bool: Boolean,
        bytes: LargeBinary,
        dict[str, Any]: JSON(none_as_null=True),
        list[str]: JSON(none_as_null=True),
        list[dict[str, Any]]: JSON(none_as_null=True),
    }


class AccountRow(Base):
    """One dossier: the account (decision D1)."""

    __tablename__ = "accounts"
    __table_args__ = (Index("ix_accounts_birthdate", "birthdate"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    subject: Mapped[str] = mapped_column(String(64), unique=True)
    dossier: Mapped[str] = mapped_column(String(9), unique=True)
    situation: Mapped[str] = mapped_column(String(16))
    status: Mapped[str] = mapped_column(String(16))
    password_hash: Mapped[str | None]
    birth_name: Mapped[str]
    usage_name: Mapped[str] = mapped_column(default="")
    given_names: Mapped[list[str]]
    birthdate: Mapped[str] = mapped_column(String(10))
    gender: Mapped[str] = mapped_column(String(16))
    birthplace: Mapped[str] = mapped_column(String(5))
    birthcountry: Mapped[str] = mapped_column(String(5))
    email: Mapped[str | None]
    email_verified: Mapped[bool] = mapped_column(default=False)
    phone_number: Mapped[str | None]
    address: Mapped[dict[str, Any] | None]
    profile: Mapped[dict[str, Any]]
    locale: Mapped[str] = mapped_column(String(8), default="fr")
    must_reset: Mapped[str | None] = mapped_column(String(16))
    """Why the password may not be used any more: `dormant` since before March 2021, `reported`; empty otherwise."""
    status_held: Mapped[str | None] = mapped_column(String(32))
    """Why an operator set the status by hand: no import changes it until the operator lets it go."""
    email_changed_at: Mapped[int] = mapped_column(default=0)
    address_changed_at: Mapped[int] = mapped_column(default=0)
    """A recently changed contact cannot receive a reset for a while (N-119)."""
    epoch: Mapped[int] = mapped_column(default=0)
    """Sessions and grants older than this number are dead: it grows when a password or status changes."""
    created_at: Mapped[int]
    updated_at: Mapped[int]


class ClientRow(Base):
    """One relying application; `metadata_` holds the members of `idp.protocol.client.Client` but those below.

    What it was given for itself under another `token_epoch` is dead.
    """

    __tablename__ = "clients"
    __table_args__ = (Index("ix_clients_stamp", "version", "token_epoch"),)

    client_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=True)
    secrets: Mapped[list[dict[str, Any]]]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")
    token_epoch: Mapped[int] = mapped_column(default=0)
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[int]
    updated_at: Mapped[int]


class GrantRow(Base):
    """One authorization with tokens. `code_digest` is unique: it is the judge of single use (decision D2).

    Where an access token went through the browser the row is there before its code is redeemed: `redeemable_until`
    says until when it may be, and is empty from then on. An authorization without a code has `none:<id>` for a digest.
    `signed_until` is when the last signed access token of it is over, which others believe without asking us.
    """

    __tablename__ = "grants"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    code_digest: Mapped[str] = mapped_column(String(64), unique=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    account_epoch: Mapped[int]
    client_id: Mapped[str] = mapped_column(String(128), index=True)
    subject: Mapped[str] = mapped_column(String(255))
    sid: Mapped[str] = mapped_column(String(64), index=True)
    scope: Mapped[str]
    claims: Mapped[dict[str, Any]]
    nonce: Mapped[str | None]
    acr: Mapped[str]
    amr: Mapped[list[str]]
    auth_time: Mapped[int]
    redirect_uri: Mapped[str]
    code_challenge: Mapped[str | None]
    resources: Mapped[list[str]]
    dpop_jkt: Mapped[str | None]
    created_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)
    revoked_at: Mapped[int | None]
    revoked_reason: Mapped[str | None]
    redeemable_until: Mapped[int | None]
    signed_until: Mapped[int] = mapped_column(default=0)


class RefreshTokenRow(Base):
    """One refresh token, by digest; a family is all the rows of one grant. Spent by one conditional UPDATE."""

    __tablename__ = "refresh_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    grant_id: Mapped[str] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str] = mapped_column(String(128))
    issued_at: Mapped[int]
    idle_expires_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)
    spent_at: Mapped[int | None]
    revoked_at: Mapped[int | None]
    replaces: Mapped[str | None] = mapped_column(String(64), index=True)


class ConsentRow(Base):
    """What a member agreed to share with a third party's application."""

    __tablename__ = "consents"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    client_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    scope: Mapped[str]
    claims: Mapped[dict[str, Any]]
    granted_at: Mapped[int]
    withdrawn_at: Mapped[int | None]


class SpentRow(Base):
    """A value that may be used once, such as the `jti` of an assertion: the unique key decides."""

    __tablename__ = "spent"

    purpose: Mapped[str] = mapped_column(String(32), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    expires_at: Mapped[int] = mapped_column(index=True)


class KeyRow(Base):
    """One sealed private key with the times that say what it may do."""

    __tablename__ = "keys"
    __table_args__ = (UniqueConstraint("algorithm", "use", "generation"),)

    kid: Mapped[str] = mapped_column(String(128), primary_key=True)
    algorithm: Mapped[str] = mapped_column(String(32))
    use: Mapped[str] = mapped_column(String(3))
    generation: Mapped[int]
    sealed: Mapped[bytes]
    published_at: Mapped[int]
    active_from: Mapped[int]
    retire_at: Mapped[int]
    drop_at: Mapped[int]


class AuditRow(Base):
    """One security event; no secret and no name in it (N-150 to N-155)."""

    __tablename__ = "audit"
    __table_args__ = (
        Index("ix_audit_account_time", "account_id", "time"),
        Index("ix_audit_event_time", "event", "time", "outcome"),
    )

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    time: Mapped[int] = mapped_column(index=True)
    event: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str | None] = mapped_column(String(32))
    client_id: Mapped[str | None] = mapped_column(String(128))
    network: Mapped[str | None] = mapped_column(String(64))
    reference: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]


class AuditSealRow(Base):
    """One seal over a run of security events; the number is the judge of who makes it."""

    __tablename__ = "audit_seals"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    first_id: Mapped[int]
    last_id: Mapped[int]
    last_time: Mapped[int]
    sealed_at: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    previous: Mapped[str] = mapped_column(String(64))
    mac: Mapped[str] = mapped_column(String(64))
    digests: Mapped[bytes]
    wiped_at: Mapped[int | None]


class OutboxRow(Base):
    """Work that leaves the house, written in the transaction that caused it (decision D11)."""

    __tablename__ = "outbox"
    __table_args__ = (Index("ix_outbox_due", "done_at", "not_before"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    kind: Mapped[str] = mapped_column(String(32))
    key: Mapped[str] = mapped_column(String(128), unique=True)
    payload: Mapped[dict[str, Any]]
    created_at: Mapped[int]
    not_before: Mapped[int]
    attempts: Mapped[int] = mapped_column(default=0)
    last_error: Mapped[str | None]
    done_at: Mapped[int | None]


_WHOSE = Whose(OutboxRow.payload)
Index("ix_outbox_account", _WHOSE, postgresql_where=_WHOSE.is_not(None), sqlite_where=_WHOSE.is_not(None))


class KeyValueRow(Base):
    """The key-value port on SQL, where no Redis is configured, or the one that is is gone (decision D3)."""

    __tablename__ = "key_values"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[bytes]
    expires_at: Mapped[int] = mapped_column(index=True)


class EraRow(Base):
    """A step between Redis and the database that stands in for it (`idp.store.eras`); none where that never was."""

    __tablename__ = "key_value_eras"

    step: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    mark: Mapped[str] = mapped_column(String(16))
    began_at: Mapped[int]
    doubted_at: Mapped[int]


class HouseSecretRow(Base):
    """One sealed secret of the house, from which keyed hashes and tags are derived, or that tokens are sealed under.

    `number` counts those that stood in its place before.
    """

    __tablename__ = "house_secrets"

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    sealed: Mapped[bytes]
    number: Mapped[int] = mapped_column(default=0)


class UpstreamPauseRow(Base):
    """One upstream that an operator has switched off: until `until`, or until it is switched on again."""

    __tablename__ = "upstream_pauses"

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    since: Mapped[int]
    until: Mapped[int | None]
    words: Mapped[dict[str, Any]]
    """What members are told, by language (`fr`, `en`); a language that lacks here is told the house's own sentence."""

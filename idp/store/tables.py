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
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


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
    """Why the password may not be used any more: `dormant` since before March 2021; empty otherwise."""
    email_changed_at: Mapped[int] = mapped_column(default=0)
    address_changed_at: Mapped[int] = mapped_column(default=0)
    """A recently changed contact cannot receive a reset for a while (N-119)."""
    epoch: Mapped[int] = mapped_column(default=0)
    """Sessions and grants older than this number are dead: it grows when a password or status changes."""
    created_at: Mapped[int]
    updated_at: Mapped[int]


class ClientRow(Base):
    """One relying application; `metadata_` holds the members of `idp.protocol.client.Client` but those below."""

    __tablename__ = "clients"

    client_id: Mapped[str] = mapped_column(String(128), primary_key=True)
    name: Mapped[str]
    enabled: Mapped[bool] = mapped_column(default=True)
    secrets: Mapped[list[dict[str, Any]]]
    metadata_: Mapped[dict[str, Any]] = mapped_column("metadata")
    version: Mapped[int] = mapped_column(default=1)
    created_at: Mapped[int]
    updated_at: Mapped[int]


class GrantRow(Base):
    """One redeemed authorization. `code_digest` is unique: it is the judge of single use (decision D2)."""

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


class AccessTokenRow(Base):
    """One opaque access token, by digest. `grant_id` is empty for client credentials."""

    __tablename__ = "access_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    grant_id: Mapped[str | None] = mapped_column(ForeignKey("grants.id", ondelete="CASCADE"), index=True)
    client_id: Mapped[str] = mapped_column(String(128))
    scope: Mapped[str]
    audience: Mapped[list[str]]
    dpop_jkt: Mapped[str | None]
    issued_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)
    revoked_at: Mapped[int | None]


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
    __table_args__ = (Index("ix_audit_account_time", "account_id", "time"),)

    id: Mapped[int] = mapped_column(BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)
    time: Mapped[int] = mapped_column(index=True)
    event: Mapped[str] = mapped_column(String(64))
    outcome: Mapped[str] = mapped_column(String(64))
    account_id: Mapped[str | None] = mapped_column(String(32))
    client_id: Mapped[str | None] = mapped_column(String(128))
    network: Mapped[str | None] = mapped_column(String(64))
    reference: Mapped[str | None] = mapped_column(String(64))
    details: Mapped[dict[str, Any]]


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


class KeyValueRow(Base):
    """The key-value port on SQL, where no Redis is configured (decision D3)."""

    __tablename__ = "key_values"

    key: Mapped[str] = mapped_column(String(200), primary_key=True)
    value: Mapped[bytes]
    expires_at: Mapped[int] = mapped_column(index=True)


class ProvisionalRow(Base):
    """One provisional password: opens the form that asks for a personal one, once (decision D8).

    A new one cancels those before it. `digest` is a keyed hash: the secret has enough entropy to need no slow one.
    """

    __tablename__ = "provisionals"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    channel: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)
    attempts: Mapped[int] = mapped_column(default=0)
    spent_at: Mapped[int | None]
    cancelled_at: Mapped[int | None]


class LetterRow(Base):
    """One letter with a provisional password: sealed until it is printed, then wiped."""

    __tablename__ = "letters"
    __table_args__ = (Index("ix_letters_waiting", "printed_at", "created_at"),)

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    provisional_id: Mapped[str] = mapped_column(ForeignKey("provisionals.id"), unique=True)
    sealed: Mapped[bytes | None]
    created_at: Mapped[int]
    batch: Mapped[str | None] = mapped_column(String(32), index=True)
    printed_at: Mapped[int | None]


class EmailProofRow(Base):
    """One link that proves a contact address, by digest; single use."""

    __tablename__ = "email_proofs"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    email: Mapped[str]
    created_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)
    spent_at: Mapped[int | None]


class ImportRow(Base):
    """How far an unfinished import of a directory file got: written with each batch, deleted with the last one."""

    __tablename__ = "imports"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    """SHA-256 over the file's digest and the options, hex: the same import finds its own journal."""
    records: Mapped[int]
    """Lines done, sound or not, from the beginning of the file."""
    counts: Mapped[dict[str, Any]]
    started_at: Mapped[int]
    updated_at: Mapped[int]

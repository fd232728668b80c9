"""The tables of the members' own matters: what is on its way to them, what proves who they are, what they did."""

from typing import Any

from sqlalchemy import ForeignKey, Index, String

from idp.store.declared import Mapped, mapped_column
from idp.store.tables import Base


class MemberNameRow(Base):
    """One name of a member as the desk looks for it (`idp.store.member_names`): letters from a to z, by their order."""

    __tablename__ = "member_names"

    # By octets: where a language has its own order of letters, no range holds what begins with a prefix.
    name: Mapped[str] = mapped_column(
        String(64).with_variant(String(64, collation="C"), "postgresql"), primary_key=True
    )
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True, index=True)


class ProvisionalRow(Base):
    """One provisional password: opens the form that asks for a personal one, once (decision D8).

    A new one cancels those before it. `digest` is a keyed hash: the secret has enough entropy to need no slow one.
    One with a `purpose` opens no form: it is a code that proves the dossier to one person of an upstream.
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
    purpose: Mapped[str] = mapped_column(String(64), default="", server_default="", index=True)
    """Digest of the person whom it proves the dossier to; empty for a password."""


class LetterRow(Base):
    """One letter with a provisional password or a code: sealed until it is printed, then wiped."""

    __tablename__ = "letters"
    __table_args__ = (
        Index("ix_letters_waiting", "printed_at", "created_at"),
        Index("ix_letters_created", "created_at"),
    )

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


class SignInRow(Base):
    """One session that was opened: what the member sees as devices and as history.

    `device` is the digest of the browser's own cookie, so that a new one can be told; `handle` finds the session's
    record in the key-value store: the session lives while that is there and `ended_at` is empty.
    """

    __tablename__ = "sign_ins"
    __table_args__ = (
        Index("ix_sign_ins_account_time", "account_id", "started_at"),
        Index("ix_sign_ins_account_device", "account_id", "device"),
        Index("ix_sign_ins_handle", "handle", unique=True),
        Index("ix_sign_ins_time_provider", "started_at", "provider"),
    )

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"))
    sid: Mapped[str] = mapped_column(String(64))
    handle: Mapped[str] = mapped_column(String(64))
    device: Mapped[str] = mapped_column(String(64))
    browser: Mapped[str] = mapped_column(String(32))
    system: Mapped[str] = mapped_column(String(32))
    """What the browser said of itself, as two known names or none: never its own words."""
    network: Mapped[str] = mapped_column(String(64))
    """Without its last part: enough for the member to recognise a place."""
    provider: Mapped[str] = mapped_column(String(32))
    acr: Mapped[str]
    amr: Mapped[list[str]]
    client_id: Mapped[str | None] = mapped_column(String(128))
    started_at: Mapped[int]
    ended_at: Mapped[int | None]
    ended_reason: Mapped[str | None] = mapped_column(String(32))
    notice: Mapped[str | None] = mapped_column(String(8))
    disowned_at: Mapped[int | None]


class AuthenticatorRow(Base):
    """One second factor of a member: a code generator (`totp`, its secret sealed) or a `passkey`."""

    __tablename__ = "authenticators"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), index=True)
    kind: Mapped[str] = mapped_column(String(16))
    label: Mapped[str]
    sealed: Mapped[bytes | None]
    last_step: Mapped[int | None]
    """The last time step whose code was used: a code works once (RFC 6238 section 5.2)."""
    credential_id: Mapped[str | None] = mapped_column(unique=True)
    public_key: Mapped[bytes | None]
    sign_count: Mapped[int] = mapped_column(default=0)
    transports: Mapped[list[str]]
    backed_up: Mapped[bool] = mapped_column(default=False)
    created_at: Mapped[int]
    used_at: Mapped[int | None]


class RecoveryCodeRow(Base):
    """One recovery code, by keyed digest: replaces the second factor, once."""

    __tablename__ = "recovery_codes"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    created_at: Mapped[int]
    spent_at: Mapped[int | None]

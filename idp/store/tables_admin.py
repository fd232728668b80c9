"""The tables of administration: who of the staff may do what, and the configuration files that they applied."""

from sqlalchemy import BigInteger, ForeignKey, Integer, String

from idp.store.declared import Mapped, mapped_column
from idp.store.tables import Base


class AdministratorRow(Base):
    """One administrator: what the staff's account of the same id may do, and how it is found.

    The account has no dossier number and no civil status; it is never a member's. An invitation, by digest, opens the
    page where the password and the second factor are chosen, once.
    """

    __tablename__ = "administrators"

    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), primary_key=True)
    login: Mapped[str] = mapped_column(String(128), unique=True)
    roles: Mapped[list[str]]
    created_at: Mapped[int]
    disabled_at: Mapped[int | None]
    invitation: Mapped[str | None] = mapped_column(String(64), unique=True)
    invitation_expires: Mapped[int | None]


class ConfigurationRow(Base):
    """One configuration file, as it was applied or as the database was found."""

    __tablename__ = "configurations"

    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    kind: Mapped[str] = mapped_column(String(8))
    digest: Mapped[str] = mapped_column(String(64))
    actor: Mapped[str] = mapped_column(String(128))
    door: Mapped[str] = mapped_column(String(16))
    kept_at: Mapped[int]
    text: Mapped[str]


class SizeSampleRow(Base):
    """The size of one table on one day."""

    __tablename__ = "size_samples"

    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    bytes: Mapped[int]


class ProposalRow(Base):
    """An act that waits for a second person, or did. What it was to be done with is sealed, and wiped once decided."""

    __tablename__ = "proposals"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    act: Mapped[str] = mapped_column(String(64))
    sealed: Mapped[bytes | None]
    made_by: Mapped[str] = mapped_column(String(160))
    door: Mapped[str] = mapped_column(String(16))
    made_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)
    status: Mapped[str] = mapped_column(String(16))
    decided_by: Mapped[str | None] = mapped_column(String(160))
    decided_at: Mapped[int | None]
    note: Mapped[str | None]


class AdministratorIdentityRow(Base):
    """Who at an upstream opens an administrator's account: tied by an invitation, one of each to one of the other."""

    __tablename__ = "administrator_identities"

    issuer: Mapped[str] = mapped_column(String(255), primary_key=True)
    sub: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[str] = mapped_column(ForeignKey("accounts.id"), unique=True)
    provider: Mapped[str] = mapped_column(String(32))
    tied_at: Mapped[int]

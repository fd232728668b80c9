"""The tables beside the clients: who registered by themselves, who may, pictures, readers of our keys, the past."""

from typing import Any, Final

from sqlalchemy import ForeignKey, Index, String, text

from idp.store.declared import Mapped, mapped_column
from idp.store.tables import Base

HAS_REFERENCE: Final = text("reference <> ''")
"""Of which days the references are in an index: refusals that have one, a few of the rows."""


class RegistrationRow(Base):
    """One client that registered by itself, with the digest of the token that manages it (RFC 7592 section 1)."""

    __tablename__ = "registrations"

    client_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
    )
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    network: Mapped[str] = mapped_column(String(64))
    created_at: Mapped[int] = mapped_column(index=True)


class InitialTokenRow(Base):
    """One initial access token, by digest: leave to register a number of clients (RFC 7591 section 1.2)."""

    __tablename__ = "initial_tokens"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    note: Mapped[str]
    uses_left: Mapped[int]
    created_at: Mapped[int]
    expires_at: Mapped[int] = mapped_column(index=True)


class ClientLogoRow(Base):
    """Our copy of a client's logo: pages load no picture from elsewhere (N-017)."""

    __tablename__ = "client_logos"

    client_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
    )
    digest: Mapped[str] = mapped_column(String(64))
    media_type: Mapped[str] = mapped_column(String(32))
    body: Mapped[bytes]
    fetched_at: Mapped[int]


class KeyReaderRow(Base):
    """One address that one client calls from, with the last time somebody there read the published keys."""

    __tablename__ = "key_readers"

    client_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
    )
    address: Mapped[str] = mapped_column(String(64), primary_key=True)
    called_at: Mapped[int] = mapped_column(index=True)
    read_at: Mapped[int | None]
    newest_read: Mapped[int | None]


class ClientDayRow(Base):
    """What one client did in one day, of one kind: a counter, the two sides of the last near miss, the last reference.

    Kinds and aspects are closed sets: whoever sends requests in its name fills no table.
    """

    __tablename__ = "client_days"
    __table_args__ = (
        Index(
            "ix_client_days_reference",
            "reference",
            postgresql_where=HAS_REFERENCE,
            sqlite_where=HAS_REFERENCE,
        ),
    )

    client_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
    )
    day: Mapped[int] = mapped_column(primary_key=True, autoincrement=False, index=True)
    kind: Mapped[str] = mapped_column(String(32), primary_key=True)
    aspect: Mapped[str] = mapped_column(String(128), primary_key=True)
    count: Mapped[int]
    first_at: Mapped[int]
    last_at: Mapped[int]
    sent: Mapped[str] = mapped_column(String(256), default="")
    registered: Mapped[str] = mapped_column(String(256), default="")
    reference: Mapped[str] = mapped_column(String(32), default="", server_default="")


class ClientVersionRow(Base):
    """One registration as an administrator left it, without its secrets; the number is `clients.version` then."""

    __tablename__ = "client_versions"

    client_id: Mapped[str] = mapped_column(
        String(128), ForeignKey("clients.client_id", ondelete="CASCADE"), primary_key=True
    )
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    act: Mapped[str] = mapped_column(String(32))
    actor: Mapped[str] = mapped_column(String(128))
    door: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str]
    made_at: Mapped[int]
    registration: Mapped[dict[str, Any]]

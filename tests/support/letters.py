"""Members who wait for letters."""

from collections.abc import Mapping
from typing import Any

from idp.members.letter_queue import queue_letter
from idp.store.accounts import Account, Particulars
from idp.store.db import Store
from idp.store.provisionals import Provisional
from idp.upstream_ports import Seal

ADDRESS: Mapping[str, Any] = {
    "street_address": "12 rue des Lilas",
    "postal_code": "75007",
    "locality": "Paris",
    "country": "FRANCE",
}
DAY = 86400


def member(number: int, **changes: Any) -> Particulars:
    """Return the particulars of a member."""
    values: dict[str, Any] = {
        "dossier": f"{1_000_000 + number}",
        "situation": "affilie",
        "status": "active",
        "birth_name": "DUBOIS",
        "given_names": ("Claire", "Anne"),
        "birthdate": "1980-05-17",
        "gender": "female",
        "birthplace": "75107",
        "birthcountry": "99100",
        "address": ADDRESS,
    }
    return Particulars(**(values | changes))


def account(number: int = 1, **changes: Any) -> Account:
    """Return an account that is in no database."""
    particulars = member(number, **changes)
    values = {name: getattr(particulars, name) for name in Particulars.__dataclass_fields__}
    return Account(
        **values, id=f"a{number}", subject=f"s{number}", password_hash=None, epoch=0, created_at=0, updated_at=0
    )


def secret_of(number: int) -> str:
    """Return the password of a member's letter, as printed."""
    letters = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
    text = "".join(letters[(number // 31**place) % 31] for place in range(4))
    return f"{text}-WXYZ-2345-{text}"


def ask(store: Store, seal: Seal, number: int, now: int, *, life: int = 21 * DAY, **changes: Any) -> str:
    """Queue a letter for a member, cancelling the one before; return its id."""
    with store.begin() as unit:
        kept = unit.accounts.upsert(member(number, **changes), account_id=f"a{number}", subject=f"s{number}", now=now)
        letter = f"l{number}-{now}"
        unit.provisionals.replace(Provisional(letter, kept.id, "post", letter, now, now + life))
        secret = secret_of(number)
        queue_letter(unit, seal, letter_id=letter, account_id=kept.id, provisional_id=letter, secret=secret, now=now)
    return letter

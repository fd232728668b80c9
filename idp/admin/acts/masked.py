"""A member's addresses as the fund's staff see them: in part, so that nobody can be made to read out the whole."""

from idp.members.delivery import mask
from idp.store.accounts import Account


def email_part(account: Account) -> str:
    """Return the e-mail address in part, or nothing where there is none."""
    return mask(account.email) if account.email else ""


def post_part(account: Account) -> str:
    """Return the postcode and the town of the postal address, or nothing where there is none."""
    address = account.address or {}
    return " ".join(f"{address.get('postal_code') or ''} {address.get('locality') or ''}".split())

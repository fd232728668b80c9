"""One check per column of a directory file: text in, the value to store out, or a `FieldError` that says why not."""

import calendar
import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final, get_args

import argon2

from idp.members import legacy_hashes
from idp.members.directory_import.faults import FieldError
from idp.upstream import Status

FRANCE: Final = "99100"
PROFILE_CLAIMS: Final = ("middle_name", "nickname", "preferred_username", "profile", "picture", "website")
"""Claims of OpenID Connect Core 5.1 that no column gives, and so may stand in `profile`."""

SITUATIONS: Final = {"affilie": 7, "ayant_droit": 9}
_STATUSES: Final = get_args(Status)
_EARLIEST_YEAR: Final = 1850
_DATE: Final = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
_COMMUNE: Final = re.compile(r"(?:[0-9]{2}|2[AB])[0-9]{3}")
_COUNTRY: Final = re.compile(r"99[0-9]{3}")
_PHONE: Final = re.compile(r"\+[1-9][0-9]{6,14}")
_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_EMAIL: Final = re.compile(
    rf"[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{{|}}~-]+)*@(?:{_LABEL}\.)+{_LABEL}"
)
_ARGON2_MEMORY_KIB: Final = 256 * 1024
_ARGON2_PASSES: Final = 16

Check = Callable[[Any], Any]
"""Takes a text that is not empty (or what JSON held) and returns the value to store; raises `FieldError`."""


def text(value: Any, most: int, *, lines: bool = False) -> str:
    """Return a text that can be stored and shown: no control characters, `most` characters at most."""
    if not isinstance(value, str):
        raise FieldError("must be text")
    if len(value) > most:
        raise FieldError(f"has more than {most} characters")
    shown = value.replace("\r\n", "\n").replace("\n", "") if lines else value
    if not shown.isprintable():
        if any("\udc80" <= character <= "\udcff" for character in shown):
            raise FieldError("is not UTF-8")
        raise FieldError("holds a character that cannot be printed")
    return value.replace("\r\n", "\n") if lines else value


def dossier(value: Any) -> str:
    """Return a dossier number; its length is compared with the situation later."""
    number = text(value, 32)
    if not (number.isascii() and number.isdigit()):
        raise FieldError("must be digits only")
    return number


def one_of(choices: tuple[str, ...], value: Any) -> str:
    """Return one of the words that are allowed."""
    if value not in choices:
        raise FieldError(f"must be one of {', '.join(choices)}")
    return str(value)


def given_names(value: Any) -> list[str]:
    """Return the given names: a list in JSON, separated by `|` in CSV."""
    names = [name.strip() for name in value.split("|")] if isinstance(value, str) else value
    if not isinstance(names, list) or not 1 <= len(names) <= 20:
        raise FieldError("must be 1 to 20 names")
    for name in names:
        if not text(name, 100).strip():
            raise FieldError("holds an empty name")
    return names


def birthdate(year_now: int, value: Any) -> str:
    """Return a date of birth; month and day, or the day alone, are `00` where unknown."""
    match = _DATE.fullmatch(value) if isinstance(value, str) and value.isascii() else None
    if match is None:
        raise FieldError("must be YYYY-MM-DD, with 00 for what is unknown")
    year, month, day = (int(part) for part in match.groups())
    if not _EARLIEST_YEAR <= year <= year_now:
        raise FieldError(f"has a year that is not between {_EARLIEST_YEAR} and {year_now}")
    if month > 12 or (month == 0 and day != 0):
        raise FieldError("has a month that does not exist, or a day without its month")
    if month and day > calendar.monthrange(year, month)[1]:
        raise FieldError("is a day that does not exist")
    return str(value)


def coded(pattern: re.Pattern[str], reason: str, value: Any) -> str:
    """Return a text of an exact form."""
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise FieldError(reason)
    return value


def email(value: Any) -> str:
    """Return an e-mail address as mail servers deliver it (RFC 5321 sections 4.1.2 and 4.5.3.1; no quoted names)."""
    address = text(value, 254)
    if not _EMAIL.fullmatch(address) or address.index("@") > 64:
        raise FieldError("is not an e-mail address")
    return address


def profile(value: Any) -> dict[str, str]:
    """Return further claims: a JSON object of texts."""
    if not isinstance(value, Mapping):
        raise FieldError("must be a JSON object")
    unknown = set(value) - set(PROFILE_CLAIMS)
    if unknown:
        raise FieldError(f"holds a claim other than {', '.join(PROFILE_CLAIMS)}")
    return {name: text(claim, 500) for name, claim in value.items()}


def password_hash(value: Any) -> str:
    """Return a hash as the account keeps it: of a legacy scheme, or Argon2id within bounds."""
    given = text(value, 512)
    if not given.startswith("$argon2id$"):
        try:
            return legacy_hashes.to_stored(given)
        except legacy_hashes.LegacyHashError as error:
            raise FieldError(str(error)) from None
    try:
        cost = argon2.extract_parameters(given)
    except argon2.exceptions.InvalidHashError:
        raise FieldError("is a damaged Argon2id hash") from None
    if cost.memory_cost > _ARGON2_MEMORY_KIB or cost.time_cost > _ARGON2_PASSES:
        raise FieldError("asks for more memory or work than is allowed")
    return given


def checks(year_now: int) -> Mapping[str, Check]:
    """Return the check of every column, by name.

    Args:
        year_now: present year; nobody was born later.
    """
    short = partial(text, most=100)
    return {
        "dossier": dossier,
        "situation": partial(one_of, tuple(SITUATIONS)),
        "status": partial(one_of, _STATUSES),
        "birth_name": short,
        "usage_name": short,
        "given_names": given_names,
        "birthdate": partial(birthdate, year_now),
        "gender": partial(one_of, ("female", "male", "unspecified")),
        "birthplace": partial(coded, _COMMUNE, "must be a COG code of a commune, such as 75107 or 2A004"),
        "birthcountry": partial(coded, _COUNTRY, "must be a COG code of a country, such as 99100"),
        "email": email,
        "phone_number": partial(coded, _PHONE, "must be in international form, such as +33639980001"),
        "street_address": partial(text, most=200, lines=True),
        "postal_code": partial(text, most=16),
        "locality": short,
        "region": short,
        "country": short,
        "locale": partial(one_of, ("fr", "en")),
        "profile": profile,
        "password_hash": password_hash,
        "must_reset": partial(one_of, ("dormant",)),
    }

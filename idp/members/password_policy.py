"""What a personal password must be: long enough and hard to guess. No composition rule (N-090, N-091)."""

import re
import unicodedata
from typing import TYPE_CHECKING, Final, Literal

from idp.loading import Late
from idp.members.common_words import FUND, STEMS
from idp.records import dataclass
from idp.store.accounts import Account

if TYPE_CHECKING:
    from zxcvbn import matching, scoring
else:
    # Its lists of words take 12 MiB, for the few requests that choose a password.
    matching, scoring = Late("zxcvbn.matching"), Late("zxcvbn.scoring")

LONGEST: Final = 256
"""Characters accepted, spaces and any script among them; a longer one is refused, never cut (N-090)."""

Fault = Literal["short", "long", "common", "dossier", "birthdate", "name", "fund", "weak"]
"""Why a password is refused; the first of these that holds."""

_ESTIMATED: Final = 64
"""Characters that are enough to judge by: the estimator's work grows with the square of the length."""
_LEAST_GUESSES: Final = 10**9
_SHORTEST_NAME: Final = 4
_LEET: Final = str.maketrans("0134578@$!€", "oieastbasie")
_EDGES: Final = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_SEPARATORS: Final = re.compile(r"[\W_]+")
_NOT_LETTERS: Final = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Person:
    """What others know of a member, and so may not be the password; `birthdate` is YYYY-MM-DD, or partly zeros."""

    dossier: str
    names: tuple[str, ...]
    birthdate: str
    email: str | None = None

    @classmethod
    def of(cls, account: Account) -> "Person":
        """Return what others know of the member of an account."""
        names = (account.birth_name, account.usage_name, *account.given_names)
        return cls(account.dossier, tuple(filter(None, names)), account.birthdate, account.email)


def normal(password: str) -> str:
    """Return a password as it is counted and hashed: NFC, nothing else changed."""
    return unicodedata.normalize("NFC", password)


def fault(password: str, person: Person, minimum: int) -> Fault | None:
    """Return why a password is refused, or None for one that may be used.

    Args:
        password: as typed.
        person: whose password it will be.
        minimum: least length, in characters.
    """
    typed = normal(password)
    if len(typed) < minimum:
        return "short"
    if len(typed) > LONGEST:
        return "long"
    plain = _plain(typed)
    packed = _NOT_LETTERS.sub("", plain)
    if _is_common(typed, plain):
        return "common"
    digits = _SEPARATORS.sub("", unicodedata.normalize("NFKC", typed))
    if person.dossier in digits:
        return "dossier"
    if any(form in digits for form in _birthdates(person.birthdate)):
        return "birthdate"
    if any(word in packed for name in person.names for word in _words(name)):
        return "name"
    if any(word in packed for word in FUND):
        return "fund"
    return None if _guesses(typed, person) >= _LEAST_GUESSES else "weak"


def _plain(text: str) -> str:
    """Return a text in small letters without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def _is_common(typed: str, plain: str) -> bool:
    """Whether a password is one of the most used, with or without what people add before and after it."""
    forms = {typed.casefold(), plain}
    forms |= {_EDGES.sub("", form) for form in (plain, plain.translate(_LEET))}
    used = matching.RANKED_DICTIONARIES["passwords"]
    return any(one in used or one in STEMS for form in forms if form for one in (form, _repeated(form)))


def _repeated(text: str) -> str:
    """Return the shortest part whose repetition is the text."""
    size = (text + text).find(text, 1)
    return text[:size]


def _words(name: str) -> list[str]:
    """Return the parts of a name that are long enough to be recognised, and the whole of it."""
    parts = _NOT_LETTERS.split(_plain(name))
    return [part for part in {*parts, "".join(parts)} if len(part) >= _SHORTEST_NAME]


def _birthdates(birthdate: str) -> set[str]:
    """Return the ways to write a birth date in digits, day and month known."""
    year, month, day = [*birthdate.split("-"), "", "", ""][:3]
    if not (month.strip("0") and day.strip("0")):
        return set()
    short = year[2:]
    return {day + month + year, year + month + day, month + day + year, day + month + short, short + month + day}


def _guesses(typed: str, person: Person) -> int:
    """Return how many guesses an attacker who knows the member needs, by the zxcvbn estimator."""
    known = {*STEMS, *FUND, person.dossier, person.birthdate[:4]}
    known |= {word for name in person.names for word in _NOT_LETTERS.split(_plain(name))}
    known |= set(_NOT_LETTERS.split(_plain(person.email or "")))
    ranks = dict.fromkeys(filter(None, known), 1)
    # The package's own entry point keeps the words it is given in a table that all threads share.
    dictionaries = {**matching.RANKED_DICTIONARIES, "user_inputs": ranks}
    head = _plain(typed)[:_ESTIMATED]
    found = scoring.most_guessable_match_sequence(head, matching.omnimatch(head, dictionaries))
    return int(found["guesses"])

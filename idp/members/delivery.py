"""Where a provisional password may go, and what the page may say of it: the same for every number (decision D9)."""

import hashlib
import hmac
import re
import string
from typing import Final, Literal

from idp.records import dataclass
from idp.store.accounts import Account

Channel = Literal["email", "post"]

_FIRST_NAMES: Final = """
    marie nathalie isabelle sylvie catherine francoise valerie christine sandrine veronique sophie celine julie
    emilie laure anne claire helene philippe laurent thierry nicolas olivier jerome david julien thomas pascal
"""
_LAST_NAMES: Final = """
    martin bernard dubois robert richard petit durand leroy moreau simon laurent lefebvre michel garcia bertrand
    vincent fournier morel girard andre mercier dupont lambert bonnet francois martinez legrand garnier faure roux
"""
_FIRST: Final = _FIRST_NAMES.split()
_LAST: Final = _LAST_NAMES.split()
# The share of each among the members' addresses: what is common must be common among the invented ones too.
_HOSTS: Final = (
    *("gmail.com",) * 9,
    *("orange.fr",) * 6,
    *("wanadoo.fr",) * 4,
    *("hotmail.fr", "hotmail.com", "free.fr", "yahoo.fr") * 2,
    *("sfr.fr", "laposte.net", "outlook.fr", "icloud.com", "live.fr"),
)
_TOP_NAMES: Final = "fr fr fr fr fr fr com com com com com net net org org eu eu be ch uk info re pro"
_TOPS: Final = _TOP_NAMES.split()
_SIGNS: Final = string.ascii_lowercase + string.digits
_WITHOUT: Final = 48
"""Of 256 invented members, so many have no e-mail address, as some of the real ones."""
_OTHER_INITIAL: Final = 26
_OTHER_END: Final = 72
_OTHER_HOST: Final = 40
_SHORT: Final = 12
"""Of 256, so many have an initial, an end, a host or a length that the lists lack: no mask is a real member's alone."""
_UNSHOWN: Final = re.compile("[^a-z0-9]")


@dataclass(frozen=True, slots=True)
class Options:
    """What the delivery page offers: post always, and e-mail to a masked address unless it is None."""

    masked_email: str | None

    @property
    def channels(self) -> tuple[Channel, ...]:
        """The choices, in their order on the page."""
        return ("email", "post") if self.masked_email else ("post",)


def mask(email: str) -> str:
    """Return an address that only its owner recognises, such as `j***dy@c*****.com`.

    The stars are always as many, so that they tell no length; a short name shows fewer of its letters. Capitals and
    signs are not shown: they are rare, and so would tell a real address from an invented one.
    """
    local, _, domain = email.lower().partition("@")
    local = _UNSHOWN.sub("", local)
    name, _, top = domain.rpartition(".")
    end = local[-2:] if len(local) > 4 else local[-1:] if len(local) > 2 else ""
    return f"{local[:1]}***{end}@{name[:1]}*****.{top}"


class Deliveries:
    """Tells what to offer for a number, known or not.

    Args:
        key: at least 16 random bytes, the same on every node: it decides what an unknown number shows, every time.
        rest: seconds for which a changed address receives nothing (N-119).
    """

    def __init__(self, key: bytes, rest: int) -> None:
        self._key: Final = key
        self._rest: Final = rest

    def options(self, account: Account | None, situation: str, dossier: str, now: int) -> Options:
        """Return what to offer; an unknown number has an invented address, the same work done for both."""
        invented = self._invented(situation, dossier)
        shown = invented if account is None else self.email(account, now)
        return Options(mask(shown) if shown else None)

    def email(self, account: Account, now: int) -> str | None:
        """Return the address that may receive a provisional password now; None for none, or one changed lately."""
        return None if self._changed(account.email_changed_at, now) else account.email

    def post(self, account: Account, now: int) -> bool:
        """Whether there is a postal address that may receive one now."""
        return bool(account.address) and not self._changed(account.address_changed_at, now)

    def _changed(self, when: int, now: int) -> bool:
        return when > 0 and now - when < self._rest

    def _invented(self, situation: str, dossier: str) -> str | None:
        drawn = hmac.digest(self._key, f"{situation}:{dossier}".encode("utf-8", "surrogatepass"), hashlib.sha256)
        if drawn[5] < _WITHOUT:
            return None
        first, last = _FIRST[drawn[0] % len(_FIRST)], _LAST[drawn[1] % len(_LAST)]
        joined = (f"{first}.{last}", f"{first}{last}", f"{first[0]}{last}", f"{last}.{first}")[drawn[2] % 4]
        digits = f"{drawn[3] % 100:02}" if drawn[4] % 3 == 0 else ""
        return f"{_unusual(joined + digits, drawn)}@{_host(drawn)}"


def _sign(octet: int) -> str:
    return _SIGNS[octet % len(_SIGNS)]


def _unusual(local: str, drawn: bytes) -> str:
    """Return a name before the @, now and then with what the lists of names cannot give."""
    if drawn[7] < _OTHER_INITIAL:
        local = _sign(drawn[8]) + local[1:]
    if drawn[9] < _OTHER_END:
        local = local[:-2] + _sign(drawn[10]) + _sign(drawn[11])
    # Two or four characters: those of which a mask shows no end, or one sign of it.
    return local if drawn[12] >= _SHORT else local[:1] + local[-3 if drawn[13] % 3 else -1 :]


def _host(drawn: bytes) -> str:
    """Return the domain of a provider that many have, or of one that few have: a practice's own, a small provider's."""
    usual = _HOSTS[drawn[6] % len(_HOSTS)]
    return usual if drawn[14] >= _OTHER_HOST else f"{_sign(drawn[15])}.{_TOPS[drawn[16] % len(_TOPS)]}"

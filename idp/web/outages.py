"""What a person is told of an upstream that is not offered now: since when, and that the other way in is open."""

from datetime import datetime
from typing import Final

from idp.moments import PARIS, day_of_the_year
from idp.upstream import Outage
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

_SILENT: Final = _("{label} ne répond pas depuis {since}. Connectez-vous avec votre numéro de dossier.")
_PAUSED: Final = _(
    "La connexion avec {label} est suspendue depuis {since}. Connectez-vous avec votre numéro de dossier."
)
_UNTIL: Final = _("Reprise prévue : {until}.")


def sentence(outage: Outage, label: str, language: str, now: int) -> str:
    """Return the message in the button's place, in a language (`fr` or `en`), dated in Paris time.

    Args:
        outage: since when, by whom, until when; an operator's own words replace the house's first sentence.
        label: the upstream's name for people.
        language: that of the answer.
        now: Unix seconds, so that a time of today is said without its day.
    """
    since = moment(outage.since, now, language)
    told = outage.words.get(language) or gettext(_PAUSED if outage.paused else _SILENT).format(label=label, since=since)
    if outage.until is None:
        return told
    return f"{told} {gettext(_UNTIL).format(until=moment(outage.until, now, language))}"


def moment(time: int, now: int, language: str) -> str:
    """Return a time of today as `14 h 05` (English: `14:05`), of another day with its date."""
    when, today = (datetime.fromtimestamp(one, PARIS) for one in (time, now))
    hour = f"{when:%H:%M}" if language == "en" else f"{when.hour}\u00a0h\u00a0{when:%M}"
    if when.date() == today.date():
        return hour
    day = day_of_the_year(time, language)
    if language == "en":
        return f"{day}, {hour}"
    return f"le {day.replace('1 ', '1er ') if when.day == 1 else day} à {hour}"

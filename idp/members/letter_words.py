"""What a letter says: of a provisional password, or of a code that links a dossier to an upstream; French or English.

In braces in the sentences: `house`, `phone`, `url`, `situation`, `dossier`, `provider`, `day`, `place`; `**bold**` as
the sheet sets it. The sign-in page keeps the French words of the situations in English too, and so do these letters.
"""

from collections.abc import Mapping
from dataclasses import field, replace
from datetime import date
from typing import Final

from idp.records import dataclass

_MOIS: Final = (
    *("janvier", "février", "mars", "avril", "mai", "juin"),
    *("juillet", "août", "septembre", "octobre", "novembre", "décembre"),
)
_MONTHS: Final = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)


@dataclass(frozen=True, slots=True)
class Letterhead:
    """What every letter of a file has in common. `sender` is the name, then the address; `url` is the sign-in page."""

    sender: tuple[str, ...]
    place: str
    url: str
    phone: str


@dataclass(frozen=True, slots=True)
class Letter:
    """One letter. `secret` is the password as it is to be read, in groups; `last_day` the last day it works all day.

    With a `provider` the secret is no password: it is a code that links the dossier to that upstream. `locale` is the
    language of the member's messages.
    """

    address: tuple[str, ...]
    dossier: str
    situation: str
    secret: str = field(repr=False)
    last_day: date
    provider: str = ""
    locale: str = "fr"


@dataclass(frozen=True, slots=True)
class Words:
    """The sentences of one letter, and the frame that all letters of its language share."""

    number: str
    written: str
    subject: str
    greeting: str
    opening: str
    heading: str
    until: str
    how: str
    steps: tuple[str, ...]
    picture: str
    notes: tuple[str, ...]
    closing: str


_TYPING: Final = (
    "Il ne contient ni le chiffre 0, ni le 1, ni les lettres O, I et L. "
    "Majuscules, minuscules, avec ou sans tirets : tout convient."
)
_HELP: Final = "**Besoin d’aide ?** Appelez-nous au {phone}, votre numéro de dossier à la main."
_PASSWORD: Final = Words(
    number="Numéro de dossier",
    written="{place}, le {day}",
    subject="Objet : votre mot de passe provisoire",
    greeting="Madame, Monsieur,",
    opening=(
        "Vous nous avez demandé d’accéder à votre Espace personnel {house} : c’est votre première connexion, ou vous "
        "avez oublié votre mot de passe. Voici un mot de passe provisoire. Il sert une seule fois, à choisir votre mot "
        "de passe personnel."
    ),
    heading="Votre mot de passe provisoire",
    until="Valable jusqu’au {day} inclus, une seule fois.",
    how="Comment l’utiliser",
    steps=(
        "Ouvrez la page **{url}** ou photographiez le carré ci-contre avec votre téléphone.",
        "Cochez **{situation}** et tapez votre numéro de dossier : **{dossier}**",
        f"Tapez le mot de passe provisoire. {_TYPING}",
        "Choisissez votre mot de passe personnel, puis indiquez ou vérifiez votre adresse e-mail.",
    ),
    picture="Page de connexion",
    notes=(
        (
            "**Gardez-le pour vous.** {house} ne vous demandera jamais ce mot de passe, ni par téléphone, ni par "
            "e-mail. Votre mot de passe actuel, si vous en avez un, fonctionne tant que vous n’avez pas utilisé "
            "celui-ci."
        ),
        (
            "**Vous n’avez rien demandé ?** N’utilisez pas ce mot de passe et détruisez cette lettre : rien n’a changé "
            "dans votre dossier. Prévenez-nous au {phone}."
        ),
        _HELP,
    ),
    closing="Votre caisse de retraite et de prévoyance, {house}",
)
_CODE: Final = replace(
    _PASSWORD,
    subject="Objet : votre code pour {provider}",
    opening=(
        "Une personne identifiée par {provider} nous a demandé de relier ce dossier à son compte {provider}. Si c’est "
        "vous, voici le code qui prouve que le dossier est le vôtre. Il sert une seule fois ; ensuite, {provider} "
        "suffira pour ouvrir votre Espace personnel {house}."
    ),
    heading="Votre code pour {provider}",
    steps=(
        _PASSWORD.steps[0],
        "Choisissez **{provider}** et identifiez-vous, comme le jour de votre demande.",
        "Choisissez **Recevoir un code par courrier, ou taper celui que j’ai reçu**.",
        f"Tapez le code. {_TYPING}",
    ),
    notes=(
        (
            "**Gardez-le pour vous.** {house} ne vous demandera jamais ce code, ni par téléphone, ni par e-mail. Votre "
            "mot de passe, si vous en avez un, ne change pas."
        ),
        (
            "**Vous n’avez rien demandé ?** Ne donnez ce code à personne et détruisez cette lettre : rien n’a changé "
            "dans votre dossier. Prévenez-nous au {phone}."
        ),
        _HELP,
    ),
)
_ENGLISH_TYPING: Final = (
    "It has neither the digit 0 nor 1, nor the letters O, I and L. "
    "Capital or small letters, with dashes or without: all are right."
)
_ENGLISH_HELP: Final = "**Do you need help?** Call us on {phone}, with your file number at hand."
_ENGLISH_PASSWORD: Final = Words(
    number="File number (numéro de dossier)",
    written="{place}, {day}",
    subject="Subject: your provisional password",
    greeting="Dear Madam, dear Sir,",
    opening=(
        "You asked us for access to your personal space (Espace personnel) at {house}: it is your first sign-in, or "
        "you have forgotten your password. Here is a provisional password. It works once, to choose a password of "
        "your own."
    ),
    heading="Your provisional password",
    until="Works until {day} included, once only.",
    how="How to use it",
    steps=(
        "Open the page **{url}** or take a picture of the square with your telephone.",
        "Tick **{situation}** and type your file number: **{dossier}**",
        f"Type the provisional password. {_ENGLISH_TYPING}",
        "Choose a password of your own, then enter or check your e-mail address.",
    ),
    picture="Sign-in page",
    notes=(
        (
            "**Keep it to yourself.** {house} will never ask you for this password, neither by telephone nor by "
            "e-mail. Your present password, if you have one, works for as long as you have not used this one."
        ),
        (
            "**You did not ask for it?** Do not use this password and destroy this letter: nothing has changed in your "
            "file. Tell us on {phone}."
        ),
        _ENGLISH_HELP,
    ),
    closing="Your pension fund, {house}",
)
_ENGLISH_CODE: Final = replace(
    _ENGLISH_PASSWORD,
    subject="Subject: your code for {provider}",
    opening=(
        "A person identified by {provider} asked us to link this file to their {provider} account. If it is you, here "
        "is the code that proves the file is yours. It works once; from then on {provider} is enough to open your "
        "personal space (Espace personnel) at {house}."
    ),
    heading="Your code for {provider}",
    steps=(
        _ENGLISH_PASSWORD.steps[0],
        "Choose **{provider}** and identify yourself, as on the day of your request.",
        "Choose **Receive a code by letter, or enter the one I received**.",
        f"Type the code. {_ENGLISH_TYPING}",
    ),
    notes=(
        (
            "**Keep it to yourself.** {house} will never ask you for this code, neither by telephone nor by e-mail. "
            "Your password, if you have one, does not change."
        ),
        (
            "**You did not ask for it?** Give this code to nobody and destroy this letter: nothing has changed in your "
            "file. Tell us on {phone}."
        ),
        _ENGLISH_HELP,
    ),
)
_SITUATIONS: Final[Mapping[str, Mapping[str, str]]] = {
    "fr": {"affilie": "Affilié", "ayant_droit": "Ayant droit"},
    "en": {"affilie": "Member (affilié)", "ayant_droit": "Survivor (ayant droit)"},
}


def words_of(letter: Letter, head: Letterhead, day: date) -> Words:
    """Return what a letter says on a day, in its member's language; in French for any that we do not write."""
    english = letter.locale == "en"
    password, code = (_ENGLISH_PASSWORD, _ENGLISH_CODE) if english else (_PASSWORD, _CODE)
    said = code if letter.provider else password
    situations = _SITUATIONS["en" if english else "fr"]
    facts = {
        "house": head.sender[0],
        "phone": head.phone,
        "url": head.url,
        "place": head.place,
        "provider": letter.provider,
        "dossier": letter.dossier,
        "situation": situations.get(letter.situation, letter.situation),
    }

    def filled(text: str, when: date = day) -> str:
        return text.format(day=date_in_words(when, letter.locale), **facts)

    return replace(
        said,
        written=filled(said.written),
        subject=filled(said.subject),
        opening=filled(said.opening),
        heading=filled(said.heading),
        until=filled(said.until, letter.last_day),
        steps=tuple(map(filled, said.steps)),
        notes=tuple(map(filled, said.notes)),
        closing=filled(said.closing),
    )


def date_in_words(day: date, locale: str = "fr") -> str:
    """Return a date such as `1er décembre 2026` or `1 December 2026`."""
    if locale == "en":
        return f"{day.day} {_MONTHS[day.month - 1]} {day.year}"
    return f"{'1er' if day.day == 1 else day.day} {_MOIS[day.month - 1]} {day.year}"

"""The dashboard's page: pictures drawn here, each with its numbers in a table beside it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime
from babel.numbers import format_decimal
from werkzeug.wrappers import Response as AnyResponse

from idp import moments
from idp.admin.acts.dashboard import DAYS, DELIVERIES, HOURS, Dashboard, Span
from idp.admin.console.charts import PATTERNS, columns
from idp.admin.console.desk import Console, Visit
from idp.services.size_samples import Sizes
from idp.store.table_sizes import WHOLE
from idp.web.i18n import mark as _

_PARIS: Final = ZoneInfo("Europe/Paris")
_LARGEST: Final = 8
"""Tables that are shown at once; the others are a click away."""
_FAR: Final = 120
"""Months that nobody foresees."""
_SOON: Final = 6
_WHOLE: Final = _("Toute la base")

_METHODS: Final = {
    "password": _("Mot de passe"),
    "passkey": _("Clé d’accès"),
    "franceconnect": _("FranceConnect"),
}
_OTHERS: Final = _("Autres")
_REASONS: Final = {
    "wrong_password": _("Mot de passe incorrect"),
    "no_password": _("Compte sans mot de passe"),
    "delayed": _("Délai en cours après trop d’essais"),
    "busy": _("Serveur trop occupé"),
    "must_reset": _("Mot de passe juste, mais à changer"),
    "provisional": _("Mot de passe provisoire juste"),
    "not_active": _("Dossier qui n’est pas ouvert en ligne"),
    "unknown": _("Identifiant inconnu"),
    "refused": _("Clé d’accès refusée"),
    "other_door": _("Compte d’une autre porte"),
    "no_second_factor": _("Personnel sans second moyen de connexion"),
    "second_factor_wrong": _("Seconde étape : code faux"),
    "second_factor_used": _("Seconde étape : code déjà utilisé"),
    "second_factor_delayed": _("Seconde étape : délai en cours"),
    "second_factor_refused": _("Seconde étape refusée"),
}
_KINDS: Final = {
    "mail": _("Messages"),
    "sealed-mail": _("Messages scellés (codes, mots de passe, avis de sécurité)"),
    "reset": _("Demandes de mot de passe"),
    "logout": _("Annonces de déconnexion aux applications"),
    "logo": _("Logos d’applications"),
}


def page(console: Console, visit: Visit) -> AnyResponse:
    """GET /administration/tableau-de-bord: counts of now; nobody is named."""
    language = console.edge.language()
    found = console.acts.dashboard.read(visit.actor)
    series = _series(found.methods)
    return console.render(
        visit,
        "admin/dashboard.html",
        "dashboard",
        at=moments.moment(found.at, language),
        hours=_picture(found.hours, series, language, hourly=True),
        days=_picture(found.days, series, language, hourly=False),
        series=[title for title, _names in series],
        count={"hours": HOURS, "days": DAYS, "deliveries": DELIVERIES},
        failures=[(_REASONS.get(reason, reason), _number(count, language)) for reason, count in found.failures.items()],
        deliveries=_deliveries(found, language),
        sizes=None if found.sizes is None else _sizes(found.sizes, language),
    )


def _series(methods: Sequence[str]) -> list[tuple[str, Sequence[str]]]:
    """Return what is drawn apart, with its title: the most used methods, and the others together."""
    apart = methods if len(methods) <= PATTERNS else methods[: PATTERNS - 1]
    titled: list[tuple[str, Sequence[str]]] = [(_METHODS.get(one, one), [one]) for one in apart]
    others = methods[len(apart) :]
    return [*titled, (_OTHERS, others)] if others else titled


def _picture(
    spans: Sequence[Span], series: Sequence[tuple[str, Sequence[str]]], language: str, *, hourly: bool
) -> dict[str, Any]:
    values = [[sum(span.counts.get(name, 0) for name in names) for _title, names in series] for span in spans]
    every = 12 if hourly else 7
    words = [
        # Counted from the present one, which always has its word.
        _brief(span, language, hourly=hourly) if (len(spans) - 1 - at) % every == 0 else ""
        for at, span in enumerate(spans)
    ]
    rows = []
    for span, value in zip(reversed(spans), reversed(values), strict=True):
        counts = [_number(one, language) for one in value]
        rows.append((_named(span, language, hourly=hourly), counts, _number(span.total, language)))
    total = sum(span.total for span in spans)
    return {
        "chart": columns(values, words),
        "rows": rows,
        "count": total,
        "total": _number(total, language),
        "most": _number(max((span.total for span in spans), default=0), language),
    }


def _brief(span: Span, language: str, *, hourly: bool) -> str:
    moment = datetime.fromtimestamp(span.begins, _PARIS)
    return format_datetime(moment, "HH:mm" if hourly else "d MMM", tzinfo=_PARIS, locale=language)


def _named(span: Span, language: str, *, hourly: bool) -> str:
    moment = datetime.fromtimestamp(span.begins, _PARIS)
    if hourly:
        return format_datetime(moment, "EEE d MMM, HH:mm", tzinfo=_PARIS, locale=language)
    return format_date(moment, "EEE d MMM", locale=language)


def _deliveries(found: Dashboard, language: str) -> list[tuple[str, list[str]]]:
    rows = [
        (_KINDS.get(one.kind, one.kind), [one.waiting, one.failing, one.sent, one.given_up]) for one in found.deliveries
    ]
    letters = (_("Lettres à imprimer"), [found.letters_waiting, 0, found.letters_printed, 0])
    return [(title, [_number(one, language) for one in counts]) for title, counts in (*rows, letters)]


def _sizes(sizes: Sizes, language: str) -> Mapping[str, Any]:
    largest = max((one.bytes for one in sizes.tables), default=0) or 1
    rows = [
        {
            "name": _WHOLE if one.name == WHOLE else one.name,
            "size": _size(one.bytes, language),
            "growth": _growth(one.growth, language),
            "share": round(100 * one.bytes / largest, 1),
        }
        for one in sizes.tables
    ]
    return {
        "measured": moments.day(sizes.measured_at, language),
        "whole": _size(sizes.bytes, language),
        "growth": _growth(sizes.growth, language),
        "capacity": "" if sizes.capacity is None else _size(sizes.capacity, language),
        "months": sizes.full_in_months,
        "far": sizes.full_in_months is not None and sizes.full_in_months > _FAR,
        "soon": sizes.full_in_months is not None and sizes.full_in_months < _SOON,
        "rows": rows[:_LARGEST],
        "others": rows[_LARGEST:],
    }


def _growth(growth: int | None, language: str) -> str:
    if growth is None:
        return ""
    return f"{'+' if growth >= 0 else '−'}{_size(abs(growth), language)}"


def _size(size: int, language: str) -> str:
    """Return bytes in the words of a language: MiB, GiB from a thousand of them, KiB below a tenth of one."""
    kib = size / 1024
    prefix, value = ("K", kib) if 0 < kib < 102.4 else ("M", kib / 1024) if kib < 1000 * 1024 else ("G", kib / 1024**2)
    unit = f"{prefix}{'io' if language == 'fr' else 'iB'}"
    return f"{format_decimal(round(value, 1), locale=language)} {unit}"


def _number(number: int, language: str) -> str:
    return str(format_decimal(number, locale=language))

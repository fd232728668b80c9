"""A receipt in plain words: what is closed, what will end by itself and when, what did not answer."""

from typing import Final

from idp import moments
from idp.services.receipts import Line, Receipt
from idp.web.http import Edge
from idp.web.i18n import gettext
from idp.web.i18n import mark as _

FRANCECONNECT: Final = "franceconnect"

_UPSTREAM_IDLE: Final = 1800
"""Seconds after which FranceConnect ends a session that is not used."""

_STATES: Final = {
    "done": ("done", _("Fermé"), ""),
    "waiting": (
        "warning",
        _("Pas encore de réponse"),
        _("Nous avons demandé à ce service de fermer votre session, et nous insistons pendant 24 heures s’il se tait."),
    ),
    "failing": (
        "warning",
        _("N’a pas répondu"),
        _("Nous continuons d’essayer pendant 24 heures. D’ici là, déconnectez-vous aussi dans ce service."),
    ),
    "given_up": (
        "warning",
        _("N’a pas confirmé"),
        _("Ce service n’a pas accepté notre demande : déconnectez-vous aussi chez lui."),
    ),
    "framed": ("done", _("Prévenu par votre navigateur"), ""),
    "silent": (
        "none",
        _("Accès retiré"),
        _("Ce service ne peut plus rien nous demander. Il garde peut-être sa propre session : fermez-la chez lui."),
    ),
}
_UNTIL: Final = _("Un accès qui lui a déjà été donné prend fin à %(hour)s.")

_UPSTREAM: Final = {
    "asked": ("none", _("Fermeture demandée"), _("Votre navigateur a été envoyé y fermer votre session.")),
    "closed": ("done", _("Fermé"), ""),
    "open": ("warning", _("N’a pas pu être fermé"), ""),
}
_ENDS_AT: Final = _("Sans nouvelle utilisation, votre session y prend fin à %(hour)s.")
_ENDS: Final = _("Votre session y prend fin d’elle-même.")


def shown(edge: Edge, receipt: Receipt) -> dict[str, object]:
    """Return what the page shows of a receipt, in the language of the answer."""
    states = edge.receipts.states(receipt)
    asking = edge.front.find_client(receipt.asked_by) if receipt.asked_by else None
    left = edge.front.find_client(receipt.only) if receipt.only else None
    rows = [_row(edge, line, states.get(line.client_id)) for line in receipt.lines]
    if receipt.upstream_state:
        rows.append(_upstream(edge, receipt))
    return {
        "rows": rows,
        "left": left.name if left is not None else receipt.only,
        "waits": "waiting" in states.values(),
        "then": receipt.then,
        "then_name": asking.name if asking is not None else "",
    }


def _row(edge: Edge, line: Line, state: str | None) -> dict[str, object]:
    client = edge.front.find_client(line.client_id)
    kind, word, detail = _STATES[state or ("framed" if line.framed else "silent")]
    details = [gettext(detail)] if detail else []
    if line.until > edge.front.clock():
        details.append(gettext(_UNTIL) % {"hour": moments.hour(line.until)})
    return {
        "id": line.client_id,
        "name": client.name if client is not None else line.client_id,
        "url": client.client_uri if client is not None and state != "done" else None,
        "kind": kind,
        "word": gettext(word),
        "details": details,
    }


def _upstream(edge: Edge, receipt: Receipt) -> dict[str, object]:
    kind, word, detail = _UPSTREAM[receipt.upstream_state]
    upstream = edge.upstreams.get(receipt.upstream)
    details = [gettext(detail)] if detail else []
    if receipt.upstream_state == "open" and receipt.upstream == FRANCECONNECT:
        details.append(gettext(_ENDS_AT) % {"hour": moments.hour(receipt.at + _UPSTREAM_IDLE)})
    elif receipt.upstream_state == "open":
        details.append(gettext(_ENDS))
    return {
        "id": receipt.upstream,
        "name": upstream.label if upstream is not None else receipt.upstream,
        "url": None,
        "kind": kind,
        "word": gettext(word),
        "details": details,
    }

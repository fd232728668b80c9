"""Error pages: by reason, in plain words, each with a reference that is also in the log."""

import logging

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from idp.protocol.errors import ShownError, Unavailable
from idp.protocol.messages import MalformedMessage
from idp.upstream_ports import KeyValueUnavailable
from idp.web.http import Edge
from idp.web.i18n import gettext as _

log = logging.getLogger("idp.web")


def register(app: Flask, edge: Edge) -> None:
    """Attach every error page to the application."""
    for kind in (HTTPException, Exception):
        app.register_error_handler(kind, lambda error: page_of(edge, error))


def page_of(edge: Edge, error: Exception) -> AnyResponse:
    """Return the page of whatever a view raised."""
    match error:
        case ShownError() | MalformedMessage():
            return _refused(edge, error)
        case Unavailable() | KeyValueUnavailable():
            return _unavailable(edge, error)
        case HTTPException():
            return _http(edge, error)
        case _:
            return _unexpected(edge, error)


def expired_page(edge: Edge) -> AnyResponse:
    """The sign-in that a page belonged to is unknown: too old, or another browser's. Always with a way on."""
    return _page(
        edge,
        status=400,
        title=_("Cette page n’est plus valable"),
        explanation=_("Elle est restée ouverte trop longtemps, ou elle a été ouverte dans un autre navigateur."),
        what_to_do=_("Vous n’avez rien perdu : revenez à votre service ou connectez-vous de nouveau."),
        actions=[
            {"label": _("Me connecter"), "href": "/connexion", "primary": True},
            *_services(edge),
        ],
    )


def _services(edge: Edge) -> list[dict[str, object]]:
    return [{"label": client.name, "href": client.client_uri, "primary": False} for client in edge.services()]


def _refused(edge: Edge, error: Exception) -> AnyResponse:
    reason = error.reason if isinstance(error, ShownError) else "malformed"
    detail = error.detail if isinstance(error, ShownError) else ""
    log.warning(
        "request refused: %s %s",
        reason,
        detail,
        extra={"event": "request_refused", "reference": edge.reference()},
    )
    return _page(
        edge,
        status=400,
        title=_("Cette demande de connexion n’est pas valable"),
        explanation=_explain(reason),
        what_to_do=_(
            "Revenez au service d’où vous venez et recommencez. "
            "Si cela se reproduit, appelez-nous et donnez la référence ci-dessous."
        ),
    )


def _explain(reason: str) -> str:
    if reason.startswith("client"):
        return _("Le service d’où vous venez n’est pas reconnu par la CARPIMKO.")
    if reason.startswith("redirect_uri"):
        return _("L’adresse de retour du service d’où vous venez n’est pas celle qu’il a enregistrée.")
    if reason.startswith("request_uri"):
        return _("Cette demande ne sert qu’une fois, et seulement pendant un court moment : elle n’est plus valable.")
    return _("Le service d’où vous venez a envoyé une demande que nous ne pouvons pas lire.")


def _unavailable(edge: Edge, error: Exception) -> AnyResponse:
    log.error(
        "a store does not answer: %s",
        type(error).__name__,
        exc_info=error,
        extra={"event": "unavailable", "reference": edge.reference()},
    )
    response = _page(
        edge,
        status=503,
        title=_("Le service est momentanément indisponible"),
        explanation=_("Un incident technique nous empêche de répondre. Nos équipes sont prévenues."),
        what_to_do=_("Réessayez dans une minute : votre demande n’est pas perdue."),
        actions=[{"label": _("Réessayer"), "href": "", "primary": True}],
    )
    response.headers["Retry-After"] = "30"
    return response


def _http(edge: Edge, error: Exception) -> AnyResponse:
    status = (error.code or 500) if isinstance(error, HTTPException) else 500
    if status == 404:
        title, text = _("Page introuvable"), _("L’adresse demandée n’existe pas ou n’existe plus.")
    elif status == 405:
        title, text = _("Action impossible"), _("Cette page ne s’ouvre pas de cette façon.")
    else:
        title, text = (
            _("Cette demande n’a pas abouti"),
            _("Nous ne pouvons pas traiter cette demande."),
        )
    response = _page(
        edge,
        status=status,
        title=title,
        explanation=text,
        what_to_do=_("Revenez à l’accueil pour continuer."),
    )
    if isinstance(error, HTTPException):
        allowed = error.get_response().headers.get("Allow")
        if allowed:
            response.headers["Allow"] = allowed
    return response


def _unexpected(edge: Edge, error: Exception) -> AnyResponse:
    log.error(
        "unexpected error",
        exc_info=error,
        extra={"event": "unexpected_error", "reference": edge.reference()},
    )
    return _page(
        edge,
        status=500,
        title=_("Une erreur inattendue s’est produite"),
        explanation=_("Nos équipes sont prévenues."),
        what_to_do=_("Réessayez. Si cela se reproduit, appelez-nous et donnez la référence ci-dessous."),
        actions=[{"label": _("Réessayer"), "href": "", "primary": True}],
    )


def _page(
    edge: Edge,
    *,
    status: int,
    title: str,
    explanation: str,
    what_to_do: str,
    actions: list[dict[str, object]] | None = None,
) -> AnyResponse:
    home = [{"label": _("Aller à l’accueil"), "href": "/", "primary": True}]
    return edge.render(
        "web/error.html",
        status=status,
        title=title,
        explanation=explanation,
        what_to_do=what_to_do,
        reference=edge.reference(),
        actions=home if actions is None else actions,
    )

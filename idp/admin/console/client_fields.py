"""The fields of an application's form: one for each member that may be registered, in the order of the page."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final, Literal

from idp.admin.registration.kinds import METHODS, Kind
from idp.protocol.client_metadata.choices import Choices
from idp.records import dataclass
from idp.web.i18n import Message
from idp.web.i18n import mark as _

Form = Literal["line", "lines", "words", "scopes", "flag", "choice", "number", "json"]
"""`lines`: one value a line; `words`: values between blanks; `choice`: one of a few, or none; `scopes`: a box for each
of the options, and words of the application's own."""

LOCALIZED: Final = "localized"
"""The field of texts in one language each, a line `client_name#en: My app`."""


@dataclass(frozen=True, slots=True)
class Field:
    """One field. `label` and `hint` are message ids; the page shows the member's own name where there is no label.

    `options` names a list of the discovery document, or is the list. `required` marks the field; the rules judge it.
    """

    name: str
    form: Form = "line"
    label: str = ""
    hint: Message = ""
    options: str | tuple[str, ...] = ()
    required: bool = False


@dataclass(frozen=True, slots=True)
class Group:
    """Fields that stand together; `folded` below a line that opens."""

    title: str
    fields: tuple[Field, ...]
    folded: bool = False


_ONE_A_LINE: Final = _("Une par ligne.")
_NAME: Final = Field("client_name", label=_("Nom"), hint=_("Les affiliés le lisent."), required=True)
_DESCRIPTION: Final = Field("description", label=_("Description"), hint=_("Pour les administrateurs seuls."))
_FIRST: Final = Field(
    "first_party", "flag", _("Application de la caisse"), _("Aucun consentement n’est demandé aux affiliés.")
)
_REDIRECT: Final = Field(
    "redirect_uris",
    "lines",
    _("Adresses de retour"),
    _("Exactes, une par ligne, par exemple https://mon-appli.fr/retour"),
)
_LOGOUT: Final = Field(
    "post_logout_redirect_uris",
    "lines",
    _("Adresses après déconnexion"),
    _("Exactes, une par ligne, par exemple https://mon-appli.fr/au-revoir"),
)
_TOLD: Final = Field(
    "backchannel_logout_uri",
    label=_("Adresse appelée à la fin d’une session"),
    hint=_("Appelée par ce service, sans navigateur, par exemple https://mon-appli.fr/fin-de-session"),
)
_SUBJECT: Final = Field("subject_type", "choice", options="subject_types_supported")
_SECTOR: Final = Field("sector_identifier_uri")
_LOCAL: Final = _("Exactes, une par ligne, en https (http : localhost seulement).")
_SCOPE: Final = Field("scope", "scopes", _("Scopes"), _("Séparés par des espaces."))
_TELLS: Final = _("Ce que l’application peut demander d’un affilié ; openid va avec les autres.")

SCOPES: Final[Mapping[str, str]] = {
    "openid": _("Un identifiant de la personne, qui ne dit rien d’elle"),
    "profile": _("Nom, prénoms, sexe, date de naissance, langue"),
    "email": _("L’adresse e-mail, et si elle est vérifiée"),
    "address": _("L’adresse postale"),
    "phone": _("Le numéro de téléphone"),
    "dossier": _("Le numéro de dossier, et si la personne est affiliée ou ayant droit"),
    "offline_access": _("Un accès qui se renouvelle sans la personne (jeton de renouvellement)"),
}
"""What each scope lets an application read of a member, in words."""
_METHOD: Final = Field(
    "token_endpoint_auth_method",
    "choice",
    _("Authentification"),
    options="token_endpoint_auth_methods_supported",
)
_JWKS: Final = Field("jwks", "json", _("Clés publiques (JWKS)"), _("Pour private_key_jwt et pour le chiffrement."))
_JWKS_URI: Final = Field("jwks_uri", label=_("Adresse des clés publiques"), hint=_("À la place du jeu de clés."))


def _encrypted(what: str) -> tuple[Field, Field]:
    return (
        Field(f"{what}_encrypted_response_alg", "choice", options=f"{what}_encryption_alg_values_supported"),
        Field(f"{what}_encrypted_response_enc", "choice", options=f"{what}_encryption_enc_values_supported"),
    )


_GROUPS: Final = (
    Group(_("L’application"), (_NAME, _DESCRIPTION, _FIRST, Field("contacts", "lines", _("Contacts"), _ONE_A_LINE))),
    Group(_("Adresses"), (_REDIRECT, _LOGOUT, _TOLD)),
    Group(_("Droits et authentification"), (_SCOPE, _METHOD, _JWKS, _JWKS_URI)),
    Group(
        _("Ce que les affiliés voient"),
        (
            Field("logo_uri"),
            Field("client_uri"),
            Field("policy_uri"),
            Field("tos_uri"),
            Field(
                LOCALIZED,
                "lines",
                _("Textes dans une langue"),
                _("Un par ligne, par exemple client_name#en: My application"),
            ),
        ),
        folded=True,
    ),
    Group(
        _("Déconnexion et navigateur"),
        (
            Field("backchannel_logout_session_required", "flag"),
            Field("frontchannel_logout_uri"),
            Field("frontchannel_logout_session_required", "flag"),
            Field("initiate_login_uri"),
            Field("origins", "lines"),
        ),
        folded=True,
    ),
    Group(
        _("Protocole"),
        (
            Field("application_type", "choice", options=("web", "native")),
            Field("response_types", "lines"),
            Field("grant_types", "words"),
            _SUBJECT,
            _SECTOR,
            Field("default_max_age", "number"),
            Field("require_auth_time", "flag"),
            Field("default_acr_values", "words"),
            Field("dpop_bound_access_tokens", "flag"),
            Field("audiences", "lines"),
            Field("resource_server"),
            Field("pkce_exempt", "flag"),
            Field("legacy_assertion_audience", "flag"),
            Field("software_id"),
            Field("software_version"),
        ),
        folded=True,
    ),
    Group(
        _("Signature et chiffrement"),
        (
            Field("id_token_signed_response_alg", "choice", options="id_token_signing_alg_values_supported"),
            *_encrypted("id_token"),
            Field("userinfo_signed_response_alg", "choice", options="userinfo_signing_alg_values_supported"),
            *_encrypted("userinfo"),
            Field("introspection_signed_response_alg", "choice", options="introspection_signing_alg_values_supported"),
            *_encrypted("introspection"),
            Field(
                "token_endpoint_auth_signing_alg",
                "choice",
                options="token_endpoint_auth_signing_alg_values_supported",
            ),
            Field("request_uris", "lines"),
            Field("require_signed_request_object", "flag"),
            Field("require_pushed_authorization_requests", "flag"),
            Field("request_object_signing_alg", "choice", options="request_object_signing_alg_values_supported"),
            Field("request_object_encryption_alg", "choice", options="request_object_encryption_alg_values_supported"),
            Field("request_object_encryption_enc", "choice", options="request_object_encryption_enc_values_supported"),
        ),
        folded=True,
    ),
)


def all_groups(*, members: bool) -> Sequence[Group]:
    """Return everything, for whoever changes an application; `members`: whether they sign in to it."""
    rights = replace(_SCOPE, required=members)
    return [replace(group, fields=tuple(rights if one is _SCOPE else one for one in group.fields)) for group in _GROUPS]


_ID: Final = Field(
    "client_id",
    label=_("Identifiant client"),
    hint=_("Pour toujours : lettres, chiffres, points, tirets et soulignés."),
    required=True,
)

KINDS: Final[tuple[tuple[Kind, str, str], ...]] = (
    ("web", _("Application serveur"), _("Elle tourne sur un serveur et garde un secret.")),
    ("spa", _("Application dans le navigateur"), _("Des pages seules : elle ne peut garder aucun secret.")),
    ("native", _("Application installée"), _("Sur un téléphone ou un poste : elle ne peut garder aucun secret.")),
    ("machine", _("Machine"), _("Un programme qui agit en son nom : aucun affilié ne s’y connecte.")),
)
"""Each kind with its name and what it is."""


def groups_of(kind: Kind) -> Sequence[Group]:
    """Return what is asked of a new application: the rest begins as its kind does."""
    method = Field(_METHOD.name, "choice", _METHOD.label, options=METHODS[kind])
    proven = (method, _JWKS, _JWKS_URI) if len(METHODS[kind]) > 1 else ()
    redirect, rights = replace(_REDIRECT, required=True), replace(_SCOPE, required=kind != "machine")
    addresses = {"machine": (), "web": (redirect, _LOGOUT, _TOLD)}.get(kind, (redirect, _LOGOUT))
    return (
        Group(_("L’application"), (_ID, _NAME, _DESCRIPTION, *(() if kind == "machine" else (_FIRST,)))),
        *((Group(_("Adresses"), addresses),) if addresses else ()),
        Group(_("Droits et authentification"), (rights, *proven)),
        *(() if kind == "machine" else (Group(_("Identifiant des personnes"), (_SUBJECT, _SECTOR), folded=True),)),
    )


def told(groups: Sequence[Group], choices: Choices, *, members: bool) -> Sequence[Group]:
    """Return groups whose hints say what there is here.

    Args:
        groups: the groups.
        choices: what the provider does.
        members: whether members sign in to the application, so that its scopes are those about them.
    """
    hints: dict[str, Message] = {_SCOPE.name: _TELLS} if members else {}
    boxes = {_SCOPE.name: choices.scopes} if members else {}
    if choices.local_http:
        hints |= {_REDIRECT.name: _LOCAL, _LOGOUT.name: _LOCAL}
    return [
        replace(
            group,
            fields=tuple(
                replace(one, hint=hints.get(one.name, one.hint), options=boxes.get(one.name, one.options))
                for one in group.fields
            ),
        )
        for group in groups
    ]

"""The pages of the second factor with sample words, for the gallery."""

import json
from collections.abc import Mapping
from typing import Any, Final

import segno

from idp.web.forms_factors import FactorForm

OPTIONS: Final = json.dumps({"challenge": "YQ", "rpId": "localhost", "user": {"id": "YQ", "name": "a"}})
_PHONE: Final[Mapping[str, Any]] = {
    "id": "a",
    "label": "Téléphone d’Angela",
    "kind": "totp",
    "shared": False,
    "created": "2 mars 2026",
    "used": "14 novembre 2026, 09:12",
}
_LAPTOP: Final = {**_PHONE, "id": "b", "label": "Ordinateur du cabinet", "kind": "passkey", "used": None}
_SHARED: Final = {**_LAPTOP, "id": "c", "label": "Clé d’accès", "shared": True}
_CODES: Final = ("ABCD-2345-WXYZ", "EFGH-6789-JKMN") * 5
_PICTURE: Final = segno.make("otpauth://totp/CARPIMKO:a?secret=b", error="m").svg_inline(border=2, omitsize=True)


def _confirm(**changes: Any) -> tuple[str, Mapping[str, Any]]:
    context: dict[str, Any] = {
        "interaction": "i",
        "action": "/connexion/i/confirmer/t",
        "staff": False,
        "csrf": "c",
        "form": FactorForm(),
        "codes": True,
        "recovery": True,
        "passkey": None,
        "delay_seconds": None,
        "sign_in_url": "/connexion/i",
        "minutes": 10,
    }
    return "web/confirm.html", context | changes


def _security(**changes: Any) -> tuple[str, Mapping[str, Any]]:
    context: dict[str, Any] = {
        "here": "security",
        "factors": [_PHONE, _LAPTOP, _SHARED],
        "full": False,
        "codes_left": 9,
        "few": False,
    }
    return "account/security.html", context | changes


def _page(name: str, **context: Any) -> tuple[str, Mapping[str, Any]]:
    return f"account/{name}.html", {"here": "security", "action": "/compte/securite", "csrf": "c", **context}


PAGES: Final[Mapping[str, tuple[str, Mapping[str, Any]]]] = {
    "confirm": _confirm(passkey=OPTIONS),
    "confirm-wrong": _confirm(
        form=FactorForm("code").wrong(
            "Ce code n’est pas le bon. Saisissez celui que votre application montre maintenant."
        )
    ),
    "confirm-recovery": _confirm(form=FactorForm.parse({"recovery": ""})),
    "confirm-delayed": _confirm(
        form=FactorForm("code").failed("Votre code n’a pas été vérifié : il y a eu trop d’essais."), delay_seconds=32
    ),
    "confirm-over": ("web/confirm_over.html", {"interaction": "i", "sign_in_url": "/connexion/i"}),
    "account-security": _security(),
    "account-security-off": _security(factors=[], codes_left=0, few=True),
    "account-security-few": _security(factors=[_PHONE], codes_left=2, few=True),
    "account-security-none-left": _security(codes_left=0, few=True, full=True),
    "account-factor": _page("factor", factor=_LAPTOP, last=False),
    "account-factor-last": _page("factor", factor=_PHONE, last=True),
    "account-application": _page(
        "application", form=FactorForm(), secret="ABCD EFGH IJKL MNOP QRST UVWX YZ23 4567", picture=_PICTURE
    ),
    "account-application-wrong": _page(
        "application", form=FactorForm.parse({"code": "12"}), secret="ABCD EFGH", picture=_PICTURE
    ),
    "account-passkey": _page("passkey", form=FactorForm(), passkey=OPTIONS),
    "account-codes": _page("codes", codes_left=2),
    "account-new-codes": _page("new_codes", codes=_CODES),
}

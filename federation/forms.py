"""The forms that prove a dossier, by a password, a code by e-mail or one by letter. Read once, at the edge."""

import re
from collections.abc import Mapping
from dataclasses import field, replace

from federation import notices
from idp.records import dataclass

_DIGITS = {"affilie": 7, "ayant_droit": 9}
_MAX_PASSWORD = 256
_LETTER_CODE = 16


@dataclass(frozen=True, slots=True)
class CodeForm:
    """What was typed on the page of codes: a dossier to send one to, or the code that came."""

    situation: str = ""
    dossier: str = ""
    code: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def asking(cls, fields: Mapping[str, str]) -> "CodeForm":
        """Read the form that names a dossier."""
        proof = ProofForm.read(fields)
        errors = {name: text for name, text in proof.errors.items() if name != "password"}
        return cls(proof.situation, proof.dossier, errors=errors)

    @classmethod
    def answering(cls, fields: Mapping[str, str]) -> "CodeForm":
        """Read the form that holds a code; spaces, dots and dashes between its digits are tolerated."""
        code = re.sub(r"[\s.\-]", "", fields.get("code", ""))[:20]
        whole = re.fullmatch(r"[0-9]{8}", code) is not None
        return cls(code=code if whole else "", errors={} if whole else {"code": notices.CODE_FORM})

    def failed(self, summary: str) -> "CodeForm":
        """Return the same form with a message above it."""
        return replace(self, error_summary=summary)


@dataclass(frozen=True, slots=True)
class LetterForm:
    """What was typed on the page of letters: a dossier to write to, or the code that came."""

    situation: str = ""
    dossier: str = ""
    code: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def asking(cls, fields: Mapping[str, str]) -> "LetterForm":
        """Read the form that names a dossier."""
        named = CodeForm.asking(fields)
        return cls(named.situation, named.dossier, errors=named.errors)

    @classmethod
    def answering(cls, fields: Mapping[str, str]) -> "LetterForm":
        """Read the form that holds a code; whatever separates its groups is tolerated."""
        code = re.sub(r"[\W_]", "", fields.get("code", "")[:64])
        whole = len(code) == _LETTER_CODE
        return cls(code=code if whole else "", errors={} if whole else {"code": notices.LETTER_FORM})

    def failed(self, summary: str) -> "LetterForm":
        """Return the same form with a message above it."""
        return replace(self, error_summary=summary)


@dataclass(frozen=True, slots=True)
class ProofForm:
    """What was typed. `errors` maps a field to its message; the password is never shown again."""

    situation: str = ""
    dossier: str = ""
    password: str = field(default="", repr=False)
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def read(cls, fields: Mapping[str, str]) -> "ProofForm":
        """Read a posted form; what separates its figures is tolerated, as on the sign-in page."""
        form = cls(
            situation=fields.get("situation", "")[:20],
            dossier=re.sub(r"[\s.\-_/]", "", fields.get("dossier", ""))[:20],
            password=fields.get("password", ""),
        )
        errors: dict[str, str] = {}
        if form.situation not in _DIGITS:
            errors["situation"] = notices.PROOF_SITUATION
        if wrong := _wrong_number(form.situation, form.dossier):
            errors["dossier"] = wrong
        if not form.password:
            errors["password"] = notices.PROOF_REQUIRED
        elif len(form.password) > _MAX_PASSWORD:
            errors["password"] = notices.PROOF_LONG
        return replace(form, errors=errors)

    def failed(self, summary: str) -> "ProofForm":
        """Return the same form with a message above it."""
        return replace(self, error_summary=summary)


def _wrong_number(situation: str, dossier: str) -> str:
    """Return what is wrong with a number, in the words of the sign-in page; empty where it can be one."""
    if not dossier:
        return notices.PROOF_NO_NUMBER
    if not re.fullmatch("[0-9]+", dossier):
        return notices.PROOF_DIGITS
    lengths = (_DIGITS[situation],) if situation in _DIGITS else _DIGITS.values()
    return "" if len(dossier) in lengths else notices.PROOF_LENGTHS[situation if situation in _DIGITS else ""]

"""A page that says what was wrong goes on saying it in the other language.

The switch posts what stands on the page, never what was typed in secret, and nothing is checked again by it.
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Final, TypeVar

from federation import notices
from federation.forms import CodeForm, LetterForm, ProofForm

STEP: Final = "language"
"""What the switch says that it is, as `step`."""

_SUMMARIES: Final = frozenset(
    {
        notices.PROOF_WRONG,
        notices.PROOF_WAIT,
        notices.PROOF_BUSY,
        notices.PROOF_STALE,
        notices.CODE_WRONG,
        notices.CODE_GONE,
        notices.CODE_OFTEN,
        notices.LETTER_WRONG,
        notices.LETTER_OFTEN,
        notices.LETTER_FULL,
    }
)

_Form = TypeVar("_Form", ProofForm, CodeForm, LetterForm)


def retelling(form: ProofForm | CodeForm | LetterForm, csrf: str) -> dict[str, str] | None:
    """Return what the switch of a page with errors posts, so that they stand there again; None without any."""
    if not (form.errors or form.error_summary):
        return None
    kept = {"situation": form.situation, "dossier": form.dossier, "failed": " ".join(form.errors)}
    return {"csrf": csrf, **kept, "told": form.error_summary or ""}


def proof_again(sent: Mapping[str, str]) -> ProofForm:
    """Return the form of the proof page as it stood there, without the password."""
    return _again(ProofForm.read({**sent, "password": ""}), {}, sent)


def code_again(sent: Mapping[str, str]) -> CodeForm:
    """Return the form of the page of codes as it stood there, without the code."""
    return _again(CodeForm.asking(sent), CodeForm.answering({}).errors, sent)


def letter_again(sent: Mapping[str, str]) -> LetterForm:
    """Return the form of the page of letters as it stood there, without the code."""
    return _again(LetterForm.asking(sent), LetterForm.answering({}).errors, sent)


def _again(form: _Form, more: Mapping[str, str], sent: Mapping[str, str]) -> _Form:
    """Keep of all errors that a form may have those that were shown, and above it none but our own words."""
    failed, told = sent.get("failed", "").split(), sent.get("told", "")
    errors = {name: message for name, message in {**form.errors, **more}.items() if name in failed}
    return replace(form, errors=errors, error_summary=told if told in _SUMMARIES else None)

"""The form of a configuration file, read once, at the edge."""

from collections.abc import Mapping
from dataclasses import field, replace
from typing import Final

from werkzeug.datastructures import FileStorage

from idp.records import dataclass
from idp.web.i18n import mark as _

_NO_FILE: Final = _("Choisissez un fichier, ou collez son contenu.")
_NO_TEXT: Final = _("Ce fichier n’est pas un texte en UTF-8.")


@dataclass(frozen=True, slots=True)
class FileForm:
    """A file that was sent or pasted. `agreed` is the digest of what was shown to change; empty before."""

    text: str = field(default="", repr=False)
    prune: bool = False
    agreed: str = ""
    errors: Mapping[str, str] = field(default_factory=dict)
    error_summary: str | None = None

    @classmethod
    def parse(cls, fields: Mapping[str, str], files: Mapping[str, FileStorage]) -> "FileForm":
        """Read a posted form; a file goes before a text, and lines end as they do in files."""
        form = cls(fields.get("text", ""), fields.get("prune") == "1", fields.get("agreed", "")[:64])
        sent = files.get("file")
        if sent is not None and sent.filename:
            try:
                form = replace(form, text=sent.read().decode("utf-8-sig"))
            except UnicodeDecodeError:
                return replace(form, errors={"file": _NO_TEXT})
        form = replace(form, text=form.text.replace("\r\n", "\n"))
        return form if form.text.strip() else replace(form, errors={"file": _NO_FILE})

    def failed(self, summary: str) -> "FileForm":
        """Return the form as shown again under a message."""
        return replace(self, agreed="", errors={}, error_summary=summary)

"""Read the messages of a directory: `.eml` files (RFC 5322), newest first."""

import email.policy
from dataclasses import asdict, dataclass
from email.message import EmailMessage
from email.parser import BytesParser
from pathlib import Path
from typing import Any


@dataclass(frozen=True, slots=True)
class Message:
    """One message. `received_at` is Unix seconds (when the file was written); `html` is None for plain messages."""

    id: str
    received_at: int
    sender: str
    to: str
    subject: str
    text: str
    html: str | None

    def as_json(self) -> dict[str, Any]:
        """Return the message as `messages.json` shows it."""
        return asdict(self)


def read_messages(directory: Path) -> list[Message]:
    """Return every readable message, newest first; an absent directory holds none."""
    found = []
    for path in directory.glob("*.eml"):
        try:
            found.append((path.stat().st_mtime_ns, path.name, _read(path)))
        except OSError:
            continue  # the sender may be replacing it just now; the next look finds it
    found.sort(key=lambda item: item[:2], reverse=True)
    return [message for _, _, message in found]


def _read(path: Path) -> Message:
    parsed = BytesParser(EmailMessage, policy=email.policy.default).parsebytes(path.read_bytes())
    html = parsed.get_body(("html",))
    text = parsed.get_body(("plain",))
    return Message(
        id=path.stem,
        received_at=int(path.stat().st_mtime),
        sender=str(parsed.get("From", "")),
        to=str(parsed.get("To", "")),
        subject=str(parsed.get("Subject", "")),
        text=_content(text),
        html=_content(html) if html is not None else None,
    )


def _content(part: Any) -> str:
    return str(part.get_content()) if part is not None else ""

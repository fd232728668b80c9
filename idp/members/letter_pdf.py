"""The letters as one PDF: an A4 sheet each, for a DL envelope whose window is on the right.

The window of a French DL envelope (110 x 220 mm) is 35 x 100 mm, 20 mm from its right and lower edges. The sheet,
folded in three, moves in it by 10 mm sideways and 11 mm upwards: `WINDOW` is the part that always shows, `SIGHT` the
part that may. The address is the only thing printed in either, and the password stands below the first fold.

The same letters give the same bytes. The fonts are those every PDF reader and printer has, in Windows-1252, which
holds œ and ’. This module takes much memory when imported: the server does not import it.
"""

import io
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime
from typing import Final

import segno
from fpdf import FPDF
from fpdf.enums import XPos, YPos

from idp.members.letter_address import printable
from idp.members.letter_words import Letter, Letterhead, Words, words_of
from idp.records import dataclass


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle of the sheet, in millimetres from its upper left corner."""

    left: float
    top: float
    right: float
    bottom: float


WINDOW: Final = Box(100, 55, 190, 79)
SIGHT: Final = Box(90, 44, 200, 90)
FOLDS: Final = (99.0, 198.0)

_LEFT: Final = 22.0
_RIGHT: Final = 190.0
_WIDTH: Final = _RIGHT - _LEFT
_QR: Final = 32.0
_INK: Final = (20, 32, 54)
_BRAND: Final = (0, 74, 124)
_GREY: Final = (92, 100, 112)
_TINT: Final = (238, 243, 248)


def render(
    head: Letterhead, letters: Sequence[Letter], *, batch: str, day: date, progress: Callable[[int], None]
) -> bytes:
    """Return the print file: one page a letter, in their order.

    Args:
        head: sender, sign-in page, telephone.
        letters: what to print.
        batch: name of the file, printed small on each sheet with its number, so that a lost sheet is noticed (R-35).
        day: the date the letters bear.
        progress: told the number of letters done, after each.
    """
    sheet = _Sheet(head, day)
    for number, letter in enumerate(letters, 1):
        sheet.letter(letter, f"{batch} – feuille {number} sur {len(letters)}")
        progress(number)
    return bytes(sheet.output())


def _set(text: str) -> str:
    # French puts a space before these signs; a line must not begin with one of them.
    text = printable(text)
    for sign in ":?;!":
        text = text.replace(f" {sign}", f"\xa0{sign}")
    return text


class _Sheet(FPDF):
    """Draws letters. Positions are millimetres."""

    def __init__(self, head: Letterhead, day: date) -> None:
        super().__init__(orientation="portrait", unit="mm", format="A4")
        self.core_fonts_encoding = "cp1252"
        self.set_auto_page_break(False)
        self.set_margins(_LEFT, 15, 210 - _RIGHT)
        self.set_title("Courriers aux membres")
        self.set_author(printable(head.sender[0]))
        self.set_lang("fr")
        self.set_creation_date(datetime(day.year, day.month, day.day, tzinfo=UTC))
        self._head = head
        self._day = day
        picture = io.BytesIO()
        segno.make(head.url, error="m", micro=False).save(picture, kind="png", scale=8, border=4)
        self._qr = picture
        self._breaks: dict[tuple[str, float], list[str]] = {}

    def letter(self, letter: Letter, sequence: str) -> None:
        """Add one page."""
        self.add_page()
        self._sender()
        words = words_of(letter, self._head, self._day)
        self._reference(letter, words)
        self._address(letter.address)
        self._folds()
        self._opening(words)
        self._password(letter, words)
        self._steps(words)
        self._notes(words)
        self._foot(sequence)

    def _sender(self) -> None:
        name, *address = self._head.sender
        self.set_draw_color(*_BRAND)
        self.set_fill_color(*_BRAND)
        self.rect(_LEFT, 15, 1.4, 8 + 4.4 * len(address), style="F")
        self._text(_LEFT + 4, 14.6, name, size=15, style="B", color=_BRAND)
        for number, line in enumerate(address):
            self._text(_LEFT + 4, 22 + 4.4 * number, line, size=9, color=_GREY)

    def _reference(self, letter: Letter, words: Words) -> None:
        self._text(120, 15, words.number, size=9, color=_GREY, width=_RIGHT - 120, align="R")
        self._text(120, 19, letter.dossier, size=14, style="B", width=_RIGHT - 120, align="R")
        self._text(100, 29, words.written, size=10, width=_RIGHT - 100, align="R")

    def _address(self, lines: Sequence[str]) -> None:
        size = 11.0
        inside = WINDOW.right - WINDOW.left - 6
        self.set_font("Helvetica", size=size)
        while size > 8 and any(self.get_string_width(line) > inside for line in lines):
            size -= 0.25
            self.set_font("Helvetica", size=size)
        height = (WINDOW.bottom - WINDOW.top) / 6
        top = WINDOW.top + (6 - len(lines)) * height / 2
        for number, line in enumerate(lines):
            self._text(WINDOW.left + 3, top + number * height, line, size=size, height=height, color=(0, 0, 0))

    def _folds(self) -> None:
        self.set_draw_color(170, 176, 184)
        self.set_line_width(0.2)
        for fold in FOLDS:
            self.line(4, fold, 9, fold)

    def _opening(self, words: Words) -> None:
        self._text(_LEFT, 93, words.subject, size=11, style="B", color=_BRAND)
        self.set_xy(_LEFT, 102)
        self._paragraph(words.greeting)
        self._paragraph(words.opening)

    def _password(self, letter: Letter, words: Words) -> None:
        top, height = 128.0, 31.0
        self.set_fill_color(*_TINT)
        self.set_draw_color(*_BRAND)
        self.set_line_width(0.5)
        self.rect(_LEFT, top, _WIDTH, height, style="DF", round_corners=True, corner_radius=2)
        self._text(_LEFT, top + 3, words.heading, size=10, width=_WIDTH, align="C", color=_GREY)
        shown = letter.secret.replace("-", " - ")
        self._text(
            _LEFT,
            top + 9,
            shown,
            size=25,
            style="B",
            font="Courier",
            width=_WIDTH,
            align="C",
            height=11,
            color=(0, 0, 0),
        )
        self._text(_LEFT, top + 22.5, words.until, size=11, style="B", width=_WIDTH, align="C")

    def _steps(self, words: Words) -> None:
        self._text(_LEFT, 164, words.how, size=11, style="B", color=_BRAND)
        self.set_y(172)
        for number, step in enumerate(words.steps, 1):
            self.set_x(_LEFT)
            self._font(10.5, "B", color=_BRAND)
            self.cell(7, 5, f"{number}.")
            self._font(10.5)
            self._lines(_WIDTH - _QR - 14, 5, step)
            self.ln(1.4)
        self._qr.seek(0)
        self.image(self._qr, x=_RIGHT - _QR, y=170, w=_QR, h=_QR, alt_text=words.picture)
        self._text(_RIGHT - _QR - 4, 202, words.picture, size=8.5, width=_QR + 8, align="C", color=_GREY)

    def _notes(self, words: Words) -> None:
        self.set_y(220)
        for note in words.notes:
            self._paragraph(note)
        self.ln(3)
        self._paragraph(words.closing)

    def _foot(self, sequence: str) -> None:
        self.set_draw_color(200, 206, 214)
        self.set_line_width(0.2)
        self.line(_LEFT, 280, _RIGHT, 280)
        self._text(_LEFT, 281.5, " – ".join(self._head.sender), size=8, color=_GREY)
        self._text(_LEFT, 281.5, sequence, size=8, color=_GREY, width=_WIDTH, align="R")

    # How text is set

    def _paragraph(self, text: str) -> None:
        self._font(10.5)
        self.set_x(_LEFT)
        self._lines(_WIDTH, 5.1, text)
        self.ln(2)

    def _lines(self, width: float, height: float, text: str) -> None:
        """Set a text from the present place on, `**bold**` kept, each line flush with the first."""
        left = self.x
        for line in self._broken(_set(text), width):
            self.set_x(left)
            self.cell(width, height, line, markdown=True, new_x=XPos.LMARGIN, new_y=YPos.NEXT)

    def _broken(self, text: str, width: float) -> list[str]:
        # Most of a letter is the same as the one before: each text is broken into lines once a file.
        known = self._breaks.get((text, width))
        if known is not None:
            return known
        lines: list[str] = []
        for word in text.split(" "):
            longer = f"{lines[-1]} {word}" if lines else word
            if lines and self.get_string_width(longer, markdown=True) <= width - 2 * self.c_margin:
                lines[-1] = longer
            else:
                lines.append(word)
        self._breaks[text, width] = lines
        return lines

    def _text(
        self,
        left: float,
        top: float,
        text: str,
        *,
        size: float,
        style: str = "",
        font: str = "Helvetica",
        width: float = 0,
        height: float = 5,
        align: str = "L",
        color: tuple[int, int, int] = _INK,
    ) -> None:
        self._font(size, style, font=font, color=color)
        self.set_xy(left, top)
        self.cell(width, height, printable(text), align=align)

    def _font(
        self, size: float, style: str = "", *, font: str = "Helvetica", color: tuple[int, int, int] = _INK
    ) -> None:
        self.set_font(font, style=style, size=size)
        self.set_text_color(*color)

"""The letters as they come out of the printer, read back from the PDF."""

import io
from datetime import date
from typing import Any

import pytest
from PIL import Image
from pypdf import PdfReader

from idp.members.letter_pdf import FOLDS, SIGHT, WINDOW, render
from idp.members.letter_words import Letter, Letterhead

HEAD = Letterhead(
    ("CARPIMKO", "6 place Charles de Gaulle", "78882 Saint-Quentin-en-Yvelines Cedex"),
    "Saint-Quentin-en-Yvelines",
    "https://connexion.example",
    "01 30 48 10 00",
)
ADDRESS = ("CLAIRE LŒUILLET D’AUBIGNÉ", "RESIDENCE LES TILLEULS", "12 rue des Lilas", "75007 PARIS")
LETTER = Letter(ADDRESS, "1234567", "affilie", "ABCD-EFGH-JKMN-2345", date(2026, 12, 14))
MILLIMETRE = 72 / 25.4


def made(*letters: Letter) -> bytes:
    """Return a print file."""
    return render(HEAD, letters, batch="2026-11-24-01", day=date(2026, 11, 24), progress=lambda _done: None)


def words(pdf: bytes, page: int = 0) -> list[tuple[str, float, float, float]]:
    """Return each piece of text with its place: left and baseline in millimetres from the top, and its size."""
    found: list[tuple[str, float, float, float]] = []

    def visit(text: str, _cm: Any, matrix: list[float], _font: Any, size: float) -> None:
        if text.strip():
            found.append((text.strip(), matrix[4] / MILLIMETRE, 297 - matrix[5] / MILLIMETRE, size))

    PdfReader(io.BytesIO(pdf)).pages[page].extract_text(visitor_text=visit)
    return found


def text_of(pdf: bytes, page: int = 0) -> str:
    """Return the text of a page, its white space made plain."""
    return " ".join(PdfReader(io.BytesIO(pdf)).pages[page].extract_text().split())


def test_a_letter_says_what_a_member_must_know() -> None:
    """The password, until when and how often it works, where to go, and whom to call."""
    text = text_of(made(LETTER))
    assert "ABCD - EFGH - JKMN - 2345" in text
    for part in (
        "Valable jusqu’au 14 décembre 2026 inclus, une seule fois",
        "https://connexion.example",
        "Cochez Affilié",
        "1234567",
        "Vous n’avez rien demandé",
        "01 30 48 10 00",
        "Saint-Quentin-en-Yvelines, le 24 novembre 2026",
        "2026-11-24-01 – feuille 1 sur 1",
    ):
        assert part in text


def test_a_person_entitled_reads_their_own_situation() -> None:
    """The box to tick is the one of the member's situation."""
    other = Letter(ADDRESS, "123456789", "ayant_droit", LETTER.secret, LETTER.last_day)
    assert "Cochez Ayant droit" in text_of(made(other))


def test_a_code_is_no_password() -> None:
    """A letter with a code says what it links, and how; of passwords only that none changes."""
    other = Letter(ADDRESS, "1234567", "affilie", LETTER.secret, LETTER.last_day, "FranceConnect")
    text = text_of(made(LETTER, other), 1)
    for part in ("Objet : votre code pour FranceConnect", "ABCD - EFGH - JKMN - 2345", "Choisissez FranceConnect"):
        assert part in text
    assert "provisoire" not in text
    assert 1 == text.count("mot de passe")


def test_only_the_address_shows_in_the_window() -> None:
    """Wherever the sheet slides, the window shows the whole address and nothing else: no password, no number."""
    pdf = made(LETTER)
    seen = [
        text
        for text, left, base, _ in words(pdf)
        if SIGHT.left <= left <= SIGHT.right and SIGHT.top <= base <= SIGHT.bottom
    ]
    assert list(ADDRESS) == seen
    placed = [(left, base) for text, left, base, _ in words(pdf) if text in ADDRESS]
    assert all(left > WINDOW.left and WINDOW.top < base < WINDOW.bottom for left, base in placed)


def test_six_long_lines_fit_into_the_window() -> None:
    """The longest address that the norm allows is made smaller, not cut."""
    from fpdf import FPDF  # noqa: PLC0415 - measures what the letter wrote

    long = tuple(f"{number} AVENUE DU MARECHAL WWWWWWWWWWWWWW"[:38] for number in range(10, 16))
    pdf = made(Letter(long, "1234567", "affilie", LETTER.secret, LETTER.last_day))
    ruler = FPDF()
    lines = [(text, left, base, size) for text, left, base, size in words(pdf) if text in long]
    assert list(long) == [text for text, *_ in lines]
    for text, left, base, size in lines:
        ruler.set_font("Helvetica", size=size)
        assert left + ruler.get_string_width(text) <= WINDOW.right
        assert WINDOW.top < base < WINDOW.bottom


def test_the_number_stands_top_right_and_the_password_below_the_fold() -> None:
    """As on the fund's letters; the password is large and inside the folded sheet."""
    placed = words(made(LETTER))
    number = next(one for one in placed if one[0] == "1234567")
    assert number[1] > 105
    assert number[2] < SIGHT.top
    password = next(one for one in placed if one[0].startswith("ABCD"))
    assert FOLDS[0] < password[2] < FOLDS[1]
    assert password[3] >= 24


def test_the_code_leads_to_the_sign_in_page_and_holds_no_secret() -> None:
    """Every letter of a file carries the same picture, so it cannot hold a password or a number."""
    other = Letter(ADDRESS, "7654321", "affilie", "ZYXW-VUTS-RQPN-6789", LETTER.last_day)
    reader = PdfReader(io.BytesIO(made(LETTER, other)))
    pictures = [page.images[0].data for page in reader.pages]
    assert pictures[0] == pictures[1]
    picture = Image.open(io.BytesIO(pictures[0]))
    assert picture.width == picture.height
    assert picture.width % 8 == 0


def test_each_letter_is_one_page_with_its_own_password() -> None:
    """As many pages as letters, in their order, each with its own number of the sheet."""
    other = Letter(ADDRESS, "7654321", "affilie", "ZYXW-VUTS-RQPN-6789", LETTER.last_day)
    pdf = made(LETTER, other)
    assert 2 == len(PdfReader(io.BytesIO(pdf)).pages)
    assert "ZYXW - VUTS" not in text_of(pdf, 0)
    assert "ZYXW - VUTS - RQPN - 6789" in text_of(pdf, 1)
    assert "feuille 2 sur 2" in text_of(pdf, 1)


def test_the_same_letters_give_the_same_bytes() -> None:
    """A file can be made again and compared."""
    assert made(LETTER) == made(LETTER)


def test_a_letter_does_not_show_its_secret_when_it_is_logged() -> None:
    """N-152: the representation leaves the password out."""
    assert "ABCD" not in repr(LETTER)


def test_a_member_who_reads_english_has_an_english_letter() -> None:
    """Every sentence, the date and the box to tick; the foot is for the printer and stays French."""
    other = Letter(ADDRESS, "123456789", "ayant_droit", LETTER.secret, LETTER.last_day, locale="en")
    text = text_of(made(LETTER, other), 1)
    for part in (
        "Your provisional password",
        "ABCD - EFGH - JKMN - 2345",
        "Works until 14 December 2026 included, once only",
        "Saint-Quentin-en-Yvelines, 24 November 2026",
        "Tick Survivor (ayant droit) and type your file number: 123456789",
        "You did not ask for it?",
        "feuille 2 sur 2",
    ):
        assert part in text
    for french in ("mot de passe", "dossier :", "Valable", "Madame, Monsieur"):
        assert french not in text


@pytest.mark.parametrize("locale", ["fr", "en"])
@pytest.mark.parametrize("provider", ["", "FranceConnect"])
def test_a_letter_fills_its_page_and_no_more(locale: str, provider: str) -> None:
    """Nothing is printed over the code, the next part or the foot, in either language."""
    placed = words(made(Letter(ADDRESS, "123456789", "ayant_droit", LETTER.secret, LETTER.last_day, provider, locale)))
    heights = [base for _, left, base, size in placed if size > 10 and left < 60 and base > 164]
    assert sorted(heights) == heights
    assert all(base < 278 for base in heights)
    steps = [base for text, _, base, _ in placed if text in {"1.", "2.", "3.", "4."}]
    assert 4 == len(steps)
    assert steps[-1] < 213

"""What a personal password must be."""

import threading
import unicodedata

import pytest

from idp.members.password_policy import Person, fault, normal

ANGELA = Person("1234567", ("DUBOIS", "Le Goff", "Angela", "Zoé"), "1962-08-24", "angela.dubois@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "carafe-soleil-marin-42",
        "Brume quartz violon",
        "élan vif du matin gris",
        "пароль длинный яблоко",
        "  tambour  pluie  sapin  ",
        "k7#Qz!m2Wp9x",
        "🦊🌲🚲🎈🧲🪁🍋🧭🛶🪴🥁🔭 un deux",
    ],
)
def test_a_good_password_needs_no_mixture(password: str) -> None:
    """Words, spaces, any script: no composition rule (N-090, N-091)."""
    assert fault(password, ANGELA, 12) is None


@pytest.mark.parametrize(
    ("password", "reason"),
    [
        ("", "short"),
        ("abcdefghijk", "short"),
        ("a" * 257, "long"),
        ("motdepasse2024!", "common"),
        ("!!Bonjour123456", "common"),
        ("azertyuiop12", "common"),
        ("soleilsoleilsoleil", "common"),
        ("1234567891011", "dossier"),
        ("tambour 12-345.67 sapin", "dossier"),
        ("pluie24/08/1962tambour", "birthdate"),
        ("tambour-620824-sapin", "birthdate"),
        ("dubois-tambour-sapin", "name"),
        ("tambour le goff sapin", "name"),
        ("Zoé-tambour-sapin-gris", None),
        ("CARPIMKO-tambour-sapin", "fund"),
        ("mon espace personnel bleu", "fund"),
        ("aaaaaaaaaaaaaaaa", "weak"),
        ("M0tdepasse!2024", "weak"),
        ("aZ3$aZ3$aZ3$aZ3$", "weak"),
    ],
)
def test_each_reason_has_its_word(password: str, reason: str | None) -> None:
    """The block-lists: most used ones, dossier number, birth date, names, the fund; then the estimator (N-091)."""
    assert reason == fault(password, ANGELA, 12)


def test_length_counts_what_a_person_sees_as_typed_on_any_keyboard() -> None:
    """An accent composed in two characters counts as one (NFC), so both spellings meet the same rule."""
    word = "étéàçûîôùëïü"
    assert 12 == len(normal(unicodedata.normalize("NFD", word)))
    for spelling in ("NFC", "NFD"):
        assert "short" == fault(unicodedata.normalize(spelling, word[:11]), ANGELA, 12)
        assert "short" != fault(unicodedata.normalize(spelling, word), ANGELA, 12)


def test_a_partial_birth_date_blocks_nothing_by_accident() -> None:
    """An unknown day or month is zeros: these digits are not looked for."""
    person = Person("1234567", (), "1962-00-00")
    assert fault("tambour-000062-sapin", person, 12) is None


def test_the_words_of_one_member_are_not_those_of_another() -> None:
    """Many at once: what is weak for one stays good for the next (the estimator's table is not shared)."""
    results: list[str | None] = []

    def judge(person: Person) -> None:
        results.extend(fault("zog zog kwyjibo qi", person, 12) for _ in range(10))

    people = [Person("1234567", ("Zog", "Kwyjibo"), "1950-01-02"), Person("7654321", (), "1950-01-02")]
    threads = [threading.Thread(target=judge, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [None] * 10 + ["name"] * 10 == sorted(results, key=str)


def test_the_longest_password_is_judged_quickly() -> None:
    """256 characters cost no more than 64: nobody can make the server work by typing."""
    assert fault("ab" * 128, ANGELA, 12) == "weak"
    assert fault(" ".join(f"mot{number}" for number in range(50))[:256], ANGELA, 12) is None

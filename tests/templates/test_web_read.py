"""What every page promises, read from its HTML: names that scripts rely on, labels, words, nothing foreign."""

import re
from functools import cache
from html.parser import HTMLParser
from itertools import pairwise

import pytest
from flask import render_template_string

from tests.support.gallery import PAGES, gallery

SIGN_INS = [name for name in PAGES if name.startswith("sign-in")]


class Outline(HTMLParser):
    """The elements of a page, as (tag, attributes), and the text of its title."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.title = ""
        self._in_title = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))
        self._in_title = tag == "title"

    def handle_data(self, data: str) -> None:
        """Note the title."""
        if self._in_title:
            self.title += data
            self._in_title = False

    def all(self, tag: str) -> list[dict[str, str]]:
        """Return the attributes of each element of a kind."""
        return [attributes for name, attributes in self.elements if name == tag]

    def ids(self) -> list[str]:
        """Return every id, in order."""
        return [attributes["id"] for _, attributes in self.elements if "id" in attributes]


@cache
def page(name: str, language: str = "fr") -> Outline:
    """Return a sample as parsed; nobody changes it."""
    response = gallery().test_client().get(f"/{name}?lang={language}")
    assert 200 == response.status_code
    return Outline(response.text)


@pytest.mark.parametrize("name", PAGES)
def test_every_page_renders_in_both_languages(name: str) -> None:
    """Nothing a template says is undefined, and each page has one h1 and a title of its own."""
    for language in ("fr", "en"):
        found = page(name, language)
        assert 1 == len(found.all("h1"))
        assert found.title.endswith(" – CARPIMKO")
        assert len(found.title) > len(" – CARPIMKO")


@pytest.mark.parametrize("name", PAGES)
def test_ids_are_unique_and_referred_to_rightly(name: str) -> None:
    """No id occurs twice; labels, descriptions and links within the page lead somewhere (N-160, N-161)."""
    found = page(name)
    ids = found.ids()
    assert sorted(set(ids)) == sorted(ids)
    wanted = [a["for"] for a in found.all("label")]
    wanted += [a["href"][1:] for a in found.all("a") if re.fullmatch("#.+", a.get("href", ""))]
    for reference in ("aria-describedby", "aria-labelledby", "aria-controls"):
        wanted += [one for _, a in found.elements for one in a.get(reference, "").split()]
    assert [] == [one for one in wanted if one not in ids]


@pytest.mark.parametrize("name", PAGES)
def test_a_group_begins_with_its_name(name: str) -> None:
    """HTML wants the legend first in its fieldset: elsewhere some readers do not say it."""
    after = [tag for (before, _), (tag, _) in pairwise(page(name).elements) if before == "fieldset"]
    assert {"legend"} >= set(after)


def test_what_needs_javascript_is_said() -> None:
    """The declaration promises nothing that a passkey does not keep, in both languages."""
    for language, words in (("fr", "sauf les clés d’accès"), ("en", "except passkeys")):
        assert words in gallery().test_client().get(f"/accessibility?lang={language}").text


@pytest.mark.parametrize("name", PAGES)
def test_every_field_has_a_label(name: str) -> None:
    """Each field a person fills in has a visible label tied to it; none relies on a placeholder (N-160)."""
    found = page(name)
    labelled = {a["for"] for a in found.all("label")}
    fields = [a for a in found.all("input") if a.get("type") != "hidden"]
    assert [] == [a for a in fields if a.get("id") not in labelled or "placeholder" in a]


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_inline_and_nothing_is_foreign(name: str) -> None:
    """Styles and scripts are our own files, no attribute runs code, no picture comes from elsewhere (N-017, N-125)."""
    found = page(name)
    assert [] == found.all("style")
    assert [] == [a for _, a in found.elements if "style" in a or any(key.startswith("on") for key in a)]
    loaded = [a.get("src", "") for tag in ("script", "img") for a in found.all(tag)]
    loaded += [a["href"] for a in found.all("link")]
    assert [] == [address for address in loaded if not address.startswith("/static/")]


@pytest.mark.parametrize("name", PAGES)
def test_help_stands_in_the_same_place(name: str) -> None:
    """Phone and contact come last before the accessibility statement, after a way past the header (N-169, N-170)."""
    found = page(name)
    ids = found.ids()
    assert ids.index("contenu") < ids.index("help-phone") < ids.index("help-contact")
    assert "#contenu" == found.all("a")[0]["href"]
    assert "/accessibilite" == found.all("a")[-1]["href"]


@pytest.mark.parametrize("name", SIGN_INS)
def test_the_sign_in_form_keeps_its_names(name: str) -> None:
    """Field names, ids and address of the sign-in form are what scripts and password managers rely on (N-163)."""
    found = page(name)
    assert {"method": "post", "action": "/connexion/i"}.items() <= found.all("form")[0].items()
    # What a suspected network has to show stands beside these, under names of its own.
    mine = [a for a in found.all("input") if not a["name"].startswith("captcha")]
    inputs = {a.get("id", a["name"]): a for a in mine}
    names = ["csrf", "situation-affilie", "situation-ayant-droit", "dossier", "password", "passkey-credential"]
    assert names == list(inputs)
    assert ["affilie", "ayant_droit"] == [a["value"] for a in inputs.values() if a["name"] == "situation"]
    assert {"name": "dossier", "autocomplete": "username", "inputmode": "numeric"}.items() <= inputs["dossier"].items()
    assert {"name": "password", "autocomplete": "current-password", "type": "password"}.items() <= inputs[
        "password"
    ].items()
    assert "value" not in inputs["password"]
    # Where nobody waits there is nowhere to go back to.
    back = ["cancel"] if "service-name" in found.ids() else []
    assert ["password-eye", "sign-in", "passkey-start", *back] == [a["id"] for a in found.all("button")]
    assert "/mot-de-passe-oublie?interaction=i" in [a.get("href") for a in found.all("a") if a.get("id") == "forgotten"]


def test_franceconnect_stands_first_with_its_own_words() -> None:
    """The State's button comes before the form, in its markup and words, opens here, and explains itself."""
    html = gallery().test_client().get("/sign-in").text
    button = html[html.index('class="fr-connect-group"') : html.index('id="sign-in-form"')]
    assert re.search(r'<a class="fr-connect" id="franceconnect" href="/federation/franceconnect/start', button)
    assert '<span class="fr-connect__login">S’identifier avec</span>' in button
    assert '<span class="fr-connect__brand">FranceConnect</span>' in button
    link = next(a for a in page("sign-in").all("a") if a.get("href") == "https://franceconnect.gouv.fr/")
    assert "_blank" == link["target"]
    assert "noopener" in link["rel"]
    assert "nouvelle fenêtre" in link["title"]


def test_a_closed_franceconnect_offers_no_button() -> None:
    """While the upstream is down the page says so and keeps the other way in."""
    ids = page("sign-in-upstream-down").ids()
    assert "franceconnect" not in ids
    assert "franceconnect-unavailable" in ids
    assert "sign-in" in ids


@pytest.mark.parametrize("name", ["sign-in-errors", "sign-in-empty", "sign-in-wrong", "choose-error", "prove-wrong"])
def test_an_error_is_announced_in_the_title_and_at_the_top(name: str) -> None:
    """The title begins with the error, and an alert that takes the focus stands before the form (N-162)."""
    found = page(name)
    assert found.title.startswith("Erreur")
    summary = next(a for _, a in found.elements if a.get("id") == "error-summary")
    assert {"role": "alert", "tabindex": "-1"}.items() <= summary.items()
    assert "autofocus" in summary


def test_a_wrong_field_says_so_beside_itself() -> None:
    """A field with an error is marked invalid and described by its message, the one without is not (N-161)."""
    found = page("sign-in-errors")
    inputs = {a["id"]: a for a in found.all("input") if "id" in a}
    assert "dossier-hint dossier-error" == inputs["dossier"]["aria-describedby"]
    assert "password-error" == inputs["password"]["aria-describedby"]
    assert "aria-invalid" not in inputs["situation-affilie"]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("sign-in-wrong", "attendez 32 secondes"),
        ("sign-in-long-wait", "attendez 32 minutes"),
        ("sign-in-day-over", "attendez 24 heures"),
    ],
)
def test_a_delay_is_told_in_plain_words(name: str, words: str) -> None:
    """A wait is said in seconds, minutes or hours as it is long, with what stays open meanwhile."""
    text = gallery().test_client().get(f"/{name}").text
    assert words in text
    assert "ous pouvez utiliser FranceConnect" in text


def test_the_proof_page_says_how_long_too() -> None:
    """Who proves a dossier after FranceConnect waits as at the sign-in, and is told the same."""
    assert "attendez 24 heures" in gallery().test_client().get("/prove-wait").text
    assert "attendez" not in gallery().test_client().get("/prove-wrong").text


@pytest.mark.parametrize(
    ("seconds", "french", "english"),
    [
        (7199, "attendez 120 minutes", "wait 120 minutes"),
        (7200, "attendez 2 heures", "wait 2 hours"),
        (7201, "attendez 3 heures", "wait 3 hours"),
    ],
)
@pytest.mark.parametrize("macro", ["wait", "staff_wait"])
def test_hours_are_said_from_two_on(macro: str, seconds: int, french: str, english: str) -> None:
    """Nobody counts 1397 minutes; members and staff are told alike, and never too little."""
    asked = f'{{% from "web/_fields.html" import {macro} %}}{{{{ {macro}({seconds}) }}}}'
    for language, words in (("fr", french), ("en", english)):
        with gallery().test_request_context(f"/?lang={language}"):
            assert words in render_template_string(asked)


@pytest.mark.parametrize(
    ("name", "address", "buttons"),
    [
        ("consent", "/consentement/i", ["consent-allow", "consent-deny"]),
        ("logout", "/deconnexion", ["logout-confirm", "leave-1", "leave-2"]),
        ("choose", "/federation/franceconnect/dossier?suite=s", ["choose"]),
        ("prove", "/federation/franceconnect/preuve?suite=s", ["password-eye", "link"]),
        ("form-post", "/sent", ["continue"]),
    ],
)
def test_forms_keep_their_address_and_buttons(name: str, address: str, buttons: list[str]) -> None:
    """Each form posts where its view listens, with the button ids that scripts rely on."""
    found = page(name)
    assert [address] == [a["action"] for a in found.all("form")]
    assert buttons == [a["id"] for a in found.all("button")]


@pytest.mark.parametrize(
    ("name", "buttons"),
    [
        ("step-up", ["confirm-more", "decline"]),
        ("step-up-enrol", ["decline"]),
        ("step-up-upstream", ["decline"]),
        ("step-up-begin", ["password-eye", "sign-in", "passkey-start", "decline"]),
        ("step-up-passkey", ["passkey-start", "decline"]),
    ],
)
def test_a_page_that_asks_for_a_proof_offers_what_reaches_it(name: str, buttons: list[str]) -> None:
    """It says what is asked for before anything else to press, and no form of it is one that would not be enough."""
    found = page(name)
    assert {"/connexion/i"} == {a["action"] for a in found.all("form")}
    ids = found.ids()
    assert [*buttons, *(["cancel"] if "cancel" in ids else [])] == [a["id"] for a in found.all("button")]
    assert ids.index("asked") < min(ids.index(button) for button in buttons)


def test_what_an_application_sends_is_text() -> None:
    """A parameter that an application chose cannot leave its attribute."""
    found = page("form-post")
    assert '"><script>' == next(a["value"] for a in found.all("input") if a["name"] == "code")
    assert 1 == len(found.all("script"))


@pytest.mark.parametrize("name", ["error", "notice"])
def test_a_reference_can_be_found(name: str) -> None:
    """The reference shown to a person has an id of its own."""
    assert "error-reference" in page(name).ids()


@pytest.mark.parametrize(
    ("name", "title"), [("sign-in", "Je me connecte à mon espace personnel"), ("sign-in-elsewhere", "Je me connecte")]
)
def test_the_title_is_that_of_where_one_goes(name: str, title: str) -> None:
    """The personal account is named only to who goes there (the fund's own page has that title)."""
    assert f"{title} – CARPIMKO" == page(name).title


def test_who_cannot_come_in_is_shown_whom_to_ask() -> None:
    """A closed dossier opens in no other way: the main action is to write to the house."""
    main = [a["href"] for a in page("notice-shut").all("a") if a.get("class") == "button"]
    assert ["https://www.carpimko.com/nous-contacter"] == main

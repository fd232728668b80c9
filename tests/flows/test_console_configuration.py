"""Configuration as code at the console: drift, a file compared and applied, and taken back."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from idp.admin.actor import operator
from idp.admin.acts.configuration import ConfigurationActs
from idp.admin.roles import Role
from tests.support.administration import administered, recorded
from tests.support.provider import Provider, running
from tests.support.staff import Desk, at_the_console

HERE = "/configuration"
APPLY = f"{HERE}/appliquer"
ROOT = operator("root")
NEW = 'version = 1\n[clients.new]\nclient_name = "<b>New</b>"\nredirect_uris = ["https://new.example/cb"]\n'


@pytest.fixture
def provider(tmp_path: Path) -> Iterator[Provider]:
    """A provider of the test's own."""
    with running(administered(tmp_path)) as made:
        yield made


@pytest.fixture
def desk(provider: Provider) -> Desk:
    """Marie at the console, trusted with security alone."""
    return at_the_console(provider, Role.SECURITY)


@pytest.fixture
def acts(provider: Provider) -> ConfigurationActs:
    """What may be done with the configuration."""
    return provider.application.acts.configuration


def test_shown_before_it_is_applied(provider: Provider, desk: Desk) -> None:
    """Nothing happens before somebody agrees; what the file says is text; the secret is in one answer only."""
    shown = desk.browser.submit(desk.get(APPLY), {"text": NEW}, "compare")
    assert ("&#34;&lt;b&gt;New&lt;/b&gt;&#34;" in shown.text, "<b>New" in shown.text) == (True, False)
    assert provider.application.clients.get("new") is None
    done = desk.browser.submit(shown, {}, "confirm-apply")
    assert ('id="secret-1"' in done.text, "n° 2" in done.text) == (True, True)
    made = provider.application.clients.get("new")
    assert made is not None
    assert "<b>New</b>" == made.name
    page = desk.get(HERE)
    assert ('id="drift-same"' in page.text, 'id="secret-1"' in page.text) == (True, False)
    assert ["console"] == [one.details["door"] for one in recorded(provider, "config_applied")]
    assert "Files kept" in desk.get(f"{HERE}?lang=en").text


def test_drift_and_the_way_back(desk: Desk, acts: ConfigurationActs) -> None:
    """What changed since the last file is told by member; a file that is kept is shown against today, and applied."""
    acts.apply(ROOT, NEW)
    acts.apply(ROOT, NEW.replace("<b>New</b>", "Other"))
    acts.apply(ROOT, NEW)
    drifted = acts.apply(ROOT, NEW + 'contacts = ["a@b.example"]\n')
    (newest, *_, first) = acts.versions(ROOT)
    assert (drifted.number, "found") == (newest.number, first.kind)
    back = desk.get(f"{APPLY}?version={drifted.number - 2}")
    assert "contacts" in back.text
    done = desk.browser.submit(back, {}, "confirm-apply")
    assert 'id="kept"' in done.text
    assert "contacts" not in acts.export(ROOT)
    assert NEW in desk.get(f"{HERE}/versions/{drifted.number - 2}").text
    assert [404, 404] == [desk.get(f"{APPLY}?version={number}").status for number in ("x", "999")]
    assert 404 == desk.get(f"{HERE}/versions/999").status


def test_every_fault_of_a_file(provider: Provider, desk: Desk) -> None:
    """With its line; what was pasted stays; no file, no text, a form from elsewhere: said, and nothing happens."""
    told = desk.browser.submit(desk.get(APPLY), {"text": "version = 2\n[clients.<i>]"}, "compare").text
    assert ('id="faults"' in told, "line 2" in told, "<i>" in told, "[clients.&lt;i&gt;]" in told) == (
        True,
        True,
        False,
        True,
    )
    assert 'id="file-error"' in desk.browser.submit(desk.get(APPLY), {}, "compare").text
    assert 'id="error-summary"' in desk.browser.post(f"/administration{APPLY}", {"text": NEW, "agreed": "x"}).text
    assert provider.application.clients.get("new") is None


def test_a_large_file_is_uploaded(desk: Desk) -> None:
    """Larger than any other form may be; a file of bytes is no text."""
    page = desk.get(APPLY)
    for content, expected in ((NEW + "# more\n" * 30_000, 'id="confirm-apply"'), ("\udcff", 'id="file-error"')):
        sent = io.BytesIO(content.encode("utf-8", "surrogateescape"))
        fields = {**page.hidden(), "file": (sent, "configuration.toml")}
        origin = {"Origin": "https://id.example.org"}
        answer = desk.browser.raw("POST", page.url, data=fields, content_type="multipart/form-data", headers=origin)
        assert (200, True) == (answer.status_code, expected in answer.text)


def test_somebody_was_first(provider: Provider, desk: Desk, acts: ConfigurationActs) -> None:
    """What was shown is not what would change any more: the differences are shown again."""
    shown = desk.browser.submit(desk.get(APPLY), {"text": NEW}, "compare")
    acts.apply(ROOT, NEW)
    again = desk.browser.submit(shown, {}, "confirm-apply")
    assert ('id="error-summary"' in again.text, 'id="plan-same"' in again.text) == (True, True)
    assert 1 == len(recorded(provider, "config_applied"))


def test_an_address_that_says_otherwise(desk: Desk, provider: Provider) -> None:
    """Asked before anything is changed, and told beside the differences."""
    outside = 'subject_type = "pairwise"\nsector_identifier_uri = "https://127.0.0.1:1/x"\n'
    shown = desk.browser.submit(desk.get(APPLY), {"text": NEW + outside}, "compare")
    assert 'id="refused"' in desk.browser.submit(shown, {}, "confirm-apply").text
    assert provider.application.clients.get("new") is None


def test_pruned(desk: Desk, acts: ConfigurationActs) -> None:
    """The box disables what the file does not name, and is remembered from the one page to the other."""
    shown = desk.browser.submit(desk.get(APPLY), {"text": "version = 1", "prune": "1"}, "compare")
    desk.browser.submit(shown, {}, "confirm-apply")
    assert 2 == acts.export(ROOT).count("enabled = false")


def test_a_sign_in_that_is_not_fresh(provider: Provider, desk: Desk) -> None:
    """A file is applied by whoever has just signed in; a look needs no such thing."""
    provider.clock.forward(600)
    assert desk.get(HERE).url.endswith(HERE)
    assert "/administration/connexion/" in desk.get(APPLY).url


def test_who_looks_has_no_button(provider: Provider, acts: ConfigurationActs) -> None:
    """An auditor sees drift, files and the export."""
    acts.apply(ROOT, NEW)
    desk = at_the_console(provider, Role.AUDITOR)
    page = desk.get(HERE).text
    assert ('id="versions"' in page, 'id="apply"' in page, 'id="again-' in page) == (True, False, False)
    exported = desk.get(f"{HERE}/export")
    assert 'attachment; filename="configuration.toml"' == exported.headers["Content-Disposition"]

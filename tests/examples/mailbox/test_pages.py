"""The demo's mailbox."""

import os
from email.message import EmailMessage
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from examples.espace_personnel.app import create_app
from examples.espace_personnel.config import KEYS, Config, Registration


@pytest.fixture
def browser(tmp_path: Path) -> FlaskClient:
    """A browser of a server whose mailbox is the test's directory."""
    applications = {key: Registration(key, "openid") for key in KEYS}
    return create_app(Config("http://a", "http://b", applications, tmp_path)).test_client()


def write(directory: Path, name: str, when: int, subject: str, html: str | None = None) -> None:
    """Put a message into the directory, as the provider's file transport does."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = "a@example.org", "b@example.org", subject
    message.set_content(f"Texte de {subject}\n")
    if html is not None:
        message.add_alternative(html, subtype="html")
    path = directory / f"{name}.eml"
    path.write_bytes(message.as_bytes())
    os.utime(path, (when, when))


class TestMailbox:
    """The list, one message, and the list for scripts."""

    def test_empty(self, browser: FlaskClient) -> None:
        """A mailbox without messages says so."""
        assert "Aucun message" in browser.get("/mailbox/").text
        assert {"messages": []} == browser.get("/mailbox/messages.json").json

    def test_newest_first(self, browser: FlaskClient, tmp_path: Path) -> None:
        """Messages come newest first, accents intact."""
        write(tmp_path, "one", 100, "Ancien")
        write(tmp_path, "two", 200, "Votre dossier a été lié")
        messages = browser.get("/mailbox/messages.json").get_json()["messages"]
        assert ["two", "one"] == [message["id"] for message in messages]
        assert "Votre dossier a été lié" == messages[0]["subject"]
        assert "Texte de Ancien\n" == messages[1]["text"]
        assert 100 == messages[1]["received_at"]
        listed = browser.get("/mailbox/").text
        assert listed.index("été lié") < listed.index("Ancien")

    def test_times_are_those_of_paris(self, browser: FlaskClient, tmp_path: Path) -> None:
        """In summer and in winter, as whoever looks at a clock there would say."""
        write(tmp_path, "one", 1782907200, "Été")
        write(tmp_path, "two", 1796126400, "Hiver")
        listed = browser.get("/mailbox/").text
        assert ("01/07/2026, 14:00" in listed, "01/12/2026, 13:00" in listed) == (True, True)

    def test_html_is_caged(self, browser: FlaskClient, tmp_path: Path) -> None:
        """The HTML of a message is shown in a sandbox, escaped in our page, and may run nothing."""
        write(tmp_path, "one", 100, "Riche", html="<p>Bonjour</p><script>alert(1)</script>")
        page = browser.get("/mailbox/one")
        assert "sandbox srcdoc=" in page.text
        assert "<script>" not in page.text
        assert "script-src" not in page.headers["Content-Security-Policy"]
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]

    @pytest.mark.parametrize("path", ["/mailbox/absent", "/mailbox/..%2f..%2fetc%2fpasswd"])
    def test_only_files_of_the_directory(self, browser: FlaskClient, path: str) -> None:
        """An id that is no message of the directory is not found, whatever it looks like."""
        assert 404 == browser.get(path).status_code

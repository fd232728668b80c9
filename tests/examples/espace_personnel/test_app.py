"""The example server as a whole."""

from flask.testing import FlaskClient


class TestCreateApp:
    """What every answer has, and the pages of no application."""

    def test_headers_of_every_page(self, browser: FlaskClient) -> None:
        """No page runs a script, is framed, or is kept by a cache."""
        headers = browser.get("/").headers
        assert "default-src 'none'" in headers["Content-Security-Policy"]
        assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
        assert "no-store" == headers["Cache-Control"]

    def test_healthz(self, browser: FlaskClient) -> None:
        """The readiness page answers without a provider."""
        assert "ok\n" == browser.get("/healthz").text

    def test_callback_of_scripts(self, browser: FlaskClient) -> None:
        """The browser of an outside script has somewhere to land, and nothing of its answer is shown."""
        page = browser.get("/callback-scripts?code=abc")
        assert 200 == page.status_code
        assert "abc" not in page.text

    def test_style_is_our_own(self, browser: FlaskClient) -> None:
        """The page's style comes from this server."""
        with browser.get("/static/style.css") as style:
            assert 200 == style.status_code
            assert "http://" not in style.get_data(as_text=True)

"""The knobs' page and API: for this machine and this origin only."""

from tests.federation.emulator.partner import Partner


def test_the_api_sets_reads_and_resets(partner: Partner) -> None:
    """POST answers the positions; reset clears before it sets."""
    first = partner.server.post("/_emulator/knobs", json={"new_sub": True, "token_delay": 2})
    assert {"new_sub": True, "token_delay": 2.0} == first.get_json()
    second = partner.server.post("/_emulator/knobs", json={"reset": True, "authorize_error": "server_error"})
    assert {"authorize_error": "server_error"} == second.get_json()
    assert {"authorize_error": "server_error"} == partner.server.get("/_emulator/knobs").get_json()


def test_the_api_refuses_what_does_not_fit(partner: Partner) -> None:
    """An unknown knob and a body that is no object are 400, a form is 415."""
    assert 400 == partner.server.post("/_emulator/knobs", json={"nothing": 1}).status_code
    assert 400 == partner.server.post("/_emulator/knobs", json=[1]).status_code
    assert 415 == partner.server.post("/_emulator/knobs", data={"new_sub": "on"}).status_code


def test_the_page_lists_sets_and_resets(partner: Partner) -> None:
    """The page shows every knob, takes its form without JavaScript, and puts all to rest."""
    assert 303 == partner.browser.post("/_emulator", data={"new_sub": "on", "token_status": "503"}).status_code
    page = partner.browser.get("/_emulator").text
    assert "2 pannes en cours" in page
    assert 'id="knob-authorize_error"' in page
    assert 'value="503"' in page
    partner.browser.post("/_emulator", data={"reset": "1", "new_sub": "on"})
    assert "Aucune panne" in partner.browser.get("/_emulator").text


def test_the_page_refuses_a_bad_position(partner: Partner) -> None:
    """A position that does not fit is told, and nothing changes."""
    assert 400 == partner.browser.post("/_emulator", data={"token_status": "200"}).status_code


def test_another_machine_is_refused(partner: Partner) -> None:
    """Only the loopback may look at the knobs or turn them."""
    for address in ("192.0.2.7", "::ffff:192.0.2.7", "not-an-address"):
        environ = {"REMOTE_ADDR": address}
        assert 403 == partner.server.get("/_emulator", environ_overrides=environ).status_code
        assert 403 == partner.server.post("/_emulator/knobs", json={}, environ_overrides=environ).status_code


def test_another_origin_is_refused(partner: Partner) -> None:
    """A page of another site cannot turn the knobs through the browser; the emulator's own page can."""
    foreign = {"Origin": "https://elsewhere.example"}
    assert 403 == partner.browser.post("/_emulator", data={"new_sub": "on"}, headers=foreign).status_code
    own = {"Origin": "http://localhost"}
    assert 303 == partner.browser.post("/_emulator", data={"new_sub": "on"}, headers=own).status_code


def test_static_files_are_served_under_the_emulator_path(partner: Partner) -> None:
    """The one style sheet comes from here."""
    response = partner.browser.get("/_emulator/static/emulator.css")
    assert (200, "text/css") == (response.status_code, response.mimetype)
    response.close()

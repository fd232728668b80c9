"""The staff's way in through an upstream is told in `tests/flows/test_staff_upstream.py`; here, what it never is."""

from pathlib import Path

from tests.flows.test_other_upstream import proconnect
from tests.support.provider import copied_provider, running


def test_an_upstream_that_is_not_the_staffs_is_not_offered(tmp_path: Path) -> None:
    """Enabled alone is not enough: the settings say so of each."""
    for staff in (False, True):
        upstreams = {"proconnect": proconnect(tmp_path, staff=staff)}
        with running(copied_provider(tmp_path / f"house-{staff}", upstreams=upstreams)) as provider:
            page = provider.browser().get("/administration")
            assert staff == ('id="staff-proconnect"' in page.text)
            assert ["proconnect"] * staff == [one.name for one in provider.application.console.arrivals.offered()]
            if staff:
                provider.application.upstream_switch.pause("proconnect")
                assert 'id="staff-proconnect-out"' in provider.browser().get("/administration").text

"""The filter of the record: what is typed, read once."""

import pytest

from idp.admin.console.forms_audit import AuditForm

DAY = 86400


class TestAuditForm:
    """Which events."""

    def test_days_are_whole_and_in_paris(self) -> None:
        """From midnight to midnight, also on a day of 23 hours."""
        wanted = AuditForm.parse({"since": "2026-03-29", "until": "2026-03-29", "event": " sign_in "}).wanted()
        assert (1774738800, 1774738800 + DAY - 3600, "sign_in") == (wanted.since, wanted.until, wanted.event)

    @pytest.mark.parametrize("day", ["yesterday", "2026-02-30", "99999-01-01", "20260101T00", "9999-12-31"])
    @pytest.mark.parametrize("name", ["since", "until"])
    def test_a_day_that_is_none(self, name: str, day: str) -> None:
        """It is said, and filters nothing."""
        form = AuditForm.parse({name: day})
        assert ({name}, None) == (set(form.errors), getattr(form.wanted(), name))

    def test_the_last_day_before_the_first(self) -> None:
        """It is said beside the last one, and both stay as they were typed; one day is a whole one."""
        form = AuditForm.parse({"since": "2026-11-30", "until": "2026-11-29"})
        assert ({"until"}, "2026-11-30", "2026-11-29") == (set(form.errors), form.since, form.until)
        assert {} == AuditForm.parse({"since": "2026-11-30", "until": "2026-11-30"}).errors

    def test_what_is_empty_is_in_no_address(self) -> None:
        """Only what was filled in."""
        assert {"event": "x"} == AuditForm.parse({"event": "x", "actor": " ", "more": "y"}).query()

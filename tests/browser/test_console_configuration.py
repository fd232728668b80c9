"""A configuration file in a real Chromium: exported, changed, uploaded, compared, applied, and taken back."""

from pathlib import Path

import pytest

from tests.browser.test_console import Codes, comes_in
from tests.support.visitor import Visitor

pytestmark = pytest.mark.browser


def test_a_file_is_uploaded_and_taken_back(visitor: Visitor, tmp_path: Path) -> None:
    """The name of an application changes with a file, and comes back with the one before it."""
    # Somebody of her own, whose codes no other story has used.
    console = comes_in(visitor, Codes(), "security@example.org")
    visitor.page.goto(f"{console}/configuration")
    visitor.sees("no-file")
    with visitor.page.expect_download() as taken:
        visitor.press("export")
    exported = Path(taken.value.path()).read_text("utf-8")
    file = tmp_path / taken.value.suggested_filename
    file.write_text(exported.replace('"Cap Retraite"', '"Cap <Retraite>"'), "utf-8")
    visitor.press("apply")
    visitor.page.set_input_files("#file", file)
    visitor.press("compare")
    visitor.sees("plan", '"Cap <Retraite>"')
    visitor.press("confirm-apply")
    visitor.sees("kept")
    visitor.press("back")
    visitor.sees("drift-same")
    visitor.page.locator("a[id^=again-]").last.click()
    visitor.sees("plan", '"Cap Retraite"')
    visitor.press("confirm-apply")
    visitor.sees("kept")
    visitor.press("back")
    visitor.sees("drift-same")
    with visitor.page.expect_download() as taken:
        visitor.press("export")
    assert exported == Path(taken.value.path()).read_text("utf-8")

"""With IDP_TEST_NO_SKIP=1 a run in which any test was skipped has failed, and says which and why.

A machine that should have everything (continuous integration) must not pass for lack of a browser.
"""

import os

import pytest

SWITCH = "IDP_TEST_NO_SKIP"


class NoSkip:
    """Gathers what was skipped and fails the run for it."""

    def __init__(self) -> None:
        self.skipped: list[str] = []

    @pytest.hookimpl
    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note a skipped test; an expected failure is none."""
        if report.skipped and not hasattr(report, "wasxfail"):
            self._note(report)

    @pytest.hookimpl
    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Note a file that skipped itself whole."""
        if report.skipped:
            self._note(report)

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Turn success into failure when anything was skipped."""
        if self.skipped and session.exitstatus == pytest.ExitCode.OK:
            session.exitstatus = pytest.ExitCode.TESTS_FAILED

    @pytest.hookimpl
    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List what was skipped."""
        if not self.skipped:
            return
        terminalreporter.section(f"skipped, though {SWITCH}=1 forbids it", red=True)
        for line in self.skipped:
            terminalreporter.line(line)

    def _note(self, report: pytest.TestReport | pytest.CollectReport) -> None:
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        self.skipped.append(f"{report.nodeid}: {reason}")


def pytest_configure(config: pytest.Config) -> None:
    """Register the plugin when the switch is on."""
    if os.environ.get(SWITCH) == "1":
        config.pluginmanager.register(NoSkip(), "idp-no-skip")

"""Administrators by a program: a page at a time."""

from pathlib import Path

from tests.support.admin_api import ALL, Program
from tests.support.administration import administered
from tests.support.provider import running


def test_page_by_page(tmp_path: Path) -> None:
    """By login; `next` of a page is the cursor of the one that follows; the last has none."""
    with running(administered(tmp_path, admin={"api": True})) as made:
        robot = Program(made, *ALL)
        logins = [f"{name}@fund.example" for name in "abc"]
        for login in reversed(logins):
            robot.post("/administrators", {"login": login, "name": "Marie", "roles": ["clients"]})
        whole = robot.get("/administrators").get_json()
        assert (logins, None) == ([one["login"] for one in whole["administrators"]], whole["next"])
        first = robot.get("/administrators?limit=2").get_json()
        second = robot.get(f"/administrators?limit=2&cursor={first['next']}").get_json()
        assert (whole["administrators"], None) == (first["administrators"] + second["administrators"], second["next"])
        assert [422, 422] == [
            robot.get(f"/administrators?{asked}").status_code for asked in ("cursor=%C3%A9", "limit=1000")
        ]

"""Proposals by a program: a page at a time."""

from pathlib import Path

from tests.support.admin_api import ALL, Program
from tests.support.administration import administered
from tests.support.provider import running


def test_page_by_page(tmp_path: Path) -> None:
    """`next` of a page is the cursor of the one that follows; the last has none."""
    eyes = {"api": True, "four_eyes": ["admins.create"]}
    with running(administered(tmp_path, admin=eyes)) as made:
        robot = Program(made, *ALL)
        for name in "abc":
            robot.post("/administrators", {"login": f"{name}@fund.example", "name": name, "roles": ["clients"]})
        whole = robot.get("/proposals").get_json()
        assert (3, None) == (len(whole["proposals"]), whole["next"])
        first = robot.get("/proposals?limit=2").get_json()
        second = robot.get(f"/proposals?limit=2&cursor={first['next']}").get_json()
        assert (whole["proposals"], None) == (first["proposals"] + second["proposals"], second["next"])
        assert 422 == robot.get("/proposals?cursor=x").status_code

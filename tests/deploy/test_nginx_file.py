"""The file for nginx, as it is written."""

import re

from tests.support.nginx import FILE


def test_no_address_is_in_a_log_of_nginx() -> None:
    """A query may hold a code, a path a link that opens something: no server of the file logs either (N-152)."""
    servers = re.findall(r"^server \{\n(.*?)^\}", FILE.read_text(encoding="utf-8"), re.DOTALL | re.MULTILINE)
    assert [True, True] == ["    access_log off;\n" in one for one in servers]

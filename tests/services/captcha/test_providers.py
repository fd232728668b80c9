"""What is known of the third parties."""

import pytest

from idp.services.captcha.providers import PROVIDERS
from idp.web.headers import content_security_policy


@pytest.mark.parametrize("name", list(PROVIDERS))
def test_the_policy_of_pages_accepts_their_sources(name: str) -> None:
    """Each source is one that the page's policy may name, and the script comes from one of them."""
    provider = PROVIDERS[name]
    assert name == provider.kind
    policy = content_security_policy(
        "bm9uY2Utb2YtYS1wYWdl",
        extra_sources={
            "script-src": provider.script_src,
            "frame-src": provider.frame_src,
            "style-src": provider.style_src,
            "connect-src": provider.connect_src,
        },
    )
    assert all(source in policy for source in (*provider.script_src, *provider.frame_src))
    hosts = [source.removeprefix("https://").removeprefix("*.") for source in provider.script_src]
    assert any(host in provider.script_url for host in hosts)
    assert provider.verify_url.startswith("https://")

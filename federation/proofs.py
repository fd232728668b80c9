"""The ways of proving a dossier, and where the page of each is."""

from collections.abc import Mapping
from typing import Final

from federation import notices
from federation.franceconnect_upstream import BASE
from federation.policy import LinkingPolicy, Proof
from idp.upstream_ports import Ports

_PATHS: Final[Mapping[Proof, str]] = {"password": "preuve", "contact_code": "code", "letter_code": "courrier"}
_URLS: Final[Mapping[Proof, str]] = {
    "password": "password_url",
    "contact_code": "code_url",
    "letter_code": "letter_url",
}


def offered(policy: LinkingPolicy, ports: Ports) -> tuple[Proof, ...]:
    """Return the proofs that the settings name and this house can give; the password where it can give none."""
    able = {"password": True, "contact_code": ports.codes is not None, "letter_code": ports.letters is not None}
    return tuple(proof for proof in policy.proofs if able[proof]) or ("password",)


def first_path(policy: LinkingPolicy, ports: Ports, handle: str) -> str:
    """Return the page that a person is sent to for a proof."""
    return path(offered(policy, ports)[0], handle)


def path(proof: Proof, handle: str) -> str:
    """Return the page of one proof of a pending link."""
    return f"{BASE}/{_PATHS[proof]}?suite={handle}"


def others(policy: LinkingPolicy, ports: Ports, handle: str, here: Proof) -> dict[str, str]:
    """Return the other pages, as the templates name them; empty for what is not offered, and for this one."""
    ways = offered(policy, ports)
    return {name: path(proof, handle) if proof in ways and proof != here else "" for proof, name in _URLS.items()}


def invitation(policy: LinkingPolicy, ports: Ports) -> str:
    """Return the words of the link to the first proof."""
    return notices.PROVE if offered(policy, ports)[0] == "password" else notices.PROVE_OTHERWISE

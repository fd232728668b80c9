"""What developers copy: every value of the application in it, no secret, and programs that can be read."""

import ast
import re
from dataclasses import replace
from typing import Any

import pytest

from idp.admin.registration.document import registered
from idp.admin.registration.kinds import Kind
from idp.admin.registration.snippets import LIBRARIES, snippets
from idp.endpoints.rfc8414_metadata import metadata
from idp.protocol.client import Client
from idp.protocol.client_metadata.choices import Choices

ISSUER = "https://id.example.org"
URI = "https://app.example.org/retour?de=idp"
CHOICES = Choices.whole(metadata(ISSUER))


def client(kind: Kind, **document: Any) -> Client:
    """Return an application of a kind."""
    base: dict[str, Any] = {"client_name": "x"} | ({} if kind == "machine" else {"redirect_uris": [URI]})
    return registered("mon-appli", kind, base | document, CHOICES)


@pytest.mark.parametrize(
    ("kind", "libraries"),
    [
        ("web", list(LIBRARIES)),
        ("spa", ["openid-client"]),
        ("native", []),
        ("machine", ["authlib", "openid-client", "spring"]),
    ],
)
def test_what_there_is_for_each_kind(kind: Kind, libraries: list[str]) -> None:
    """With the issuer, the id and the return address as they are registered, and a secret from the environment."""
    found = snippets(client(kind), ISSUER)
    assert libraries == [one.library for one in found]
    for one in found:
        text = "".join(one.files.values())
        wanted = [ISSUER, '"mon-appli"'] + ([] if kind == "machine" else [f'"{URI}"'])
        assert [] == [word for word in wanted if word not in text]
        assert (kind != "spa") == ("CLIENT_SECRET" in text)


def test_programs_can_be_read() -> None:
    """Python parses, Spring Boot's lines are whole, the path of return stands alone."""
    found = {one.library: one.files for kind in ("web", "machine") for one in snippets(client(kind), ISSUER)}
    ast.parse(found["authlib"]["token.py"])
    web = {one.library: one.files for one in snippets(client("web"), ISSUER)}
    ast.parse(web["authlib"]["app.py"])
    assert '@app.get("/retour")' in web["authlib"]["app.py"]
    lines = {line.strip() for line in web["spring"]["application.yml"].splitlines()}
    assert {
        'client-id: "mon-appli"',
        'client-secret: "${CLIENT_SECRET}"',
        f'redirect-uri: "{URI}"',
        'scope: "openid,profile"',
        f'issuer-uri: "{ISSUER}"',
    } <= lines
    assert "SignatureAlgorithm.ES256" in web["spring"]["SignInConfiguration.java"]


def test_what_is_registered_decides() -> None:
    """The method, the algorithm, a resource, plain http in development; what a library cannot do is not shown."""
    post = snippets(client("web", token_endpoint_auth_method="client_secret_post"), ISSUER)
    assert any("client.ClientSecretPost" in text for one in post for text in one.files.values())
    edward = snippets(replace(client("web"), id_token_signed_response_alg="EdDSA"), ISSUER)
    assert "spring" not in {one.library for one in edward}
    robot = snippets(client("machine", audiences=["https://api.example.org"], scope="lire"), ISSUER)
    assert '{"scope": "lire", "resource": "https://api.example.org"}' in robot[1].files["token.mjs"]
    insecure = snippets(client("web"), "http://localhost:8000")
    assert "allowInsecureRequests" in insecure[1].files["app.mjs"]
    keyed = client("web", token_endpoint_auth_method="private_key_jwt", jwks_uri="https://app.example.org/jwks")
    assert () == snippets(keyed, ISSUER)


@pytest.mark.parametrize(
    ("uri", "port"),
    [
        ("http://localhost:3001/retour", 3001),
        ("http://127.0.0.1/retour", 80),
        ("https://app.example.org:8443/retour", 3000),
    ],
)
def test_a_program_listens_where_members_come_back(uri: str, port: int) -> None:
    """On the developer's own machine; elsewhere a server stands before it. The cookie goes where the address does."""
    local = replace(CHOICES, local_http=True)
    found = snippets(registered("mon-appli", "web", {"client_name": "x", "redirect_uris": [uri]}, local), ISSUER)
    assert f"\n# flask --app app run --port {port}\n" in found[0].files["app.py"]
    assert f"app.listen({port});" in found[1].files["app.mjs"]
    assert f"SESSION_COOKIE_SECURE={uri.startswith('https:')}" in found[0].files["app.py"]


@pytest.mark.parametrize("path", ["/", "/connexion", "/deconnexion"])
def test_no_page_stands_where_members_come_back(path: str) -> None:
    """Every page of a program has an address of its own, and an address after sign-out is a page."""
    back, after = f"https://app.example.org{path}", "https://app.example.org/fin"
    found = snippets(client("web", redirect_uris=[back], post_logout_redirect_uris=[after]), ISSUER)
    paths = re.findall(r'@app.get\("(.+)"\)', found[0].files["app.py"])
    assert (5, True, True) == (len(set(paths)), len(paths) == len(set(paths)), {path, "/fin"} <= set(paths))
    assert f'["{"/accueil" if path == "/" else "/"}", "/fin"]' in found[1].files["app.mjs"]


def test_sign_out_and_claims_are_as_they_are_registered() -> None:
    """No sign-out where no address after it is registered; no call of a userinfo that only few libraries read."""
    bare, signed = client("web"), client("web", userinfo_signed_response_alg="ES256")
    for one in snippets(bare, ISSUER)[:2]:
        text = "".join(one.files.values())
        assert ("deconnexion" in text, "id_token_hint" in text, "userinfo" in text.lower()) == (False, False, True)
    for one in snippets(signed, ISSUER)[:2]:
        text = "".join(one.files.values())
        assert (".userinfo(" in text, "fetchUserInfo" in text) == (False, False)


def test_values_stay_values() -> None:
    """What somebody registered is a string of the program, whatever it holds."""
    sly = client("web", redirect_uris=["https://app.example.org/a'b$client_id"])
    text = snippets(sly, ISSUER)[0].files["app.py"]
    strings = {node.value for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Constant)}
    assert "https://app.example.org/a'b$client_id" in strings


def test_no_value_fetches_another_from_the_environment() -> None:
    """Spring and Apache fill `${NAME}` in, quoted or not: who registered one is shown the programs that do not."""
    sly = client("web", redirect_uris=["https://app.example.org/${CLIENT_SECRET}"])
    assert ["authlib", "openid-client"] == [one.library for one in snippets(sly, ISSUER)]
    robot = client("machine", scope="lire ${CLIENT_SECRET}")
    assert ["authlib", "openid-client"] == [one.library for one in snippets(robot, ISSUER)]

"""Who takes part in the stories: one member, the fund's own application, a third party's."""

from idp.members.dossiers import Dossier
from idp.protocol.client import Client
from idp.upstream import CivilStatus

ISSUER = "https://id.example.org"
APP = "https://app.example.org"
PASSWORD = "carafe-soleil-marin-42"
SECRET = "s3cret-of-the-espace-client-0123456789abcdef"

MEMBER = Dossier(
    dossier="1234567",
    situation="affilie",
    status="active",
    civil=CivilStatus("DUBOIS", ("Angela", "Claire"), "1962-08-24", "female", "75107", "99100"),
    email="angela@example.org",
    phone_number="+33123456789",
    address={"street_address": "1 rue de la Paix", "postal_code": "75002", "locality": "Paris", "country": "France"},
    profile={},
)

ESPACE = Client(
    client_id="espace",
    name="Espace Personnel",
    first_party=True,
    redirect_uris=(f"{APP}/callback",),
    post_logout_redirect_uris=(f"{APP}/bye",),
    grant_types=frozenset({"authorization_code", "refresh_token", "client_credentials"}),
    scopes=frozenset({"openid", "profile", "email", "address", "phone", "dossier", "offline_access"}),
    id_token_signed_response_alg="ES256",
    client_uri=f"{APP}/",
)

PARTNER = Client(
    client_id="partner",
    name="Simulateur",
    token_endpoint_auth_method="none",
    redirect_uris=("https://partner.example.net/cb",),
    scopes=frozenset({"openid", "profile", "email"}),
    id_token_signed_response_alg="ES256",
)

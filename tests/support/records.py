"""Values that many tests store: a dossier, a grant, a client, ready to be varied with `dataclasses.replace`."""

from dataclasses import replace

from idp.protocol.client import ClientSecret
from idp.protocol.grant import AuthorizationGrant
from idp.store.accounts import Account, Particulars
from idp.store.db import Store
from idp.store.sign_ins import StoredSignIn
from tests.support.cast import ESPACE

PARTICULARS = Particulars(
    dossier="1234567",
    situation="affilie",
    status="active",
    birth_name="DUBOIS",
    given_names=("Angela", "Claire"),
    birthdate="1962-08-24",
    gender="female",
    birthplace="75107",
    birthcountry="99100",
    email="angela@example.org",
    address={"locality": "Paris"},
)

CLIENT = replace(
    ESPACE,
    secrets=(ClientSecret("ab" * 32, 1),),
    redirect_uris=("https://espace.example/retour",),
    extra={"contacts": ["it@example.org"]},
)

GRANT = AuthorizationGrant(
    client_id="espace",
    account_id="account",
    subject="subject",
    sid="sid",
    scope=("openid", "email"),
    redirect_uri="https://espace.example/retour",
    auth_time=1000,
    acr="eidas1",
    amr=("pwd",),
    nonce="nonce",
    claims={"userinfo": {"email": None}},
)

SIGN_IN = StoredSignIn(
    id="first",
    account_id="account",
    sid="sid-1",
    handle="handle-1",
    device="device-1",
    browser="Firefox",
    system="Windows",
    network="192.0.2.x",
    provider="password",
    acr="https://carpimko.com/acr/password",
    amr=("pwd",),
    client_id="espace",
    started_at=1000,
)


def with_account(store: Store, particulars: Particulars = PARTICULARS) -> Account:
    """Store a dossier under the id `account` and return it."""
    with store.begin() as unit:
        return unit.accounts.upsert(particulars, account_id="account", subject="subject", now=1000)


def with_grant(store: Store, code_digest: str = "code", grant_id: str = "grant") -> None:
    """Store the account and a grant that lives until 9000."""
    with_account(store)
    with store.begin() as unit:
        unit.grants.redeem(
            code_digest, GRANT, grant_id=grant_id, account_epoch=0, expires_at=9000, now=1000, ended=("ended", "none")
        )

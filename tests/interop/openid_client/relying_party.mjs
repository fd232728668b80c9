// A relying party on openid-client. It reads one JSON line that says who it is, prints the address to send the member
// to, reads the address that the member came back with, and prints what it got: tokens, userinfo, refresh, the way out.
import readline from "node:readline";
import * as oidc from "openid-client";

const lines = readline.createInterface({ input: process.stdin })[Symbol.asyncIterator]();
const read = async () => (await lines.next()).value;
const print = (value) => console.log(JSON.stringify(value));

const told = JSON.parse(await read());

async function authentication() {
  switch (told.token_endpoint_auth_method) {
    case "client_secret_basic":
      return oidc.ClientSecretBasic(told.client_secret);
    case "client_secret_post":
      return oidc.ClientSecretPost(told.client_secret);
    case "private_key_jwt": {
      const jwk = told.private_jwk;
      const algorithm = jwk.kty === "RSA" ? { name: "RSASSA-PKCS1-v1_5", hash: "SHA-256" } : { name: "ECDSA", namedCurve: jwk.crv };
      const key = await crypto.subtle.importKey("jwk", jwk, algorithm, false, ["sign"]);
      return oidc.PrivateKeyJwt({ key, kid: jwk.kid });
    }
    default:
      return oidc.None();
  }
}

async function registered() {
  const issuer = new URL(told.issuer);
  if (!told.register) {
    const metadata = { id_token_signed_response_alg: told.id_token_signed_response_alg };
    return oidc.discovery(issuer, told.client_id, metadata, await authentication());
  }
  return oidc.dynamicClientRegistration(issuer, told.register, oidc.ClientSecretBasic());
}

const config = await registered();
const verifier = oidc.randomPKCECodeVerifier();
const state = oidc.randomState();
const nonce = oidc.randomNonce();
const build = told.pushed ? oidc.buildAuthorizationUrlWithPAR : oidc.buildAuthorizationUrl;
print({
  url: await build(config, {
    redirect_uri: told.redirect_uri,
    scope: told.scope,
    code_challenge: await oidc.calculatePKCECodeChallenge(verifier),
    code_challenge_method: "S256",
    prompt: "consent",
    state,
    nonce,
  }),
});

const tokens = await oidc.authorizationCodeGrant(config, new URL(await read()), {
  pkceCodeVerifier: verifier,
  expectedState: state,
  expectedNonce: nonce,
  idTokenExpected: true,
});
const claims = tokens.claims();
const userinfo = await oidc.fetchUserInfo(config, tokens.access_token, claims.sub);
const refreshed = tokens.refresh_token ? await oidc.refreshTokenGrant(config, tokens.refresh_token) : null;
const fresh = refreshed?.access_token ?? tokens.access_token;
await oidc.fetchUserInfo(config, fresh, claims.sub);
await oidc.tokenRevocation(config, fresh);
const revoked = await oidc.fetchUserInfo(config, fresh, claims.sub).then(
  () => false,
  () => true,
);
print({
  claims,
  userinfo,
  refreshed: refreshed !== null && refreshed.access_token !== tokens.access_token,
  revoked,
  logout: oidc.buildEndSessionUrl(config, {
    id_token_hint: tokens.id_token,
    post_logout_redirect_uri: told.post_logout_redirect_uri,
    state: "end",
  }),
});
process.exit(0);

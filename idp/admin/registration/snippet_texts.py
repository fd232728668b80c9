"""The programs of `snippets`, with `$name` where a value of the application stands; `$$` is a dollar sign."""

from typing import Final

AUTHLIB: Final = """\
# pip install authlib flask requests
# With CLIENT_SECRET and FLASK_SECRET_KEY (a long random text) in the environment:
# flask --app app run --port $port
import os
$python_urlencode
from authlib.integrations.flask_client import OAuth, OAuthError
from flask import Flask, redirect, render_template_string, session

app = Flask(__name__)
app.secret_key = os.environ["FLASK_SECRET_KEY"]
app.config.update(SESSION_COOKIE_SECURE=$python_secure, SESSION_COOKIE_SAMESITE="Lax")
oauth = OAuth(app)
oauth.register(
    "carpimko",
    client_id=$client_id,
    client_secret=os.environ["CLIENT_SECRET"],
    server_metadata_url=$discovery,
    client_kwargs={
        "scope": $scope,
        "code_challenge_method": "S256",
        "token_endpoint_auth_method": $method,
    },
)


@app.get($begin)
def sign_in():
    return oauth.carpimko.authorize_redirect($redirect_uri)


@app.get($path)
def arrive():
    try:
        token = oauth.carpimko.authorize_access_token()
    except OAuthError as error:  # refused or given up by the member, or another sign-in was begun since
        app.logger.warning("sign-in failed: %r", error.error)
        return render_template_string(FAILED), 400
$python_claims
    session.clear()
    session["claims"] = claims$python_kept
    return redirect($home)


@app.get($home)$python_also
def home():
    return render_template_string(PAGE, claims=session.get("claims"))

$python_leave
START = '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Application</title>'
FAILED = START + '''
<p>La connexion n’a pas abouti.</p>
<p><a href=$begin>Réessayer</a></p>
'''
PAGE = START + '''
{% if claims %}
<dl>{% for name, value in claims.items() %}<dt>{{ name }}</dt><dd>{{ value }}</dd>{% endfor %}</dl>$page_leave
{% else %}
<p><a href=$begin>Se connecter</a></p>
{% endif %}
'''
"""

AUTHLIB_USERINFO: Final = """\
    claims = oauth.carpimko.userinfo(token=token)
    if claims["sub"] != token["userinfo"]["sub"]:
        return render_template_string(FAILED), 502"""
AUTHLIB_ID_TOKEN: Final = """\
    claims = token["userinfo"]"""

AUTHLIB_LEAVE: Final = """
@app.get($leave)
def sign_out():
    id_token = session.get("id_token")
    session.clear()
    if id_token is None:
        return redirect($home)
    end = oauth.carpimko.load_server_metadata()["end_session_endpoint"]
    query = {"id_token_hint": id_token, "post_logout_redirect_uri": $logout_uri}
    return redirect(f"{end}?{urlencode(query)}")

"""
"""Where an address after sign-out is registered: the session of the provider ends too."""

AUTHLIB_MACHINE: Final = """\
# pip install authlib requests
import os

import requests
from authlib.integrations.requests_client import OAuth2Session

provider = requests.get($discovery, timeout=10).json()
client = OAuth2Session(
    $client_id,
    os.environ["CLIENT_SECRET"],
    token_endpoint_auth_method=$method,
    scope=$scope,
)
token = client.fetch_token(provider["token_endpoint"], grant_type="client_credentials"$python_resource)
"""

OPENID_CLIENT: Final = """\
// npm install openid-client express express-session
// With CLIENT_SECRET and SESSION_SECRET (a long random text) in the environment:
// node app.mjs
import express from "express";
import session from "express-session";
import * as client from "openid-client";

const config = await client.discovery(
  new URL($issuer),
  $client_id,
  { id_token_signed_response_alg: $algorithm },
  client.$authentication(process.env.CLIENT_SECRET),$options
);
const redirect_uri = $redirect_uri;

const app = express();
app.set("trust proxy", 1);
app.use(
  session({
    secret: process.env.SESSION_SECRET,
    resave: false,
    saveUninitialized: false,
    cookie: { secure: "auto", httpOnly: true, sameSite: "lax" },
  }),
);

app.get($begin, async (request, response) => {
  const code_verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  request.session.signIn = { code_verifier, state, nonce };
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: $scope,
    code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  response.redirect(url.href);
});

app.get($path, async (request, response) => {
  const begun = request.session.signIn;
  if (!begun) return response.status(400).send(failed);
  let tokens, claims;
  try {
    tokens = await client.authorizationCodeGrant(config, new URL(request.originalUrl, redirect_uri), {
      pkceCodeVerifier: begun.code_verifier,
      expectedState: begun.state,
      expectedNonce: begun.nonce,
      idTokenExpected: true,
    });
    claims = $node_claims;
  } catch (error) {
    // Refused or given up by the member, or another sign-in was begun since.
    console.warn("sign-in failed: %j", error.error ?? error.code ?? error.name);
    return response.status(400).send(failed);
  }
  request.session.regenerate(() => {
    request.session.claims = claims;$node_kept
    request.session.save(() => response.redirect($home));
  });
});

app.get($node_homes, (request, response) => {
  const { claims } = request.session;
  response.send(claims ? page(claims) : `$${start}<p><a href=$begin>Se connecter</a></p>`);
});
$node_leave
const start = '<!doctype html><html lang="fr"><meta charset="utf-8"><title>Application</title>';
const failed = `$${start}<p>La connexion n’a pas abouti.</p><p><a href=$begin>Réessayer</a></p>`;
const escaped = (text) => text.replace(/[&<>"]/g, (one) => `&#$${one.charCodeAt(0)};`);
const page = (claims) => `$${start}<pre>$${escaped(JSON.stringify(claims, null, 2))}</pre>$page_leave`;

app.listen($port);
"""

OPENID_CLIENT_USERINFO: Final = "await client.fetchUserInfo(config, tokens.access_token, tokens.claims().sub)"
OPENID_CLIENT_ID_TOKEN: Final = "tokens.claims()"

OPENID_CLIENT_LEAVE: Final = """
app.get($leave, (request, response) => {
  const { id_token: id_token_hint } = request.session;
  request.session.destroy(() => {
    if (!id_token_hint) return response.redirect($home);
    const url = client.buildEndSessionUrl(config, {
      id_token_hint,
      post_logout_redirect_uri: $logout_uri,
    });
    response.redirect(url.href);
  });
});
"""

OPENID_CLIENT_PAGE: Final = """\
// npm install openid-client
import * as client from "openid-client";

const config = await client.discovery(
  new URL($issuer),
  $client_id,
  { id_token_signed_response_alg: $algorithm },
  client.None(),$options
);
const redirect_uri = $redirect_uri;

export async function signIn() {
  const code_verifier = client.randomPKCECodeVerifier();
  const state = client.randomState();
  const nonce = client.randomNonce();
  sessionStorage.setItem("sign-in", JSON.stringify({ code_verifier, state, nonce }));
  const url = client.buildAuthorizationUrl(config, {
    redirect_uri,
    scope: $scope,
    code_challenge: await client.calculatePKCECodeChallenge(code_verifier),
    code_challenge_method: "S256",
    state,
    nonce,
  });
  location.assign(url);
}

export async function arrive() {
  const begun = JSON.parse(sessionStorage.getItem("sign-in"));
  sessionStorage.removeItem("sign-in");
  const tokens = await client.authorizationCodeGrant(config, new URL(location.href), {
    pkceCodeVerifier: begun.code_verifier,
    expectedState: begun.state,
    expectedNonce: begun.nonce,
    idTokenExpected: true,
  });
  history.replaceState(null, "", redirect_uri);
  return tokens.claims();
}
"""

OPENID_CLIENT_MACHINE: Final = """\
// npm install openid-client
import * as client from "openid-client";

const config = await client.discovery(
  new URL($issuer),
  $client_id,
  undefined,
  client.$authentication(process.env.CLIENT_SECRET),$options
);
const tokens = await client.clientCredentialsGrant(config, $parameters);
"""

SPRING: Final = """\
spring:
  security:
    oauth2:
      client:
        registration:
          carpimko:
            client-id: $client_id
            client-secret: "$${CLIENT_SECRET}"
            client-authentication-method: $bare_method
            authorization-grant-type: authorization_code
            redirect-uri: $redirect_uri
            scope: $scopes
        provider:
          carpimko:
            issuer-uri: $issuer
"""

SPRING_JAVA: Final = """\
import org.springframework.context.annotation.Bean;
import org.springframework.context.annotation.Configuration;
import org.springframework.security.config.annotation.web.builders.HttpSecurity;
import org.springframework.security.oauth2.client.oidc.authentication.OidcIdTokenDecoderFactory;
import org.springframework.security.oauth2.client.registration.ClientRegistration;
import org.springframework.security.oauth2.client.registration.ClientRegistrationRepository;
import org.springframework.security.oauth2.client.web.DefaultOAuth2AuthorizationRequestResolver;
import org.springframework.security.oauth2.client.web.OAuth2AuthorizationRequestCustomizers;
import org.springframework.security.oauth2.jose.jws.SignatureAlgorithm;
import org.springframework.security.oauth2.jwt.JwtDecoderFactory;
import org.springframework.security.web.SecurityFilterChain;

@Configuration
class SignInConfiguration {

    // Spring Security expects RS256 unless it is told otherwise.
    @Bean
    JwtDecoderFactory<ClientRegistration> idTokenDecoderFactory() {
        var factory = new OidcIdTokenDecoderFactory();
        factory.setJwsAlgorithmResolver(registration -> SignatureAlgorithm.$word);
        return factory;
    }

    // PKCE, which Spring Security before 7 sends for public clients alone; and the registered path of return.
    @Bean
    SecurityFilterChain signIn(HttpSecurity http, ClientRegistrationRepository registrations) throws Exception {
        var requests = new DefaultOAuth2AuthorizationRequestResolver(registrations, "/oauth2/authorization");
        requests.setAuthorizationRequestCustomizer(OAuth2AuthorizationRequestCustomizers.withPkce());
        return http.authorizeHttpRequests(every -> every.anyRequest().authenticated())
                .oauth2Login(login -> login
                        .authorizationEndpoint(endpoint -> endpoint.authorizationRequestResolver(requests))
                        .redirectionEndpoint(endpoint -> endpoint.baseUri($path)))
                .build();
    }
}
"""

SPRING_MACHINE: Final = """\
spring:
  security:
    oauth2:
      client:
        registration:
          carpimko:
            client-id: $client_id
            client-secret: "$${CLIENT_SECRET}"
            client-authentication-method: $bare_method
            authorization-grant-type: client_credentials
            scope: $scopes
        provider:
          carpimko:
            issuer-uri: $issuer
"""

APACHE: Final = """\
OIDCProviderMetadataURL $discovery
OIDCClientID $client_id
OIDCClientSecret "$${CLIENT_SECRET}"
OIDCProviderTokenEndpointAuth $bare_method
OIDCIDTokenSignedResponseAlg $word
OIDCRedirectURI $redirect_uri
OIDCScope $scope
OIDCPKCEMethod S256
OIDCRemoteUserClaim sub
OIDCCryptoPassphrase "$${OIDC_CRYPTO_PASSPHRASE}"

<Location "/">
  AuthType openid-connect
  Require valid-user
</Location>
"""

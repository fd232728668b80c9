// The peer: the npm package oidc-provider as its documentation sets it up for production, in as many processes as ours.
// Reads one JSON object from the file named on the command line: issuer, port, processes, redis, jwks, clients,
// resource, ttl.

import cluster from 'node:cluster';
import { readFileSync } from 'node:fs';

import { Provider } from 'oidc-provider';

import { adapterOver } from './redis_adapter.mjs';

const told = JSON.parse(readFileSync(process.argv[2], 'utf8'));

if (cluster.isPrimary) {
  for (let number = 0; number < told.processes; number += 1) cluster.fork();
  cluster.on('exit', () => process.exit(1));
} else {
  serve();
}

function configuration() {
  return {
    adapter: adapterOver(told.redis),
    clients: told.clients,
    jwks: told.jwks,
    cookies: { keys: [told.cookieKey] },
    scopes: ['openid', 'profile', 'email', 'offline_access', told.scope],
    claims: { profile: ['name', 'given_name', 'family_name'], email: ['email', 'email_verified'] },
    // As ours: claims of scopes are at the userinfo endpoint.
    conformIdTokenClaims: true,
    pkce: { required: () => true },
    rotateRefreshToken: () => false,
    issueRefreshToken: async (_ctx, client) => client.grantTypeAllowed('refresh_token'),
    ttl: told.ttl,
    features: {
      devInteractions: { enabled: false },
      clientCredentials: { enabled: true },
      introspection: { enabled: true, allowedPolicy: () => true },
      revocation: { enabled: true, allowedPolicy: () => true },
      pushedAuthorizationRequests: { enabled: true },
      userinfo: { enabled: true },
      resourceIndicators: {
        enabled: true,
        getResourceServerInfo: () => ({
          scope: told.scope,
          audience: told.resource,
          accessTokenFormat: 'jwt',
          accessTokenTTL: told.ttl.AccessToken,
          jwt: { sign: { alg: 'ES256' } },
        }),
      },
    },
    findAccount: (_ctx, sub) => ({
      accountId: sub,
      claims: () => ({
        sub,
        name: 'Angela Claire Louise DUBOIS',
        given_name: 'Angela Claire Louise',
        family_name: 'DUBOIS',
        email: 'angela.dubois@example.org',
        email_verified: true,
      }),
    }),
    interactions: { url: (_ctx, interaction) => `/interaction/${interaction.uid}` },
  };
}

// Whoever arrives is signed in and has consented: the journey's pages are not what is compared.
async function arrive(provider, ctx) {
  const { params, prompt, session } = await provider.interactionDetails(ctx.req, ctx.res);
  if (prompt.name === 'login') {
    await provider.interactionFinished(ctx.req, ctx.res, { login: { accountId: 'angela' } });
    return;
  }
  const grant = new provider.Grant({ accountId: session.accountId, clientId: params.client_id });
  grant.addOIDCScope('openid profile email offline_access');
  await provider.interactionFinished(ctx.req, ctx.res, { consent: { grantId: await grant.save() } });
}

function serve() {
  const provider = new Provider(told.issuer, configuration());
  provider.proxy = true;
  provider.use(async (ctx, next) => {
    if (ctx.path.startsWith('/interaction/')) {
      await arrive(provider, ctx);
      ctx.respond = false;
      return;
    }
    await next();
  });
  provider.listen(told.port, '127.0.0.1');
}

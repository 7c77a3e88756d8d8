import { generateKeyPairSync } from 'node:crypto';
import * as oauth from 'oauth4webapi';
import * as openid from 'openid-client';
import t from 'tap';
import { claimsOf } from '../../claims-of.ts';
import { startedAuth } from './started-auth.ts';

// Both libraries as they are; the only allowance is that this issuer is http.
const auth = await startedAuth(t);
const insecure = { [oauth.allowInsecureRequests]: true } as const;
const withSecret = await auth.addClient({ scopes: ['books:read', 'books:write', 'introspect'] });
const keys = generateKeyPairSync('ed25519');
const es256 = generateKeyPairSync('ec', { namedCurve: 'P-256' });
const jwks = { keys: [keys, es256].map(({ publicKey }, index) => ({ ...publicKey.export({ format: 'jwk' }), kid: `key-${index}` })) };
const withKey = await auth.addClient({ authMethod: 'private_key_jwt', jwks });
const privateKey = async (): Promise<oauth.PrivateKey> => ({
  key: await crypto.subtle.importKey('pkcs8', keys.privateKey.export({ format: 'der', type: 'pkcs8' }), 'Ed25519', false, ['sign']),
  kid: 'key-0',
});
const ecKey = async (): Promise<oauth.PrivateKey> => {
  const der = es256.privateKey.export({ format: 'der', type: 'pkcs8' });
  return { key: await crypto.subtle.importKey('pkcs8', der, { name: 'ECDSA', namedCurve: 'P-256' }, false, ['sign']), kid: 'key-1' };
};
const ACCESS_TOKEN = 'urn:ietf:params:oauth:token-type:access_token';
const TOKEN_EXCHANGE = 'urn:ietf:params:oauth:grant-type:token-exchange';

const issuer = new URL(auth.issuer);
const discovered = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...insecure });
const server = await oauth.processDiscoveryResponse(issuer, discovered);
/** Introspection is internal, so the metadata doesn't name it: whoever may use it knows where it is. */
const internal = { ...server, introspection_endpoint: `${auth.issuer}/oauth/introspect` };

t.test('oauth4webapi discovers the server, and the metadata leaves out what is internal', async (t) => {
  t.equal(server.issuer, auth.issuer);
  t.equal(server.token_endpoint, `${auth.issuer}/oauth/token`);
  t.equal(server.jwks_uri, `${auth.issuer}/.well-known/jwks.json`);
  t.equal(discovered.headers.get('cache-control'), 'public, max-age=300');
  t.strictSame(server.response_types_supported, []);
  t.notOk('introspection_endpoint' in server);
  t.notOk('authorization_endpoint' in server);
});

t.test('the metadata names every way to get a token, and no other', async (t) => {
  t.strictSame(server.grant_types_supported, ['client_credentials', 'refresh_token', 'urn:ietf:params:oauth:grant-type:token-exchange']);
  const ways = ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'];
  t.strictSame([server.token_endpoint_auth_methods_supported, server.revocation_endpoint_auth_methods_supported], [ways, ways]);
  const algs = ['EdDSA', 'Ed25519', 'ES256', 'RS256'];
  const {
    token_endpoint_auth_signing_alg_values_supported: forTokens,
    revocation_endpoint_auth_signing_alg_values_supported: forRevoking,
  } = server;
  t.strictSame([forTokens, forRevoking], [algs, algs]);
  t.strictSame(server.scopes_supported, ['books:read', 'books:write', 'books:delete', 'admin']);
});

t.test('oauth4webapi gets tokens by each way to authenticate', async (t) => {
  const ways: [string, string, oauth.ClientAuth][] = [
    ['client_secret_basic', withSecret.id, oauth.ClientSecretBasic(withSecret.secret)],
    ['client_secret_post', withSecret.id, oauth.ClientSecretPost(withSecret.secret)],
    ['private_key_jwt, Ed25519', withKey.id, oauth.PrivateKeyJwt(await privateKey())],
    ['private_key_jwt, ES256', withKey.id, oauth.PrivateKeyJwt(await ecKey())],
  ];
  for (const [name, client_id, authentication] of ways) {
    const parameters = new URLSearchParams({ scope: 'books:read', resource: `${auth.issuer}/books` });
    const response = await oauth.clientCredentialsGrantRequest(server, { client_id }, authentication, parameters, insecure);
    const answer = await oauth.processClientCredentialsResponse(server, { client_id }, response);
    t.equal(answer.scope, 'books:read', name);
    t.equal(claimsOf(answer.access_token).aud, 'urn:countersign:books');
  }
});

t.test('oauth4webapi reads a refusal as one', async (t) => {
  const wrong = oauth.ClientSecretBasic('wrong');
  const response = await oauth.clientCredentialsGrantRequest(server, { client_id: withSecret.id }, wrong, {}, insecure);
  await t.rejects(
    oauth.processClientCredentialsResponse(server, { client_id: withSecret.id }, response),
    oauth.WWWAuthenticateChallengeError,
  );
  const right = oauth.ClientSecretBasic(withSecret.secret);
  const beyond = await oauth.clientCredentialsGrantRequest(server, { client_id: withSecret.id }, right, { scope: 'admin' }, insecure);
  const refusal: unknown = await oauth
    .processClientCredentialsResponse(server, { client_id: withSecret.id }, beyond)
    .catch((error: unknown) => error);
  t.match(refusal, { error: 'invalid_scope', status: 400 });
});

t.test('oauth4webapi exchanges, introspects, refreshes and revokes', async (t) => {
  const person = await auth.signIn();
  const client = { client_id: withSecret.id };
  const authentication = oauth.ClientSecretBasic(withSecret.secret);
  const parameters = { subject_token: person.access_token, subject_token_type: ACCESS_TOKEN, scope: 'books:read' };
  const exchange = await oauth.genericTokenEndpointRequest(server, client, authentication, TOKEN_EXCHANGE, parameters, insecure);
  const exchanged = await oauth.processGenericTokenEndpointResponse(server, client, exchange);
  t.match(claimsOf(exchanged.access_token), { act: { sub: withSecret.id }, scope: /^books:read$/ });

  const introspect = async () => {
    const response = await oauth.introspectionRequest(internal, client, authentication, exchanged.access_token, insecure);
    return oauth.processIntrospectionResponse(internal, client, response);
  };
  t.match(await introspect(), { active: true, sub: claimsOf(person.access_token).sub });

  const people = { client_id: 'first-party' };
  const refresh = await oauth.refreshTokenGrantRequest(server, people, oauth.None(), person.refresh_token, insecure);
  const refreshed = await oauth.processRefreshTokenResponse(server, people, refresh);
  t.match(await auth.me(refreshed.access_token), { status: 200 });

  const revoked = await oauth.revocationRequest(server, people, oauth.None(), refreshed.refresh_token ?? '', insecure);
  await oauth.processRevocationResponse(revoked);
  t.match(await auth.me(refreshed.access_token), { status: 401 });
  t.match(await introspect(), { active: false });
});

t.test('openid-client does the same', async (t) => {
  const execute: openid.DiscoveryRequestOptions = { algorithm: 'oauth2', execute: [openid.allowInsecureRequests] };
  const config = await openid.discovery(issuer, withSecret.id, undefined, openid.ClientSecretPost(withSecret.secret), execute);
  const own = await openid.clientCredentialsGrant(config, { scope: 'books:write', resource: 'urn:countersign:books' });
  t.equal(own.scope, 'books:write');

  const keyed = await openid.discovery(issuer, withKey.id, undefined, openid.PrivateKeyJwt(await privateKey()), execute);
  t.equal(claimsOf((await openid.clientCredentialsGrant(keyed)).access_token).sub, withKey.id);

  const person = await auth.signIn();
  const exchanged = await openid.genericGrantRequest(config, TOKEN_EXCHANGE, {
    subject_token: person.access_token,
    subject_token_type: ACCESS_TOKEN,
  });
  t.equal(claimsOf(exchanged.access_token).client_id, withSecret.id);

  const people = await openid.discovery(issuer, 'first-party', undefined, openid.None(), execute);
  const refreshed = await openid.refreshTokenGrant(people, person.refresh_token);
  t.match(await auth.me(refreshed.access_token), { status: 200 });
  await openid.tokenRevocation(people, refreshed.refresh_token ?? '');
  t.match(await auth.me(refreshed.access_token), { status: 401 });
  const refusal: unknown = await openid.refreshTokenGrant(people, refreshed.refresh_token ?? '').catch((error: unknown) => error);
  t.match(refusal, { error: 'invalid_grant' });
});

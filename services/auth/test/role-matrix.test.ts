import { gatewayTo, routesOf, until } from '@countersign/testing';
import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { createClientSecret } from '../src/domain/clients/client-secret.ts';
import { digestSecret } from '../src/domain/random-secret.ts';
import { createClients } from '../src/stores/clients.postgres.ts';
import { type AdministeredAuth, administeredAuth } from './routes/admin/administered-auth.ts';

const STALE = 'reauthentication_required';
const ROLE = 'insufficient_role';

/**
 * Who calls. Those with a token hold a good one; what differs is whose it is, what it is for, and how long ago the password
 * was proved. The administrator comes last, who may end everybody's sessions.
 */
const CALLERS = [
  'anonymous',
  'member',
  'client',
  'acting for an administrator',
  'for another audience',
  'stale administrator',
  'administrator',
] as const;
type Caller = (typeof CALLERS)[number];

/** What each caller gets, in the order above: a refusal by its code, or `passes`: what is wrong with the request then isn't who sends it. */
const POLICIES = {
  // The same answer for everybody, whatever token comes along: these take a proof of their own, or none.
  open: null,
  person: ['token_missing', 'passes', 'forbidden', 'forbidden', 'token_wrong_audience', 'passes', 'passes'],
  'fresh person': ['token_missing', 'passes', 'forbidden', 'forbidden', 'token_wrong_audience', STALE, 'passes'],
  'administrator reads': ['token_missing', ROLE, ROLE, ROLE, 'token_wrong_audience', 'passes', 'passes'],
  'administrator changes': ['token_missing', ROLE, ROLE, ROLE, 'token_wrong_audience', STALE, 'passes'],
  verify: ['token_missing', 'passes', 'passes', 'passes', 'token_wrong_audience', 'passes', 'passes'],
} as const;

type Row = readonly [route: string, policy: keyof typeof POLICIES, from: 'public' | 'internal', payload?: object];

const nobody = '0'.repeat(22);

/** Every route of auth: whom it lets in, and whether the gateway lets it out. */
const MATRIX: readonly Row[] = [
  ['GET /livez', 'open', 'internal'],
  ['GET /readyz', 'open', 'internal'],
  ['GET /metrics', 'open', 'internal'],
  ['GET /docs', 'open', 'public'],
  ['GET /docs/openapi.json', 'open', 'public'],
  ['GET /.well-known/jwks.json', 'open', 'public'],
  ['GET /.well-known/oauth-authorization-server', 'open', 'public'],
  ['POST /register', 'open', 'public'],
  ['POST /login', 'open', 'public'],
  ['POST /refresh', 'open', 'public', { refresh_token: 'none' }],
  ['POST /logout', 'open', 'public', { token: 'none' }],
  ['POST /password/reset', 'open', 'public', { reset_token: 'none', new_password: 'a long enough password' }],
  ['POST /oauth/token', 'open', 'public'],
  ['POST /oauth/revoke', 'open', 'public'],
  ['POST /oauth/introspect', 'open', 'internal'],
  ['ANY /verify', 'verify', 'internal'],
  ['ANY /verify/*', 'verify', 'internal'],

  ['GET /me', 'person', 'public'],
  ['GET /sessions', 'person', 'public'],
  ['DELETE /sessions', 'fresh person', 'public'],
  ['DELETE /sessions/:id', 'fresh person', 'public'],
  ['POST /reauthenticate', 'person', 'public', { password: 'not the password' }],
  ['POST /password', 'fresh person', 'public', { current_password: 'not the password', new_password: 'a long enough password' }],

  ['GET /admin/users', 'administrator reads', 'public'],
  ['POST /admin/users', 'administrator changes', 'public'],
  ['POST /admin/users/import', 'administrator changes', 'public'],
  ['GET /admin/users/:id', 'administrator reads', 'public'],
  ['PATCH /admin/users/:id', 'administrator changes', 'public', { disabled: true }],
  ['DELETE /admin/users/:id', 'administrator changes', 'public'],
  ['POST /admin/users/:id/password-reset', 'administrator changes', 'public'],
  ['GET /admin/users/:id/sessions', 'administrator reads', 'public'],
  ['DELETE /admin/users/:id/sessions', 'administrator changes', 'public'],
  ['DELETE /admin/users/:id/sessions/:session_id', 'administrator changes', 'public'],
  ['GET /admin/roles', 'administrator reads', 'public'],
  ['PUT /admin/roles/:name', 'administrator changes', 'public'],
  ['DELETE /admin/roles/:name', 'administrator changes', 'public'],
  ['GET /admin/clients', 'administrator reads', 'public'],
  ['POST /admin/clients', 'administrator changes', 'public'],
  ['PATCH /admin/clients/:id', 'administrator changes', 'public'],
  ['DELETE /admin/clients/:id', 'administrator changes', 'public'],
  ['DELETE /admin/clients/:id/tokens', 'administrator changes', 'public'],
  ['POST /admin/clients/:id/secret', 'administrator changes', 'public'],
  ['GET /admin/keys', 'administrator reads', 'public'],
  ['POST /admin/keys/rotate', 'administrator changes', 'public'],
  ['DELETE /admin/keys/:kid', 'administrator changes', 'public'],
  ['GET /admin/audit', 'administrator reads', 'public'],
  // The last, because it ends the sessions of all who call here.
  ['DELETE /admin/sessions', 'administrator changes', 'public'],
];

const auth = await administeredAuth(t);
const tokens = await tokensOf(auth);
await until(async () => (await call('ANY /verify', 'member')).verdict === 'passes');
/** All that is answered to everybody on every route, for what each test claims of every answer. */
const answers: Answer[] = [];
for (const [route, , , payload] of MATRIX) for (const caller of CALLERS) answers.push(await call(route, caller, payload));
/** What a browser may get to see: a yes of `/verify` ends at the gateway. */
const toBrowsers = answers.filter(({ route, verdict }) => !(route.startsWith('ANY /verify') && verdict === 'passes'));

t.test('ASVS 8.2.1, 8.3.1: every route lets in those whom the matrix names, and refuses the others for its reason', async (t) => {
  const find = (route: string, caller: Caller) => answers.find((answer) => answer.route === route && answer.caller === caller)?.verdict;
  for (const [route, policy] of MATRIX) {
    const anonymous = String(find(route, 'anonymous'));
    const expected: readonly string[] = POLICIES[policy] ?? CALLERS.map(() => anonymous);
    t.strictSame(
      CALLERS.map((caller) => find(route, caller)),
      expected,
      route,
    );
  }
});

t.test('ASVS 6.3.4: there is no way in beside those of the matrix: a route without a row fails here', (t) => {
  t.strictSame(routesOf(auth.app).toSorted(), MATRIX.map(([route]) => route).toSorted());
  t.end();
});

t.test('ASVS 13.4.5: the gateway lets out what the matrix calls public, and keeps in what it calls internal', (t) => {
  const isLetOut = gatewayTo('auth');
  for (const [route, , from] of MATRIX) {
    const [, path = ''] = route.split(' ');
    t.equal(isLetOut(path.replace(/:\w+/g, nobody)), from === 'public', route);
  }
  t.end();
});

t.test('ASVS 3.4.1, 3.4.3, 3.4.4, 3.4.5, 3.4.6: every answer that may reach a browser has the security headers', (t) => {
  for (const { request, headers } of toBrowsers) {
    const [, maxAge = 0] = /^max-age=(\d+); includeSubDomains$/.exec(String(headers['strict-transport-security'])) ?? [];
    t.ok(Number(maxAge) >= 31_536_000, request);
    const policy = String(headers['content-security-policy']).split(';');
    const missing = ["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'"].filter((directive) => !policy.includes(directive));
    t.strictSame(missing, [], request);
    t.match(headers, { 'x-content-type-options': 'nosniff', 'referrer-policy': 'no-referrer', 'x-frame-options': 'DENY' }, request);
  }
  t.end();
});

t.test('ASVS 3.4.8, 3.5.8: no answer is a window or a resource of another origin', (t) => {
  const own = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-resource-policy': 'same-origin' };
  for (const { request, headers } of toBrowsers) t.match(headers, own, request);
  t.end();
});

t.test('ASVS 13.4.6: no answer tells what it runs on', (t) => {
  for (const { request, headers } of answers) t.notOk('server' in headers || 'x-powered-by' in headers, request);
  t.end();
});

t.test('ASVS 3.2.1, 4.1.1: an answer with a body says what it is, and in which characters where that is open', (t) => {
  const type = /^(?:application\/(?:problem\+json|jwk-set\+json|json; charset=utf-8)|text\/(?:html|plain);.* ?charset=utf-8)$/;
  for (const { request, headers, body } of answers.filter(({ body }) => body !== '')) {
    t.match(headers['content-type'], type, request);
    if (/json/.test(String(headers['content-type']))) t.doesNotThrow(() => JSON.parse(body), request);
  }
  t.end();
});

t.test('ASVS 14.2.2, 14.3.2: nobody stores what a protected route answers', (t) => {
  const open = new Set<string>(MATRIX.filter(([, policy]) => policy === 'open').map(([route]) => route));
  for (const { route, request, headers } of answers.filter(({ route, body }) => !open.has(route) && body !== ''))
    t.equal(headers['cache-control'], 'no-store', `${route}: ${request}`);
  t.end();
});

t.test('ASVS 3.7.2: no answer sends a browser anywhere', (t) => {
  for (const { request, statusCode, headers } of answers)
    t.notOk((statusCode >= 300 && statusCode < 400) || 'location' in headers, request);
  t.end();
});

interface Answer extends Pick<LightMyRequestResponse, 'statusCode' | 'headers' | 'body'> {
  readonly route: string;
  readonly caller: Caller;
  readonly request: string;
  /** A refusal's code, OAuth's error, or `passes`. */
  readonly verdict: string;
}

async function call(route: string, caller: Caller, payload?: object): Promise<Answer> {
  const [name = '', path = ''] = route.split(' ');
  const method = name === 'ANY' ? 'GET' : name;
  const url = path.replace(/:\w+/g, nobody).replace('*', 'books');
  const token = tokens[caller];
  const response = await auth.app.inject({
    method: method as 'GET',
    url,
    headers: { ...(token !== null && { authorization: `Bearer ${token}` }) },
    ...(payload && { payload }),
  });
  const { statusCode, headers, body } = response;
  return { route, caller, request: `${method} ${url} ${statusCode}`, verdict: verdictOf(response, token), statusCode, headers, body };
}

function verdictOf(response: LightMyRequestResponse, token: string | null): string {
  if (response.statusCode !== 401 && response.statusCode !== 403) return 'passes';
  const { code, error } = response.json<{ code?: string; error?: string }>();
  return code === 'credentials_invalid' && token !== null ? 'passes' : (code ?? error ?? 'no code');
}

async function tokensOf({ app, admin, signUp, stale, database }: AdministeredAuth): Promise<Record<Caller, string | null>> {
  const clients = createClients(database.db);
  const [id, secret] = ['matrix-client', createClientSecret()];
  const everything = { scopes: ['admin', 'books:read', 'introspect'], audiences: ['urn:countersign:api', 'urn:countersign:books'] };
  await clients.insert(database.db, { id, name: 'matrix', authMethod: 'client_secret', jwks: null, ...everything });
  await clients.addSecret(database.db, id, digestSecret(secret), { revokeOld: true });
  const grant = async (form: Record<string, string>) => {
    const answer = await app.inject({
      method: 'POST',
      url: '/oauth/token',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      payload: new URLSearchParams(form).toString(),
    });
    return answer.json<{ access_token: string }>().access_token;
  };
  const asClient = { client_id: id, client_secret: secret };
  const other = await signUp('admin');
  return {
    anonymous: null,
    member: (await signUp('member')).accessToken,
    'stale administrator': await stale(await signUp('admin')),
    administrator: admin.accessToken,
    client: await grant({ grant_type: 'client_credentials', ...asClient }),
    'acting for an administrator': await grant({
      grant_type: 'urn:ietf:params:oauth:grant-type:token-exchange',
      subject_token: admin.accessToken,
      subject_token_type: 'urn:ietf:params:oauth:token-type:access_token',
      ...asClient,
    }),
    'for another audience': await grant({
      grant_type: 'refresh_token',
      client_id: 'first-party',
      refresh_token: other.refreshToken,
      resource: 'urn:countersign:books',
    }),
  };
}

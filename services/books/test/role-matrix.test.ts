import { gatewayTo, routesOf } from '@countersign/testing';
import type { LightMyRequestResponse } from 'fastify';
import t from 'tap';
import { startBooksApp } from './books-app.ts';

const SCOPE = 'insufficient_scope';
const AUDIENCE = 'token_wrong_audience';

const app = await startBooksApp(t);
const { token } = app.auth;
const MEMBER = { scope: 'books:read books:write', roles: ['member'] };
const ADMIN = { scope: 'books:read books:write books:delete admin', roles: ['admin'] };
const now = Math.floor(Date.now() / 1000);

/** The callers: books judges only by scope, whoever has it, and no route requires a fresh proof of the password. */
const TOKENS = {
  anonymous: null,
  member: token(MEMBER),
  'stale administrator': token({ ...ADMIN, auth_time: now - 86_400 }),
  administrator: token({ ...ADMIN, auth_time: now }),
  client: token({ sub: 'worker-1', client_id: 'worker-1', sid: undefined, auth_time: undefined, scope: 'books:read books:write' }),
  'acting for a member': token({ scope: 'books:read', act: { sub: 'worker-1' } }),
  'for another audience': token({ ...ADMIN, aud: 'urn:countersign:auth' }),
};
type Caller = keyof typeof TOKENS;

/** What each caller gets: a refusal by its code, or `passes`: whatever is wrong with the request then isn't its sender. */
const reads = ['token_missing', 'passes', 'passes', 'passes', 'passes', 'passes', AUDIENCE];
const writes = ['token_missing', 'passes', 'passes', 'passes', 'passes', SCOPE, AUDIENCE];
const deletes = ['token_missing', SCOPE, 'passes', 'passes', SCOPE, SCOPE, AUDIENCE];
const open = Array<string>(Object.keys(TOKENS).length).fill('passes');

type Row = readonly [route: string, expected: readonly string[], from: 'public' | 'internal'];

/** Every route of books: whom it admits, and whether the gateway exposes it. */
const MATRIX: readonly Row[] = [
  ['GET /livez', open, 'internal'],
  ['GET /readyz', open, 'internal'],
  ['GET /metrics', open, 'internal'],
  ['GET /.well-known/oauth-protected-resource/books', open, 'public'],
  ['GET /books/docs', open, 'public'],
  ['GET /books/docs/openapi.json', open, 'public'],
  ['GET /books', reads, 'public'],
  ['GET /books/:id', reads, 'public'],
  ['POST /books', writes, 'public'],
  ['PUT /books/:id', writes, 'public'],
  ['PATCH /books/:id', writes, 'public'],
  ['DELETE /books/:id', deletes, 'public'],
];

/** What is answered to everybody on every route. */
const answers: Answer[] = [];
for (const [route] of MATRIX) for (const caller of Object.keys(TOKENS) as Caller[]) answers.push(await call(route, caller));

t.test('ASVS 8.2.1, 8.3.1, 10.3.2: every route lets in those whom the matrix names, and refuses the others for its reason', async (t) => {
  for (const [route, expected] of MATRIX) {
    const verdicts = answers.filter((answer) => answer.route === route).map(({ verdict }) => verdict);
    t.strictSame(verdicts, expected, `${route}: ${Object.keys(TOKENS).join(', ')}`);
  }
});

t.test('every route has a row: one without fails here', (t) => {
  t.strictSame(routesOf(app.server).toSorted(), MATRIX.map(([route]) => route).toSorted());
  t.end();
});

t.test('ASVS 13.4.5: the gateway lets out what the matrix calls public, and keeps in what it calls internal', (t) => {
  const isLetOut = gatewayTo('books');
  for (const [route, , from] of MATRIX) t.equal(isLetOut(pathOf(route)), from === 'public', route);
  t.end();
});

t.test('ASVS 14.2.2, 14.3.2: no cache shares what a protected route answers', (t) => {
  for (const { route, request, headers } of answers.filter(
    ({ route }) => !MATRIX.some(([name, policy]) => name === route && policy === open),
  ))
    t.match(headers['cache-control'], /\b(?:no-store|private)\b/, `${route}: ${request}`);
  t.end();
});

interface Answer {
  readonly route: string;
  readonly request: string;
  /** A refusal's code, or `passes`. */
  readonly verdict: string;
  readonly headers: LightMyRequestResponse['headers'];
}

async function call(route: string, caller: Caller): Promise<Answer> {
  const [method = ''] = route.split(' ');
  const bearer = TOKENS[caller];
  const authorization = bearer === null ? {} : { authorization: `Bearer ${bearer}` };
  const answer = await app.server.inject({ method: method as 'GET', url: pathOf(route), headers: authorization });
  const { statusCode, headers } = answer;
  const verdict = statusCode === 401 || statusCode === 403 ? answer.json<{ code: string }>().code : 'passes';
  return { route, request: `${method} ${pathOf(route)} ${statusCode}`, verdict, headers };
}

function pathOf(route: string): string {
  return (route.split(' ')[1] ?? '').replace(':id', '9999');
}

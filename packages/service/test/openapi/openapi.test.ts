import { PROBLEMS, type ProblemCode } from '@countersign/problems';
import { documentFaults } from '@countersign/testing';
import t from 'tap';
import { Type } from 'typebox';
import { createServer } from '../../src/http/server.ts';
import { openapi } from '../../src/openapi/openapi.ts';

const about = {
  prefix: '/things',
  title: 'Things & <more>',
  version: '1.2.3',
  description: 'What `it` is.\n\n## First\n\n- one <b>\n- two',
  origin: 'https://things.example',
  tags: [{ name: 'Things', description: 'All of them.', paths: ['/things'] }],
};

const Thing = Type.Object(
  { name: Type.String({ examples: ['<script>alert(1)</script>'] }) },
  { title: 'Thing', additionalProperties: false },
);
const params = Type.Object({ id: Type.String({ examples: ['7'], description: 'digits, e.g. seven' }) });
const querystring = Type.Object({ limit: Type.Optional(Type.Integer({ maximum: 9 })) });

/** A guard like the verifier's. */
const guard = (refusals: readonly ProblemCode[], scopes: readonly string[] = []) =>
  Object.assign((_request: unknown, _reply: unknown, done: () => void) => done(), { refusals, scopes });

const server = createServer({ logLevel: 'silent', trustProxy: [] });
await server.register(openapi, about);
server.get(
  '/things',
  { config: { public: true }, schema: { summary: 'List', querystring, response: { 200: Type.Array(Thing) } } },
  async () => [],
);
server.get(
  '/things/:id',
  { onRequest: guard(['insufficient_scope'], ['things:read']), schema: { summary: 'Read', params, response: { 200: Thing } } },
  async () => ({ name: 'x' }),
);
server.post(
  '/things',
  {
    config: { problems: ['conflict', 'credentials_invalid'] },
    onRequest: guard(['reauthentication_required']),
    schema: { summary: 'Add', body: Thing, response: { 201: Thing } },
  },
  async ({ body }, reply) => reply.code(201).send(body),
);
server.get('/things/secret', { schema: { hide: true } }, async () => null);
await server.ready();

const document = server.apiDocument();
const operation = (method: string, path: string) => {
  const found = document.paths[path]?.[method];
  if (found === undefined) throw new Error(`${method} ${path} is not documented`);
  return found;
};
const codes = (method: string, path: string, status: number) =>
  Object.keys(operation(method, path).responses[status]?.content?.['application/problem+json']?.examples ?? {});
const TOKEN = ['token_missing', 'token_malformed', 'token_invalid', 'token_expired', 'token_revoked', 'token_wrong_audience'];

t.test('document and page are written once, and not copied for each answer', async (t) => {
  const sent: unknown[] = [];
  const server = createServer({ logLevel: 'silent', trustProxy: [] });
  server.addHook('onSend', async (_request, _reply, payload) => {
    sent.push(payload);
  });
  await server.register(openapi, about);
  for (const url of ['/things/docs/openapi.json', '/things/docs']) {
    const [first, second] = [await server.inject(url), await server.inject(url)];
    t.equal(first.statusCode, 200);
    t.equal(second.body, first.body);
    const [one, other] = sent.splice(0);
    t.type(one, Buffer, 'a string would be encoded for each answer');
    t.equal(one, other);
  }
  await server.close();
});

t.test('the refusals of a route follow from what it declares', async (t) => {
  t.strictSame(Object.keys(operation('get', '/things').responses), ['200', '400', '503', 'default'], 'a public route');

  t.strictSame(
    Object.keys(operation('get', '/things/{id}').responses),
    ['200', '401', '403', '404', '503', 'default'],
    'one that needs a token',
  );
  t.strictSame(codes('get', '/things/{id}', 401), TOKEN);
  t.strictSame(codes('get', '/things/{id}', 403), ['insufficient_scope'], 'a guard of its own, and no CSRF for what changes nothing');
  t.strictSame(codes('get', '/things/{id}', 503), ['revocation_unavailable', 'unavailable']);

  t.strictSame(codes('post', '/things', 400), ['validation_failed'], 'a body');
  t.strictSame(codes('post', '/things', 401), [...TOKEN, 'reauthentication_required']);
  t.strictSame(codes('post', '/things', 403), ['csrf_failed', 'credentials_invalid'], 'who is signed in keeps the session: 403');
  t.strictSame(codes('post', '/things', 409), ['conflict'], 'what it names itself');
  t.strictSame(codes('post', '/things', 413), ['payload_too_large']);
  t.strictSame(codes('post', '/things', 415), ['unsupported_media_type']);
});

t.test('the document tells which token or cookie opens a route, and with which scope', async (t) => {
  t.strictSame(operation('get', '/things').security, []);
  t.strictSame(operation('get', '/things/{id}').security, [{ accessToken: ['things:read'] }, { accessCookie: ['things:read'] }]);
  t.strictSame(operation('post', '/things').security, [{ accessToken: [] }, { accessCookie: [], csrfToken: [] }]);
});

t.test('a schema with a title is one component, and every code is in the one for problems', async (t) => {
  t.strictSame(operation('post', '/things').requestBody?.content['application/json']?.schema, { $ref: '#/components/schemas/Thing' });
  t.strictSame(document.components.schemas.Thing?.required, ['name']);
  t.strictSame(document.components.schemas.Problem?.properties?.code?.enum, Object.keys(PROBLEMS));
});

t.test('a hidden route is left out', async (t) => {
  t.strictSame(Object.keys(document.paths), ['/things', '/things/{id}']);
});

t.test('the document is valid, and a fault in it is found', async (t) => {
  t.strictSame(await documentFaults(document), []);
  const spoilt = structuredClone(document);
  Object.assign(spoilt.paths['/things']?.get ?? {}, { responses: { 200: {} }, summary: undefined });
  t.match(await documentFaults(spoilt), [/must have required property 'description'|\$ref|required/, 'get /things has no summary']);
  const misfit = structuredClone(document);
  Object.assign(misfit.paths['/things']?.post?.requestBody?.content['application/json'] ?? {}, { example: { name: 7 } });
  t.match(await documentFaults(misfit), [/the example doesn't fit: .*must be string/]);
});

t.test('the page escapes what it shows, and its policy lets it run and fetch nothing', async (t) => {
  const page = await server.inject('/things/docs');
  t.equal(page.statusCode, 200);
  t.match(
    page.headers['content-security-policy'],
    /^default-src 'none';style-src 'sha256-[A-Za-z0-9+/=]+';img-src data:;base-uri 'none';form-action 'none';frame-ancestors 'none'$/,
  );
  t.notMatch(page.body, '<script');
  t.match(page.body, '<link rel="icon" href="data:,">', 'else a browser asks for /favicon.ico, and the policy refuses that');
  t.match(page.body, '<h1>Things &#38; &#60;more&#62;</h1>');
  t.match(page.body, '<li>one &#60;b&#62;</li>');
  t.match(page.body, '&#60;script&#62;alert(1)');
  t.match(page.body, '<p>Digits, e.g. seven.</p>', 'a description that completes a message is a sentence here');
});

t.test('what has no description leaves no empty paragraph and no lone full stop', async (t) => {
  const { body } = await server.inject('/things/docs');
  t.match(body, '<dt>limit <span>integer in query</span></dt>\n<dd><p class="soft">at most 9</p>');
  t.strictSame(body.match(/<p>\s*\.?\s*<\/p>/g), null);
});

t.test('by keyboard the contents can be skipped, and every link within the page leads somewhere', async (t) => {
  const { body } = await server.inject('/things/docs');
  const links = [...body.matchAll(/<a [^>]*href="#([^"]*)"/g)].map(([, id]) => id);
  t.equal(links[0], 'top');
  t.ok(links.includes('part-things'));
  for (const id of links) t.equal(body.split(` id="${id}"`).length, 2, `#${id}`);
});

t.test('no heading of the text is more than one level below the one before it', async (t) => {
  const { body } = await server.inject('/things/docs');
  const levels = [...body.slice(body.indexOf('<main')).matchAll(/<h(\d)/g)].map(([, level]) => Number(level));
  t.equal(levels[0], 1);
  for (const [index, level] of levels.slice(1).entries()) t.ok(level <= (levels[index] ?? 0) + 1);
});

t.test('the errors are told in the order of their status', async (t) => {
  const { body } = await server.inject('/things/docs');
  const statuses = [...body.matchAll(/<tr id="problem-[^>]*><td>.*?<\/td><td>(\d+)/g)].map(([, status]) => Number(status));
  t.ok(statuses.length > 10);
  t.strictSame(
    statuses,
    statuses.toSorted((one, other) => one - other),
  );
});

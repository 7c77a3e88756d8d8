import { PROBLEMS, Problem } from '@countersign/problems';
import { createServer } from '@countersign/service';
import t from 'tap';
import { OAuthError } from '../../../src/domain/oauth-error.ts';
import { sendOAuthErrors } from '../../../src/routes/oauth/errors.ts';
import { parseOAuthForms } from '../../../src/routes/oauth/form.ts';

/** The answer where a route of this scope throws. */
async function answerTo(error: Error, payload = 'a=b', lines: string[] = [], logLevel: 'warn' | 'info' = 'warn') {
  const server = createServer({ logLevel, trustProxy: [], logStream: { write: (line) => void lines.push(line) } });
  await server.register(async (scope) => {
    parseOAuthForms(scope);
    sendOAuthErrors(scope);
    scope.post('/', () => Promise.reject(error));
  });
  return server.inject({ method: 'POST', url: '/', headers: { 'content-type': 'application/x-www-form-urlencoded' }, payload });
}

t.test('a description holds only what RFC 6749, section 5.2 allows, whatever it tells of', async (t) => {
  const told = async (message: string) => (await answerTo(new OAuthError('invalid_request', message))).json();
  t.strictSame(await told('all ~!#[] of it'), { error: 'invalid_request', error_description: 'all ~!#[] of it' });
  t.strictSame(await told('a "quoted" \\ client’s\n word\u007f'), {
    error: 'invalid_request',
    error_description: 'a quoted  clients word',
  });
});

t.test('who must come again is told when, and a fault of ours tells nothing of itself', async (t) => {
  const expected = {
    rate_limited: [429, 'temporarily_unavailable', '7'],
    unavailable: [503, 'temporarily_unavailable', '7'],
    internal: [500, 'server_error', '7'],
    validation_failed: [400, 'invalid_request', '7'],
  } as const;
  for (const [code, [status, error, retryAfter]] of Object.entries(expected)) {
    const answer = await answerTo(new Problem(code as keyof typeof expected, { detail: 'of the inside', headers: { 'retry-after': '7' } }));
    t.match(answer, { statusCode: status, headers: { 'retry-after': retryAfter, 'cache-control': 'no-store' } });
    t.equal(answer.json().error, error);
    t.equal(answer.body.includes('of the inside'), status < 500, code);
    t.equal(answer.json().error_description, status < 500 ? 'of the inside' : PROBLEMS[code as keyof typeof expected].title);
  }
  for (const code of ['unavailable', 'rate_limited'] as const)
    t.equal((await answerTo(new Problem(code))).headers['retry-after'], '1', code);
  t.notOk('retry-after' in (await answerTo(new Problem('validation_failed'))).headers);
});

t.test('the log says in words why there was no answer', async (t) => {
  const lines: string[] = [];
  await answerTo(new Error('Failed query: select 1', { cause: new Error('the database system is shutting down') }), 'a=b', lines);
  await answerTo(new Problem('unavailable', { cause: new Error('read ECONNRESET') }), 'a=b', lines);
  const messages = lines.map((line) => (JSON.parse(line) as { msg: string }).msg);
  t.match(messages, [/the database system is shutting down$/, /read ECONNRESET$/]);
  t.equal(messages.length, 2);
});

t.test('a refusal is in the log, with its code and its reason', async (t) => {
  const lines: string[] = [];
  await answerTo(new OAuthError('invalid_scope', 'The scope is too wide.'), 'a=b', lines, 'info');
  const told = lines.map((line) => JSON.parse(line) as object).find((line) => 'error' in line);
  t.match(told, { msg: 'refused', error: 'invalid_scope', detail: 'The scope is too wide.' });
});

t.test('a body that is too large gets its answer before the connection ends', async (t) => {
  const answer = await answerTo(new Error('not reached'), 'x'.repeat(70_000));
  t.match(answer, { statusCode: 413 });
  t.not(answer.headers.connection, 'close');
});

import t from 'tap';
import { Problem, type ProblemCode, problemDocument, problemHeaders, rateLimited } from '../src/index.ts';

t.test('a fault has a stack for the log; a refusal has none, nor has what every request gets while something is down', async (t) => {
  t.match(new Problem('internal').stack, /problem\.test/);
  for (const code of ['token_revoked', 'revocation_unavailable', 'unavailable'] as const) t.notMatch(new Problem(code).stack, /\n/, code);
  t.match(new Error('an error after it').stack, /problem\.test/);
});

t.test('what a fault says in detail is not shown, and what a refusal says is', async (t) => {
  const detail = 'the database at 10.0.0.7 refused the password of auth';
  for (const code of ['internal', 'unavailable', 'revocation_unavailable'] as const) {
    const problem = new Problem(code, { detail });
    t.notMatch(JSON.stringify([problemDocument(problem, 'r-1'), problemHeaders(problem)]), '10.0.0.7', code);
  }
  t.equal(problemDocument(new Problem('forbidden', { detail }), 'r-1').detail, detail);
});

t.test('a detail can add nothing to the challenge that repeats it', async (t) => {
  const detail = 'no "x", realm="evil", \\ é\r\nSet-Cookie: a=b';
  t.strictSame(problemHeaders(new Problem('token_invalid', { detail })), {
    'cache-control': 'no-store',
    'www-authenticate': 'Bearer realm="countersign", error="invalid_token", error_description="no x, realm=evil,  Set-Cookie: a=b"',
  });
});

t.test('429 and 503 tell when to try again, by themselves or as the problem says, and others do not', async (t) => {
  const retryAfter = (problem: Problem) => problemHeaders(problem)['retry-after'];
  for (const code of ['rate_limited', 'unavailable', 'revocation_unavailable'] as const) t.equal(retryAfter(new Problem(code)), '1', code);
  t.equal(retryAfter(new Problem('rate_limited', { headers: { 'retry-after': '7' } })), '7');
  for (const code of ['internal', 'forbidden', 'token_expired'] as const) t.equal(retryAfter(new Problem(code)), undefined, code);
});

t.test('whoever waits as long as a limit says is through it: the wait is in whole seconds, never shorter, and never none', async (t) => {
  for (const [waitMs, seconds] of [
    [1, '1'],
    [0, '1'],
    [1000, '1'],
    [1001, '2'],
  ] as const) {
    const problem = rateLimited('Too many attempts.', waitMs);
    t.equal(problemHeaders(problem)['retry-after'], seconds);
    t.equal(problem.detail, `Too many attempts. Try again in ${seconds} s.`);
  }
});

t.test(
  'each refusal of a token, a scope, a role or an old sign-in has its challenge (RFC 6750, RFC 9470), and no other 403 has',
  async (t) => {
    const challengeOf = (code: ProblemCode) => problemHeaders(new Problem(code))['www-authenticate'];
    const bare = 'Bearer realm="countersign"';
    for (const code of ['token_missing', 'credentials_invalid'] as const) t.equal(challengeOf(code), bare, code);
    for (const code of ['token_malformed', 'token_invalid', 'token_expired', 'token_revoked', 'token_wrong_audience'] as const)
      t.equal(challengeOf(code), `${bare}, error="invalid_token"`, code);
    for (const code of ['insufficient_scope', 'insufficient_role'] as const)
      t.equal(challengeOf(code), `${bare}, error="insufficient_scope"`, code);
    t.equal(challengeOf('reauthentication_required'), `${bare}, error="insufficient_user_authentication", max_age=300`);
    const wrongPassword = new Problem('credentials_invalid', { status: 403 });
    t.strictSame([problemDocument(wrongPassword, 'r-1').status, problemHeaders(wrongPassword)['www-authenticate']], [403, undefined]);
    for (const code of ['forbidden', 'csrf_failed', 'unavailable'] as const) t.equal(challengeOf(code), undefined, code);
  },
);

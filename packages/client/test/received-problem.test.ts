import t from 'tap';
import { readProblem } from '../src/index.ts';

const NOTHING = { code: null, detail: null, requestId: null, retryAfterSeconds: null, errors: [] };

t.test('a problem document is told with all its faults, and when to come back', async (t) => {
  const errors = [
    { path: 'body/title', message: 'must not be empty' },
    { path: 'body/author', message: 'must not be empty' },
  ];
  const body = { code: 'validation_failed', detail: 'See errors.', request_id: 'r-1', errors };
  const answer = Response.json(body, { status: 400, headers: { 'retry-after': '7' } });
  t.strictSame(await readProblem(answer), {
    ...NOTHING,
    code: body.code,
    detail: body.detail,
    requestId: 'r-1',
    retryAfterSeconds: 7,
    errors,
  });
});

t.test('of an answer that is no problem document, or not in all its parts, nothing is made up', async (t) => {
  for (const answer of [new Response('<html>'), new Response(null, { status: 400 }), Response.json(null), Response.json(['code'])])
    t.strictSame(await readProblem(answer), NOTHING);
  const halves = [{ path: 'body/title' }, { message: 'is wrong' }, 'body', null, { path: 'body', message: 'is wrong' }];
  t.strictSame(await readProblem(Response.json({ errors: halves })), { ...NOTHING, errors: [{ path: 'body', message: 'is wrong' }] });
  t.strictSame(await readProblem(Response.json({ errors: 'many', code: 3 })), NOTHING);
  for (const when of ['Fri, 27 Nov 2026 12:00:00 GMT', '1e3', '-1', '1'.repeat(10)])
    t.strictSame(await readProblem(new Response(null, { headers: { 'retry-after': when } })), NOTHING, when);
});

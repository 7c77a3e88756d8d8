import t from 'tap';
import { Unanswered } from '../src/failures.ts';
import { refusalOf } from '../src/refusal-of.ts';

const TITLE = { path: 'body/title', message: 'must not be empty' };
const AUTHOR = { path: 'body/author', message: 'must not be longer' };

async function told(detail: string, errors: readonly object[] = [], status = 400) {
  const refusal = await refusalOf(Response.json({ code: 'c', detail, request_id: 'r-1', errors }, { status }));
  return { message: refusal.message, isUnknown: refusal instanceof Unanswered };
}

t.test('a refusal is told in auth’s words with each fault, and one that its sentence names already is not said again', async (t) => {
  const cases: [detail: string, errors: readonly object[], message: string][] = [
    ['Not found.', [], 'Not found. (request r-1)'],
    ['The title must not be empty.', [TITLE], 'The title must not be empty. (request r-1)'],
    ['The body is not valid.', [TITLE], 'The body is not valid. (request r-1)\n  body/title must not be empty'],
    [
      'The title must not be empty.',
      [TITLE, AUTHOR],
      'The title must not be empty. (request r-1)\n  body/title must not be empty\n  body/author must not be longer',
    ],
  ];
  for (const [detail, errors, message] of cases) t.equal((await told(detail, errors)).message, message);
});

t.test('only of a service that failed it is unknown whether it did what it was asked', async (t) => {
  for (const status of [499, 500]) t.strictSame(await told('No.', [], status), { message: 'No. (request r-1)', isUnknown: status === 500 });
});

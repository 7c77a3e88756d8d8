import t from 'tap';
import { Problem } from '../src/index.ts';

t.test('a fault has a stack for the log, a refusal has none', async (t) => {
  t.match(new Problem('internal').stack, /problem\.test/);
  t.notMatch(new Problem('token_revoked').stack, /\n/);
  t.match(new Error('an error after it').stack, /problem\.test/);
});

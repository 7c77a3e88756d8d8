import t from 'tap';
import { withCauses } from '../src/causes.ts';

t.test('what was thrown comes first, and the first cause last', async (t) => {
  const first = { code: 'ECONNREFUSED' };
  const driver = new Error('lost', { cause: first });
  const wrapped = new Error('Failed query', { cause: driver });
  t.strictSame(withCauses(wrapped), [wrapped, driver, first]);
  t.strictSame(withCauses('a word'), ['a word']);
  t.strictSame(withCauses(undefined), []);
});

t.test('a circle of causes ends', async (t) => {
  const circle = new Error('round');
  circle.cause = new Error('and round', { cause: circle });
  t.equal(withCauses(circle).length, 10);
});

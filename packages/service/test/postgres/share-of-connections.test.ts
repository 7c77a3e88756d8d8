import t from 'tap';
import { shareOfConnections } from '../../src/index.ts';
import { isUnavailable } from '../../src/unavailable.ts';

t.test('who gets no turn in time is refused, and turns go on after work that fails', async (t) => {
  const inTurn = shareOfConnections({ max: 1, maxWaiting: 1, waitMs: 10 });
  const holding = Promise.withResolvers<string>();
  const first = inTurn(() => holding.promise);
  const refused: unknown = await inTurn(async () => 'too late').catch((error: unknown) => error);
  t.ok(isUnavailable(refused), String(refused));
  holding.reject(new Error('the work failed'));
  await t.rejects(first, { message: 'the work failed' });
  t.equal(await inTurn(async () => 'done'), 'done');
});

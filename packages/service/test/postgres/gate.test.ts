import t from 'tap';
import { Gate } from '../../src/postgres/gate.ts';

t.test('as many are inside as there is room for, the next ones wait in turn, and more than may wait are refused', async (t) => {
  const gate = new Gate(2, 3);
  const inside: number[] = [];
  const enter = async (name: number) => ((await gate.enter()) ? inside.push(name) > 0 : false);
  const entering = [1, 2, 3, 4, 5].map(enter);
  t.equal(await enter(6), false);
  t.strictSame(inside, [1, 2]);
  gate.leave();
  await new Promise(setImmediate);
  t.strictSame(inside, [1, 2, 3]);
  const late = enter(7);
  await new Promise(setImmediate);
  t.strictSame(inside, [1, 2, 3], 'the place of who has left is the next one’s in turn, and nobody’s beside');
  for (let left = 0; left < 5; left += 1) gate.leave();
  t.strictSame(await Promise.all([...entering, late]), [true, true, true, true, true, true]);
  t.strictSame(inside, [1, 2, 3, 4, 5, 7]);
  t.strictSame([await enter(8), await enter(9)], [true, true], 'when all have left there is room again');
});

t.test('who has waited long enough is refused, and takes nobody’s turn', async (t) => {
  const gate = new Gate(1, 2);
  t.equal(await gate.enter(), true);
  const patient = gate.enter();
  t.equal(await gate.enter(1), false);
  const next = gate.enter(60_000);
  gate.leave();
  t.equal(await patient, true);
  gate.leave();
  t.equal(await next, true, 'there was room to wait for one more');
  gate.leave();
  t.equal(await gate.enter(), true);
});

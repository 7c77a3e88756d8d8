import t from 'tap';
import { parseMoment } from '../../src/input/moment.ts';

const parse = (text: string) => parseMoment('--since', text, Date.UTC(2026, 0, 2));

t.test('a moment is a day, a time of one, or how long ago', async (t) => {
  t.equal(parse('2028-02-29'), '2028-02-29T00:00:00.000Z');
  t.equal(parse('2026-11-21 10:00'), '2026-11-21T10:00:00.000Z');
  t.equal(parse('2026-11-21T10:00:00.5Z'), '2026-11-21T10:00:00.500Z');
  t.equal(parse('2026-11-21T10:00:00+02:00'), '2026-11-21T08:00:00.000Z');
  t.equal(parse('2026-11-21 10:00-02:00'), '2026-11-21T12:00:00.000Z');
  t.equal(parse('1d'), '2026-01-01T00:00:00.000Z');
  t.equal(parse('3h'), '2026-01-01T21:00:00.000Z');
  t.equal(parse('30m'), '2026-01-01T23:30:00.000Z');
  t.equal(parse('5s'), '2026-01-01T23:59:55.000Z');
  t.equal(parse('999999s'), '2025-12-21T10:13:21.000Z');
  for (const text of ['1000000s', `${'9'.repeat(20)}d`]) t.throws(() => parse(text), { message: /must be a time/ }, text);
});

t.test('a time is UTC where it doesn’t say otherwise, wherever it is written', async (t) => {
  const { TZ } = process.env;
  t.teardown(() => (TZ === undefined ? delete process.env.TZ : Object.assign(process.env, { TZ })));
  process.env.TZ = 'Asia/Tokyo';
  t.equal(new Date('2026-11-21 10:00').toISOString(), '2026-11-21T01:00:00.000Z', 'what Date takes it for');
  t.equal(parse('2026-11-21 10:00'), '2026-11-21T10:00:00.000Z');
  t.equal(parse('2026-11-21'), '2026-11-21T00:00:00.000Z');
});

t.test('a day that no calendar has is refused, and not taken for one of the next month', async (t) => {
  for (const text of ['2026-02-30', '2026-02-29T10:00:00Z', '2026-04-31 10:00', '2026-13-01', '2026-01-00'])
    t.throws(() => parse(text), { message: /must be a time/ }, text);
});

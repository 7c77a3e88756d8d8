import fc from 'fast-check';
import t from 'tap';
import { judgeRefresh, type RefreshVerdict, type SessionState } from '../../../src/domain/sessions/judge-refresh.ts';

const GRACE = 60;
const IDLE = 1000;
const MAX = 3000;
const START = Date.UTC(2026, 0, 1);

const at = (seconds: number) => new Date(START + seconds * 1000);
const session: SessionState = {
  generation: 3,
  rotatedAt: at(0),
  idleExpiresAt: at(IDLE),
  expiresAt: at(MAX),
  endedAt: null,
  userDisabled: false,
};

t.test('the rule, case by case', async (t) => {
  const cases: [string, Partial<SessionState>, number, number, RefreshVerdict][] = [
    ['the current token rotates', {}, 3, 999.999, 'current'],
    ['the one before it, soon after, is a retry', {}, 2, 1, 'retry'],
    ['… up to the last moment of the grace', {}, 2, 60, 'retry'],
    ['… and after it, reuse', {}, 2, 60.001, 'reused'],
    ['an older one is reuse at any time', {}, 1, 0, 'reused'],
    ['the first token has nobody before it', { generation: 0, rotatedAt: null }, 0, 1, 'current'],
    ['a generation to come is not known', {}, 4, 1, 'unknown'],
    ['idle for too long', {}, 3, 1000, 'expired'],
    ['the absolute end', { idleExpiresAt: at(9000) }, 3, 3000, 'expired'],
    ['an ended session', { endedAt: at(1) }, 3, 2, 'ended'],
    ['an ended session, by an old token', { endedAt: at(1) }, 1, 2, 'ended'],
    ['a disabled user', { userDisabled: true }, 3, 1, 'ended'],
  ];
  for (const [name, changes, presented, now, verdict] of cases) {
    t.equal(judgeRefresh({ ...session, ...changes }, presented, at(now), GRACE), verdict, name);
  }
});

t.test('any history of refreshes, retries, reuse, sign-outs and waiting goes as the plain model says', async () => {
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('refresh' as const), age: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(4)) }) },
    { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.oneof(fc.nat(90), fc.nat(1200)) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('logout' as const) }) },
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const model = new Model();
      let real: SessionState = { ...session, generation: 0, rotatedAt: null };
      let now = 0;
      for (const it of steps) {
        if (it.do === 'wait') now += it.seconds;
        else if (it.do === 'logout') {
          model.ended = true;
          real = { ...real, endedAt: real.endedAt ?? at(now) };
        } else {
          const presented = Math.max(0, model.madeAt.length - 1 - it.age);
          const expected = model.refresh(presented, now);
          const verdict = judgeRefresh(real, presented, at(now), GRACE);
          real = follow(real, verdict, now);
          if (verdict !== expected) throw new Error(`${verdict}, and the model says ${expected}`);
          if (!model.ended && real.generation !== model.madeAt.length - 1) throw new Error('two live leaves, or none');
        }
      }
    }),
    { numRuns: 3000 },
  );
});

/** What the store does after each verdict. */
function follow(state: SessionState, verdict: RefreshVerdict, now: number): SessionState {
  if (verdict === 'reused') return { ...state, endedAt: at(now) };
  if (verdict !== 'current') return state;
  const idleExpiresAt = new Date(Math.min(at(now + IDLE).getTime(), state.expiresAt.getTime()));
  return { ...state, generation: state.generation + 1, rotatedAt: at(now), idleExpiresAt };
}

/** Knows no generations: only which tokens were made, in order, and when. */
class Model {
  ended = false;
  /** One entry a token. */
  readonly madeAt = [0];

  refresh(presented: number, now: number): RefreshVerdict {
    const newest = this.madeAt.length - 1;
    const newestMadeAt = this.madeAt[newest] as number;
    if (this.ended) return 'ended';
    if (now - newestMadeAt >= IDLE || now >= MAX) return 'expired';
    if (presented === newest) {
      this.madeAt.push(now);
      return 'current';
    }
    if (presented === newest - 1 && now - newestMadeAt <= GRACE) return 'retry';
    this.ended = true;
    return 'reused';
  }
}

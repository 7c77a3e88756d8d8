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

t.test('a refresh token is judged by its generation, the time since the rotation and the state of its session', async (t) => {
  const cases: [string, Partial<SessionState>, number, number, RefreshVerdict][] = [
    ['the current token rotates', {}, 3, 999.999, 'current'],
    ['the one before it, soon after, is a retry', {}, 2, 1, 'retry'],
    ['… up to the last moment of the grace', {}, 2, 60, 'retry'],
    ['… and after it, reuse', {}, 2, 60.001, 'reused'],
    ['an older one is reuse at any time', {}, 1, 0, 'reused'],
    ['the first token has nobody before it', { generation: 0, rotatedAt: null }, 0, 1, 'current'],
    ['a later one than the database has: it was set back', {}, 4, 1, 'ahead'],
    ['… by however much', {}, 40, 61, 'ahead'],
    ['… in a session that has ended', { endedAt: at(1) }, 4, 2, 'ended'],
    ['… or whose life is over', {}, 4, 1000, 'expired'],
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

t.test(
  'any history of refreshes, retries, reuse, sign-outs, waiting and a database that is set back goes as the plain model says',
  async () => {
    const step = fc.oneof(
      {
        weight: 6,
        arbitrary: fc.record({ do: fc.constant('refresh' as const), age: fc.oneof(fc.constant(0), fc.constant(1), fc.nat(4)) }),
      },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('wait' as const), seconds: fc.oneof(fc.nat(90), fc.nat(1200)) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('logout' as const) }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('set back' as const), steps: fc.nat(6) }) },
    );
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const history = [{ real: { ...session, generation: 0, rotatedAt: null } as SessionState, model: new Model() }];
        let made = 0;
        let now = 0;
        for (const it of steps) {
          const { real, model } = history.at(-1) as (typeof history)[0];
          if (it.do === 'wait') now += it.seconds;
          else if (it.do === 'set back') history.splice(Math.max(1, history.length - it.steps));
          else if (it.do === 'logout') history.push({ real: { ...real, endedAt: real.endedAt ?? at(now) }, model: model.logOut() });
          else {
            const presented = Math.max(0, made - it.age);
            const { verdict: expected, model: next } = model.refresh(presented, now);
            const verdict = judgeRefresh(real, presented, at(now), GRACE);
            if (verdict !== expected) throw new Error(`${verdict}, and the model says ${expected}`);
            const followed = follow(real, verdict, presented, now);
            if (!next.ended && followed.generation !== next.newest) throw new Error('two live leaves, or none');
            made = Math.max(made, followed.generation);
            history.push({ real: followed, model: next });
          }
        }
      }),
      { numRuns: 3000 },
    );
  },
);

/** What the store does after each verdict. */
function follow(state: SessionState, verdict: RefreshVerdict, presented: number, now: number): SessionState {
  if (verdict === 'reused') return { ...state, endedAt: at(now) };
  if (verdict !== 'current' && verdict !== 'ahead') return state;
  const idleExpiresAt = new Date(Math.min(at(now + IDLE).getTime(), state.expiresAt.getTime()));
  return { ...state, generation: presented + 1, rotatedAt: at(now), idleExpiresAt };
}

/** What the database would know if it kept which tokens were made, in order, and when the last one was. */
class Model {
  readonly newest: number;
  readonly newestMadeAt: number;
  readonly ended: boolean;

  constructor(newest = 0, newestMadeAt = 0, ended = false) {
    this.newest = newest;
    this.newestMadeAt = newestMadeAt;
    this.ended = ended;
  }

  logOut(): Model {
    return new Model(this.newest, this.newestMadeAt, true);
  }

  refresh(presented: number, now: number): { verdict: RefreshVerdict; model: Model } {
    const age = now - this.newestMadeAt;
    if (this.ended) return { verdict: 'ended', model: this };
    if (age >= IDLE || now >= MAX) return { verdict: 'expired', model: this };
    if (presented === this.newest) return { verdict: 'current', model: new Model(presented + 1, now) };
    if (presented > this.newest) return { verdict: 'ahead', model: new Model(presented + 1, now) };
    if (presented === this.newest - 1 && age <= GRACE) return { verdict: 'retry', model: this };
    return { verdict: 'reused', model: this.logOut() };
  }
}

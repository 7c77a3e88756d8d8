import t from 'tap';
import { createKeySchedule, isPublished, nextAlg, planKeys } from '../../../src/domain/keys/key-schedule.ts';
import type { SigningKeyRecord } from '../../../src/domain/keys/signing-key-store.ts';

const DAY_MS = 86_400_000;
const schedule = createKeySchedule('EdDSA', 30, 30 * 86_400);
const start = new Date('2026-01-01T00:00:00Z');
const after = (ms: number) => new Date(start.getTime() + ms);
const nothing = { forget: [], promote: false, make: [] };

function key(kid: string, fields: Partial<SigningKeyRecord>): SigningKeyRecord {
  const publicJwk = { kid, alg: 'EdDSA', use: 'sig', kty: 'OKP', crv: 'Ed25519', x: 'x' } as const;
  const times = { createdAt: start, signableAt: start, rotateAt: null, activatedAt: null, retiresAt: null, killedAt: null };
  return { kid, alg: 'EdDSA', state: 'reserve', publicJwk, ...times, ...fields };
}

const active = key('active', { state: 'active', activatedAt: start });
const reserve = key('reserve', { state: 'reserve' });

t.test('an empty database gets a key that signs and one in reserve', async (t) => {
  t.strictSame(planKeys([], schedule, start), { ...nothing, make: ['active', 'reserve'] });
});

t.test('nothing changes before the key has signed for the whole period, and then the reserve takes over', async (t) => {
  t.strictSame(planKeys([active, reserve], schedule, after(30 * DAY_MS - 1)), nothing);
  t.strictSame(planKeys([active, reserve], schedule, after(30 * DAY_MS)), { ...nothing, promote: true, make: ['reserve'] });
  const waited = key('active', { state: 'active', createdAt: after(-30 * DAY_MS), activatedAt: start });
  t.strictSame(planKeys([waited, reserve], schedule, start), nothing, 'the time in reserve does not count');
});

t.test('a reserve that verifiers may not have fetched yet never signs, however old the active key is', async (t) => {
  const young = key('reserve', { signableAt: after(40 * DAY_MS), rotateAt: after(40 * DAY_MS) });
  t.strictSame(planKeys([active, young], schedule, after(40 * DAY_MS - 1)), nothing);
  t.strictSame(planKeys([active, young], schedule, after(40 * DAY_MS)), { ...nothing, promote: true, make: ['reserve'] });
});

t.test('a rotation that was asked for happens at its moment', async (t) => {
  const asked = key('reserve', { signableAt: after(1000), rotateAt: after(1000) });
  t.strictSame(planKeys([active, asked], schedule, after(999)), nothing);
  t.strictSame(planKeys([active, asked], schedule, after(1000)), { ...nothing, promote: true, make: ['reserve'] });
});

t.test(
  'ASVS 11.2.2: a reserve of another algorithm takes over as soon as it is known everywhere, and the next is of that, too',
  async (t) => {
    const next = key('next', { alg: 'ES256', signableAt: after(1000) });
    t.strictSame(planKeys([active, next], schedule, after(999)), nothing);
    t.strictSame(planKeys([active, next], schedule, after(1000)), { ...nothing, promote: true, make: ['reserve'] });
    t.equal(nextAlg([active, next], schedule), 'ES256');
    t.equal(nextAlg([active], schedule), 'EdDSA');
  },
);

t.test('a missing reserve is made, and a missing active key is replaced by the reserve', async (t) => {
  t.strictSame(planKeys([active], schedule, start), { ...nothing, make: ['reserve'] });
  t.strictSame(planKeys([reserve], schedule, start), { ...nothing, promote: true, make: ['reserve'] });
});

t.test(
  'a key stays published until the last token that it signed has expired, and is known until sessions of then have ended',
  async (t) => {
    const retiring = key('old', { state: 'retiring', retiresAt: after(1000) });
    t.equal(isPublished(retiring, after(999)), true);
    t.equal(isPublished(retiring, after(1000)), false);
    t.strictSame(planKeys([active, reserve, retiring], schedule, after(1000 + 30 * DAY_MS - 1)).forget, []);
    t.strictSame(planKeys([active, reserve, retiring], schedule, after(1000 + 30 * DAY_MS)).forget, ['old']);
  },
);

t.test('a killed key is not published and is never forgotten', async (t) => {
  const killed = key('killed', { state: 'killed', killedAt: start });
  t.equal(isPublished(killed, start), false);
  t.strictSame(planKeys([active, reserve, killed], schedule, after(29 * DAY_MS)), nothing);
});

t.test('whatever the period, a key is published longer than a verifier may keep the JWKS, and shorter than the period', async (t) => {
  for (const days of [0.0001, 0.001, 0.01, 1, 30, 365]) {
    const { jwksMaxAgeSeconds, publishSeconds, rotationSeconds } = createKeySchedule('EdDSA', days, 1);
    t.ok(publishSeconds > jwksMaxAgeSeconds, `${days} days: published ${publishSeconds} s, cached ${jwksMaxAgeSeconds} s`);
    t.ok(publishSeconds < rotationSeconds);
    t.ok(jwksMaxAgeSeconds >= 1);
  }
});

t.test('a rotation that is asked for waits two minutes at most: a verifier keeps the JWKS for no more than a minute', async (t) => {
  t.match(createKeySchedule('EdDSA', 30, 1), { jwksMaxAgeSeconds: 60, publishSeconds: 120 });
});

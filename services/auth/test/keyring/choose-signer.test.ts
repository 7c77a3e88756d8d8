import t from 'tap';
import type { SigningKeyRecord } from '../../src/domain/keys/signing-key-store.ts';
import { chooseSigner } from '../../src/keyring/choose-signer.ts';

const now = new Date('2026-01-01T00:00:00Z');
const after = (seconds: number) => new Date(now.getTime() + seconds * 1000);

function key(kid: string, fields: Partial<SigningKeyRecord>): SigningKeyRecord {
  const publicJwk = { kid, alg: 'EdDSA', use: 'sig', kty: 'OKP', crv: 'Ed25519', x: 'x' } as const;
  const times = { createdAt: now, signableAt: now, rotateAt: null, activatedAt: null, retiresAt: null, killedAt: null };
  return { kid, alg: 'EdDSA', state: 'reserve', publicJwk, ...times, ...fields };
}

const signer = (kid: string) => ({ kid, sign: () => '' });
const readable = (...kids: readonly string[]) => new Map(kids.map((kid) => [kid, signer(kid)]));

const active = key('active', { state: 'active', activatedAt: now });
const reserve = key('reserve', {});
const former = signer('former');
const retiring = (retiresAt: Date) => key('former', { state: 'retiring', retiresAt });

t.test('the active key signs, whichever signed before and whatever else can be read', async (t) => {
  const records = [retiring(after(3660)), active, reserve];
  t.match(chooseSigner(records, readable('active', 'reserve'), former, now), { signer: { kid: 'active' }, earlyMs: 0 });
  t.match(chooseSigner(records, readable('active', 'reserve'), null, now), { signer: { kid: 'active' }, earlyMs: 0 });
});

t.test('where the active key cannot be read, the former signer continues until its last token would outlive its publication', async (t) => {
  const choose = (retiresAt: Date) => chooseSigner([retiring(retiresAt), active, reserve], readable('reserve'), former, now).signer;
  t.equal(choose(after(3601)), former);
  t.equal(choose(after(3600)), null);
});

t.test('neither a killed key nor the reserve takes the place of an active key that cannot be read', async (t) => {
  const killed = key('former', { state: 'killed', killedAt: now });
  t.equal(chooseSigner([killed, active, reserve], readable('reserve'), former, now).signer, null);
  const older = key('older', { state: 'retiring', retiresAt: after(3660) });
  t.equal(chooseSigner([older, killed, active, reserve], readable('reserve'), former, now).signer, null, 'whatever else retires');
  t.equal(chooseSigner([active, reserve], readable('reserve'), null, now).signer, null);
});

t.test('a key that signs from a moment ahead, as after a kill, is chosen, and how long it must wait is told', async (t) => {
  const soon = key('active', { state: 'active', activatedAt: after(1) });
  t.match(chooseSigner([soon], readable('active'), null, now), { signer: { kid: 'active' }, earlyMs: 1000 });
  t.match(chooseSigner([soon], readable('active'), null, after(1)), { signer: { kid: 'active' }, earlyMs: 0 });
});

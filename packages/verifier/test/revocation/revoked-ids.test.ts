import fc from 'fast-check';
import t from 'tap';
import { RevokedIds } from '../../src/revocation/revoked-ids.ts';

function token(claims: object) {
  return { kid: 'k', claims: { iss: 'i', aud: 'a', sub: 's', client_id: 'c', iat: 1000, exp: 1900, jti: 'j', ...claims } };
}

t.test('entries are forgotten when no token that they match can be good, and a killed key never is, whatever its entry says', async (t) => {
  const revoked = new RevokedIds();
  revoked.add({ kind: 'jti', id: 'j', expiresAt: 1900, before: null });
  revoked.add({ kind: 'sid', id: 's', expiresAt: 1900, before: 1001 });
  revoked.add({ kind: 'kid', id: 'k', expiresAt: 1900, before: null });
  const pass = (seconds: number) => {
    for (let i = 0; i < 200; i += 1) revoked.forget(seconds);
  };
  pass(1955);
  t.equal(revoked.size, 3, 'a minute for clocks that differ');
  pass(1961);
  t.equal(revoked.size, 2);
  t.equal(revoked.isRevoked(token({ sid: 's' })), true, 'whatever issued before `before` may live an hour, whatever the entry says');
  pass(1001 + 3600 + 61);
  t.equal(revoked.size, 1);
  pass(Number.MAX_SAFE_INTEGER);
  t.equal(revoked.isKidRevoked('k'), true);
});

t.test('an entry that does not say when it expires stays', async (t) => {
  const revoked = new RevokedIds();
  revoked.add({ kind: 'jti', id: 'j', expiresAt: null, before: null });
  revoked.add({ kind: 'jti', id: 'j', expiresAt: 1900, before: null });
  revoked.add({ kind: 'jti', id: 'other', expiresAt: 1900, before: null });
  for (let i = 0; i < 200; i += 1) revoked.forget(1961);
  t.strictSame([revoked.isRevoked(token({})), revoked.isRevoked(token({ jti: 'other' }))], [true, false]);
});

t.test('a big list is gone through in shares, and every expired entry is found', async (t) => {
  const revoked = new RevokedIds();
  for (let i = 0; i < 10_000; i += 1) revoked.add({ kind: 'jti', id: `j-${i}`, expiresAt: i % 2 === 0 ? 1000 : 9_000_000, before: null });
  revoked.forget(5000);
  t.ok(revoked.size > 9800, 'one call takes a sixtieth');
  for (let i = 0; i < 200; i += 1) revoked.forget(5000);
  t.equal(revoked.size, 5000);
});

t.test('whatever the order of entries, what one of them refuses stays refused', async () => {
  const entry = fc.record({
    kind: fc.constantFrom('jti', 'sid', 'client', 'kid'),
    id: fc.constantFrom('a', 'b'),
    expiresAt: fc.constant(10_000),
    before: fc.option(fc.constantFrom(900, 1000, 1100)),
  });
  const claims = fc.record({
    jti: fc.constantFrom('a', 'b'),
    sid: fc.constantFrom('a', 'b'),
    client_id: fc.constantFrom('a', 'b'),
    iat: fc.constantFrom(899, 900, 999, 1000, 1099, 1100),
  });
  fc.assert(
    fc.property(fc.array(entry), claims, fc.constantFrom('a', 'b'), (entries, some, kid) => {
      const revoked = new RevokedIds();
      const refuses = ({ kind, id, before }: (typeof entries)[number]) => {
        if (kind === 'kid') return kid === id;
        if (kind === 'jti') return some.jti === id;
        return (kind === 'sid' ? some.sid : some.client_id) === id && (before === null || some.iat < before);
      };
      for (const one of entries) revoked.add(one);
      return revoked.isRevoked({ ...token(some), kid }) === entries.some(refuses);
    }),
    { numRuns: 2000 },
  );
});

t.test('whatever is revoked, waited for and forgotten, no token is accepted again that may still be good', async () => {
  const claims = fc.record({
    jti: fc.constantFrom('a', 'b'),
    sid: fc.constantFrom('a', 'b'),
    client_id: fc.constantFrom('a', 'b'),
    age: fc.integer({ min: -60, max: 3660 }),
    life: fc.integer({ min: 1, max: 3600 }),
  });
  const step = fc.oneof(
    fc.record({ kind: fc.constantFrom('jti', 'sid', 'client'), revoked: claims, hasBefore: fc.boolean() }),
    fc.record({ seconds: fc.nat(4000), walks: fc.nat(200) }),
  );
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), (steps) => {
      const revoked = new RevokedIds();
      const refused: ReturnType<typeof token>[] = [];
      let now = 1_000_000;
      for (const it of steps) {
        if ('seconds' in it) {
          now += it.seconds;
          for (let i = 0; i < it.walks; i += 1) revoked.forget(now);
        } else {
          const { age, life, ...ids } = it.revoked;
          const one = token({ ...ids, iat: now - age, exp: now - age + life });
          // As auth writes them: until the last token that they match has expired, and a minute for clocks that differ.
          const expiresAt = (it.kind === 'jti' ? one.claims.exp : now + 3600) + 60;
          const id = it.kind === 'client' ? ids.client_id : ids[it.kind];
          revoked.add({ kind: it.kind, id, expiresAt, before: it.hasBefore && it.kind !== 'jti' ? now + 61 : null });
          refused.push(one);
        }
        for (const one of refused) if (one.claims.exp + 60 >= now && !revoked.isRevoked(one)) throw new Error('accepted again');
      }
      for (let i = 0; i < 200; i += 1) revoked.forget(now + 10_000);
      return revoked.size === 0;
    }),
    { numRuns: 5000 },
  );
});

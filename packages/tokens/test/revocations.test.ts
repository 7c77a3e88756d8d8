import t from 'tap';
import { encodeRevocation, parseRevocation, type RevocationEntry } from '../src/revocations.ts';

t.test('an entry is read as it was written', async (t) => {
  const entries: RevocationEntry[] = [
    { kind: 'jti', id: 'j', expiresAt: 1900, before: null },
    { kind: 'sid', id: 's', expiresAt: 4660, before: 1001 },
    { kind: 'client', id: 'c', expiresAt: 4660, before: 1001 },
    { kind: 'kid', id: 'k', expiresAt: null, before: null },
  ];
  for (const entry of entries) t.strictSame(parseRevocation(encodeRevocation(entry)), entry);
});

t.test('what names no kind or no id is no entry, and a time that is none counts as absent', async (t) => {
  for (const fields of [{}, { kind: 'heartbeat', id: '1.x' }, { kind: 'jti' }, { id: 'j' }]) t.equal(parseRevocation(fields), null);
  for (const time of ['', 'soon', '1e3', '-1', '1.5', '9'.repeat(16)])
    t.strictSame(parseRevocation({ kind: 'sid', id: 's', expires_at: time, before: time }), {
      kind: 'sid',
      id: 's',
      expiresAt: null,
      before: null,
    });
});

import { CLOCK_MARGIN_SECONDS, MAX_ACCESS_TOKEN_TTL_SECONDS, REVOCATION_STREAM_SECONDS } from '@countersign/tokens';
import t from 'tap';
import { entryForAllTokens, entryForTokensBefore } from '../../../src/domain/revocation/revocation-entries.ts';

// What revokes within the second 1000. `iat` has whole seconds.
const REVOKED_AT = [1000, 1000.001, 1000.5, 1000.999];
const BEFORE = 1001;

t.test('an entry lives until the last token that it could match has expired, by any clock that is accepted', async (t) => {
  const lastExpiry = 1000 + MAX_ACCESS_TOKEN_TTL_SECONDS + CLOCK_MARGIN_SECONDS;
  for (const now of REVOKED_AT) t.ok((entryForAllTokens('sid', 's', now).expiresAt ?? 0) >= lastExpiry, `${now}`);
  t.ok((entryForTokensBefore('sid', 's', BEFORE).expiresAt ?? 0) >= lastExpiry);
});

t.test('an entry has lapsed when the stream is trimmed of it, which would move it to the end for as long again', async (t) => {
  for (const now of REVOKED_AT) {
    const trimmedAt = now + REVOCATION_STREAM_SECONDS;
    t.ok((entryForAllTokens('client', 'c', now).expiresAt ?? Number.POSITIVE_INFINITY) <= trimmedAt, `${now}`);
    t.ok((entryForTokensBefore('client', 'c', BEFORE).expiresAt ?? Number.POSITIVE_INFINITY) <= trimmedAt, `before ${now}`);
  }
});

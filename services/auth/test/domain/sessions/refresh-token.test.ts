import { randomBytes } from 'node:crypto';
import { crc32 } from 'node:zlib';
import fc from 'fast-check';
import t from 'tap';
import { encodeBase62 } from '../../../src/domain/base62.ts';
import { createId } from '../../../src/domain/identifiers.ts';
import {
  createRefreshTokenSecrets,
  createSeed,
  formatRefreshToken,
  parseRefreshToken,
} from '../../../src/domain/sessions/refresh-token.ts';

const newSecret = () => createRefreshTokenSecrets(randomBytes(32), null).current;
const secret = newSecret();
const secrets = { current: secret, previous: null };
const token = { sessionId: createId(), generation: 7, seed: createSeed(), delivery: 'body' } as const;
const text = formatRefreshToken(token, 'first-party', secret);

t.test('a refresh token is read back, and the same one always has the same text', async (t) => {
  t.match(text, /^cs_rt_[0-9A-Za-z]{100}$/);
  t.strictSame(parseRefreshToken(text, 'first-party', secrets), token);
  t.equal(formatRefreshToken(token, 'first-party', secret), text);
});

t.test('a changed character is malformed, whichever it is: the checksum tells without the secret', async (t) => {
  fc.assert(
    fc.property(fc.nat(text.length - 1), fc.constantFrom('0', 'a', 'Z', '-', '_', '.'), (at, character) => {
      fc.pre(text[at] !== character);
      const changed = text.slice(0, at) + character + text.slice(at + 1);
      return parseRefreshToken(changed, 'first-party', secrets) === 'malformed';
    }),
  );
  for (const odd of ['', 'cs_rt_', ` ${text}`, `${text}\n`, text.slice(1), text + text, text.toLowerCase()]) {
    t.equal(parseRefreshToken(odd, 'first-party', secrets), 'malformed', JSON.stringify(odd));
  }
});

t.test('a forged token with a right checksum is unknown, without the database', async (t) => {
  const forgeries = [
    formatRefreshToken(token, 'first-party', newSecret()),
    rechecked(text.slice(0, 29) + encodeBase62(8, 6) + text.slice(35, -6)),
    rechecked(text.slice(0, 35) + createSeed() + text.slice(57, -6)),
    rechecked(`cs_rt_c${text.slice(7, -6)}`),
    rechecked(`cs_rt_b${createId()}${text.slice(29, -6)}`),
  ];
  for (const forgery of forgeries) t.equal(parseRefreshToken(forgery, 'first-party', secrets), 'unknown');
});

t.test('a refresh token belongs to the client that it was issued to', async (t) => {
  t.equal(parseRefreshToken(text, 'another-client', secrets), 'unknown');
});

t.test('after a change of the secret the former one is accepted and makes nothing', async (t) => {
  const next = { current: newSecret(), previous: secret };
  t.strictSame(parseRefreshToken(text, 'first-party', next), token);
  t.not(formatRefreshToken(token, 'first-party', next.current), text);
  t.equal(parseRefreshToken(text, 'first-party', { current: next.current, previous: null }), 'unknown');
});

function rechecked(body: string): string {
  return body + encodeBase62(crc32(body), 6);
}

import { randomBytes } from 'node:crypto';
import t from 'tap';
import { decryptPrivateKey, encryptPrivateKey } from '../../../src/domain/keys/encrypt-private-key.ts';

const key = randomBytes(32);
const secret = Buffer.from('a private key');

t.test('what was encrypted comes back under the same key and kid', async (t) => {
  t.strictSame(decryptPrivateKey(encryptPrivateKey(secret, 'kid', key), 'kid', key), secret);
});

t.test('ASVS 11.2.5, 11.3.3: another key, another kid or one altered bit gives nothing', async (t) => {
  const encrypted = encryptPrivateKey(secret, 'kid', key);
  t.equal(decryptPrivateKey(encrypted, 'kid', randomBytes(32)), null);
  t.equal(decryptPrivateKey(encrypted, 'other', key), null);
  for (let index = 0; index < encrypted.length; index += 1) {
    const altered = Buffer.from(encrypted);
    altered[index] = (altered[index] ?? 0) ^ 1;
    t.equal(decryptPrivateKey(altered, 'kid', key), null, `bit of byte ${index}`);
  }
});

t.test('a text too short to hold a nonce and a tag gives nothing', async (t) => {
  for (const length of [0, 1, 12, 27]) t.equal(decryptPrivateKey(Buffer.alloc(length), 'kid', key), null);
});

t.test('ASVS 11.3.4: no nonce is used twice', async (t) => {
  const nonces = new Set(Array.from({ length: 1000 }, () => encryptPrivateKey(secret, 'kid', key).subarray(0, 12).toString('hex')));
  t.equal(nonces.size, 1000);
});

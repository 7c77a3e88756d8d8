import fc from 'fast-check';
import t from 'tap';
import { decodeBase62, encodeBase62, encodeBytesBase62 } from '../../src/domain/base62.ts';

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const toNumber = (text: string) => [...text].reduce((value, digit) => value * 62n + BigInt(DIGITS.indexOf(digit)), 0n);

t.test('a number is its digits, whatever its length', async (t) => {
  fc.assert(
    fc.property(fc.bigInt({ min: 0n, max: 2n ** 256n - 1n }), (value) => {
      const text = encodeBase62(value, 43);
      return text.length === 43 && toNumber(text) === value;
    }),
  );
  t.equal(encodeBase62(0, 6), '000000');
  t.equal(encodeBase62(61, 2), '0z');
  t.equal(encodeBase62(62, 2), '10');
  t.equal(encodeBase62(62n ** 16n, 17), `1${'0'.repeat(16)}`);
});

t.test('a number that is too long is not cut', async (t) => {
  t.equal(encodeBase62(62 ** 6, 6), '1000000');
});

t.test('bytes are a big-endian number', async (t) => {
  t.equal(encodeBytesBase62(Uint8Array.of(1, 0), 3), '048');
  t.equal(encodeBytesBase62(new Uint8Array(32).fill(255), 43).length, 43);
});

t.test('what was encoded is decoded', async () => {
  fc.assert(fc.property(fc.nat(), (value) => decodeBase62(encodeBase62(value, 6)) === value));
});

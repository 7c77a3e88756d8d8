import t from 'tap';
import { parseCompactToken } from '../src/compact-token.ts';

const BASE64URL = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

t.test('a token has at most 8 KiB', async (t) => {
  const sized = (bytes: number) => `e30.e30.${'A'.repeat(bytes - 8)}`;
  t.match(parseCompactToken(sized(8192)), { header: {}, payload: {} });
  t.equal(parseCompactToken(sized(8194)), null);
});

t.test('a part is taken in the one spelling that its bytes have, whatever their number', async (t) => {
  for (const json of ['{}', '{} ', '{}  ']) {
    const part = Buffer.from(json).toString('base64url');
    t.match(parseCompactToken(`${part}.${part}.${part}`), { header: {}, payload: {}, signature: Buffer.from(json) });
    const replaced = BASE64URL.split('').map((last) => part.slice(0, -1) + last);
    const extended = BASE64URL.split('').map((last) => part + last);
    const isOther = (text: string) => text !== part && Buffer.from(text, 'base64url').toString() === json;
    for (const other of [...replaced, ...extended].filter(isOther)) {
      for (const token of [`${other}.${part}.${part}`, `${part}.${other}.${part}`, `${part}.${part}.${other}`])
        t.equal(parseCompactToken(token), null, token);
    }
  }
});

t.test('every byte is decoded, wherever it stands', async (t) => {
  for (let shift = 0; shift < 4; shift += 1) {
    const signature = Buffer.from(Array.from({ length: 256 + shift }, (_, index) => index + shift));
    t.strictSame(parseCompactToken(`e30.e30.${signature.toString('base64url')}`)?.signature, signature);
  }
});

t.test('a character that is not of base64url makes a token malformed, also one that ends in the same bits as one that is', async (t) => {
  const characters = Array.from({ length: 0x200 }, (_, code) => String.fromCharCode(code)).filter((one) => !BASE64URL.includes(one));
  for (const character of [...characters, '\ud800', '😀'])
    for (const token of [`e3${character}.e30.AAAA`, `e30.e3${character}.AAAA`, `e30.e30.AAA${character}`])
      t.equal(parseCompactToken(token), null, JSON.stringify(token));
});

t.test('a token has three parts', async (t) => {
  for (const token of ['', '.', '..', 'e30', 'e30A', 'e30.e30', 'e30.e30.AAAA.', 'e30.e30.AAAA.AAAA', '.e30.e30.AAAA'])
    t.equal(parseCompactToken(token), null, token);
  t.match(parseCompactToken('e30.e30.'), { header: {}, payload: {}, signature: Buffer.alloc(0) });
});

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

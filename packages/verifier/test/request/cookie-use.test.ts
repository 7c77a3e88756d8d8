import t from 'tap';
import { resourceServer, summary } from '../resource-server.ts';

t.test('a cookie: only a token made for one, the header first, never two, and safe methods free', async (t) => {
  const { app, issuer } = await resourceServer({ corsOrigins: ['https://app.example'] });
  const token = issuer.sign({ csrf: 'proof' });
  const cookie = `theme=dark; __Host-access=${token}; __Host-csrf=proof`;
  const cases: [string, Record<string, string>, 'GET' | 'HEAD' | 'OPTIONS' | 'POST' | 'DELETE', string][] = [
    ['safe', { cookie }, 'GET', '200'],
    ['safe', { cookie }, 'HEAD', '200'],
    ['safe', { cookie }, 'OPTIONS', '200'],
    ['no proof', { cookie }, 'POST', '403 csrf_failed'],
    ['no proof', { cookie }, 'DELETE', '403 csrf_failed'],
    ['wrong proof', { cookie, 'x-csrf-token': 'prooF' }, 'POST', '403 csrf_failed'],
    ['a longer proof', { cookie, 'x-csrf-token': 'proofs' }, 'POST', '403 csrf_failed'],
    ['proof', { cookie, 'x-csrf-token': 'proof' }, 'POST', '200'],
    ['same origin', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'same-origin' }, 'POST', '200'],
    ['typed in', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'none' }, 'POST', '200'],
    ['cross site', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'cross-site' }, 'POST', '403 csrf_failed'],
    ['same site', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'same-site' }, 'POST', '403 csrf_failed'],
    [
      'same site, allowed origin',
      { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'same-site', origin: 'https://app.example' },
      'POST',
      '200',
    ],
    [
      'same site, other origin',
      { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'same-site', origin: 'https://evil.example' },
      'POST',
      '403 csrf_failed',
    ],
    ['nonsense site', { cookie, 'x-csrf-token': 'proof', 'sec-fetch-site': 'x' }, 'POST', '403 csrf_failed'],
    ['a token without csrf', { cookie: `__Host-access=${issuer.sign()}` }, 'GET', '401 token_invalid'],
    ['two cookies', { cookie: `${cookie}; __Host-access=${token}` }, 'GET', '401 token_malformed'],
    ['an empty cookie', { cookie: '__Host-access=' }, 'GET', '401 token_missing'],
    ['another cookie', { cookie: `x__Host-access=${token}` }, 'GET', '401 token_missing'],
    ['a blank of Unicode, behind which a browser sees no prefix', { cookie: `\u00a0__Host-access=${token}` }, 'GET', '401 token_missing'],
    ['such a one beside a good cookie', { cookie: `${cookie}; \u00a0__Host-access=x` }, 'GET', '200'],
    ['a cookie of a longer name beside it', { cookie: `${cookie}; __Host-access2=x` }, 'GET', '200'],
    ['an empty header beside a good cookie', { cookie, authorization: '' }, 'GET', '401 token_missing'],
    ['a bad header beside a good cookie', { cookie, authorization: 'Bearer x' }, 'GET', '401 token_malformed'],
    ['another scheme beside a good cookie', { cookie, authorization: 'Basic x' }, 'GET', '401 token_missing'],
    ['a good header beside a bad cookie', { cookie: '__Host-access=x', authorization: `Bearer ${token}` }, 'POST', '200'],
  ];
  for (const [name, headers, method, expected] of cases) {
    t.equal(summary(await app.inject({ url: '/', method, headers })), expected, `${method} ${name}`);
  }
});

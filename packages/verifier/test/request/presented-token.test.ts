import { exchange } from '@countersign/testing';
import t from 'tap';
import { findPresentedToken } from '../../src/request/presented-token.ts';
import { resourceServer, summary } from '../resource-server.ts';

t.test('the Authorization header: one, Bearer in any case, one blank, one token', async (t) => {
  const { app, issuer } = await resourceServer();
  const token = issuer.sign();
  const headers = {
    [`Bearer ${token}`]: '200',
    [`bearer ${token}`]: '200',
    [`BEARER ${token}`]: '200',
    [`Bearer  ${token}`]: '401 token_malformed',
    Bearer: '401 token_malformed',
    'Bearer ': '401 token_malformed',
    [`Bearer ${token} ${token}`]: '401 token_malformed',
    [`Bearer ${token},Bearer ${token}`]: '401 token_malformed',
    [`Basic ${token}`]: '401 token_missing',
    [`Bearer\t${token}`]: '401 token_missing',
    [token]: '401 token_missing',
    '': '401 token_missing',
  };
  for (const [authorization, expected] of Object.entries(headers)) {
    t.equal(summary(await app.inject({ url: '/', headers: { authorization } })), expected, authorization.slice(0, 12));
  }
});

t.test('ASVS 15.3.7: two Authorization headers are refused, one is not', async (t) => {
  const { app, issuer } = await resourceServer();
  const url = await app.listen({ port: 0, host: '127.0.0.1' });
  t.teardown(() => app.close());
  const header = `Authorization: Bearer ${issuer.sign()}\r\n`;
  const send = (headers: string) => exchange(url, `GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n${headers}\r\n`);
  t.match(await send(header), /^HTTP\/1.1 200/);
  t.match(await send(`${header}If-None-Match: "x"\r\n`), /^HTTP\/1.1 200/, 'a name as long is another one');
  t.match(await send(header + header), /^HTTP\/1.1 401.*token_malformed/s);
  t.match(await send(`${header}authorization: Basic x\r\n`), /^HTTP\/1.1 401.*token_malformed/s);
});

t.test(
  'a request that a test makes up without raw headers, as injectWS of @fastify/websocket does, presents the token of its headers',
  async (t) => {
    t.strictSame(findPresentedToken({ headers: { authorization: 'Bearer x' } }), { from: 'header', text: 'Bearer x' });
  },
);

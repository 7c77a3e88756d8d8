import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { needsReal, type Owner, testIssuer, testRedis, until } from '@countersign/testing';
import Fastify from 'fastify';
import t from 'tap';
import { verifier } from '../src/verifier.ts';
import { createFeed } from './feed.ts';

t.test('given an issuer and a Redis the plugin fetches the keys and follows the list by itself', async (t) => {
  const { app, issuer, feed, call, inSync } = await startApp(t);
  await until(() => app.verifier.keys.notReady() === null);
  t.equal(await call(issuer.sign()), 'revocation_unavailable', 'not before the list is in sync');
  await inSync();
  const token = issuer.sign({ sid: 'out' });
  t.equal(await call(token), '200');
  await feed.revoke({ kind: 'sid', id: 'out' });
  await until(async () => (await call(token)) === 'token_revoked');
});

t.test('no request speaks with Redis', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { issuer, redis, call, inSync } = await startApp(t);
  await inSync();
  const token = issuer.sign();
  await until(async () => (await call(token)) === '200');
  const before = await commandCounts(redis);
  const answers = await Promise.all(Array.from({ length: 1000 }, () => call(token)));
  t.ok(answers.every((answer) => answer === '200'));
  const after = await commandCounts(redis);
  const during = [...after].filter(([name, count]) => count > (before.get(name) ?? 0) && name !== 'info');
  t.strictSame(
    during.filter(([name]) => !['xread', 'xrevrange', 'get'].includes(name)),
    [],
    'only the follower speaks with Redis',
  );
  t.ok(
    during.every(([name, count]) => count - (before.get(name) ?? 0) < 20),
    'and it does so by the second, not by the request',
  );
});

t.test('an app that is closed fetches no keys any more', async (t) => {
  const { app, issuer } = await startApp(t);
  const { keys } = app.verifier;
  const before = await issuer.rotate();
  await keys.refreshNow();
  t.ok(keys.find(before.kid));
  await app.close();
  const after = await issuer.rotate();
  await keys.refreshNow();
  t.equal(keys.find(after.kid), undefined);
});

/** A plain app whose plugin is told only where things are, its issuer, and the auth service's side of Redis. */
async function startApp(t: Owner) {
  const server = await testRedis(t);
  const redis = server.redis.duplicate({ keyPrefix: server.keyPrefix });
  t.teardown(() => redis.disconnect());
  const jwks = createServer(({ url }, response) =>
    url === '/.well-known/jwks.json' ? response.end(JSON.stringify(issuer.jwks())) : response.writeHead(404).end(),
  );
  await new Promise<void>((resolve) => jwks.listen(0, '127.0.0.1', resolve));
  t.teardown(() => jwks.close());
  const issuer = await testIssuer({ issuer: `http://127.0.0.1:${(jwks.address() as AddressInfo).port}` });

  const app = Fastify();
  await app.register(verifier, { issuer: issuer.issuer, audience: ['urn:countersign:api'], revocations: { redis } });
  t.teardown(() => app.close());
  app.get('/', async (request) => request.user.sub);
  const call = async (token: string): Promise<string> => {
    const response = await app.inject({ url: '/', headers: { authorization: `Bearer ${token}` } });
    return response.statusCode === 200 ? '200' : response.json().code;
  };
  const feed = createFeed(redis);
  const inSync = () =>
    until(async () => {
      await feed.beat();
      return app.verifier.revocations.notReady() === null;
    });
  return { app, issuer, redis, feed, call, inSync };
}

async function commandCounts(redis: { info(section: string): Promise<string> }): Promise<Map<string, number>> {
  const lines = (await redis.info('commandstats')).matchAll(/^cmdstat_([^:]+):calls=(\d+)/gm);
  return new Map([...lines].map(([, name, calls]) => [name as string, Number(calls)]));
}

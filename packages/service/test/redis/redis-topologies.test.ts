import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { freePort, needsReal, startRedis, startReplicatedRedis, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { connectRedis, type Redis } from '../../src/index.ts';

const LONG = { timeoutMs: 20_000, everyMs: 50 };

function connectFor(t: Test, url: string): Redis {
  const redis = connectRedis(url);
  t.teardown(() => redis.disconnect());
  return redis;
}

const writes = (redis: Redis, value: string) => until(async () => (await redis.set('key', value)) === 'OK', LONG);

t.test('sentinels lead to the master, and after a failover to the new one', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { master, replica, sentinelPort } = await startReplicatedRedis(t);
  // The first of the sentinels doesn't exist: the next one is asked.
  const redis = connectFor(t, `redis+sentinel://127.0.0.1:1,127.0.0.1:${sentinelPort}/mymaster`);
  await writes(redis, 'before');
  await master.kill();
  await writes(redis, 'after');
  t.equal(await connectWhenReady(t, `redis://127.0.0.1:${replica.port}`).then((direct) => direct.get('key')), 'after');
});

t.test('a master that was replaced and still answers is left at once', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { master, replica, sentinelPort } = await startReplicatedRedis(t);
  const redis = connectFor(t, `redis+sentinel://127.0.0.1:1,127.0.0.1:${sentinelPort}/mymaster`);
  await writes(redis, 'before');
  const [sentinel, former, successor] = await Promise.all(
    [sentinelPort, master.port, replica.port].map((port) => connectWhenReady(t, `redis://127.0.0.1:${port}`)),
  );
  await sentinel?.call('SENTINEL', 'FAILOVER', 'mymaster');
  await until(async () => (await successor?.role())?.[0] === 'master', LONG);
  // The sentinel doesn't tell the old one before eight seconds have passed.
  const beforeItKnows = { timeoutMs: 6000, everyMs: 20 };
  const isReplaced = async () => {
    await redis.set('key', 'after');
    return (await successor?.get('key')) === 'after';
  };
  await until(() => isReplaced().catch(() => false), beforeItKnows);
  t.match(await former?.role(), ['master']);
});

t.test('a cluster takes each key at the node that has its slot', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const clusterOptions = ['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000'];
  const nodes = await Promise.all([1, 2, 3].map(() => startRedis(t, clusterOptions)));
  const direct = await Promise.all(nodes.map(({ url }) => connectWhenReady(t, url)));
  const ranges = [
    [0, 5460],
    [5461, 10_922],
    [10_923, 16_383],
  ];
  for (const [index, node] of direct.entries()) await node.call('CLUSTER', 'ADDSLOTSRANGE', ...(ranges[index] ?? []));
  for (const node of direct.slice(1)) await node.call('CLUSTER', 'MEET', '127.0.0.1', String(nodes[0]?.port));
  for (const node of direct) await until(async () => String(await node.call('CLUSTER', 'INFO')).includes('cluster_state:ok'), LONG);

  const redis = connectFor(t, `redis+cluster://127.0.0.1:${nodes[0]?.port},127.0.0.1:${nodes[1]?.port}`);
  await writes(redis, 'one');
  for (let n = 0; n < 30; n += 1) await redis.set(`key-${n}`, n);
  t.equal(await redis.get('key-29'), '29');
  const sizes = await Promise.all(direct.map((node) => node.dbsize()));
  t.ok(
    sizes.every((size) => size > 0),
    `keys on the nodes: ${sizes}`,
  );
});

t.test('ASVS 12.3.1, 12.3.2, 12.3.4: TLS checks the certificate: with the authority known it connects, without it doesn’t', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const folder = t.testdir();
  const [key, certificate] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  execFileSync(
    'openssl',
    ['req', '-x509', '-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes', '-keyout', key, '-out', certificate, ...subject],
    { stdio: 'ignore' },
  );
  const port = await freePort();
  await startRedis(t, [
    '--tls-port',
    String(port),
    '--tls-cert-file',
    certificate,
    '--tls-key-file',
    key,
    '--tls-ca-cert-file',
    certificate,
    '--tls-auth-clients',
    'no',
  ]);

  const stranger = connectRedis(`rediss://localhost:${port}`);
  t.teardown(() => stranger.disconnect());
  const [error] = await new Promise<Error[]>((resolve) => stranger.once('error', (...errors: Error[]) => resolve(errors)));
  t.match(error, { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' });

  setDefaultCACertificates([readFileSync(certificate, 'utf8')]);
  await writes(connectFor(t, `rediss://localhost:${port}`), 'over TLS');
});

async function connectWhenReady(t: Test, url: string): Promise<Redis> {
  const redis = connectFor(t, url);
  await until(() => redis.status === 'ready', LONG);
  return redis;
}

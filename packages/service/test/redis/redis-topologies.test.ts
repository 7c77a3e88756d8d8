import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setDefaultCACertificates } from 'node:tls';
import { freePort, needsReal, startRedis, startRedisCluster, startReplicatedRedis, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { connectRedis, type Redis } from '../../src/index.ts';

const LONG = { timeoutMs: 20_000, everyMs: 50 };
/** The sentinel doesn't tell the old master before eight seconds have passed. */
const BEFORE_THE_OLD_ONE_KNOWS = { timeoutMs: 6000, everyMs: 20 };

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
  await failOver(sentinel as Redis, successor as Redis);
  await until(() => reaches(redis, successor as Redis), BEFORE_THE_OLD_ONE_KNOWS);
  t.match(await former?.role(), ['master']);
});

t.test('ASVS 12.3.1: servers and sentinels with TLS and passwords, too, and a replaced master is left as well', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { keyFile, certificateFile } = makeCertificate(t);
  setDefaultCACertificates([readFileSync(certificateFile, 'utf8')]);
  const secured = { keyFile, certificateFile, password: 'of-the-data', sentinelPassword: 'of-the-sentinels' };
  const { replica, sentinelPort } = await startReplicatedRedis(t, { secured });
  const at = (sentinels: string) => `rediss+sentinel://:of-the-data@localhost:${sentinelPort}/mymaster${sentinels}`;
  const stranger = connectFor(t, at(''));
  const redis = connectFor(t, at('?sentinels=:of-the-sentinels'));
  await writes(redis, 'before');
  const sentinel = await connectWhenReady(t, `rediss://:of-the-sentinels@localhost:${sentinelPort}`);
  const successor = await connectWhenReady(t, `redis://:of-the-data@127.0.0.1:${replica.port}`);
  await failOver(sentinel, successor);
  await until(() => reaches(redis, successor), BEFORE_THE_OLD_ONE_KNOWS);
  t.not(stranger.status, 'ready', 'without the password the sentinels tell nothing');
});

t.test('a cluster takes each key at the node that has its slot', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { nodes } = await startRedisCluster(t);
  const redis = connectFor(t, `redis+cluster://127.0.0.1:${nodes[0]?.port},127.0.0.1:${nodes[1]?.port}`);
  await writes(redis, 'one');
  for (let n = 0; n < 30; n += 1) await redis.set(`key-${n}`, n);
  t.equal(await redis.get('key-29'), '29');
  const sizes = await Promise.all(nodes.map(async ({ url }) => (await connectWhenReady(t, url)).dbsize()));
  t.ok(
    sizes.every((size) => size > 0),
    `keys on the nodes: ${sizes}`,
  );
});

t.test('ASVS 12.3.1, 12.3.2, 12.3.4: TLS checks the certificate: with the authority known it connects, without it doesn’t', async (t) => {
  if (!needsReal(t, 'redis')) return;
  const { keyFile: key, certificateFile: certificate } = makeCertificate(t);
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

async function failOver(sentinel: Redis, successor: Redis): Promise<void> {
  await sentinel.call('SENTINEL', 'FAILOVER', 'mymaster');
  await until(async () => (await successor.role())[0] === 'master', LONG);
}

async function reaches(redis: Redis, server: Redis): Promise<boolean> {
  try {
    await redis.set('key', 'after');
  } catch {
    return false;
  }
  return (await server.get('key')) === 'after';
}

function makeCertificate(t: Test) {
  const folder = t.testdir();
  const [keyFile, certificateFile] = [join(folder, 'key.pem'), join(folder, 'cert.pem')];
  const subject = ['-subj', '/CN=localhost', '-addext', 'subjectAltName=DNS:localhost,IP:127.0.0.1'];
  const curve = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256'];
  execFileSync('openssl', ['req', '-x509', ...curve, '-nodes', '-keyout', keyFile, '-out', certificateFile, ...subject], {
    stdio: 'ignore',
  });
  return { keyFile, certificateFile };
}

async function connectWhenReady(t: Test, url: string): Promise<Redis> {
  const redis = connectFor(t, url);
  await until(() => redis.status === 'ready', LONG);
  return redis;
}

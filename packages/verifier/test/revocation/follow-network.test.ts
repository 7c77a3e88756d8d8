import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { freePort, needsReal, type Owner, type TestRedis, testRedis, until } from '@countersign/testing';
import { REVOCATION_STREAM_KEY } from '@countersign/tokens';
import { Redis } from 'ioredis';
import t from 'tap';
import { type FollowOptions, type RevocationFollower, startFollowingRevocations } from '../../src/revocation/follow-revocations.ts';
import { createFeed, nowSeconds } from '../feed.ts';

interface Relay {
  readonly port: number;
  readonly open: ReadonlySet<Socket>;
  /** Cuts all connections, and each new one until `admit`. */
  cut(): void;
  admit(): void;
}

/** Between a follower and Redis. The first connection that has sent what `muteAt` matches gets no answer any more. */
async function startRelay(t: Owner, server: TestRedis, muteAt: RegExp | null = null): Promise<Relay> {
  const open = new Set<Socket>();
  let isCut = false;
  let muting = muteAt;
  const relay = createServer((client) => {
    if (isCut) return void client.destroy();
    const redis = connect(Number(new URL(server.url).port), '127.0.0.1');
    let sent = '';
    let isMute = false;
    open.add(client);
    client.on('data', (bytes) => {
      sent += bytes.toString();
      if (muting?.test(sent)) [muting, isMute] = [null, true];
      redis.write(bytes);
    });
    redis.on('data', (bytes) => isMute || client.write(bytes));
    for (const [socket, other] of [[client, redis] as const, [redis, client] as const]) {
      socket.on('error', () => {});
      socket.on('close', () => {
        open.delete(client);
        other.destroy();
      });
    }
  });
  t.teardown(() => relay.close());
  await once(relay.listen(0, '127.0.0.1'), 'listening');
  return {
    port: (relay.address() as AddressInfo).port,
    open,
    cut() {
      isCut = true;
      for (const client of open) client.destroy();
    },
    admit: () => {
      isCut = false;
    },
  };
}

function followAt(t: Owner, port: number, options: Partial<FollowOptions> & { readonly keyPrefix?: string } = {}): RevocationFollower {
  const { keyPrefix = '', ...others } = options;
  const follower = startFollowingRevocations({ redis: new Redis({ port, keyPrefix, lazyConnect: true }), ...others });
  t.teardown(() => follower.close());
  return follower;
}

async function openRedis(t: Owner) {
  const server = await testRedis(t);
  const redis = server.redis.duplicate({ keyPrefix: server.keyPrefix });
  t.teardown(() => redis.disconnect());
  return { server, feed: createFeed(redis) };
}

async function followed(t: Owner, server: TestRedis, feed: ReturnType<typeof createFeed>) {
  const relay = await startRelay(t, server);
  const follower = followAt(t, relay.port, { keyPrefix: server.keyPrefix });
  await until(async () => {
    await feed.beat();
    return follower.stats().inSync;
  });
  return { relay, follower };
}

const revoked = (follower: RevocationFollower, jti: string) => {
  const iat = nowSeconds();
  return follower.isRevoked({ kid: 'k', claims: { iss: 'i', aud: 'a', sub: 's', client_id: 'c', iat, exp: iat + 900, jti } }) === true;
};

t.test('a connection on which Redis stops answering, whatever it was asked, is given up for a new one', async (t) => {
  const { server, feed } = await openRedis(t);
  const moments = { 'at its beginning': /^/, 'where the list stands': /xrange/i, 'what is new': /xread/i, 'the epoch': /xread.*get/is };
  const followers = Object.entries(moments).map(async ([moment, muteAt]) => {
    const relay = await startRelay(t, server, muteAt);
    const follower = followAt(t, relay.port, { keyPrefix: server.keyPrefix });
    await until(
      async () => {
        await feed.beat();
        return follower.stats().inSync && relay.open.size === 1;
      },
      { timeoutMs: 10_000, everyMs: 50 },
    ).catch((cause: unknown) => t.fail(`it waits for ever: ${moment}`, { cause }));
  });
  await Promise.all(followers);
});

t.test('a heartbeat of the time without a connection does not count, one that follows does', async (t) => {
  const { server, feed } = await openRedis(t);
  const { relay, follower } = await followed(t, server, feed);
  relay.cut();
  const cutAt = performance.now();
  await feed.beat();
  await feed.revoke({ kind: 'jti', id: 'j-away' });
  relay.admit();
  await until(() => revoked(follower, 'j-away'));
  const seenAt = performance.now();
  const beatAt = () => performance.now() - (follower.stats().heartbeatAgeSeconds ?? 0) * 1000;
  await until(() => performance.now() - (follower.stats().answerAgeSeconds ?? 9) * 1000 > seenAt);
  t.ok(beatAt() < cutAt);
  await feed.beat();
  await until(() => beatAt() > seenAt);
});

t.test('a list from which what was not read is gone is not complete before its next heartbeat', async (t) => {
  const { server, feed } = await openRedis(t);
  const { relay, follower } = await followed(t, server, feed);
  relay.cut();
  await feed.revoke({ kind: 'jti', id: 'j-gone' });
  await feed.revoke({ kind: 'jti', id: 'j-left' });
  await server.redis.xtrim(`${server.keyPrefix}${REVOCATION_STREAM_KEY}`, 'MAXLEN', 1);
  relay.admit();
  await until(() => revoked(follower, 'j-left'));
  t.equal(follower.stats().inSync, false);
  await feed.beat();
  await until(() => follower.stats().inSync);
});

t.test('a Redis that is away is told of once and tried ever less often, but once a second; a close waits for none of that', async (t) => {
  const warnings: string[] = [];
  const log = { info: () => {}, warn: (_fields: object, message: string) => void warnings.push(message) };
  const attempts: number[] = [];
  const nobody = createServer((socket) => {
    attempts.push(performance.now());
    socket.destroy();
  });
  t.teardown(() => nobody.close());
  await once(nobody.listen(0, '127.0.0.1'), 'listening');
  const printed = t.capture(console, 'error', () => {});
  const follower = followAt(t, (nobody.address() as AddressInfo).port, { log });
  await until(() => attempts.length >= 8, { timeoutMs: 10_000 });
  const tookMs = performance.now() - (attempts[0] ?? 0);
  t.ok(tookMs > 3000 && tookMs < 6300, `eight attempts in ${Math.round(tookMs)} ms`);
  t.strictSame(warnings, ['the list of revocations in Redis cannot be followed; trying again']);
  const closing = performance.now();
  await follower.close();
  t.ok(performance.now() - closing < 500);
  t.strictSame(printed(), [], 'nothing but the log tells of it');
});

t.test('the log says why Redis cannot be followed: nobody listens, a password is refused, also one that was good before', async (t) => {
  if (!needsReal(t, 'faults')) return;
  const { server, feed } = await openRedis(t);
  await server.redis.acl('SETUSER', 'reader', 'on', '>right', '~*', '+@all');
  const { port } = new URL(server.url);
  const follow = (url: string) => {
    const reasons: string[] = [];
    const log = { info: () => {}, warn: (fields: object) => void reasons.push((fields as { err: Error }).err.message) };
    const follower = startFollowingRevocations({ redis: new Redis(url, { lazyConnect: true }), log });
    t.teardown(() => follower.close());
    return { follower, tells: (reason: RegExp) => until(() => reasons.some((told) => reason.test(told))) };
  };
  await follow(`redis://127.0.0.1:${await freePort()}`).tells(/ECONNREFUSED/);
  await follow(`redis://reader:wrong@127.0.0.1:${port}`).tells(/^WRONGPASS/);
  const { follower, tells } = follow(`redis://reader:right@127.0.0.1:${port}`);
  await until(async () => {
    await feed.beat();
    return follower.stats().inSync;
  });
  await server.redis.acl('SETUSER', 'reader', 'resetpass', '>other');
  await server.redis.client('KILL', 'USER', 'reader');
  await tells(/^WRONGPASS/);
});

import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { startRedis, type TestIssuer, testIssuer } from '@countersign/testing';
import {
  DEFAULT_AUDIENCE,
  encodeRevocation,
  HEARTBEAT_KIND,
  REVOCATION_EPOCH_KEY,
  REVOCATION_STREAM_KEY,
  type RevocationEntry,
} from '@countersign/tokens';
import { Redis } from 'ioredis';
import type { BenchContext } from './figure.ts';

/** Whose tokens a variant accepts, and where it learns of keys and revocations. */
export interface Trust {
  readonly issuer: string;
  readonly audience: string;
  readonly jwksUrl: string;
  readonly redisUrl: string;
}

/** Stands in for auth where only verifiers are measured: keys over HTTP, a list in Redis with heartbeats. */
export interface IssuerServer {
  readonly issuer: TestIssuer;
  readonly redis: Redis;
  readonly trust: Trust;
  revoke(entries: readonly RevocationEntry[]): Promise<void>;
}

export async function startIssuerServer(context: BenchContext): Promise<IssuerServer> {
  const issuer = await testIssuer();
  const http = createServer((_request, response) => {
    response
      .writeHead(200, { 'content-type': 'application/jwk-set+json', 'cache-control': 'max-age=60' })
      .end(JSON.stringify(issuer.jwks()));
  });
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve));
  const { url: redisUrl } = await startRedis({ teardown: context.teardown });
  const redis = new Redis(redisUrl);
  await redis.set(REVOCATION_EPOCH_KEY, 'bench');
  const beat = () => redis.xadd(REVOCATION_STREAM_KEY, '*', 'kind', HEARTBEAT_KIND, 'id', 'bench');
  const heart = setInterval(() => void beat(), 1000);
  context.teardown(async () => {
    clearInterval(heart);
    http.close();
    await redis.quit();
  });
  return {
    issuer,
    redis,
    trust: {
      issuer: issuer.issuer,
      audience: DEFAULT_AUDIENCE,
      jwksUrl: `http://127.0.0.1:${(http.address() as AddressInfo).port}/jwks.json`,
      redisUrl,
    },
    async revoke(entries) {
      for (let from = 0; from < entries.length; from += 10_000) {
        const pipeline = redis.pipeline();
        for (const entry of entries.slice(from, from + 10_000)) {
          pipeline.xadd(REVOCATION_STREAM_KEY, '*', ...Object.entries(encodeRevocation(entry)).flat());
        }
        await pipeline.exec();
      }
      await beat();
    },
  };
}

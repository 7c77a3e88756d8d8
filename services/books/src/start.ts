import type { PostgresConnection, Redis, Server } from '@countersign/service';
import { createApp } from './app.ts';
import type { BooksConfig } from './config.ts';

export interface Connections {
  readonly config: BooksConfig;
  readonly postgres: PostgresConnection;
  readonly redis: Redis;
}

/** The whole service on its connections: it fetches the issuer's keys and follows its revocations until it is closed. */
export function startBooks({ config, postgres, redis }: Connections): Promise<Server> {
  return createApp({
    config,
    postgres,
    keys: { url: config.jwksUrl ?? `${config.issuer}/.well-known/jwks.json` },
    revocations: {
      redis,
      maxStalenessSeconds: config.revocationMaxStalenessSeconds,
      maxSilenceSeconds: config.revocationMaxSilenceSeconds,
    },
  });
}

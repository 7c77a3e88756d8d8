import { createMetrics, createServer, type Database, type Redis, type Server } from '@countersign/service';
import { createApp } from './app.ts';
import type { BooksConfig } from './config.ts';

export interface StartOptions {
  readonly config: BooksConfig;
  readonly db: Database;
  readonly redis: Redis;
}

/** Starts the whole service on its connections: the app fetches auth's keys and follows its revocations until it closes. */
export function startBooks({ config, db, redis }: StartOptions): Promise<Server> {
  return createApp({
    server: createServer(config),
    config,
    db,
    keys: config.jwksUrl === null ? undefined : { url: config.jwksUrl },
    revocations: {
      redis,
      maxStalenessSeconds: config.revocationMaxStalenessSeconds,
      maxSilenceSeconds: config.revocationMaxSilenceSeconds,
    },
    metrics: createMetrics(),
  });
}

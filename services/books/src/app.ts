import {
  createMetrics,
  createServer,
  type Database,
  health,
  type Metrics,
  metrics,
  type ReadinessCheck,
  type Server,
  securityHeaders,
} from '@countersign/service';
import { type KeySource, type RevocationView, verifier } from '@countersign/verifier';
import type { BooksConfig } from './config.ts';
import { changeBookRoutes } from './routes/change-book.ts';
import { createBookRoute } from './routes/create-book.ts';
import { deleteBookRoute } from './routes/delete-book.ts';
import { listBooksRoute } from './routes/list-books.ts';
import { readBookRoute } from './routes/read-book.ts';
import { resourceMetadataRoute, resourceMetadataUrl } from './routes/resource-metadata.ts';
import { createPostgresBooks } from './stores/books.postgres.ts';

export interface BooksDeps {
  readonly config: BooksConfig;
  readonly db: Database;
  /** The keys that auth publishes. */
  readonly keys: KeySource;
  /** What auth has revoked. */
  readonly revocations: RevocationView;
  /** What must answer before this service is ready, by name. */
  readonly readiness: Readonly<Record<string, ReadinessCheck>>;
  readonly metrics?: Metrics;
}

/** The books service, not yet listening. */
export async function createApp({
  config,
  db,
  keys,
  revocations,
  readiness,
  metrics: measured = createMetrics(),
}: BooksDeps): Promise<Server> {
  const server = createServer(config);
  const books = createPostgresBooks(db);

  await server.register(securityHeaders, config);
  await server.register(verifier, {
    issuer: config.issuer,
    audience: config.audience,
    algorithms: config.allowedAlgs,
    clockToleranceSeconds: config.clockToleranceSeconds,
    keys,
    revocations,
    onStale: config.revocationOnStale,
    resourceMetadata: resourceMetadataUrl(config.issuer),
  });
  await server.register(health, { checks: readiness });
  await server.register(metrics, measured);

  await server.register(async (open) => {
    await open.register(resourceMetadataRoute, config);
  });

  await server.register(async (authenticated) => {
    await authenticated.register(listBooksRoute, { books });
    await authenticated.register(readBookRoute, { books });
    await authenticated.register(createBookRoute, { books });
    await authenticated.register(changeBookRoutes, { books });
    await authenticated.register(deleteBookRoute, { books });
  });

  return server;
}

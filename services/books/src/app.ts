import { type Database, health, type Metrics, metrics, openapi, pingPostgres, type Server, securityHeaders } from '@countersign/service';
import { openToAll, type VerifierOptions, verifier } from '@countersign/verifier';
import { describeApi } from './api-description.ts';
import type { BooksConfig } from './config.ts';
import { measureBooks } from './metrics.ts';
import { createBookRoute } from './routes/create-book.ts';
import { deleteBookRoute } from './routes/delete-book.ts';
import { listBooksRoute } from './routes/list-books.ts';
import { mergeBookRoute } from './routes/merge-book.ts';
import { readBookRoute } from './routes/read-book.ts';
import { replaceBookRoute } from './routes/replace-book.ts';
import { resourceMetadataRoute, resourceMetadataUrl } from './routes/resource-metadata.ts';
import { createPostgresBooks } from './stores/books.postgres.ts';

export interface BooksDeps {
  readonly server: Server;
  readonly config: BooksConfig;
  readonly db: Database;
  readonly keys: VerifierOptions['keys'];
  readonly revocations: VerifierOptions['revocations'];
  readonly metrics: Metrics;
}

/** The books service, not yet listening. */
export async function createApp(deps: BooksDeps): Promise<Server> {
  const { server, config, db, keys, revocations } = deps;
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
    corsOrigins: config.corsOrigins,
    resourceMetadata: resourceMetadataUrl(config.issuer),
  });
  measureBooks(deps.metrics, server.verifier);
  await server.register(health, { checks: { postgres: () => pingPostgres(db), ...server.verifier.readiness } });
  await server.register(metrics, deps.metrics);
  await server.register(openapi, describeApi(config));

  await server.register(async (open) => {
    openToAll(open);
    await open.register(resourceMetadataRoute, config);
  });

  await server.register(async (authenticated) => {
    await authenticated.register(listBooksRoute, { books });
    await authenticated.register(readBookRoute, { books });
    await authenticated.register(createBookRoute, { books });
    await authenticated.register(replaceBookRoute, { books });
    await authenticated.register(mergeBookRoute, { books });
    await authenticated.register(deleteBookRoute, { books });
  });

  return server;
}

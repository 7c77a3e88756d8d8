import { setTimeout as wait } from 'node:timers/promises';
import { createServiceClient } from '@countersign/client';
import { loggableError, type Running } from '@countersign/service/process';
import { serviceAudience } from '@countersign/tokens';
import type { WorkerConfig } from './config.ts';
import { importBooks } from './domain/import-books.ts';
import { retryPauseSeconds } from './domain/retry-pause.ts';
import { STARTER_BOOKS } from './domain/starter-books.ts';
import { createLog } from './log.ts';
import { readBooksFile } from './read-books-file.ts';
import { createLibrary } from './stores/books.http.ts';

export interface RunningWorker extends Running {
  /** Resolves after the first complete import; never while auth or books can't be reached. */
  readonly imported: Promise<void>;
}

/** Starts importing, and keeps trying while auth or books can't be reached. */
export function startWorker(config: WorkerConfig): RunningWorker {
  const books = config.booksFile === null ? STARTER_BOOKS : readBooksFile(config.booksFile);
  const stopping = new AbortController();
  const client = createServiceClient({
    issuer: config.issuer,
    ...(config.tokenUrl === null ? {} : { tokenUrl: config.tokenUrl }),
    clientId: config.clientId,
    clientSecret: config.clientSecret,
    baseUrl: config.booksUrl,
    scope: 'books:read books:write',
    resource: serviceAudience('books'),
  });
  const { signal } = stopping;
  const library = createLibrary(client, signal);
  const log = createLog(config.logLevel);
  const imported = Promise.withResolvers<void>();

  async function run(): Promise<void> {
    let failures = 0;
    while (!signal.aborted) {
      try {
        const { added, refused } = await importBooks(library, books);
        for (const book of refused) log.warn(book, 'the books service refused a book');
        log.info({ added, known: books.length - added - refused.length, refused: refused.length }, 'import done');
        imported.resolve();
        failures = 0;
        await pause(config.importIntervalSeconds, signal);
      } catch (error) {
        if (signal.aborted) return;
        failures += 1;
        const retrySeconds = retryPauseSeconds(failures);
        log.warn({ err: loggableError(error), retrySeconds }, 'import failed; it will be tried again');
        await pause(retrySeconds, signal);
      }
    }
  }

  const ended = run();
  return {
    imported: imported.promise,
    async close() {
      stopping.abort();
      await ended;
    },
  };
}

/** Returns early when the worker is stopped. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await wait(seconds * 1000, undefined, { signal }).catch(() => {});
}

import { setTimeout as wait } from 'node:timers/promises';
import { createServiceClient } from '@countersign/client';
import { loggableError, type Running } from '@countersign/service/process';
import { serviceAudience } from '@countersign/tokens';
import type { WorkerConfig } from './config.ts';
import { type BookToAdd, importBooks, type Library } from './domain/import-books.ts';
import { STARTER_BOOKS } from './domain/starter-books.ts';
import { createLog, type Log } from './log.ts';
import { readBooksFile } from './read-books-file.ts';
import { createLibrary } from './stores/books.http.ts';

const FIRST_RETRY_SECONDS = 1;
const LAST_RETRY_SECONDS = 60;

export interface RunningWorker extends Running {
  /** Resolves after the first import; never while auth or books can't be reached. */
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
  const library = createLibrary(client, stopping.signal);
  const imported = Promise.withResolvers<void>();
  const ended = run({
    library,
    books,
    intervalSeconds: config.importIntervalSeconds,
    log: createLog(config.logLevel),
    signal: stopping.signal,
    onImported: imported.resolve,
  });
  return {
    imported: imported.promise,
    async close() {
      stopping.abort();
      await ended;
    },
  };
}

interface Work {
  readonly library: Library;
  readonly books: readonly BookToAdd[];
  readonly intervalSeconds: number;
  readonly log: Log;
  readonly signal: AbortSignal;
  readonly onImported: () => void;
}

async function run({ library, books, intervalSeconds, log, signal, onImported }: Work): Promise<void> {
  let retrySeconds = FIRST_RETRY_SECONDS;
  while (!signal.aborted) {
    try {
      const { added, refused } = await importBooks(library, books);
      for (const book of refused) log.warn(book, 'book refused');
      log.info({ added, known: books.length - added - refused.length, refused: refused.length }, 'import done');
      onImported();
      retrySeconds = FIRST_RETRY_SECONDS;
      await pause(intervalSeconds, signal);
    } catch (error) {
      if (signal.aborted) return;
      log.warn({ err: loggableError(error), retrySeconds }, 'import failed; it will be tried again');
      await pause(retrySeconds, signal);
      retrySeconds = Math.min(retrySeconds * 2, LAST_RETRY_SECONDS);
    }
  }
}

/** Waits, but returns early when the worker is stopped. */
async function pause(seconds: number, signal: AbortSignal): Promise<void> {
  await wait(seconds * 1000, undefined, { signal }).catch(() => {});
}

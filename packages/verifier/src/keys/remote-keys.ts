import { parseJwks, parseRetiredKids } from '@countersign/tokens';
import type { Log } from '../log.ts';
import type { LoadedKeys } from './key-set.ts';
import { type KeySource, startKeySource } from './key-source.ts';

export interface RemoteKeysOptions {
  /** The issuer's JWKS, e.g. `https://id.example/.well-known/jwks.json`. */
  readonly url: string;
  /** The least time between two fetches for unknown `kid`s, for all callers together; 10 when left out. */
  readonly cooldownSeconds?: number;
  /** For the whole fetch, including the body; 2000 when left out. */
  readonly timeoutMs?: number;
  /** Takes the place of the global `fetch`. */
  readonly fetch?: typeof fetch;
  /** Gets a warning for each fetch that fails; in the plugin the app's own log when left out. */
  readonly log?: Log;
}

const MAX_JWKS_BYTES = 256 * 1024;

/** Used when an answer has no `max-age`. */
const DEFAULT_AGE_SECONDS = 300;

/** The keys that an issuer publishes, fetched in the background until `close()`. */
export function startRemoteKeys({ url, timeoutMs = 2000, fetch = globalThis.fetch, ...options }: RemoteKeysOptions): KeySource {
  return startKeySource({ ...options, load: ({ bypassCaches }) => fetchJwks({ url, timeoutMs, fetch, bypassCaches }) });
}

interface FetchJwks extends Required<Pick<RemoteKeysOptions, 'url' | 'timeoutMs' | 'fetch'>> {
  readonly bypassCaches: boolean;
}

async function fetchJwks({ url, timeoutMs, fetch, bypassCaches }: FetchJwks): Promise<LoadedKeys> {
  const response = await fetch(url, {
    redirect: 'error',
    signal: AbortSignal.timeout(Math.ceil(timeoutMs)), // it takes whole milliseconds only
    headers: {
      accept: 'application/jwk-set+json, application/json',
      ...(bypassCaches && { 'cache-control': 'no-cache', pragma: 'no-cache' }),
    },
    ...(bypassCaches && { cache: 'no-store' }),
  });
  if (response.status !== 200) {
    await response.body?.cancel();
    throw new Error(`the JWKS at ${url} answered ${response.status}`);
  }
  const document: unknown = JSON.parse(await readText(response, MAX_JWKS_BYTES));
  const keys = parseJwks(document);
  if (keys === null) throw new Error(`the answer of ${url} is not a JWKS`);
  return { keys, retiredKids: parseRetiredKids(document), maxAgeSeconds: maxAgeSeconds(response.headers.get('cache-control')) };
}

async function readText(response: Response, maxBytes: number): Promise<string> {
  const chunks: Uint8Array[] = [];
  let bytes = 0;
  const body: AsyncIterable<Uint8Array> | null = response.body;
  for await (const chunk of body ?? []) {
    bytes += chunk.byteLength;
    if (bytes > maxBytes) throw new Error(`the JWKS is larger than ${maxBytes} bytes`);
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function maxAgeSeconds(cacheControl: string | null): number {
  const seconds = /(?:^|[\s,])max-age=(\d{1,9})/i.exec(cacheControl ?? '')?.[1];
  return seconds === undefined ? DEFAULT_AGE_SECONDS : Number(seconds);
}

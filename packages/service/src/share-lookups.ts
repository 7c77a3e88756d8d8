import { type LookupAddress, type LookupOptions, lookup } from 'node:dns';
import type { LookupFunction } from 'node:net';
import { valueWithin } from './value-within.ts';

/** Where there is a late answer, a fresh one isn't waited for longer than this. */
const FRESH_MS = 500;
/** How long an answer serves further attempts. */
const LATE_ANSWER_MS = 30_000;

interface Answer {
  readonly addresses: LookupAddress[];
  readonly atMs: number;
}

/**
 * Makes the `lookup` for attempts to connect that have a time limit. A look-up takes seconds where a silent name server is asked before
 * others, or before search domains. It continues when its attempt is given up, and its answer serves the next attempt; otherwise none would
 * ever connect. Only one runs for each name: Node has two threads for all look-ups.
 */
export function shareLookups(): LookupFunction {
  const running = new Map<string, Promise<Answer>>();
  const answers = new Map<string, Answer>();

  async function ask(host: string, options: LookupOptions): Promise<Answer> {
    try {
      const addresses = await lookUpAll(host, options);
      const answer = { addresses, atMs: performance.now() };
      answers.set(host, answer);
      return answer;
    } finally {
      running.delete(host);
    }
  }

  async function find(host: string, options: LookupOptions): Promise<LookupAddress[]> {
    const fresh = running.get(host) ?? ask(host, options);
    running.set(host, fresh);
    const late = answers.get(host);
    if (late === undefined || performance.now() - late.atMs > LATE_ANSWER_MS) return (await fresh).addresses;
    return (await valueWithin(FRESH_MS, fresh, late)).addresses;
  }

  return (host, options, callback) => {
    find(host, options).then(
      (addresses) => {
        if (options.all) callback(null, addresses);
        else callback(null, addresses[0]?.address ?? '', addresses[0]?.family);
      },
      (error: NodeJS.ErrnoException) => callback(error, []),
    );
  };
}

function lookUpAll(host: string, options: LookupOptions): Promise<LookupAddress[]> {
  const { promise, resolve, reject } = Promise.withResolvers<LookupAddress[]>();
  lookup(host, { ...options, all: true }, (error, addresses) => (error ? reject(error) : resolve(addresses)));
  return promise;
}

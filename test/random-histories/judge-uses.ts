import { setTimeout as pause } from 'node:timers/promises';
import { type Answer, withToken } from '../call.ts';
import type { HistoryRecord } from './history-record.ts';
import type { HistoryStack, Server } from './history-stack.ts';
import { type AccessToken, endedAtMs, isGood } from './life.ts';
import type { Limits, Send } from './send-calls.ts';
import type { Weather } from './weather.ts';

export interface Use {
  readonly method?: string;
  readonly path?: string;
  readonly body?: object;
  readonly isQuiet?: boolean;
}

export interface TokenUses {
  /** Presents an access token, and judges the answer by what is known of it. */
  use(token: AccessToken, server: Server, use?: Use): Promise<Answer>;
  /** Presents it at both books processes until both have refused it, in the background. */
  watch(token: AccessToken): void;
  /** What was watched and is refused by both. */
  refused(): readonly AccessToken[];
  /** Resolves when nothing is watched any more. */
  allRefused(): Promise<void>;
}

export interface TokenUsesOptions {
  readonly stack: HistoryStack;
  readonly record: HistoryRecord;
  readonly weather: Weather;
  readonly limits: Limits;
  readonly send: Send;
}

const READS = { auth: '/me', books: '/books?limit=1' };
const POLL_MS = { quiet: 5, fault: 100 };

export function createTokenUses({ stack, record, weather, limits, send }: TokenUsesOptions): TokenUses {
  const watched = new Set<Promise<void>>();
  const refused: AccessToken[] = [];

  async function use(token: AccessToken, server: Server, { method = 'GET', path = READS[server.service], body, isQuiet }: Use = {}) {
    const sentAtMs = performance.now();
    const wasRefused = token.refusedBy.has(server.name);
    const isOverdue = mustBeRefused(token, server, sentAtMs);
    const what = `${method} ${path} by token ${nameOf(token)}`;
    const answer = await send({ who: token.who, what, server, path, init: withToken(token.text, method, body), isQuiet: isQuiet ?? false });
    judge(token, server, { what, sentAtMs, wasRefused, isOverdue }, answer);
    return answer;
  }

  /** By auth at once, since it asks its own database; by books soon after, while there is no fault. */
  function mustBeRefused({ lives }: AccessToken, { service }: Server, sentAtMs: number): boolean {
    const revokedAtMs = endedAtMs(lives);
    if (service === 'auth') return revokedAtMs < sentAtMs;
    const isCaughtUp = weather.quietSinceMs + limits.caughtUpMs < sentAtMs || weather.quietSinceMs < revokedAtMs;
    return isCaughtUp && revokedAtMs + limits.refusedMs < sentAtMs;
  }

  interface Before {
    readonly what: string;
    readonly sentAtMs: number;
    readonly wasRefused: boolean;
    readonly isOverdue: boolean;
  }

  function judge(token: AccessToken, server: Server, { what, sentAtMs, wasRefused, isOverdue }: Before, { status, body }: Answer): void {
    const where = `${what} at ${server.name}`;
    if (status === 401) {
      if (body.code !== 'token_revoked') record.breach('good', token.who, `${where}: ${body.code}`);
      else if (isGood(token.lives)) record.breach('good', token.who, `${where}: refused, and nothing has revoked it`);
      else record.count('uses that were refused');
      token.refusedBy.add(server.name);
      return;
    }
    if (status === 0 || status >= 500) return;
    if (wasRefused) record.breach('refused', token.who, `${where}: ${status}, and it was refused there before`);
    else if (isOverdue) record.breach('refused', token.who, `${where}: ${status}, ${sinceRevoked(token)} ms after it was revoked`);
    else record.count('uses that were accepted');
    const revokedAtMs = endedAtMs(token.lives);
    if (weather.quietSinceMs < revokedAtMs && revokedAtMs < sentAtMs)
      record.measure('from revoked to accepted all the same, without a fault', sentAtMs - revokedAtMs);
  }

  async function pollUntilRefused(token: AccessToken, server: Server): Promise<void> {
    while (!token.refusedBy.has(server.name)) {
      // An overdue one is a breach, and told once.
      if (mustBeRefused(token, server, performance.now())) {
        await use(token, server);
        return;
      }
      await use(token, server, { isQuiet: true });
      await pauseBetweenPolls();
    }
    record.note(token.who, `token ${nameOf(token)} is refused by ${server.name}`);
  }

  const pauseBetweenPolls = () => pause(Number.isFinite(weather.quietSinceMs) ? POLL_MS.quiet : POLL_MS.fault);

  function watch(token: AccessToken): void {
    const watching = Promise.all(stack.books.map((server) => pollUntilRefused(token, server)))
      .then(() => void refused.push(token))
      .finally(() => watched.delete(watching));
    watched.add(watching);
  }

  return {
    use,
    watch,
    refused: () => refused,
    async allRefused() {
      await Promise.all(watched);
    },
  };
}

function sinceRevoked({ lives }: AccessToken): number {
  return Math.round(performance.now() - endedAtMs(lives));
}

/** Enough of it to tell it from the others. */
function nameOf({ text }: AccessToken): string {
  return `…${text.slice(-6)}`;
}

import { type Answer, call } from '../call.ts';
import type { HistoryRecord } from './history-record.ts';
import type { Server } from './history-stack.ts';
import type { Weather } from './weather.ts';

export interface Limits {
  /** For an answer, whatever happens. */
  readonly answerMs: number;
  /** From the answer to what revokes until books refuses, while there is no fault. */
  readonly refusedMs: number;
  /** The same for what was revoked during a fault, from when everything works again. */
  readonly caughtUpMs: number;
  /** From the end of a fault until everything works again. */
  readonly recoversMs: number;
  /** Whether a 503 without a fault is a breach. On a busy machine some are to be expected. */
  readonly alwaysAvailable: boolean;
}

export interface Call {
  /** Whose history it belongs to. */
  readonly who: string;
  readonly what: string;
  readonly server: Server;
  readonly path: string;
  readonly init?: RequestInit;
  /** Then the client closes its connection, whether or not the call has arrived. */
  readonly hangUpAfterMs?: number | undefined;
  /** For one of many in a row: only what is unexpected about it is noted. */
  readonly isQuiet?: boolean;
}

export type Send = (call: Call) => Promise<Answer>;

/** What `Send` resolves to when the server was killed meanwhile, or the client hung up. */
const LOST: Answer = { status: 0, body: {} };

/** Whether the answer leaves open what became of the call. */
export function isUnknown({ status }: Answer): boolean {
  return status === LOST.status || status === 503;
}

/** Makes the function that sends every call of a history, and holds each to what must hold for all. */
export function createSend(record: HistoryRecord, weather: Weather, limits: Limits): Send {
  return async ({ who, what, server, path, init, hangUpAfterMs, isQuiet = false }) => {
    const wasDown = server.isDown();
    const sentAtMs = performance.now();
    const answer = await call(`${server.origin}${path}`, init, hangUpAfterMs ?? limits.answerMs).catch((error: unknown) => {
      if (hangUpAfterMs !== undefined || wasDown || server.isDown()) return LOST;
      record.breach('answered', who, `${what} at ${server.name}: no answer in ${tookMs()} ms, ${String(error)}`);
      return LOST;
    });
    const text = `${what} at ${server.name}: ${describe(answer)} in ${tookMs()} ms`;
    if (!isQuiet) record.note(who, text);
    record.count(answer === LOST ? 'calls without an answer' : 'answers');
    record.measure('any answer', tookMs());
    if (answer.status >= 500 && !isProperRefusal(answer)) record.breach('answered', who, text);
    if (answer.status === 503) {
      record.count('503');
      record.measure('503', tookMs());
      if (limits.alwaysAvailable && weather.quietSinceMs < sentAtMs) record.breach('recovers', who, `${text}, without a fault`);
    }
    return answer;

    function tookMs(): number {
      return Math.round(performance.now() - sentAtMs);
    }
  };
}

function isProperRefusal({ status, body }: Answer): boolean {
  const codes = ['unavailable', 'revocation_unavailable', 'temporarily_unavailable'];
  return status === 503 && codes.includes(String(body.code ?? body.error));
}

function describe({ status, body }: Answer): string {
  if (status === LOST.status) return 'no answer';
  const code = body.code ?? body.error;
  return typeof code === 'string' ? `${status} ${code}` : String(status);
}

import { Problem, type ProblemDocument, problemDocument } from '@countersign/problems';
import type { FastifyBaseLogger } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { valueWithin } from '../value-within.ts';
import { sendProblemDocument } from './problem-handlers.ts';

/** `null` when ready, else a sentence that says what is missing. A rejection counts as no answer. */
export type ReadinessCheck = () => Promise<string | null> | string | null;

declare module 'fastify' {
  interface FastifyInstance {
    /** The checks that fail now, each with what is missing; `null` when the service is ready. */
    findNotReady(): Promise<Readonly<Record<string, string>> | null>;
  }
}

const CHECK_TIMEOUT_MS = 2000;

/** `GET /livez`: the process runs. `GET /readyz`: whether everything that it needs answers, and if not, what doesn't. */
export const health = fastifyPlugin<{ checks: Readonly<Record<string, ReadinessCheck>> }>(async (server, { checks }) => {
  const open = { config: { public: true }, schema: { hide: true }, logLevel: 'warn' } as const;
  server.get('/livez', open, async () => ({ status: 'ok' }));
  const running = Object.entries(checks).map(([name, check]) => [name, tellingFailures(name, check, server.log)] as const);
  server.decorate('findNotReady', async () => {
    const results = await Promise.all(running.map(async ([name, check]) => [name, await runCheck(check)] as const));
    const notReady = results.flatMap(([name, fault]) => (fault === null ? [] : [[name, fault] as const]));
    return notReady.length === 0 ? null : Object.fromEntries(notReady);
  });
  server.get('/readyz', open, async (request, reply) => {
    const notReady = await server.findNotReady();
    if (notReady === null) return { status: 'ok' };
    const problem = new Problem('unavailable');
    const document: ProblemDocument & { not_ready: object } = { ...problemDocument(problem, request.id), not_ready: notReady };
    return sendProblemDocument(reply, problem, document);
  });
});

/** Logs why a check fails, which the answer doesn't tell: once, until the check answers again. */
function tellingFailures(name: string, check: ReadinessCheck, log: FastifyBaseLogger): () => Promise<string | null> {
  let isFailing = false;
  return async () => {
    try {
      const fault = await check();
      isFailing = false;
      return fault;
    } catch (error) {
      if (!isFailing) log.warn({ err: error }, `not ready: ${name} does not answer`);
      isFailing = true;
      throw error;
    }
  };
}

async function runCheck(check: () => Promise<string | null>): Promise<string | null> {
  try {
    return await valueWithin(CHECK_TIMEOUT_MS, check(), `no answer within ${CHECK_TIMEOUT_MS} ms`);
  } catch {
    return 'does not answer';
  }
}

import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { problemHandlers } from './problem-handlers.ts';
import { createRequestId } from './request-id.ts';
import { validatorCompiler } from './validation.ts';

export type Server = FastifyInstance<
  RawServerDefault,
  RawRequestDefaultExpression,
  RawReplyDefaultExpression,
  FastifyBaseLogger,
  TypeBoxTypeProvider
>;

export interface ServerOptions {
  readonly logLevel: string;
  /** Addresses or CIDRs whose `X-Forwarded-*` is believed; none: nobody's. */
  readonly trustProxy: readonly string[];
  /** Where the JSON lines go; standard output unless a test wants to read them. */
  readonly logStream?: { write(line: string): void };
}

/** A request that hasn't been answered after this many milliseconds gets 503, so that nothing waits without a limit. */
const HANDLER_TIMEOUT_MS = 4500;

/** A Fastify instance with the limits, the strict validation, the log and the error answers that every service has. */
export function createServer(options: ServerOptions): Server {
  const server = Fastify({
    logger: {
      level: options.logLevel,
      ...(options.logStream === undefined ? {} : { stream: options.logStream }),
      redact: ['req.headers.authorization', 'req.headers.cookie', 'res.headers["set-cookie"]'],
    },
    genReqId: createRequestId,
    trustProxy: options.trustProxy.length > 0 ? [...options.trustProxy] : false,
    bodyLimit: 64 * 1024,
    connectionTimeout: 30_000,
    requestTimeout: 10_000,
    handlerTimeout: HANDLER_TIMEOUT_MS,
    forceCloseConnections: 'idle',
    routerOptions: { maxParamLength: 200 },
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.setValidatorCompiler(validatorCompiler());
  server.register(problemHandlers);
  server.addHook('onSend', async (request, reply) => {
    reply.header('x-request-id', request.id);
  });
  return server;
}

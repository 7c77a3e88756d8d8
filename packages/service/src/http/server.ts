import { Problem } from '@countersign/problems';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import Fastify, {
  type FastifyBaseLogger,
  type FastifyInstance,
  LogController,
  type RawReplyDefaultExpression,
  type RawRequestDefaultExpression,
  type RawServerDefault,
} from 'fastify';
import { type LogStream, loggableCaller, loggablePath, logOptions } from '../log.ts';
import { findAmbiguity } from './ambiguity.ts';
import { answerClientError } from './client-error.ts';
import { refuseEncodedBodies } from './content-encoding.ts';
import { limitHandlers } from './handler-limit.ts';
import { parseJsonBodies } from './json-body.ts';
import { tellNoLengthOf304 } from './not-modified.ts';
import { answerWithProblems, sendProblem } from './problem-handlers.ts';
import { createRequestId } from './request-id.ts';
import { toProblem } from './to-problem.ts';
import { trackConnections } from './track-connections.ts';
import { UNROUTED_SECURITY_HEADERS } from './unrouted-headers.ts';
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
  /** Addresses or CIDRs whose `X-Forwarded-*` is trusted; none when empty. */
  readonly trustProxy: readonly string[];
  /** Where the log's JSON lines go; standard output when left out. For tests. */
  readonly logStream?: LogStream;
  /** The time after which a request gets 503; only tests need another one. */
  readonly handlerTimeoutMs?: number;
}

/** Keeps a request below 5 s even when its database is paused. */
const HANDLER_TIMEOUT_MS = 4500;
/** For a request to arrive with its body, whenever it is answered. */
const REQUEST_TIMEOUT_MS = 10_000;

const LIMITS = {
  bodyLimit: 64 * 1024,
  connectionTimeout: 30_000,
  requestTimeout: REQUEST_TIMEOUT_MS,
  http: {
    // Node applies the larger of these two limits to the whole request: with the default of this one, a body could take 60 s.
    headersTimeout: REQUEST_TIMEOUT_MS,
    // Node's default is to look for late requests only every 30 s.
    connectionsCheckingInterval: 1000,
    // Node's own refusal of a request without Host has no body; ambiguity.ts refuses it.
    requireHostHeader: false,
  },
};

/** A Fastify instance with the limits, strict validation, log and error answers of every service. */
export function createServer({ logLevel, trustProxy, logStream, handlerTimeoutMs = HANDLER_TIMEOUT_MS }: ServerOptions): Server {
  const server = Fastify({
    ...LIMITS,
    logger: logOptions(logLevel, logStream),
    logController: new LogController({ requestIdLogLabel: 'request_id', disableRequestLogging: true }),
    genReqId: createRequestId,
    trustProxy: trustProxy.length > 0 ? [...trustProxy] : false,
    return503OnClosing: false,
    frameworkErrors: (error, request, reply) => void sendProblem(request, reply.headers(UNROUTED_SECURITY_HEADERS), toProblem(error)),
    clientErrorHandler: answerClientError,
  }).withTypeProvider<TypeBoxTypeProvider>();
  server.setValidatorCompiler(validatorCompiler());
  parseJsonBodies(server);
  refuseEncodedBodies(server);
  answerWithProblems(server);
  tellNoLengthOf304(server);
  limitHandlers(server, handlerTimeoutMs);
  admitRequests(server);
  logAnswers(server);
  const connections = trackConnections(server.server);
  server.addHook('preClose', () => connections.beginStop());
  return server;
}

function admitRequests(server: Server): void {
  // Node would answer an unknown Expect without a problem document.
  server.server.on('checkExpectation', (request, response) => server.server.emit('request', request, response));
  server.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    const detail = findAmbiguity(request);
    if (detail === null) done();
    else sendProblem(request, reply.headers(UNROUTED_SECURITY_HEADERS), new Problem('validation_failed', { detail }));
  });
}

function logAnswers(server: Server): void {
  // Reads the address, so that Node remembers it: a request may outlive its connection, and is logged with it.
  server.server.on('connection', ({ remoteAddress }) => remoteAddress);
  server.addHook('onResponse', (request, reply, done) => {
    const { method, ip } = request;
    const ms = Math.round(reply.elapsedTime);
    request.log.info({ method, path: loggablePath(request.url), status: reply.statusCode, ms, ip, ...loggableCaller(request) }, 'answered');
    done();
  });
}

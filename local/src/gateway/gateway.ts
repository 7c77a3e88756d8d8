import { Agent, createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { type Duplex, pipeline } from 'node:stream';
import { Problem, type ProblemCode, problemDocument, problemHeaders } from '@countersign/problems';
import { createRequestId, isCodedOtherwise, UNROUTED_SECURITY_HEADERS } from '@countersign/service/process';
import type { ServiceName } from '../services.ts';
import { requestHeaders, responseHeaders } from './headers.ts';
import { findRoute, originForm } from './routes.ts';

/** The ports on 127.0.0.1 of those services that have started. */
export type UpstreamPorts = Partial<Record<ServiceName, number>>;

/** Longer than a service takes to answer 503 by itself, on nearly every route. */
const USUAL_SILENCE_MS = 10_000;
/** What a service accepts on nearly every route. */
const USUAL_BODY_BYTES = 64 * 1024;
/** With Node's 5 s, clients that pause would often send a request on a connection that they take for open, and see it reset. */
const KEEP_ALIVE_MS = 65_000;

/**
 * The one public origin in front of auth and books, like `gateway/nginx.conf` in the compose stack: passes on what is public, answers 404
 * to the rest, and trusts no header about where a request came from.
 */
export function createGateway(ports: UpstreamPorts): Server {
  const agent = new Agent({ keepAlive: true });
  const limits = { requestTimeout: 30_000, headersTimeout: 10_000, connectionsCheckingInterval: 1000, keepAliveTimeout: KEEP_ALIVE_MS };
  // Node's own refusal of a request without Host has no body.
  const server = createServer({ ...limits, requireHostHeader: false }, (incoming, outgoing) => {
    const requestId = createRequestId(incoming);
    if (incoming.headers.host === undefined || isCodedOtherwise(incoming)) return answerProblem(outgoing, 'validation_failed', requestId);
    const route = findRoute(incoming.url ?? '');
    if (route === null) return answerProblem(outgoing, 'not_found', requestId);
    const { to, silenceMs = USUAL_SILENCE_MS, maxBodyBytes = USUAL_BODY_BYTES } = route;
    if (Number(incoming.headers['content-length'] ?? 0) > maxBodyBytes) return answerProblem(outgoing, 'payload_too_large', requestId);
    const port = ports[to];
    if (port === undefined) return answerProblem(outgoing, 'unavailable', requestId);
    forward(incoming, outgoing, { port, agent, requestId, silenceMs, maxBodyBytes });
  });
  // As the services do: Node would answer an unknown Expect without a problem document.
  server.on('checkExpectation', (incoming, outgoing) => server.emit('request', incoming, outgoing));
  server.on('clientError', refuseMalformed);
  server.on('close', () => agent.destroy());
  return server;
}

interface Forwarding {
  readonly port: number;
  readonly agent: Agent;
  readonly requestId: string;
  readonly silenceMs: number;
  readonly maxBodyBytes: number;
}

function forward(incoming: IncomingMessage, outgoing: ServerResponse, forwarding: Forwarding): void {
  const { port, agent, requestId, silenceMs, maxBodyBytes } = forwarding;
  const onward = request({
    agent,
    host: '127.0.0.1',
    port,
    method: incoming.method,
    path: originForm(incoming.url ?? '/'),
    headers: requestHeaders(incoming, requestId),
    timeout: silenceMs,
  });
  onward.on('timeout', () => onward.destroy(new Error('the service does not answer')));
  onward.on('response', (answer) => {
    outgoing.writeHead(answer.statusCode ?? 502, answer.statusMessage, responseHeaders(answer));
    pipeline(answer, outgoing, () => {});
  });
  onward.on('error', (error) => {
    // The rest of the body is read and discarded: if the connection closed while the caller is still sending, the caller would see a reset
    // instead of the answer.
    incoming.resume();
    if (!outgoing.headersSent) answerProblem(outgoing, error instanceof Problem ? error.code : 'unavailable', requestId);
  });
  outgoing.on('close', () => {
    // The caller has gone. After a complete answer the connection to the service stays open for the next request.
    if (!outgoing.writableFinished) onward.destroy();
  });
  let bodyBytes = 0;
  incoming.on('data', (chunk: Buffer) => {
    bodyBytes += chunk.length;
    if (bodyBytes > maxBodyBytes) onward.destroy(new Problem('payload_too_large'));
  });
  incoming.pipe(onward);
}

function answerProblem(outgoing: ServerResponse, code: ProblemCode, requestId: string): void {
  const problem = new Problem(code);
  outgoing.writeHead(problem.statusCode, {
    ...UNROUTED_SECURITY_HEADERS,
    ...problemHeaders(problem),
    'content-type': 'application/problem+json',
    'x-request-id': requestId,
  });
  outgoing.end(JSON.stringify(problemDocument(problem, requestId)));
}

/** For input that isn't HTTP, is too long or comes too late: there is only a socket to answer on. */
function refuseMalformed(error: NodeJS.ErrnoException, socket: Duplex): void {
  // A connection that has sent nothing was opened in advance: a browser would take a refusal for the answer to its first request.
  if (error.code === 'ECONNRESET' || !socket.writable || (socket as Socket).bytesRead === 0) return void socket.destroy();
  const requestId = createRequestId({ headers: {} });
  const body = JSON.stringify(problemDocument(new Problem('validation_failed'), requestId));
  const head = {
    ...UNROUTED_SECURITY_HEADERS,
    date: new Date().toUTCString(),
    'content-type': 'application/problem+json',
    'content-length': Buffer.byteLength(body),
    'x-request-id': requestId,
    connection: 'close',
  };
  const lines = Object.entries(head).map(([name, value]) => `${name}: ${value}\r\n`);
  socket.end(`HTTP/1.1 400 Bad Request\r\n${lines.join('')}\r\n${body}`);
}

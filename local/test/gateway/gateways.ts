import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener, request, type Server } from 'node:http';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { exchange, freePort, type Owner, until } from '@countersign/testing';
import { createGateway, type UpstreamPorts } from '../../src/gateway/gateway.ts';
import type { ServiceName } from '../../src/services.ts';

export interface GatewayUnderTest {
  readonly name: 'embedded' | 'nginx';
  /** Starts it in front of these ports; nginx also in front of a second instance of auth. */
  start(owner: Owner, upstreams: UpstreamPorts, secondAuth?: number): Promise<StartedGateway>;
}

export interface StartedGateway {
  readonly port: number;
  /** Everything that it has written so far. */
  log(): string;
}

/** The gateway of `npm start` and the one of the compose stack; without nginx on the machine, only the first. */
export const gateways: readonly GatewayUnderTest[] = [
  { name: 'embedded', start: startEmbedded },
  ...(spawnSync('nginx', ['-v']).error === undefined ? [{ name: 'nginx', start: startNginx } as const] : []),
];

export async function startEmbedded(owner: Owner, upstreams: UpstreamPorts): Promise<StartedGateway> {
  const gateway = createGateway(upstreams);
  owner.teardown(() => closed(gateway));
  return { port: await listening(gateway), log: () => '' };
}

/** Of a service that a test has no use for; nginx wants an address. */
const NOBODYS_PORT = 1;

/** The configuration as it is in the image, with other addresses. */
async function startNginx(owner: Owner, upstreams: UpstreamPorts, secondAuth?: number): Promise<StartedGateway> {
  const port = await freePort();
  const folder = mkdtempSync(join(tmpdir(), 'countersign-nginx-'));
  const config = readFileSync(new URL('../../../gateway/nginx.conf', import.meta.url), 'utf8')
    .replaceAll('/tmp/', `${folder}/`)
    .replace('worker_processes auto', 'worker_processes 1')
    .replace('/dev/stdout', `${folder}/access.log`)
    .replace(/server auth:4001(.*);/, (_, options: string) =>
      [upstreams.auth, secondAuth].map((port) => (port === undefined ? '' : `server 127.0.0.1:${port}${options};`)).join(' '),
    )
    .replace(
      /server (\w+):\d+( .*)?;/g,
      (_, name: ServiceName, options = '') => `server 127.0.0.1:${upstreams[name] ?? NOBODYS_PORT}${options};`,
    )
    .replace('listen 127.0.0.1:8081', `listen 127.0.0.1:${await freePort()}`)
    .replace('listen 8080', `listen 127.0.0.1:${port}`);
  writeFileSync(join(folder, 'nginx.conf'), config);
  const nginx = spawn('nginx', ['-p', folder, '-c', join(folder, 'nginx.conf'), '-g', 'daemon off; master_process off;'], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const errors: string[] = [];
  nginx.stderr.on('data', (text: Buffer) => errors.push(text.toString()));
  owner.teardown(() => {
    nginx.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await until(async () => {
    if (nginx.exitCode !== null) throw new Error(errors.join(''));
    return await send(port, 'GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n');
  });
  return { port, log: () => readFileSync(join(folder, 'access.log'), 'utf8') + errors.join('') };
}

/** What a service behind the gateway received. */
export interface Seen {
  readonly service: string;
  readonly method: string;
  readonly url: string;
  readonly headers: Readonly<Record<string, string | undefined>>;
  readonly body: string;
}

/** A stand-in for a service that answers with what it saw. */
export function startMirror(owner: Owner, service: string): Promise<number> {
  return startUpstream(owner, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { method, url, headers } = request;
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify({ service, method, url, headers, body: Buffer.concat(chunks).toString() }));
    });
  });
}

/** A stand-in for a service that answers so. */
export async function startUpstream(owner: Owner, answer: RequestListener): Promise<number> {
  const server = createServer(answer);
  owner.teardown(() => closed(server));
  return await listening(server);
}

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends these bytes, which no HTTP client would send, and reads until the other side closes. */
export async function send(port: number, bytes: string): Promise<RawAnswer> {
  return parseAnswer(await exchange(`http://127.0.0.1:${port}`, bytes, { longestSilenceMs: 15_000 }));
}

/** Sends nothing, and resolves to what comes all the same until the other side closes. */
export function listen(port: number): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, '127.0.0.1');
    let heard = '';
    socket.setTimeout(15_000, () => reject(new Error('still open after 15 s')));
    socket.on('data', (bytes) => (heard += bytes.toString()));
    socket.on('error', () => {});
    socket.on('close', () => resolve(heard));
  });
}

/** Announces a body of this length, and sends nothing of it before there is an answer. */
export async function announce(port: number, path: string, length: number): Promise<RawAnswer> {
  const call = request({ host: '127.0.0.1', port, method: 'POST', path, headers: { 'content-length': length } });
  call.flushHeaders();
  const [response] = (await once(call, 'response')) as [IncomingMessage];
  const body = await text(response);
  call.destroy();
  return { status: response.statusCode ?? 0, headers: response.headers as Record<string, string>, body };
}

function parseAnswer(text: string): RawAnswer {
  const [head = '', ...rest] = text.split('\r\n\r\n');
  const [statusLine = '', ...lines] = head.split('\r\n');
  const headers = Object.fromEntries(lines.map((line) => [line.split(':', 1)[0]?.toLowerCase(), line.slice(line.indexOf(':') + 1).trim()]));
  const body = rest.join('\r\n\r\n');
  return { status: Number(statusLine.split(' ')[1]), headers, body: headers['transfer-encoding'] === 'chunked' ? unchunked(body) : body };
}

function unchunked(body: string): string {
  const size = Number.parseInt(body, 16);
  if (!(size > 0)) return '';
  const start = body.indexOf('\r\n') + 2;
  return body.slice(start, start + size) + unchunked(body.slice(start + size + 2));
}

/** Listens on a free port. @returns it */
export function listening(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address();
      resolve(typeof address === 'object' && address !== null ? address.port : 0);
    });
  });
}

function closed(server: Server): Promise<void> {
  server.closeAllConnections();
  return new Promise((resolve) => {
    server.close(() => resolve());
  });
}

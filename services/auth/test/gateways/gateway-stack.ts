import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingHttpHeaders } from 'node:http';
import { type AddressInfo, createServer as createTcpServer, type Socket } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { acceptsConnections, findGateway, freePort, type Owner, until } from '@countersign/testing';
import { type TestAuth, testAuth } from '../test-auth.ts';

/** What the service behind the gateway was sent. */
export interface Seen {
  readonly method: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface GatewayStack {
  readonly auth: TestAuth;
  /** Where the gateway listens. */
  readonly url: string;
  readonly token: string;
  /** Every request that came through, the newest last. */
  readonly seen: readonly Seen[];
  signInByCookie(): Promise<{ cookie: string; csrf: string }>;
  /** In place of auth, once that is closed, listens a server that answers nothing. */
  startSilentAuth(): Promise<void>;
  /** Starts a second gateway, with the lines that let preflights through; where it listens. */
  startWithPreflights(): Promise<string>;
}

export interface GatewayProgram {
  readonly name: 'nginx' | 'caddy';
  /** What it is started with in this folder, which holds `config`. */
  readonly args: (folder: string) => readonly string[];
  /** The configuration around the lines of the document. */
  readonly wrap?: (recipe: string, folder: string) => string;
  /** The line of the document above which those belong that let preflights through. */
  readonly preflightsAbove: string;
}

const credentials = { username: 'member-1', password: 'a long enough password' };

/** Auth, a service that answers with what it was sent, and between them a gateway with the lines of docs/forward-auth.md. */
export async function gatewayStack(owner: Owner, program: GatewayProgram, env: Record<string, string> = {}): Promise<GatewayStack> {
  const auth = await testAuth(owner, env);
  const authPort = Number(new URL(await auth.app.listen({ port: 0, host: '127.0.0.1' })).port);
  const seen: Seen[] = [];
  const appPort = await startMirror(owner, seen);
  const [recipe = '', preflights = ''] = readRecipes(program.name);
  const start = async (lines: string) => {
    const port = await freePort();
    const config = lines
      .replaceAll('auth:4001', `127.0.0.1:${authPort}`)
      .replaceAll('app:3000', `127.0.0.1:${appPort}`)
      .replace('listen 8080', `listen 127.0.0.1:${port}`)
      .replace('http://:8080', `http://127.0.0.1:${port}`);
    await startGateway(owner, program, config, port);
    return `http://127.0.0.1:${port}`;
  };
  const url = await start(recipe);
  await auth.app.inject({ method: 'POST', url: '/register', payload: credentials });
  const login = async (delivery: string) => await auth.app.inject({ method: 'POST', url: '/login', payload: { ...credentials, delivery } });
  const token: string = (await login('body')).json().access_token;
  const headers = { authorization: `Bearer ${token}` };
  await until(async () => (await auth.app.inject({ url: '/verify', headers })).statusCode === 204);
  return {
    auth,
    url,
    token,
    seen,
    async signInByCookie() {
      const answer = await login('cookie');
      const cookie = answer.cookies.map(({ name, value }) => `${name}=${value}`).join('; ');
      return { cookie, csrf: answer.json().csrf_token };
    },
    startSilentAuth: () => startSilentServer(owner, authPort),
    startWithPreflights: () => start(recipe.replace(program.preflightsAbove, (line) => `${preflights}${line}`)),
  };
}

/** The fenced lines of the document, so that what is read is what was tried: the whole configuration, and what lets preflights through. */
function readRecipes(name: string): readonly string[] {
  const document = readFileSync(new URL('../../../../docs/forward-auth.md', import.meta.url), 'utf8');
  const recipes = [...document.matchAll(new RegExp(`^\`\`\`${name}\\w*\\n(.*?)^\`\`\``, 'gms'))].map(([, lines = '']) => lines);
  if (recipes.length !== 2) throw new Error(`docs/forward-auth.md has ${recipes.length} blocks for ${name}`);
  return recipes;
}

async function startGateway(owner: Owner, { name, args, wrap = (text) => text }: GatewayProgram, recipe: string, port: number) {
  const folder = mkdtempSync(join(tmpdir(), `countersign-${name}-`));
  writeFileSync(join(folder, 'config'), wrap(recipe, folder));
  const child = spawn(findGateway(name) ?? name, args(folder), {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { ...process.env, HOME: folder },
  });
  const errors: string[] = [];
  child.stderr.on('data', (text: Buffer) => errors.push(text.toString()));
  owner.teardown(() => {
    child.kill('SIGKILL');
    rmSync(folder, { recursive: true, force: true });
  });
  await until(
    async () => {
      if (child.exitCode !== null) throw new Error(errors.join(''));
      return await acceptsConnections(port);
    },
    { timeoutMs: 15_000 },
  );
}

function startMirror(owner: Owner, seen: Seen[]): Promise<number> {
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      seen.push({ method: request.method ?? '', headers: request.headers, body: Buffer.concat(chunks).toString() });
      // The service's own refusals are the client's business too.
      response.writeHead(Number(request.headers['x-answer'] ?? 200), { 'content-type': 'text/plain' });
      response.end('the service’s own answer');
    });
  });
  server.on('upgrade', ({ method = '', headers }, socket) => {
    seen.push({ method, headers, body: '' });
    socket.end(`HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: ${headers.upgrade}\r\n\r\n`);
  });
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

function startSilentServer(owner: Owner, port: number): Promise<void> {
  const open = new Set<Socket>();
  const server = createTcpServer((socket) => open.add(socket.on('error', () => {})));
  owner.teardown(() => {
    for (const socket of open) socket.destroy();
    server.close();
  });
  return new Promise((resolve) => server.listen(port, '127.0.0.1', resolve));
}

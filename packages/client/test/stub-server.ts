import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import type { Owner } from '@countersign/testing';

export interface StubRequest {
  readonly method: string;
  readonly url: URL;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface StubAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: unknown;
}

/** What a path answers. `lost`: the server acts and the answer never arrives; `cut`: the first half of its body does. */
export type StubHandler = (request: StubRequest) => StubAnswer | 'lost' | 'cut' | 'never' | Promise<StubAnswer>;

export interface StubServer {
  readonly url: string;
  readonly requests: StubRequest[];
  /** How often a path was requested. */
  count(path: string): number;
}

/** An HTTP server with scripted answers, for tests of a client's behavior and not of a service's rules. */
export async function stubServer(owner: Owner, handlers: Readonly<Record<string, StubHandler>>): Promise<StubServer> {
  const requests: StubRequest[] = [];
  const answer = async (message: IncomingMessage, response: ServerResponse) => {
    const chunks: Buffer[] = [];
    for await (const chunk of message) chunks.push(chunk as Buffer);
    const url = new URL(message.url ?? '/', 'http://stub');
    const request = { method: message.method ?? '', url, headers: message.headers, body: Buffer.concat(chunks).toString() };
    requests.push(request);
    const answered = await (handlers[url.pathname]?.(request) ?? { status: 404 });
    if (answered === 'lost') message.socket.destroy();
    else if (answered === 'cut') response.writeHead(200, { 'content-length': 20 }).write('{"access_t', () => message.socket.destroy());
    else if (answered !== 'never') send(response, answered);
  };
  const server = createServer((message, response) => void answer(message, response));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  return { url: `http://127.0.0.1:${port}`, requests, count: (path) => requests.filter(({ url }) => url.pathname === path).length };
}

function send(response: ServerResponse, { status = 200, headers = {}, body }: StubAnswer): void {
  response.writeHead(status, { 'content-type': status < 400 ? 'application/json' : 'application/problem+json', ...headers });
  response.end(body === undefined ? '' : JSON.stringify(body));
}

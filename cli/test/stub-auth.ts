import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { Owner } from '@countersign/testing';
import { type Given, type Ran, run } from './stack.ts';

export interface Asked {
  readonly method: string;
  /** With its query. */
  readonly path: string;
  /** From JSON; `null` when there is none. */
  readonly body: unknown;
}

export interface StubAnswer {
  readonly body: unknown;
  /** 200 when left out; 0 breaks the connection off. */
  readonly status?: number;
  /** The path of the next page. */
  readonly next?: string;
}

export interface StubAuth {
  /** What was asked between sign-in and sign-out. */
  readonly asked: Asked[];
  /** The bodies of the sign-ins. */
  readonly signIns: unknown[];
  cli(args: string | readonly string[], given?: Given): Promise<Ran>;
}

/** An auth with scripted answers, for tests of what a command asks for; `null` answers 204. */
export async function startStubAuth(owner: Owner, answer: (asked: Asked) => StubAnswer | null): Promise<StubAuth> {
  const asked: Asked[] = [];
  const signIns: unknown[] = [];
  const serve = async (request: IncomingMessage, response: ServerResponse) => {
    const sent = await text(request);
    const one = { method: request.method ?? '', path: request.url ?? '', body: sent === '' ? null : (JSON.parse(sent) as unknown) };
    if (one.path === '/login') {
      signIns.push(one.body);
      response.end('{"access_token":"a","refresh_token":"r"}');
    } else if (one.path === '/logout') response.writeHead(204).end();
    else {
      asked.push(one);
      const given = answer(one);
      if (given === null) return void response.writeHead(204).end();
      if (given.status === 0) return void request.socket.destroy();
      response
        .writeHead(given.status ?? 200, given.next === undefined ? {} : { link: `<${given.next}>; rel="next"` })
        .end(JSON.stringify(given.body));
    }
  };
  const server = createServer((request, response) => void serve(request, response));
  owner.teardown(() => {
    server.closeAllConnections();
    server.close();
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const env = {
    COUNTERSIGN_URL: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    COUNTERSIGN_USERNAME: 'chief',
    COUNTERSIGN_PASSWORD: 'x',
  };
  return { asked, signIns, cli: (args, given) => run(typeof args === 'string' ? args.split(' ') : args, { ...given, env }) };
}

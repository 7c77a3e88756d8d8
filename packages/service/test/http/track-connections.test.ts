import { on, once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { type AddressInfo, connect, Socket } from 'node:net';
import { text } from 'node:stream/consumers';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { Worker } from 'node:worker_threads';
import { exchange, until } from '@countersign/testing';
import t, { type Test } from 'tap';
import { trackConnections } from '../../src/http/track-connections.ts';
import { startServer } from './things-server.ts';

/** Takes what waits at a server whose connections arrive when a test says so, in time that stands still. */
function startTaking(t: Test) {
  const clock = { nowMs: 0 };
  t.intercept(performance, 'now', { value: () => clock.nowMs });
  const server = createServer();
  let isOver = false;
  const over = trackConnections(server)
    .beginStop()
    .then(() => {
      isOver = true;
    });
  return {
    clock,
    over,
    /** A turn of the event loop. @returns whether no more are waited for after it */
    async turn({ takes }: { readonly takes: boolean }) {
      if (takes) server.emit('connection', new Socket());
      await nextTurn();
      return isOver;
    },
  };
}

t.test('connections are waited for until two turns in succession bring none', async (t) => {
  const { turn, over } = startTaking(t);
  for (const takes of [false, true, false, true, true, false]) t.equal(await turn({ takes }), false);
  t.equal(await turn({ takes: false }), true);
  await over;
});

t.test('however many clients go on connecting, a stop goes on after 2 s', async (t) => {
  const { turn, clock } = startTaking(t);
  for (const nowMs of [0, 1000, 1999]) {
    clock.nowMs = nowMs;
    t.equal(await turn({ takes: true }), false);
  }
  clock.nowMs = 2000;
  t.equal(await turn({ takes: true }), true);
});

t.test('a request that came within the grace is answered, though the process was too busy to read it before', async (t) => {
  const server = createServer((_request, response) => response.end('answered'));
  const { connections, port } = await listen(t, server);
  const client = startClient(t, port);
  t.match(await client.next(), /answered$/);
  await connections.beginStop();
  server.close();
  client.sendWhileBlocked();
  t.match(await client.next(), /answered$/);
});

t.test('who is answered during a stop is told to send nothing more on that connection, which ends after that', async (t) => {
  const underWay = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => underWay.resolve(response));
  const { connections, port } = await listen(t, server);
  const client = connect(port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const response = await underWay.promise;
  await connections.beginStop();
  response.end('answered');
  t.match(await text(client), /\r\nconnection: close\r\n.*answered/is);
});

t.test('an answer that began before a stop is sent to its end, and its connection ends with it, though nobody could be told', async (t) => {
  const underWay = Promise.withResolvers<ServerResponse>();
  const server = createServer((_request, response) => underWay.resolve(response));
  server.keepAliveTimeout = 0;
  const { connections, port } = await listen(t, server);
  const client = connect(port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n');
  const answer = text(client);
  const response = await underWay.promise;
  response.write('begun');
  const idle = connect(port, '127.0.0.1');
  await once(server, 'connection');
  await connections.beginStop();
  await once(idle.resume(), 'close');
  response.end('ended');
  t.match(await answer, /begun.*ended/s);
});

t.test('of several requests that were sent at once all are answered during a stop: only the last answer tells of it', async (t) => {
  const underWay: ServerResponse[] = [];
  const server = createServer((_request, response) => underWay.push(response));
  const { connections, port } = await listen(t, server);
  const client = connect(port, '127.0.0.1');
  client.write('GET / HTTP/1.1\r\nHost: x\r\n\r\n'.repeat(2));
  await until(() => underWay.length === 2);
  await connections.beginStop();
  for (const [index, response] of underWay.entries()) response.end(`answer ${index}`);
  t.match(await text(client), /^(?!.*connection: close.*answer 0).*answer 0.*connection: close.*answer 1/is);
});

t.test('a connection that has closed is kept in memory no longer, whether or not its request was answered', async (t) => {
  const server = createServer((request, response) => void (request.url === '/' && response.end()));
  const { port } = await listen(t, server);
  const connections: WeakRef<Socket>[] = [];
  server.on('connection', (socket: Socket) => connections.push(new WeakRef(socket)));
  const askAndLeave = async (path: string) => {
    const client = connect(port, '127.0.0.1');
    client.write(`GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`);
    await once(server, 'request');
    client.destroy();
  };
  await askAndLeave('/');
  await askAndLeave('/unanswered');
  setFlagsFromString('--expose-gc');
  const collect = runInNewContext('gc') as () => void;
  await until(() => {
    collect();
    return connections.every((connection) => connection.deref() === undefined);
  });
  t.equal(connections.length, 2);
});

t.test('a stop resets no connection that was open before it, though the server had not taken it yet', async (t) => {
  const { server } = await startServer(t);
  const url = await server.listen({ port: 0, host: '127.0.0.1' });
  // The system opens a connection for a server that is busy, and this one takes none before it is told to stop.
  const answers = Array.from({ length: 10 }, () => exchange(url, 'GET /things/1 HTTP/1.1\r\nHost: x\r\n\r\n'));
  await server.close();
  const settled = await Promise.allSettled(answers);
  const answered = settled.filter((answer) => answer.status === 'fulfilled' && answer.value.startsWith('HTTP/1.1 200 '));
  t.equal(answered.length, 10);
});

async function listen(t: Test, server: Server) {
  const connections = trackConnections(server);
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  return { connections, port: (server.address() as AddressInfo).port };
}

/** A client in a thread of its own, with one connection that it keeps. */
function startClient(t: Test, port: number) {
  const turn = new Int32Array(new SharedArrayBuffer(4));
  const thread = new Worker(CLIENT, { eval: true, workerData: { port, turn } });
  t.teardown(() => thread.terminate());
  const messages = on(thread, 'message');
  return {
    next: async () => ((await messages.next()).value as [string])[0],
    /** Sends another request, and blocks this thread until it has arrived and the grace is over. */
    sendWhileBlocked() {
      const until = performance.now() + 300;
      Atomics.store(turn, 0, 1);
      Atomics.notify(turn, 0);
      Atomics.wait(turn, 0, 1, 5000);
      while (performance.now() < until);
    },
  };
}

const CLIENT = `
  const { connect } = require('node:net');
  const { parentPort, workerData } = require('node:worker_threads');
  const { port, turn } = workerData;
  const request = 'GET / HTTP/1.1\\r\\nHost: x\\r\\n\\r\\n';
  const socket = connect(port, '127.0.0.1', () => socket.write(request));
  socket.on('error', () => {});
  socket.on('close', () => parentPort.postMessage('closed'));
  socket.on('data', (data) => parentPort.postMessage(data.toString()));
  socket.once('data', () => {
    Atomics.wait(turn, 0, 0);
    socket.write(request, () => {
      Atomics.store(turn, 0, 2);
      Atomics.notify(turn, 0);
    });
  });
`;

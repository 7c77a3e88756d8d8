import { once } from 'node:events';
import { createServer } from 'node:net';
import t from 'tap';
import { WatchedSockets } from '../../src/postgres/watched-sockets.ts';

t.test('a silent socket is given up while a caller is overdue, and not after one was', async (t) => {
  const server = createServer((socket) => socket.on('error', () => {})).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.teardown(() => server.close());
  const address = server.address();
  const silent = { host: '127.0.0.1', port: typeof address === 'object' && address !== null ? address.port : 0 };

  const [before, during] = [new WatchedSockets(1), new WatchedSockets(1)];
  before.overdue()();
  during.overdue();
  // Both are looked at in the same rhythm, the first one first.
  const [kept, lost] = [before.open(silent), during.open(silent)];
  await new Promise((resolve) => lost.once('close', resolve));
  t.notOk(kept.destroyed);
  before.endAll('The test is over.');
});

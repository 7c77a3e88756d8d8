import { createServer } from 'node:http';
import { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import t, { type Test } from 'tap';
import { trackConnections } from '../../src/http/track-connections.ts';

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

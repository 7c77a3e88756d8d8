import type { Server } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** Time for requests to arrive that were sent before their clients could know of the stop. */
const GRACE_MS = 250;
/** After this long the stop goes on, even while clients still connect. */
const TAKING_LIMIT_MS = 2000;

export interface TrackedConnections {
  /**
   * Call it before the server stops listening. First it accepts the connections that clients have opened and this process was too
   * busy to accept: once nobody listens, the system would reset them, and lose their requests. Shortly after that it ends every
   * connection without a request under way, and the others as soon as they are answered.
   */
  beginStop(): Promise<void>;
}

/**
 * Call it before the server listens. It takes the place of Node's own `closeIdleConnections`, which leaves out those that have never
 * sent a whole request, as browsers open them in advance: they would hold up a stop for as long as the client likes.
 */
export function trackConnections(server: Server): TrackedConnections {
  const requestsOf = new Map<Socket, number>();
  const add = (socket: Socket, requests: number) => {
    const underWay = requestsOf.get(socket);
    if (underWay !== undefined) requestsOf.set(socket, underWay + requests);
  };
  let taken = 0;
  let isStopping = false;
  const closeIdle = () => {
    isStopping = true;
    for (const [socket, underWay] of requestsOf) if (underWay === 0) socket.destroy();
  };
  // Node calls it when the server stops listening, and would leave kept connections, as a gateway has them, no grace.
  server.closeIdleConnections = () => {};
  server.on('connection', (socket: Socket) => {
    taken += 1;
    requestsOf.set(socket, 0);
    socket.once('close', () => requestsOf.delete(socket));
  });
  server.on('request', ({ socket }, response) => {
    add(socket, 1);
    response.once('close', () => {
      add(socket, -1);
      if (isStopping) closeIdle();
    });
  });
  const takeWaiting = async () => {
    const until = performance.now() + TAKING_LIMIT_MS;
    // Node accepts one in each turn of the event loop. The first turn may be past the point where it does, so one idle turn proves nothing.
    for (let idleTurns = 0; idleTurns < 2 && performance.now() < until; ) {
      const before = taken;
      await nextTurn();
      idleTurns = taken === before ? idleTurns + 1 : 0;
    }
  };
  return {
    async beginStop() {
      await takeWaiting();
      // On a busy machine the timer is late, and what has arrived meanwhile isn't read yet. It is read later in this turn, before the immediate.
      setTimeout(() => setImmediate(closeIdle), GRACE_MS).unref();
    },
  };
}

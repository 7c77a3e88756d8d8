import type { Server, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';

/** For requests that were sent before their clients could know of the stop. */
const GRACE_MS = 250;
/** After this long the stop continues, even while clients still connect. */
const TAKING_LIMIT_MS = 2000;

export interface TrackedConnections {
  /**
   * Call it before the server stops listening. It first accepts the connections that clients have opened while this process was too busy:
   * once nobody listens, the system would reset them and lose their requests. Shortly after that it ends every connection without a request
   * under way, and each of the others once it is answered. Its last answer says so in advance: a request that the client sent meanwhile
   * would be lost.
   */
  beginStop(): Promise<void>;
}

/**
 * Call it before the server listens. It replaces Node's own `closeIdleConnections`, which leaves out connections that have never sent a
 * whole request, such as those that browsers open in advance: they would hold up a stop for as long as the client likes.
 */
export function trackConnections(server: Server): TrackedConnections {
  /** Each connection's pending answers, the newest last. */
  const answersOn = new Map<Socket, Set<ServerResponse>>();
  let taken = 0;
  let isStopping = false;
  const closeIdle = () => {
    isStopping = true;
    for (const [socket, answers] of answersOn) if (answers.size === 0) socket.destroy();
  };
  // Node calls this when the server stops listening, which would give no grace to the connections that a gateway keeps open.
  server.closeIdleConnections = () => {};
  server.on('connection', (socket: Socket) => {
    taken += 1;
    answersOn.set(socket, new Set());
    socket.once('close', () => answersOn.delete(socket));
  });
  server.on('request', ({ socket }, answer) => {
    const answers = answersOn.get(socket);
    answers?.add(answer);
    answer.once('close', () => {
      answers?.delete(answer);
      if (isStopping) closeIdle();
    });
  });
  const takeWaiting = async () => {
    const until = performance.now() + TAKING_LIMIT_MS;
    // Node accepts one connection per turn of the event loop, and the first turn may be past that point: one idle turn proves nothing.
    for (let idleTurns = 0; idleTurns < 2 && performance.now() < until; ) {
      const before = taken;
      await nextTurn();
      idleTurns = taken === before ? idleTurns + 1 : 0;
    }
  };
  return {
    async beginStop() {
      await takeWaiting();
      for (const answers of answersOn.values()) tellTheEnd([...answers].at(-1));
      // On a busy machine the timer is late, with arrivals still unread. They are read later in this turn, before the immediate.
      setTimeout(() => setImmediate(closeIdle), GRACE_MS).unref();
    },
  };
}

function tellTheEnd(answer: ServerResponse | undefined): void {
  if (answer?.headersSent === false) answer.setHeader('connection', 'close');
}

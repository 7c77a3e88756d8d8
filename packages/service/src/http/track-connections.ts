import type { Server, ServerResponse } from 'node:http';
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
   * connection without a request under way, and the others as soon as they are answered: the last answer of each says so, since a
   * client that sent another request meanwhile would lose it.
   */
  beginStop(): Promise<void>;
}

/**
 * Call it before the server listens. It takes the place of Node's own `closeIdleConnections`, which leaves out those that have never
 * sent a whole request, as browsers open them in advance: they would hold up a stop for as long as the client likes.
 */
export function trackConnections(server: Server): TrackedConnections {
  /** Each connection's pending answers, the newest last: a `Set` keeps the order. */
  const answersOn = new Map<Socket, Set<ServerResponse>>();
  let taken = 0;
  let isStopping = false;
  const closeIdle = () => {
    isStopping = true;
    for (const [socket, answers] of answersOn) if (answers.size === 0) socket.destroy();
  };
  // Node calls it when the server stops listening, and would leave kept connections, as a gateway has them, no grace.
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
      for (const answers of answersOn.values()) tellTheEnd([...answers].at(-1));
      // On a busy machine the timer is late, and what has arrived meanwhile isn't read yet. It is read later in this turn, before the immediate.
      setTimeout(() => setImmediate(closeIdle), GRACE_MS).unref();
    },
  };
}

function tellTheEnd(answer: ServerResponse | undefined): void {
  if (answer?.headersSent === false) answer.setHeader('connection', 'close');
}

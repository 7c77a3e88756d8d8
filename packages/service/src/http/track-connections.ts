import type { Server } from 'node:http';
import type { Socket } from 'node:net';

/** By then a request has arrived that was sent before its client could know of the stop. */
const GRACE_MS = 250;

export interface TrackedConnections {
  /** Ends, in a moment, every connection without a request under way, and the others as soon as they are answered. */
  closeIdle(): void;
}

/**
 * Call it before the server listens. Node's own `closeIdleConnections` leaves out those that have never sent a whole
 * request, as browsers open them in advance: they would hold up a stop for as long as the client likes.
 */
export function trackConnections(server: Server): TrackedConnections {
  const requestsOf = new Map<Socket, number>();
  const add = (socket: Socket, requests: number) => {
    const underWay = requestsOf.get(socket);
    if (underWay !== undefined) requestsOf.set(socket, underWay + requests);
  };
  let isStopping = false;
  const closeIdle = () => {
    isStopping = true;
    for (const [socket, underWay] of requestsOf) if (underWay === 0) socket.destroy();
  };
  server.on('connection', (socket: Socket) => {
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
  return { closeIdle: () => void setTimeout(closeIdle, GRACE_MS).unref() };
}

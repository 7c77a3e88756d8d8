import { randomInt } from 'node:crypto';
import { createConnection, createServer } from 'node:net';

/**
 * Outside the range from which systems choose ports, so that no other program gets one between when it is found free and when its server
 * listens. A node of a Redis cluster also opens the port 10,000 above its own.
 */
const [FIRST_PORT, PORTS] = [12_000, 10_000];

let next = randomInt(PORTS);

/** A TCP port on 127.0.0.1 on which nothing listens now, and which no other call in this process returns. */
export async function freePort(): Promise<number> {
  for (let tried = 0; tried < PORTS; tried++) {
    const port = FIRST_PORT + (next++ % PORTS);
    if (await canListen(port)) return port;
  }
  throw new Error(`no port from ${FIRST_PORT} to ${FIRST_PORT + PORTS - 1} of 127.0.0.1 is free`);
}

function canListen(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(false));
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)));
  });
}

export function acceptsConnections(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection({ host: '127.0.0.1', port, timeout: 500 });
    const answer = (accepts: boolean) => {
      socket.destroy();
      resolve(accepts);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
    socket.once('timeout', () => answer(false));
  });
}

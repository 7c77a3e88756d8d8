import { once } from 'node:events';
import type { Socket } from 'node:net';
import { createRedisCommandExecutor, RedisServerState, Resp2Server } from 'js-redis-server/core';

export interface RedisStandIn {
  readonly url: string;
  close(): Promise<void>;
}

/**
 * Speaks Redis' protocol on the loopback address and keeps everything in memory: at each start the list of revocations is rebuilt from
 * auth's database, as if a real Redis had lost it.
 */
export async function startRedisStandIn(port: number): Promise<RedisStandIn> {
  const server = new Resp2Server({ server: new RedisServerState(), executor: createRedisCommandExecutor() });
  const sockets = new Set<Socket>();
  server.server.on('connection', (socket) => {
    // As Redis does: otherwise the second of two answers waits for the client to acknowledge the first.
    socket.setNoDelay();
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  });
  // Its own `listen` would bind every address.
  server.server.listen(port, '127.0.0.1');
  await once(server.server, 'listening');
  return {
    url: `redis://127.0.0.1:${server.getPort()}`,
    async close() {
      const closed = server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}

import { connect, createServer, type Socket } from 'node:net';
import type { Owner } from './owner.ts';

export interface TcpProxy {
  readonly port: number;
  /** New connections lead there; open ones stay where they are. */
  moveTo(port: number): void;
  /** Loses everything sent on the open connections, which stay open. */
  dropPackets(): void;
  /** Breaks the open connections: both sides read ECONNRESET. */
  reset(): void;
}

/** Stands between a client and a server of this machine, like a balancer or a network. */
export async function startTcpProxy(owner: Owner, serverPort: number): Promise<TcpProxy> {
  let target = serverPort;
  const open = new Set<Socket>();
  const join = (socket: Socket, other: Socket) => {
    open.add(socket);
    socket.on('error', () => other.destroy());
    socket.on('close', () => open.delete(socket));
  };
  const proxy = createServer((client) => {
    const upstream = connect(target, '127.0.0.1');
    client.pipe(upstream).pipe(client);
    join(client, upstream);
    join(upstream, client);
  });
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
  owner.teardown(() => {
    for (const socket of open) socket.destroy();
    proxy.close();
  });
  const address = proxy.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    moveTo(port) {
      target = port;
    },
    dropPackets() {
      for (const socket of open) socket.unpipe().pause();
    },
    reset() {
      for (const socket of open) socket.resetAndDestroy();
    },
  };
}
